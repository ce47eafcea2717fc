"""Listener rules, and the priority that follows from how specific a rule is.

An Application Load Balancer evaluates rules in order of their priority, 1 to 50000, each unique on a listener
("Listener rules for your Application Load Balancer"). Here the priority is derived: first from how specific
the rule is, so that `/api/*` comes before `/*`, and then from a hash of the app's name and the rule, so that
adding, renaming or swapping apps never needs a number that another rule still holds.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import NamedTuple

from .problems import Problems

_PATH_CLASSES = 39
"""Path specificity: 0 any path, 1 to 38 the literal length before a wildcard, 39 an exact path."""

LAST_PRIORITY = 50000


class Rule(NamedTuple):
    """The requests of an app: a `host` and a `path` (None for any), at a `priority` if it is fixed."""

    host: str | None
    path: str | None
    priority: int | None = None

    @property
    def described(self) -> str:
        """The rule in words, for messages."""
        return f"{self.host or 'any host'}{self.path or '/*'}"


class _Band(NamedTuple):
    """The priorities of one class of hosts: of rules without a path, and of each path specificity."""

    any_path: int
    per_path: int

    @property
    def width(self) -> int:
        return self.any_path + _PATH_CLASSES * self.per_path


_BANDS = {"exact": _Band(10000, 500), "wildcard": _Band(1000, 100), "any": _Band(6000, 200)}
"""More specific hosts first; together they fill 1 to 48200. Rules without a path have many priorities too:
another name for the only app must be another priority."""


def rule_priority(app: str, rule: Rule) -> int:
    """Return the fixed priority of a rule, else the one derived from its specificity and the app's name."""
    if rule.priority is not None:
        return rule.priority
    start = 1
    for host_class, band in _BANDS.items():
        if host_class != _host_class(rule.host):
            start += band.width
            continue
        specificity = _path_specificity(rule.path)
        start += (_PATH_CLASSES - specificity) * band.per_path
        return start + _hashed(app, rule) % (band.per_path if specificity else band.any_path)
    raise AssertionError("every rule has a class of hosts")


def _host_class(host: str | None) -> str:
    if host is None or host == "*":
        return "any"
    return "wildcard" if re.search(r"[*?]", host) else "exact"


def _path_specificity(path: str | None) -> int:
    if path in (None, "/*", "*"):
        return 0
    wildcard = re.search(r"[*?]", path)
    return min(max(wildcard.start(), 1), _PATH_CLASSES - 1) if wildcard else _PATH_CLASSES


def _hashed(app: str, rule: Rule) -> int:
    return int.from_bytes(hashlib.sha256(f"{app}\0{rule.host}\0{rule.path}".encode()).digest()[:8])


def check_clashes(
    app: str, rules: list[Rule], taken: Mapping[int, tuple[str, Rule]], problems: Problems
) -> None:
    """Check the rules of `app` against each other and against those `taken` on the listener, by priority."""
    held = dict(taken)
    for rule in rules:
        same = next((other for other, taken in held.values() if _requests(rule) == _requests(taken)), None)
        priority = rule_priority(app, rule)
        if same is not None:
            who = "twice here" if same == app else f"already taken by {same!r}"
            problems.add("rules", rule.described, f"is {who}; give each rule another host or path")
        elif priority in held:
            other, other_rule = held[priority]
            wrong = f"has priority {priority}, as {other_rule.described} of {other!r}; set one `priority`"
            problems.add("rules", rule.described, wrong)
        for number, (other, other_rule) in held.items():
            if _shadowed(rule, priority, other_rule, number) or _shadowed(other_rule, number, rule, priority):
                wrong = (
                    f"and {other_rule.described} of {other!r} begin with the same {_PATH_CLASSES - 1} "
                    "characters, so their order is not known; set one `priority`"
                )
                problems.add("rules", rule.described, wrong)
        held[priority] = (app, rule)


def _shadowed(narrow: Rule, narrow_priority: int, wide: Rule, wide_priority: int) -> bool:
    """Return whether derived priorities put `wide` before `narrow`, which has part of its requests."""
    if narrow.priority or wide.priority or _requests(narrow)[0] != _requests(wide)[0]:
        return False
    inside = (narrow.path or "").startswith((wide.path or "").rstrip("*"))
    return (
        inside
        and narrow.path != wide.path
        and _path_specificity(narrow.path) == _path_specificity(wide.path) == _PATH_CLASSES - 1
        and wide_priority < narrow_priority
    )


def _requests(rule: Rule) -> tuple[str, str]:
    """Return host and path in one spelling."""
    host = rule.host.lower() if rule.host and rule.host != "*" else "*"
    return host, rule.path if rule.path and rule.path != "*" else "/*"
