"""The names of services in Service Connect."""

from collections.abc import Iterator
from dataclasses import dataclass

from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import Json, entries

from . import values
from .links import Links
from .types import NAMESPACES


@dataclass(frozen=True, slots=True)
class ClientAlias:
    """A name and port under which other services reach a service."""

    name: str
    """By default the discovery name in its namespace; can be empty if unknown."""
    port: int | Unknown | None
    """None without an alias of its own."""


@dataclass(frozen=True, slots=True)
class ConnectService:
    """A port of a service with its names."""

    name: str
    """The discovery name, by default the port's name; empty if unknown."""
    aliases: tuple[ClientAlias, ...]


@dataclass(frozen=True, slots=True)
class ServiceConnect:
    """The Service Connect configuration of a service."""

    namespace: str | Unknown | None
    """The URN of a namespace of the stack, the ARN or name of another; None for the cluster's default."""
    services: tuple[ConnectService, ...]


def service_connect(links: Links, service: Resource) -> ServiceConnect | Unknown | None:
    """Return the Service Connect configuration of a service; None without one, or if it is disabled."""
    configuration = service.inputs.get("serviceConnectConfiguration")
    enabled = values.flag(values.within(configuration, "enabled"), False)
    if enabled is not True:
        return UNKNOWN if enabled is UNKNOWN else None
    named = values.within(configuration, "namespace")
    made = links.one(service, "serviceConnectConfiguration", named, *NAMESPACES)
    namespace = values.physical(made) if made else values.plain(named)
    return ServiceConnect(
        namespace=made.urn if made else values.text(named, None),
        services=tuple(
            _service(entry, namespace) for entry in entries(values.within(configuration, "services"))
        ),
    )


def _service(entry: Json, namespace: str) -> ConnectService:
    name = values.plain(entry.get("discoveryName")) or values.plain(entry.get("portName"))
    # The default of an alias ("ServiceConnectClientAlias", Amazon ECS API Reference).
    default = f"{name}.{namespace}" if namespace and not namespace.startswith("arn:") else name
    return ConnectService(name, tuple(_aliases(entry, default)) or (ClientAlias(default, None),))


def _aliases(entry: Json, default: str) -> Iterator[ClientAlias]:
    for alias in entries(entry.get("clientAlias")) or entries(entry.get("clientAliases")):
        yield ClientAlias(
            values.plain(alias.get("dnsName")) or default, values.number(alias.get("port"), UNKNOWN)
        )
