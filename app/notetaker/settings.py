"""The settings of the application, from its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


class SettingsError(ValueError):
    """An environment variable is missing or wrong; the text names it and says what to do."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs between one deployment and another."""

    table: str
    """Name of the DynamoDB table (`NOTES_TABLE`), keys `pk` and `sk`, both strings."""

    session_secret: str | None = None
    """Key that signs sessions and tokens (`SESSION_SECRET`). Default: a random one, kept in the table."""

    region: str | None = None
    """AWS region (`AWS_REGION`, which ECS sets). Default: what boto3 finds, as `AWS_DEFAULT_REGION`."""

    host: str = "0.0.0.0"
    """Address to listen on (`HOST`). Default: every address, which in a container is its own network only."""

    port: int = 8080
    """Port to listen on (`PORT`), 0 to 65535; 0 lets the system choose. Default: 8080."""

    deadline: float = 3.5
    """Seconds after which a page gives up waiting for the table. No variable: 503 within 5 s is promised."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read the environment. Raises SettingsError."""
        table = env.get("NOTES_TABLE", "")
        if not table:
            raise SettingsError("NOTES_TABLE is not set; give it the name of the DynamoDB table")
        port = env.get("PORT") or "8080"
        if not (port.isascii() and port.isdigit() and int(port) <= 65535):
            raise SettingsError(f"PORT is {port!r}; it must be a whole number from 0 to 65535")
        return cls(
            table=table,
            session_secret=env.get("SESSION_SECRET") or None,
            region=env.get("AWS_REGION") or None,
            host=env.get("HOST") or "0.0.0.0",
            port=int(port),
        )
