"""Duplicate names of services."""

from collections.abc import Iterator
from typing import Any

from moorage.graph import Service, View
from moorage.graph.types import NAMESPACES
from moorage.offline import UNKNOWN
from moorage.offline.values import Json, entries, mapping, number, text

from .rule import Fault, Rule


@Rule(
    "preflight/service-connect-names",
    "two services with one discovery name, or one client alias and port, in a Service Connect namespace",
    "API reference, ServiceConnectService",
    "give one of them another discovery name (in a ComposeApp: another service name)",
    acceptable=False,
)
def _connect_names(view: View) -> Iterator[Fault]:
    discovery: dict[Any, Service] = {}
    aliases: dict[Any, Service] = {}
    for service in view.services:
        connect = mapping(service.inputs.get("serviceConnectConfiguration"))
        namespace = _namespace(view, service, connect)
        if connect.get("enabled") is not True or namespace is None:
            continue
        for entry in entries(connect.get("services")):
            name = text(entry.get("discoveryName", entry.get("portName")))
            first = discovery.setdefault((namespace, name), service) if name else service
            if first is not service:
                yield Fault(
                    service.resource,
                    f"has the discovery name {name!r} in Service Connect, like {first.resource.name}: it "
                    "must be unique within the namespace",
                )
                continue
            for alias in _aliases(entry, name):
                first = aliases.setdefault((namespace, *alias), service)
                if first is not service:
                    yield Fault(
                        service.resource,
                        f"has the client alias {alias[0]}:{alias[1]} in Service Connect, like "
                        f"{first.resource.name}: it must be unique within the namespace",
                        "give one of them another client alias or port (in a ComposeApp: another service "
                        "name)",
                    )


def _namespace(view: View, service: Service, connect: Json) -> Any:
    """Return the Service Connect namespace of a service; None if unknown."""
    if "namespace" not in connect:
        # The cluster's default namespace.
        return service.cluster.urn if service.cluster else None
    given = connect["namespace"]
    made = view.links.one(service.resource, "serviceConnectConfiguration", given, *NAMESPACES)
    return made.urn if made else text(given)


def _aliases(entry: Json, name: str | None) -> Iterator[tuple[str, int]]:
    for alias in entries(entry.get("clientAlias")) or entries(entry.get("clientAliases")):
        dns, port = text(alias.get("dnsName", name)), number(alias.get("port"))
        if dns is not None and port is not None:
            yield dns, port


@Rule(
    "preflight/service-name-clash",
    "two services with the same fixed name on a cluster",
    "API reference, CreateService",
    "give one of them another `service_name`, or none for a generated one",
    acceptable=False,
)
def _service_names(view: View) -> Iterator[Fault]:
    first_with: dict[Any, Service] = {}
    for service in view.services:
        name = text(service.inputs.get("name"))
        cluster = service.cluster.urn if service.cluster else service.inputs.get("cluster")
        if name is None or cluster is UNKNOWN:
            continue
        first = first_with.setdefault((cluster, name), service)
        if first is not service:
            yield Fault(
                service.resource,
                f"has the name {name!r} on its cluster, like {first.resource.name}: ECS rejects a duplicate",
            )
