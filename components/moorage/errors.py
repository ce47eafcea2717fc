"""What every verb of the `moorage` command raises."""


class UsageError(Exception):
    """The command line or the project's settings are wrong; exit code 2."""
