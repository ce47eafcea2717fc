"""ComposeApp: the services of a compose file."""
