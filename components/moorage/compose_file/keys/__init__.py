"""The keys of a compose service, by topic."""
