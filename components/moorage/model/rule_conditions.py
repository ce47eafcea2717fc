"""Conditions of listener rules, and whether one rule matches all requests of another."""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .choices import ConditionKind
from .wildcards import covers


class Condition(NamedTuple):
    """A condition beside host and path, which one of its values must match."""

    kind: ConditionKind
    key: str
    """The name of a header, or the key of a query string; else empty."""
    values: tuple[str, ...]


Patterns = tuple[str, frozenset[str]]
"""The field of a condition, and the patterns or values of which one must match."""

HOST, PATH, METHOD, SOURCE_IP = "hostHeader", "pathPattern", "httpRequestMethod", "sourceIp"


def header_patterns(name: str, values: Iterable[str]) -> Patterns:
    """Return the patterns of a header; names and values are case-insensitive."""
    return f"httpHeader {name.lower()}", frozenset(value.lower() for value in values)


def query_patterns(pairs: Iterable[tuple[str, str]]) -> Patterns:
    """Return the patterns of pairs of a query string; an empty key is any."""
    # As both have one separator, no wildcard matches across it.
    return "queryStrings", frozenset(f"{key or '*'}\0{value}".lower() for key, value in pairs)


def patterns_of(condition: Condition) -> Patterns:
    """Return the patterns of a condition."""
    match condition.kind:
        case ConditionKind.HEADER:
            return header_patterns(condition.key, condition.values)
        case ConditionKind.QUERY:
            return query_patterns((condition.key, value) for value in condition.values)
        case ConditionKind.METHOD:
            return METHOD, frozenset(condition.values)
        case ConditionKind.SOURCE_IP:
            return SOURCE_IP, frozenset(condition.values)


def takes_all(wide: Sequence[Patterns], narrow: Sequence[Patterns]) -> bool:
    """Return whether every request of the narrow rule is sure to match the wide one."""
    return all(any(_implies(other, condition) for other in narrow) for condition in wide)


def _implies(narrow: Patterns, wide: Patterns) -> bool:
    if narrow[0] != wide[0]:
        return False
    if narrow[1] <= wide[1]:
        return True
    kind = narrow[0]
    if kind == METHOD or kind.endswith(" regex"):
        return False
    includes = _includes if kind == SOURCE_IP else covers
    return all(any(includes(pattern, value) for pattern in wide[1]) for value in narrow[1])


def _includes(wide: str, narrow: str) -> bool:
    """Return whether a range of addresses includes another."""
    try:
        outer, inner = (ipaddress.ip_network(text, strict=False) for text in (wide, narrow))
        return outer.version == inner.version and inner.subnet_of(outer)  # type: ignore[arg-type]
    except ValueError:
        return False
