"""Routes of requests from a load balancer to a target group."""

from dataclasses import dataclass, replace
from ipaddress import IPv4Network, ip_network
from typing import Any

from moorage.offline import UNKNOWN, Secret, Unknown
from moorage.offline.values import Json, entries, leaves, mapping, texts

from . import values
from .balancing import Balancer, Balancing, Listener

_UNUSED = tuple(map(IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
"""Addresses for documentation (RFC 5737): a rule for them matches no client."""
_OTHER = {"httpHeader": "header", "httpRequestMethod": "method", "queryStrings": "query", "sourceIp": "from"}
_NOT_SHOWN = {"hostHeader": "a host not displayed", "pathPattern": "a path not displayed"}


@dataclass(frozen=True, slots=True)
class Route:
    """A route of requests to a service: a load balancer's port and the conditions of a rule."""

    balancer: str
    """The URN; empty if it is not in the stack."""
    internal: bool | Unknown
    """True if the load balancer is internal."""
    port: int | Unknown | None
    protocol: str | Unknown
    hosts: tuple[str, ...]
    """Those of the rule, else the DNS records of the load balancer."""
    paths: tuple[str, ...]
    other: tuple[str, ...]
    """Further conditions, in words."""


def routes(balancing: Balancing) -> dict[str, list[Route]]:
    """Return the routes to each target group, by its URN."""
    by_urn = {balancer.urn: balancer for balancer in balancing.balancers}
    by_group: dict[str, list[Route]] = {}
    for listener in balancing.listeners:
        balancer = by_urn.get(listener.balancer.urn) if listener.balancer else None
        for rule in listener.rules:
            if any(map(_matches_no_client, rule.conditions)):
                continue
            # With secrets wrapped: the value of a header can be one.
            route = _route(listener, balancer, rule.resource.inputs.get("conditions"))
            if any(str(action.get("type")).startswith("authenticate") for action in rule.actions):
                route = replace(route, other=(*route.other, "after a sign-in"))
            for forward in rule.forwards:
                if forward.group is not None and forward.used:
                    by_group.setdefault(forward.group.urn, []).append(route)
        for forward in listener.forwards:
            if forward.group is not None and forward.used:
                by_group.setdefault(forward.group.urn, []).append(_route(listener, balancer, []))
    return by_group


def answers(balancing: Balancing) -> list[tuple[Route, str]]:
    """Return the routes of requests that load balancers answer themselves, each with its answer."""
    answered: list[tuple[Route, str]] = []
    for listener in balancing.listeners:
        for rule in listener.rules:
            if rule.answer is not UNKNOWN and rule.answer:
                route = _route(listener, None, rule.resource.inputs.get("conditions"))
                # Rules with a host come first, for some of the load balancer's own hosts too.
                hosts = route.hosts or ("(any other host)",)
                answered.append((replace(route, hosts=hosts), rule.answer))
    return answered


def _route(listener: Listener, balancer: Balancer | None, conditions: Any) -> Route:
    hosts: list[str] = []
    paths: list[str] = []
    shown = isinstance(conditions, list) and not values.partly_unknown(conditions)
    other = [] if shown else ["conditions not displayed"]
    for condition in entries(conditions):
        hosts += texts(mapping(condition.get("hostHeader")).get("values"))
        paths += texts(mapping(condition.get("pathPattern")).get("values"))
        other += [f"{word} {_words(condition[key])}" for key, word in _OTHER.items() if condition.get(key)]
        other += [word for key, word in _NOT_SHOWN.items() if any(map(_hidden, leaves(condition.get(key))))]
    return Route(
        balancer=balancer.urn if balancer else "",
        internal=balancer.internal if balancer else UNKNOWN,
        port=listener.port,
        protocol=listener.protocol,
        hosts=tuple(hosts) or (balancer.hosts if balancer else ()),
        paths=tuple(path for path in paths if path not in ("/*", "*")),
        other=tuple(other),
    )


def _hidden(value: Any) -> bool:
    return value is UNKNOWN or isinstance(value, Secret)


def _matches_no_client(condition: Json) -> bool:
    """Return whether a condition matches only documentation addresses."""
    ranges = texts(mapping(condition.get("sourceIp")).get("values"))
    return bool(ranges) and all(map(_documentation, ranges))


def _documentation(range_: str) -> bool:
    try:
        network = ip_network(range_, strict=False)
    except ValueError:
        return False
    return isinstance(network, IPv4Network) and any(map(network.subnet_of, _UNUSED))


def _words(condition: Any) -> str:
    words: list[str] = []
    for entry in entries(condition):
        name = values.plain(entry.get("httpHeaderName")) or values.plain(entry.get("key"))
        value = ", ".join(texts(entry.get("values"))) or values.plain(entry.get("value"))
        words.append("=".join(part for part in (name, value) if part))
    return ", ".join(words)
