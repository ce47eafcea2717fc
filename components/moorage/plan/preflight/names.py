"""Names that only one resource can have."""

from collections.abc import Iterator
from typing import Any

from moorage.offline import UNKNOWN, Resource
from moorage.offline.values import Json, entries, mapping, number, text
from moorage.plan.finding import Finding

from .report import error
from .services import Service, Services

_NAMESPACES = tuple(
    f"aws:servicediscovery/{kind}Namespace:{kind[0].upper()}{kind[1:]}Namespace"
    for kind in ("http", "privateDns", "publicDns")
)


def check(services: Services) -> Iterator[Finding]:
    """Look at the names of services, on their cluster and in Service Connect."""
    names: dict[Any, Service] = {}
    discovery: dict[Any, Service] = {}
    aliases: dict[Any, Service] = {}
    for service in services.all:
        yield from _service_name(names, service)
        namespace = _namespace(services, service)
        if namespace is None:
            continue
        for entry in entries(mapping(service.inputs.get("serviceConnectConfiguration")).get("services")):
            yield from _connected(discovery, aliases, namespace, service, entry)


def _service_name(names: dict[Any, Service], service: Service) -> Iterator[Finding]:
    name = text(service.inputs.get("name"))
    given = service.inputs.get("cluster")
    cluster = service.cluster.urn if service.cluster else given
    if name is None or cluster is UNKNOWN:
        return
    first = names.setdefault((cluster, name), service)
    if first is not service:
        yield error(
            "service-name-clash",
            service.resource,
            f"has the name {name!r} on its cluster, as has {first.resource.name}: ECS refuses a second one",
            "give one of them another `service_name`, or none for a generated one",
        )


def _namespace(services: Services, service: Service) -> Any:
    """Return what stands for the namespace of a service in Service Connect; None where it is not known."""
    connect = mapping(service.inputs.get("serviceConnectConfiguration"))
    if connect.get("enabled") is not True:
        return None
    if "namespace" not in connect:
        # The cluster's default one.
        return service.cluster.urn if service.cluster else None
    return _of_graph(services, service.resource, connect["namespace"]) or text(connect["namespace"])


def _of_graph(services: Services, resource: Resource, given: Any) -> str | None:
    for type_ in _NAMESPACES:
        found = services.stack.one(resource, "serviceConnectConfiguration", given, type_)
        if found:
            return found.urn
    return None


def _connected(
    discovery: dict[Any, Service],
    aliases: dict[Any, Service],
    namespace: Any,
    service: Service,
    entry: Json,
) -> Iterator[Finding]:
    port_name = entry.get("portName")
    name = text(entry.get("discoveryName", port_name))
    if name is not None:
        first = discovery.setdefault((namespace, name), service)
        if first is not service:
            yield error(
                "service-connect-names",
                service.resource,
                f"has the discovery name {name!r} in Service Connect, as has {first.resource.name}: it "
                "must be unique within the namespace",
                "give one of them another discovery name (in a ComposeApp: another service name)",
            )
            return
    for alias in entries(entry.get("clientAlias")) or entries(entry.get("clientAliases")):
        dns, port = text(alias.get("dnsName", name)), number(alias.get("port"))
        if dns is None or port is None:
            continue
        first = aliases.setdefault((namespace, dns, port), service)
        if first is not service:
            yield error(
                "service-connect-names",
                service.resource,
                f"answers to {dns}:{port} in Service Connect, as does {first.resource.name}: it must be "
                "unique within the namespace",
                "give one of them another client alias or port (in a ComposeApp: another service name)",
            )
