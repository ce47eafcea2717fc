"""The sign-in that a load balancer asks of clients before it forwards their requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .later import is_later
from .problems import Problems


class Authentication(NamedTuple):
    """An identity provider ("Authenticate users using an Application Load Balancer")."""

    provider: str
    """`oidc` or `cognito`."""
    settings: Mapping[str, Any]
    """Its arguments, by their names in the provider of Pulumi."""

    @classmethod
    def of(cls, args: Mapping[str, Any]) -> Authentication:
        """Return what checked arguments describe."""
        provider = "oidc" if "oidc" in args else "cognito"
        return cls(provider, args.get(provider, {}))


def check_authentication(field: str, args: Mapping[str, Any], problems: Problems) -> None:
    """Check the arguments of one rule."""
    if not args:
        problems.say(field, "needs oidc or cognito")
    secret = args.get("oidc", {}).get("client_secret")
    if isinstance(secret, str) and not is_later(secret):
        # Not shown.
        wrong = "must be a Pulumi secret, such as config.require_secret('clientSecret')"
        problems.say(f"{field}.oidc.client_secret", wrong)
