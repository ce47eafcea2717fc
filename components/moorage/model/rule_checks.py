"""Checks of the conditions of a listener rule, one by one ("Condition types for listener rules")."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .domains import check_ip_range
from .names import check_pattern
from .problems import Problems

_HEADER = (
    r"(?!host$)[a-z0-9!#$%&'*+.^_`|~-]{1,40}",
    "1 to 40 letters, digits and !#$%&'*+.^_`|~-, and not Host, for which there is host",
)
_VALUE = (r"[\x20-\x7e]{1,128}", "1 to 128 printable ASCII characters, * and ? as wildcards")
_METHOD = (r"[A-Z_-]{1,40}", "1 to 40 capital letters, hyphens and underscores, such as GET")


def check_headers(field: str, value: Any, problems: Problems) -> None:
    """Check patterns by the name of a header."""
    for name, _ in _lists(field, value, problems):
        if not re.fullmatch(_HEADER[0], name.lower()):
            problems.add(field, name, f"the name of a header must be {_HEADER[1]}")


def check_query(field: str, value: Any, problems: Problems) -> None:
    """Check patterns of values by the key of a query string."""
    for key, _ in _lists(field, value, problems):
        check_pattern(field, key, *_VALUE, problems)


def _lists(field: str, value: Mapping[str, list[str]], problems: Problems) -> Iterator[tuple[str, list[str]]]:
    """Check the values of an object of lists, and yield its items."""
    if not value:
        problems.say(field, "must not be empty")
    for key, values in value.items():
        _not_empty(f"{field}.{key}", values, problems)
        for item in values:
            check_pattern(f"{field}.{key}", item, *_VALUE, problems)
        yield key, values


def check_methods(field: str, value: Any, problems: Problems) -> None:
    """Check request methods, which are compared as they are."""
    _not_empty(field, value, problems)
    for method in value:
        check_pattern(field, method, *_METHOD, problems)


def check_source_ips(field: str, value: Any, problems: Problems) -> None:
    """Check ranges of client addresses, IPv4 or IPv6."""
    _not_empty(field, value, problems)
    for item in value:
        check_ip_range(field, item, problems)


def _not_empty(field: str, values: list[str], problems: Problems) -> None:
    if not values:
        problems.say(field, "must not be empty; omit it to match all requests")
    elif len({*values}) < len(values):
        problems.say(field, "has a value twice")
