"""Rules of one listener against each other."""

from collections.abc import Iterator

from moorage.model.wildcards import covers
from moorage.offline import Resource
from moorage.offline.values import Json, entries, is_known, mapping, number, texts
from moorage.plan.finding import Finding

from .balancing import Listener
from .report import error
from .services import Services

_SETS = ("httpRequestMethod", "sourceIp")

Condition = tuple[str, frozenset[str]]
"""What a condition looks at, and the patterns or values of which one must match."""


def check(services: Services) -> Iterator[Finding]:
    """Look at every listener whose rules are known."""
    for listener in services.balancing.listeners.values():
        yield from _priorities(listener)
        yield from _shadowed(listener)


def _priorities(listener: Listener) -> Iterator[Finding]:
    taken: dict[int, Resource] = {}
    for rule, inputs in listener.rules:
        priority = number(inputs.get("priority"))
        if priority is None:
            continue
        if priority in taken:
            yield error(
                "duplicate-priority",
                rule,
                f"has priority {priority} on {listener.name}, as has {taken[priority].name}: AWS "
                "refuses a second one",
                "give one of the rules another `priority`, or none to the rules of ContainerApps",
            )
        taken.setdefault(priority, rule)


def _shadowed(listener: Listener) -> Iterator[Finding]:
    rules = [
        (number(inputs.get("priority")), rule, _conditions(inputs))
        for rule, inputs in listener.rules
        if is_known(inputs.get("conditions")) and inputs.get("conditions")
    ]
    ordered = sorted(((p, rule, c) for p, rule, c in rules if p is not None), key=lambda entry: entry[0])
    before: list[tuple[int, Resource, list[Condition]]] = []
    for priority, rule, conditions in ordered:
        first = next((b for b in before if b[0] < priority and _takes_all(b[2], conditions)), None)
        if first is None:
            before.append((priority, rule, conditions))
            continue
        yield error(
            "rule-never-matches",
            rule,
            f"is never reached: {first[1].name}, with priority {first[0]} before {priority}, takes all "
            f"of its requests ({_described(conditions)})",
            "give it a lower `priority` than that rule, or another `host` or `path` in `rules`",
        )


def _takes_all(wide: list[Condition], narrow: list[Condition]) -> bool:
    """Return whether every request of the narrow rule is sure to match the wide one."""
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
    """Return a rule's conditions without those that every request meets."""
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
        # Of a pair's wildcards only equality is told.
        return [("queryStrings regex", frozenset(pairs))] if pairs else []
    values = mapping(config)
    name = f"{kind} {values['httpHeaderName']}".lower() if "httpHeaderName" in values else kind
    plain, regular = texts(values.get("values")), texts(values.get("regexValues"))
    if name != "pathPattern":
        # Hosts and header values are compared without regard to case.
        plain = tuple(value.lower() for value in plain)
    if regular:
        # Patterns beside regular expressions: one set, compared whole.
        return [(f"{name} regex", frozenset([*regular, *plain]))]
    return [(name, frozenset(plain))] if plain else []


def _described(conditions: list[Condition]) -> str:
    parts = [f"{kind} {' or '.join(sorted(values))}" for kind, values in conditions]
    return ", ".join(parts) or "every request"
