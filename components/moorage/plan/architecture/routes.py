"""How requests come from a load balancer to a service."""

from ipaddress import IPv4Network, ip_network
from typing import Any

from moorage.offline import Resource, ResourceGraph
from moorage.offline.values import entries, mapping, number, texts
from moorage.plan.links import Links
from moorage.plan.types import LISTENER, LISTENER_RULE, LOAD_BALANCER, TARGET_GROUP

from .model import Balancer, Route
from .values import text

_USUAL = {("HTTP", 80), ("HTTPS", 443)}
_NOBODY = tuple(map(IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
"""Addresses for documentation, which no client has (RFC 5737): a rule for them only is there for ECS."""
_OTHER = {"httpHeader": "header", "httpRequestMethod": "method", "queryStrings": "query", "sourceIp": "from"}


def routes_by_group(
    graph: ResourceGraph, links: Links, balancers: tuple[Balancer, ...]
) -> dict[str, list[Route]]:
    """Return the routes to each target group, by its URN."""
    by_urn = {balancer.urn: balancer for balancer in balancers}
    found: dict[str, list[Route]] = {}
    for rule in graph.of_type(LISTENER_RULE):
        conditions = entries(rule.inputs.get("conditions"))
        if any(map(_for_nobody, conditions)):
            continue
        route = _route(links, by_urn, links.one(rule, "listenerArn", LISTENER), conditions)
        for group in links.of(rule, "actions", TARGET_GROUP):
            found.setdefault(group.urn, []).append(route)
    for listener in graph.of_type(LISTENER):
        for group in links.of(listener, "defaultActions", TARGET_GROUP):
            found.setdefault(group.urn, []).append(_route(links, by_urn, listener, []))
    return found


def routes(links: Links, service: Resource, by_group: dict[str, list[Route]]) -> tuple[Route, ...]:
    """Return the routes to a service, by port, host and path."""
    groups = links.of(service, "loadBalancers", TARGET_GROUP)
    found = {route for group in groups for route in by_group.get(group.urn, ())}
    return tuple(
        sorted(found, key=lambda route: (route.port or 0, route.hosts, route.paths, route.other, route.url))
    )


def _route(
    links: Links, by_urn: dict[str, Balancer], listener: Resource | None, conditions: list[dict[str, Any]]
) -> Route:
    resource = links.one(listener, "loadBalancerArn", LOAD_BALANCER) if listener else None
    balancer = by_urn.get(resource.urn) if resource else None
    hosts: list[str] = []
    paths: list[str] = []
    other: list[str] = []
    for condition in conditions:
        hosts += texts(mapping(condition.get("hostHeader")).get("values"))
        paths += texts(mapping(condition.get("pathPattern")).get("values"))
        other += [f"{word} {_words(condition[key])}" for key, word in _OTHER.items() if condition.get(key)]
    port = number(listener.inputs.get("port")) if listener else None
    protocol = text(listener.inputs.get("protocol")) if listener else ""
    known = [*hosts, *((*balancer.hosts, balancer.dns_name) if balancer else ())]
    host = next((host for host in known if host and "*" not in host), "")
    return Route(
        balancer=balancer.urn if balancer else "",
        port=port,
        protocol=protocol,
        hosts=tuple(hosts),
        paths=tuple(path for path in paths if path not in ("/*", "*")),
        other=tuple(other),
        url=_url(protocol, host, port, paths),
    )


def _for_nobody(condition: dict[str, Any]) -> bool:
    """Return whether no client meets a condition, by its address."""
    ranges = texts(mapping(condition.get("sourceIp")).get("values"))
    return bool(ranges) and all(map(_documentation, ranges))


def _documentation(range_: str) -> bool:
    try:
        found = ip_network(range_, strict=False)
    except ValueError:
        return False
    return isinstance(found, IPv4Network) and any(map(found.subnet_of, _NOBODY))


def _words(condition: Any) -> str:
    found: list[str] = []
    for each in entries(condition):
        name = text(each.get("httpHeaderName")) or text(each.get("key"))
        value = ", ".join(texts(each.get("values"))) or text(each.get("value"))
        found.append("=".join(part for part in (name, value) if part))
    return ", ".join(found)


def _url(protocol: str, host: str, port: int | None, paths: list[str]) -> str:
    if not host or not protocol:
        return ""
    where = host if (protocol, port) in _USUAL or port is None else f"{host}:{port}"
    path = (paths[0] if paths else "/").split("*")[0]
    return f"{protocol.lower()}://{where}{path}"
