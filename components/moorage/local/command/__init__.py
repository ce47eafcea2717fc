"""The `moorage local` commands: the side of the command line."""
