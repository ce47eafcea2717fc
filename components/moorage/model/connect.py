"""Names of an app for other tasks: Service Connect and Cloud Map DNS."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from .lookup import Lookup, described
from .names import shorten


class Alias(NamedTuple):
    """A DNS name and a port of a service in Service Connect."""

    dns_name: str
    port: int


class ConnectTls(NamedTuple):
    """TLS between the proxies of Service Connect."""

    certificate_authority_arn: str
    role_arn: str
    kms_key: str | None


class ConnectService(NamedTuple):
    """A port that is offered to others in a namespace."""

    port: int
    name: str
    aliases: tuple[Alias, ...]
    ingress_port: int | None
    tls: ConnectTls | None
    idle_timeout: int | None
    """Seconds."""
    request_timeout: int | None
    """Seconds."""


class Connect(NamedTuple):
    """An app's part in Service Connect."""

    namespace: str | None
    """Its ARN; None for the cluster's."""
    services: tuple[ConnectService, ...]
    clients: tuple[str, ...]
    """Security groups whose members may call it."""

    @property
    def ports(self) -> set[int]:
        """The ports that are offered."""
        return {service.port for service in self.services}


class Discovery(NamedTuple):
    """A name in Cloud Map DNS."""

    namespace_id: str
    name: str
    ttl: int
    """Seconds."""
    clients: tuple[str, ...]
    """Security groups whose members may connect to it."""


def offers_port(connect: Mapping[str, Any] | None) -> bool:
    """Return whether an app's `connect` offers its own port in Service Connect."""
    if connect is None:
        return False
    services = cast("list[Mapping[str, Any]]", connect.get("services", [{}]))
    return any("port" not in service for service in services)


def connect(args: Mapping[str, Any] | None, name: str, port: int) -> Connect | None:
    """Return the Service Connect settings of the app `name`, whose own port is `port`."""
    if args is None:
        return None
    services = cast("list[Mapping[str, Any]]", args.get("services", [{}]))
    return Connect(
        namespace=args.get("namespace"),
        services=tuple(_service(service, name, port) for service in services),
        clients=tuple(args.get("clients", ())),
    )


def _service(args: Mapping[str, Any], app: str, port: int) -> ConnectService:
    name = args.get("name", lower_name(app, 64))
    own = args.get("port", port)
    aliases = cast("list[Mapping[str, Any]]", args.get("aliases", [{}]))
    tls = args.get("tls")
    return ConnectService(
        port=own,
        name=name,
        aliases=tuple(Alias(alias.get("dns_name", name), alias.get("port", own)) for alias in aliases),
        ingress_port=args.get("ingress_port"),
        tls=tls and ConnectTls(tls["certificate_authority_arn"], tls["role_arn"], tls.get("kms_key")),
        idle_timeout=args.get("idle_timeout"),
        request_timeout=args.get("request_timeout"),
    )


def discovery(values: Lookup, app: str) -> Discovery | None:
    """Return an app's name in Cloud Map DNS, if it has one."""
    if values.given("discovery") is None:
        return None
    name = values["discovery.name"] or lower_name(app, 63)
    return described(Discovery, values, "discovery.", name=name)


def port_name(container: str, port: int) -> str:
    """Return the default name of a port mapping."""
    return f"{lower_name(container, 50)}-{port}"


def lower_name(name: str, limit: int) -> str:
    """Return a name as Cloud Map accepts it: lower-case letters, digits, hyphens and underscores."""
    return shorten(re.sub(r"[^a-z0-9_-]", "-", name.lower()).lstrip("-") or "service", limit)
