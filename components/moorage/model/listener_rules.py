"""Listener rules, and the priority that follows from how specific a rule is.

An Application Load Balancer evaluates rules in order of their priority, 1 to 50000, each unique on a listener
("Listener rules for your Application Load Balancer"). Here the priority is derived: first from how specific
the rule is, so that `/api/*` comes before `/*`, and then from a hash of the app's name and the rule, so that
adding, renaming or swapping apps never needs a number that another rule still holds.

A rule with further conditions comes before the rules of its host and path without them: in the priorities of
paths that are one character longer, those with more conditions first.
"""

import hashlib
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from .arguments import mapping
from .choices import ConditionKind
from .lookup import Lookup, described_each
from .problems import Problems
from .rule_conditions import HOST, PATH, Condition, Patterns, patterns_of, takes_all

_PATH_CLASSES = 39
"""Path specificity: 0 any path, 1 to 38 the literal length before a wildcard, 39 an exact path."""

LAST_PRIORITY = 50000


class IdentityProvider(StrEnum):
    """A kind of identity provider, as an argument of `authenticate` and an action of a rule name it."""

    OIDC = "oidc"
    COGNITO = "cognito"


class Authentication(NamedTuple):
    """An identity provider ("Authenticate users using an Application Load Balancer")."""

    provider: IdentityProvider
    settings: Mapping[str, Any]
    """Its arguments, by their names in the provider of Pulumi."""


class Share(NamedTuple):
    """A target group beside the app's that gets a share of a rule's requests."""

    arn: str
    weight: int


class Shares(NamedTuple):
    """The weights by which a rule's requests are divided between target groups."""

    own: int
    """Of the app's own target group."""
    others: tuple[Share, ...]


class Rule(NamedTuple):
    """The requests of an app: a `host` and a `path` (None for any), at a `priority` if it is fixed."""

    host: str | None
    path: str | None
    priority: int | None = None
    conditions: tuple[Condition, ...] = ()
    """Further ones, of which all must match."""
    authenticate: Authentication | None = None
    place: int = 0
    """Its place in the app's `rules`."""
    part: int = 0
    """Its place among the listener rules that the values are divided into."""
    shares: Shares | None = None
    """None if the app's own target group gets all requests."""

    @property
    def described(self) -> str:
        """The rule in words, for messages."""
        further = ", ".join(f"{condition.kind} {condition.key}".rstrip() for condition in self.conditions)
        return f"{self.host or 'any host'}{self.path or '/*'}" + (f" with {further}" if further else "")

    @property
    def suffix(self) -> str:
        """The end of the logical names of its resources.

        With a fixed priority it is that: to another resource AWS would not give a number that is still held.
        """
        return self.placed if self.priority is None else f"-{self.priority}"

    @property
    def placed(self) -> str:
        """The end by its place alone."""
        return (f"-{self.place}" if self.place else "") + (f"-part-{self.part}" if self.part else "")

    @property
    def patterns(self) -> list[Patterns]:
        """The conditions that do not match every request."""
        own: list[Patterns] = []
        if self.host and self.host != "*":
            own.append((HOST, frozenset({self.host.lower()})))
        if self.path and self.path not in ("*", "/*"):
            own.append((PATH, frozenset({self.path})))
        return own + [patterns_of(condition) for condition in self.conditions]


def rule_of(place: int, values: Lookup) -> Rule:
    """Return the rule that an app's arguments describe, however many values it has."""
    conditions = [
        Condition(kind, key, tuple(patterns))
        for kind, name in ((ConditionKind.HEADER, "headers"), (ConditionKind.QUERY, "query"))
        for key, patterns in sorted(mapping(values.given(name)).items())
    ]
    conditions += [
        Condition(kind, "", tuple(values[name]))
        for kind, name in ((ConditionKind.METHOD, "methods"), (ConditionKind.SOURCE_IP, "source_ips"))
        if values.given(name) is not None
    ]
    others = described_each(Share, values, "target_groups")
    return Rule(
        values["host"],
        values["path"],
        values["priority"],
        tuple(conditions),
        _authentication(values.given("authenticate")),
        place,
        shares=Shares(values["weight"], others) if others else None,
    )


def _authentication(args: Mapping[str, Any] | None) -> Authentication | None:
    if args is None:
        return None
    provider = IdentityProvider.OIDC if IdentityProvider.OIDC in args else IdentityProvider.COGNITO
    return Authentication(provider, args.get(provider, {}))


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
        if rule.conditions:
            return start + _before(rule, band, specificity, _hashed(app, rule))
        start += (_PATH_CLASSES - specificity) * band.per_path
        return start + _hashed(app, rule) % (band.per_path if specificity else band.any_path)
    raise AssertionError("every rule has a class of hosts")


