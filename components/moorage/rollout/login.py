"""AWS credentials: those that the stack's configuration gives the AWS provider.

A session is created as the provider creates its own ("AWS: Installation & Configuration"): from keys, a
profile or boto3's default chain, then through each role of `aws:assumeRoles` in order.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .answers import camel

_UNITS = {"h": 3600, "m": 60, "s": 1}

_KEYS = ("profile", "access_key", "secret_key", "token")
_PARAMETERS = {
    "session_name": "RoleSessionName",
    "external_id": "ExternalId",
    "policy": "Policy",
    "source_identity": "SourceIdentity",
}


@dataclass(frozen=True, slots=True)
class Role:
    """A role to assume, and the other parameters of AssumeRole."""

    arn: str
    session_name: str | None = None
    external_id: str | None = None
    policy: str | None = None
    source_identity: str | None = None
    seconds: int | None = None
    """Lifetime of its credentials, which are renewed before they expire."""
    policy_arns: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of AssumeRole other than the ARN."""
        request: dict[str, Any] = {name: getattr(self, ours) for ours, name in _PARAMETERS.items()}
        request["DurationSeconds"] = self.seconds
        request["PolicyArns"] = [{"arn": arn} for arn in self.policy_arns]
        request["Tags"] = [{"Key": key, "Value": value} for key, value in self.tags]
        request["TransitiveTagKeys"] = list(self.transitive_tag_keys)
        return {name: value for name, value in request.items() if value}


@dataclass(frozen=True, slots=True)
class Login:
    """The credentials that the AWS provider is configured with."""

    profile: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    roles: tuple[Role, ...] = ()


def configured(config: Any) -> Login:
    """Return the credentials in `pulumi_aws.config`; providers that a program creates are not included."""
    # The SDK does not parse structured configuration, which is JSON.
    value: Any = config.assume_roles or []
    roles: list[Mapping[str, Any]] = json.loads(value) if isinstance(value, str) else value
    return Login(
        **{name: getattr(config, name, None) or None for name in _KEYS},
        roles=tuple(_role(item) for item in roles if _field(item, "role_arn")),
    )


def _role(item: Mapping[str, Any]) -> Role:
    tags: Mapping[str, str] = _field(item, "tags") or {}
    return Role(
        arn=_field(item, "role_arn"),
        **{name: _field(item, name) for name in _PARAMETERS},
        seconds=_seconds(_field(item, "duration") or ""),
        policy_arns=tuple(_field(item, "policy_arns") or ()),
        tags=tuple(sorted(tags.items())),
        transitive_tag_keys=tuple(_field(item, "transitive_tag_keys") or ()),
    )


def _field(item: Mapping[str, Any], name: str) -> Any:
    """Return a field by its name in the schema or in Python."""
    return item.get(camel(name), item.get(name))


def _seconds(duration: str) -> int | None:
    """Return a Go duration, such as 1h30m, in seconds; None if it is empty."""
    parts: list[tuple[str, str]] = re.findall(r"(\d+(?:\.\d+)?)(h|m|s)", duration)
    return int(sum(float(number) * _UNITS[unit] for number, unit in parts)) or None


def session(login: Login, region: str) -> Any:
    """Return the boto3 session of a login."""
    import boto3  # pyright: ignore[reportMissingTypeStubs]

    if login.roles:
        return boto3.Session(botocore_session=_assumed(login, region))
    return _own(login)


def _own(login: Login) -> Any:
    import boto3  # pyright: ignore[reportMissingTypeStubs]

    return boto3.Session(
        profile_name=login.profile,
        aws_access_key_id=login.access_key,
        aws_secret_access_key=login.secret_key,
        aws_session_token=login.token,
    )


@cache
def _assumed(login: Login, region: str) -> Any:
    """Return a botocore session with the credentials of the last role; all clients share and renew them."""
    import botocore.credentials  # pyright: ignore[reportMissingTypeStubs]
    import botocore.session  # pyright: ignore[reportMissingTypeStubs]
    from botocore.exceptions import NoCredentialsError  # pyright: ignore[reportMissingTypeStubs]

    providers: Any = botocore.credentials
    sessions: Any = botocore.session
    own = _own(login)
    credentials: Any = own.get_credentials()
    if credentials is None:
        raise NoCredentialsError

    def sts(service: str, **more: Any) -> Any:
        return own.client(service, region_name=region, **more)

    for role in login.roles:
        fetcher = providers.AssumeRoleCredentialFetcher(sts, credentials, role.arn, role.parameters())
        credentials = providers.DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")

    class Provider(providers.CredentialProvider):
        METHOD = "assume-role"

        def load(self) -> Any:
            return credentials

    assumed = sessions.get_session()
    assumed.register_component("credential_provider", providers.CredentialResolver([Provider()]))
    return assumed
