"""A request to the data services, as the guard reads it."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_to_bytes

Scope = dict[str, Any]

_SCOPE = re.compile(r"/\d{8}/[^/]*/([^/]*)/aws4_request")
_PATH = re.compile(r"/(\d{12}/[\w.-]+/?)?")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class Request(NamedTuple):
    """Method, path, query and headers as the client sent them."""

    method: str
    path: str
    """Percent-encoded where necessary only, as clients sign it."""
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    """Names are lower case; one name may come several times."""

    @classmethod
    def of(cls, scope: Scope) -> "Request":
        """Read an ASGI scope."""
        pairs = [pair.partition(b"=") for pair in scope["query_string"].split(b"&") if pair]
        return cls(
            scope["method"],
            "/".join(quote(unquote_to_bytes(part), safe="") for part in scope["raw_path"].split(b"/")),
            tuple((_plain(name), _plain(value)) for name, _, value in pairs),
            tuple((name.decode("latin-1").lower(), _text(value)) for name, value in scope["headers"]),
        )

    def all(self, name: str) -> list[str]:
        """Return the values of a header."""
        return [value for key, value in self.headers if key == name]

    def header(self, name: str) -> str:
        """Return a header's only value, empty where it is missing or comes several times."""
        return _only(self.all(name))

    def parameter(self, name: str) -> str:
        """Return a query parameter's only value, empty where it is missing or comes several times."""
        return _only([value for key, value in self.query if key == name])

    @property
    def service(self) -> str:
        """The service whose error format is used; not verified, empty where it is unknown."""
        match = _SCOPE.search(self.header("authorization") or self.parameter("X-Amz-Credential"))
        return match[1] if match else "s3" * bool(self.parameter("AWSAccessKeyId"))

    def bucket(self, names: Iterable[str]) -> str:
        """Return the bucket in a host such as `bucket.localhost:8000`, empty where there is none."""
        host = self.header("host").lower()
        return next((host.removesuffix(f".{name}") for name in names if host.endswith(f".{name}")), "")


def is_served(service: str, path: str) -> bool:
    """Return whether a decoded path belongs to the service, not to another endpoint of ministack.

    ministack takes some paths for endpoints of its own and of other services before it reads the
    credential scope: `/_ministack/config`, ECR's `/v2/`, RDS Data's `/Execute`.
    """
    if service != "s3":
        return _PATH.fullmatch(path) is not None
    bucket = path.removeprefix("/").partition("/")[0]
    return path == "/" or _BUCKET.fullmatch(bucket) is not None


def _only(values: list[str]) -> str:
    return values[0] if len(values) == 1 else ""


def _plain(value: bytes) -> str:
    return _text(unquote_to_bytes(value))


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
