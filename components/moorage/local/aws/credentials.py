"""The credentials of one run: what its tasks sign their requests to the data services with."""

import secrets
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key, as the AWS SDKs take it. The secret is not shown by `repr`."""

    access_key: str
    secret_key: str = field(repr=False)
    token: ClassVar[None] = None
    """The name botocore reads a session token by; a long-lived key has none."""

    @classmethod
    def new(cls) -> "Credentials":
        """Make an access key that cannot be guessed.

        An access key id has 16 to 128 letters and digits, a secret 40 characters ("AccessKey", IAM API
        Reference).
        """
        return cls(f"MOORAGE{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30))
