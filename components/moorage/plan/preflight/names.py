"""Duplicate names of services."""

from collections.abc import Iterator
from typing import Any

from moorage.graph import Service, ServiceConnect, View
from moorage.graph.values import known
from moorage.offline import UNKNOWN
from moorage.offline.values import text

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
        connect = known(service.connect)
        namespace = _namespace(service, connect) if connect else None
        if connect is None or namespace is None:
            continue
        for entry in connect.services:
            name = entry.name
            first = discovery.setdefault((namespace, name), service) if name else service
            if first is not service:
                yield Fault(
                    service.resource,
                    f"has the discovery name {name!r} in Service Connect, like {first.resource.name}: it "
                    "must be unique within the namespace",
                )
                continue
            for alias in entry.aliases:
                if not alias.name or not isinstance(alias.port, int):
                    continue
                first = aliases.setdefault((namespace, alias.name, alias.port), service)
                if first is not service:
                    yield Fault(
                        service.resource,
                        f"has the client alias {alias.name}:{alias.port} in Service Connect, like "
                        f"{first.resource.name}: it must be unique within the namespace",
                        "give one of them another client alias or port (in a ComposeApp: another service "
                        "name)",
                    )


def _namespace(service: Service, connect: ServiceConnect) -> str | None:
    """Return the Service Connect namespace of a service, or the cluster with the default one; None if
    unknown."""
    if connect.namespace is None:
        return service.cluster.urn if service.cluster else None
    return known(connect.namespace)


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