def _before(rule: Rule, band: _Band, specificity: int, digest: int) -> int:
    """Return the place in its band of a rule with further conditions.

    It is among the rules whose path is one character longer; for an exact path, among the first of its own.
    There the rules with one condition have the last half, those with two the quarter before it, and so on.
    """
    exact = specificity == _PATH_CLASSES
    room = band.per_path // 8 if exact else band.per_path
    first = 0 if exact else (_PATH_CLASSES - specificity - 1) * band.per_path
    count = min(len(rule.conditions), 4)
    low, high = (0 if count == 4 else room >> count), room >> (count - 1)
    return first + low + digest % (high - low)


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
    text = f"{app}\0{rule.host}\0{rule.path}"
    if rule.conditions or rule.place:
        # With its place: what moves to another resource must not need a number that is still held.
        text += f"\0{rule.place}\0{rule.part}"
    for kind, key, values in rule.conditions:
        text += "\0".join(("", kind, key, *values))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


Requests = tuple[str, str, frozenset[Patterns]]
"""The host, the path and the further conditions of a rule, in one spelling."""


def check_clashes(
    app: str, rules: list[Rule], taken: Mapping[int, tuple[str, Rule]], problems: Problems
) -> None:
    """Check the rules of `app` against each other and against those `taken` on the listener, by priority."""
    held = dict(taken)
    owners: dict[Requests, str] = {}
    for other, other_rule in taken.values():
        owners.setdefault(_requests(other_rule), other)
    for rule in rules:
        requests, priority = _requests(rule), rule_priority(app, rule)
        same = owners.get(requests)
        if same is not None:
            who = "twice here" if same == app else f"already taken by {same!r}"
            problems.add("rules", rule.described, f"is {who}; give each rule another host or path")
        elif priority in held:
            other, other_rule = held[priority]
            wrong = f"has priority {priority}, as {other_rule.described} of {other!r}; set one `priority`"
            problems.add("rules", rule.described, wrong)
        # The order of a rule with a fixed priority is the user's.
        for number, (other, other_rule) in held.items() if rule.priority is None else ():
            if _shadowed(rule, priority, other_rule, number) or _shadowed(other_rule, number, rule, priority):
                wrong = (
                    f"and {other_rule.described} of {other!r} begin with the same {_PATH_CLASSES - 1} "
                    "characters, so their order is not known; set one `priority`"
                )
                problems.add("rules", rule.described, wrong)
            elif same is None and _taken_first(rule, priority, other_rule, number):
                wrong = f"comes after {other_rule.described} of {other!r}, which has all of its requests"
                problems.add("rules", rule.described, f"{wrong}; set one `priority`")
            elif same is None and _taken_first(other_rule, number, rule, priority):
                wrong = f"comes before {other_rule.described} of {other!r} and has all of its requests"
                problems.add("rules", rule.described, f"{wrong}; set one `priority`")
        held[priority] = (app, rule)
        owners.setdefault(requests, app)


def _taken_first(narrow: Rule, narrow_priority: int, wide: Rule, wide_priority: int) -> bool:
    """Return whether derived priorities put `wide` before `narrow`, which has part of its requests, and one
    of them has further conditions."""
    if narrow.priority or wide.priority or not (narrow.conditions or wide.conditions):
        return False
    return wide_priority < narrow_priority and takes_all(wide.patterns, narrow.patterns)


def _shadowed(narrow: Rule, narrow_priority: int, wide: Rule, wide_priority: int) -> bool:
    """Return whether derived priorities put `wide` before `narrow`, which has part of its requests."""
    if narrow.priority or wide.priority or narrow.conditions or wide.conditions:
        return False
    inside = (narrow.path or "").startswith((wide.path or "").rstrip("*"))
    return (
        inside
        and _requests(narrow)[0] == _requests(wide)[0]
        and narrow.path != wide.path
        and _path_specificity(narrow.path) == _path_specificity(wide.path) == _PATH_CLASSES - 1
        and wide_priority < narrow_priority
    )


def _requests(rule: Rule) -> Requests:
    """Return the requests of a rule in one spelling."""
    host = rule.host.lower() if rule.host and rule.host != "*" else "*"
    further = frozenset(patterns_of(condition) for condition in rule.conditions)
    return host, rule.path if rule.path and rule.path != "*" else "/*", further
