"""The `moorage local` commands."""
