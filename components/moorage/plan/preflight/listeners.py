"""Conflicts between the rules of a listener."""

from collections.abc import Iterator

from moorage.graph import Forward, Listener, ProtocolVersion, View
from moorage.graph import Rule as ListenerRule
from moorage.graph.values import known
from moorage.model.rule_conditions import HOST, PATH, Patterns, header_patterns, query_patterns, takes_all
from moorage.offline import UNKNOWN, Resource
from moorage.offline.values import Json, entries, is_known, mapping, texts

from .rule import Fault, Rule

_ALL = {PATH: frozenset({"/*", "*"}), HOST: frozenset({"*"})}
"""The patterns that match every request."""


@Rule(
    "preflight/rule-never-matches",
    "a listener rule after another that matches all its requests, by hosts, paths, headers, methods, "
    "query strings and addresses",
    "Condition types for listener rules",
    "give it a lower `priority` than that rule, or another `host` or `path` in `rules`",
)
def _shadowed(view: View) -> Iterator[Fault]:
    for listener in view.listeners:
        before: list[tuple[int, ListenerRule, list[Patterns]]] = []
        for priority, rule in sorted(_ordered(listener.rules), key=lambda entry: entry[0]):
            conditions = _conditions(rule.inputs)
            first = next((b for b in before if b[0] < priority and takes_all(b[2], conditions)), None)
            if first is None:
                before.append((priority, rule, conditions))
                continue
            yield Fault(
                rule.resource,
                f"never matches: {first[1].resource.name}, with priority {first[0]} before {priority}, "
                f"matches all of its requests ({_described(conditions)})",
            )


def _ordered(rules: tuple[ListenerRule, ...]) -> Iterator[tuple[int, ListenerRule]]:
    """Yield the rules with known priority and conditions."""
    for rule in rules:
        priority = known(rule.priority)
        if priority is not None and rule.conditions and is_known(rule.inputs.get("conditions")):
            yield priority, rule


def _conditions(inputs: Json) -> list[Patterns]:
    """Return a rule's conditions without those that match every request."""
    patterns: list[Patterns] = []
    for condition in entries(inputs.get("conditions")):
        for kind, config in condition.items():
            patterns += _of_kind(kind, config)
    return [(kind, values) for kind, values in patterns if not values & _ALL.get(kind, frozenset())]


def _of_kind(kind: str, config: object) -> list[Patterns]:
    if kind == "queryStrings":
        pairs = [(str(pair.get("key") or ""), str(pair.get("value", ""))) for pair in entries(config)]
        return [query_patterns(pairs)] if pairs else []
    values = mapping(config)
    plain, regular = texts(values.get("values")), texts(values.get("regexValues"))
    if "httpHeaderName" in values:
        name, patterns = header_patterns(str(values["httpHeaderName"]), plain)
    else:
        # Hosts are case-insensitive.
        name, patterns = kind, frozenset(value.lower() if kind == HOST else value for value in plain)
    if regular:
        # Patterns beside regular expressions are compared as one set.
        return [(f"{name} regex", frozenset([*regular, *patterns]))]
    return [(name, patterns)] if patterns else []


def _described(conditions: list[Patterns]) -> str:
    parts = [f"{kind} {' or '.join(sorted(values))}".replace("\0", "=") for kind, values in conditions]
    return ", ".join(parts) or "every request"


@Rule(
    "preflight/duplicate-priority",
    "two rules of a listener with the same priority",
    "Listener rules",
    "give one of the rules another `priority`, or none to the rules of ContainerApps",
    acceptable=False,
)
def _priorities(view: View) -> Iterator[Fault]:
    for listener in view.listeners:
        taken: dict[int, ListenerRule] = {}
        for rule in listener.rules:
            if rule.priority is UNKNOWN:
                continue
            first = taken.setdefault(rule.priority, rule)
            if first is not rule:
                yield Fault(
                    rule.resource,
                    f"has priority {rule.priority} on {listener.name}, like {first.resource.name}: AWS "
                    "rejects a duplicate",
                )


@Rule(
    "preflight/duplicate-port",
    "two listeners of a load balancer on one port, whatever their protocols",
    "API reference, CreateListener",
    "give one of the apps another `listener_port`",
    acceptable=False,
)
def _ports(view: View) -> Iterator[Fault]:
    taken: dict[tuple[str, int], Listener] = {}
    for listener in view.listeners:
        port = known(listener.port)
        if listener.resource is None or listener.balancer is None or port is None:
            continue
        first = taken.setdefault((listener.balancer.urn, port), listener)
        if first is not listener:
            text = f"listens on port {port} of {listener.balancer.name}, like {first.name}: AWS rejects it"
            yield Fault(listener.resource, text)


@Rule(
    "preflight/https-needed",
    "an authenticate action, or a target group with HTTP/2 or gRPC, on a listener for HTTP",
    "Authenticate users using an Application Load Balancer; Target groups: protocol version",
    "give the LoadBalancer a `domain` and a certificate, or omit `authenticate` and `protocol`",
    acceptable=False,
)
def _plain_http(view: View) -> Iterator[Fault]:
    for listener in view.listeners:
        for resource, actions, forwards in _actions(listener) if listener.protocol == "HTTP" else ():
            where = f"{listener.name}, which listens for HTTP"
            if any(str(action.get("type")).startswith("authenticate") for action in actions):
                yield Fault(resource, f"has an authenticate action on {where}")
            for group in (forward.group for forward in forwards if forward.group):
                version = view.target_groups[group.urn].version
                if version in (ProtocolVersion.HTTP2, ProtocolVersion.GRPC):
                    text = f"forwards to {group.name} of protocol version {version} on {where}"
                    yield Fault(resource, text)


def _actions(listener: Listener) -> Iterator[tuple[Resource, list[Json], tuple[Forward, ...]]]:
    """Yield the resources with actions of a listener, with the actions that are known, and forwards."""
    if listener.resource:
        yield listener.resource, entries(listener.inputs.get("defaultActions")), listener.forwards
    for rule in listener.rules:
        yield rule.resource, rule.actions, rule.forwards
