"""Conflicts between the rules of a listener."""

from collections.abc import Iterator

from moorage.graph import Rule as ListenerRule
from moorage.graph import View
from moorage.graph.values import known
from moorage.model.wildcards import covers
from moorage.offline import UNKNOWN
from moorage.offline.values import Json, entries, is_known, mapping, texts

from .rule import Fault, Rule

_SETS = ("httpRequestMethod", "sourceIp")

Condition = tuple[str, frozenset[str]]
"""The field of a condition, and its patterns or values."""


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


def _shadowed(view: View) -> Iterator[Fault]:
    for listener in view.listeners:
        before: list[tuple[int, ListenerRule, list[Condition]]] = []
        for priority, rule in sorted(_ordered(listener.rules), key=lambda entry: entry[0]):
            conditions = _conditions(rule.inputs)
            first = next((b for b in before if b[0] < priority and _takes_all(b[2], conditions)), None)
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


def _takes_all(wide: list[Condition], narrow: list[Condition]) -> bool:
    """Return whether every request of the narrow rule certainly matches the wide one."""
    return all(any(_implies(other, condition) for other in narrow) for condition in wide)


def _implies(narrow: Condition, wide: Condition) -> bool:
    if narrow[0] != wide[0]:
        return False
    if narrow[1] <= wide[1]:
        return True
    kind = narrow[0]
    if kind in _SETS or kind.endswith(" regex"):
        return False
    return all(any(covers(pattern, value) for pattern in wide[1]) for value in narrow[1])


def _conditions(inputs: Json) -> list[Condition]:
    """Return a rule's conditions without those that match every request."""
    found: list[Condition] = []
    for condition in entries(inputs.get("conditions")):
        for kind, config in condition.items():
            found += _of_kind(kind, config)
    return [(kind, values) for kind, values in found if not values & _all_of(kind)]


def _all_of(kind: str) -> frozenset[str]:
    return (
        frozenset({"/*", "*"}) if kind == "pathPattern" else frozenset({"*"} if kind == "hostHeader" else ())
    )


def _of_kind(kind: str, config: object) -> list[Condition]:
    if kind == "queryStrings":
        pairs = {f"{pair.get('key', '')}={pair.get('value', '')}".lower() for pair in entries(config)}
        # Pairs with wildcards are only compared for equality.
        return [("queryStrings regex", frozenset(pairs))] if pairs else []
    values = mapping(config)
    name = f"{kind} {values['httpHeaderName']}".lower() if "httpHeaderName" in values else kind
    plain, regular = texts(values.get("values")), texts(values.get("regexValues"))
    if name != "pathPattern":
        # Hosts and header values are case-insensitive.
        plain = tuple(value.lower() for value in plain)
    if regular:
        # Patterns beside regular expressions are compared as one set.
        return [(f"{name} regex", frozenset([*regular, *plain]))]
    return [(name, frozenset(plain))] if plain else []


def _described(conditions: list[Condition]) -> str:
    parts = [f"{kind} {' or '.join(sorted(values))}" for kind, values in conditions]
    return ", ".join(parts) or "every request"


RULES = (
    Rule(
        "preflight/rule-never-matches",
        "a listener rule after another that matches all its requests, by hosts, paths, headers, methods",
        "Condition types for listener rules",
        "give it a lower `priority` than that rule, or another `host` or `path` in `rules`",
        _shadowed,
    ),
    Rule(
        "preflight/duplicate-priority",
        "two rules of a listener with the same priority",
        "Listener rules",
        "give one of the rules another `priority`, or none to the rules of ContainerApps",
        _priorities,
        acceptable=False,
    ),
)
