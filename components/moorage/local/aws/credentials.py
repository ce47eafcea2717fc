"""The credentials of one run, with which its tasks sign requests to the data services."""

import secrets
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key, as the AWS SDKs take it. The secret is not shown by `repr`."""

    access_key: str
    secret_key: str = field(repr=False)
    token: ClassVar[None] = None
    """The session token, under botocore's name; a long-lived key has none."""

    @classmethod
    def new(cls) -> "Credentials":
        """Return a random access key.

        An access key id has 16 to 128 letters and digits, a secret 40 characters ("AccessKey", IAM API
        Reference).
        """
        return cls(f"MOORAGE{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30))
