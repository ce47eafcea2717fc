"""Differences between two stacks, or two versions of a program: resources, arguments, findings and cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from moorage.offline import Resource
from moorage.plan.cost.model import CostLine
from moorage.plan.explain import Argument
from moorage.plan.finding import Finding
from moorage.plan.plan import Plan

from .matching import Alike, Comparison, Key

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Changed:
    """A resource of both stacks with different inputs."""

    one: Resource
    two: Resource
    properties: tuple[tuple[str, Any, Any], ...]
    """The paths of different inputs, with the value in each stack."""


@dataclass(frozen=True, slots=True)
class ChangedArgument:
    """An argument with different values; None if a stack does not have the component."""

    kind: str
    name: str
    path: str
    one: Argument | None
    two: Argument | None


@dataclass(frozen=True, slots=True)
class ChangedCost:
    """A cost line with different amounts; None if a stack does not have it."""

    resource: str
    """The URN."""
    what: str
    one: CostLine | None
    two: CostLine | None


@dataclass(frozen=True, slots=True)
class Difference:
    """The differences from stack `one` to stack `two`."""

    one: Plan
    two: Plan
    added: tuple[Resource, ...]
    removed: tuple[Resource, ...]
    changed: tuple[Changed, ...]
    arguments: tuple[ChangedArgument, ...]
    costs: tuple[ChangedCost, ...]
    new_findings: tuple[Finding, ...]
    gone_findings: tuple[Finding, ...]

    @property
    def names(self) -> tuple[str, str]:
        """Return the names of the two plans: their stacks, or of one stack `base` and `head`."""
        one, two = self.one.graph.stack, self.two.graph.stack
        return (one, two) if one != two else ("base", "head")


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the plans; the keys of its parts are those of the same parts of the other."""

    plan: Plan
    alike: Alike

    def key(self, urn: str) -> Key:
        try:
            return self.alike.key(self.plan.graph.by_urn(urn))
        except LookupError:
            return "", self.alike.name(urn)

    def arguments(self) -> dict[tuple[str, str], dict[str, Argument]]:
        return {
            (item.kind, self.alike.name(item.name)): {argument.path: argument for argument in item.arguments}
            for item in self.plan.arguments
        }

    def bill(self) -> dict[tuple[str, str, str], CostLine]:
        return {(*self.key(line.resource), line.what): line for line in self.plan.cost.lines}

    def findings(self) -> list[tuple[tuple[str, Key], Finding]]:
        return [((finding.rule, self.key(finding.resource)), finding) for finding in self.plan.findings]


def difference(one: Plan, two: Plan) -> Difference:
    """Compare two plans of a program, made with `explain`."""
    first, second = _Side(one, Alike(one.graph)), _Side(two, Alike(two.graph))
    comparison = Comparison(first.alike, second.alike)
    pairs = _pairs(first, second)
    matched = {b.urn for _, b in pairs if b is not None}
    return Difference(
        one=one,
        two=two,
        added=tuple(item for item in two.graph if item.urn not in matched),
        removed=tuple(a for a, b in pairs if b is None),
        changed=tuple(
            Changed(a, b, changes)
            for a, b in pairs
            if b is not None and (changes := tuple(comparison.changes(a.inputs, b.inputs)))
        ),
        arguments=tuple(
            ChangedArgument(kind, name, path, a, b)
            for (kind, name), some, others in _both(first.arguments(), second.arguments())
            for path, a, b in _both(some or {}, others or {})
            if not comparison.same(_worth(a), _worth(b))
        ),
        costs=tuple(
            ChangedCost(line.resource, line.what, a, b)
            for _, a, b in _both(first.bill(), second.bill())
            if (line := a or b) and _amounts(a) != _amounts(b)
        ),
        new_findings=_only_in(second, first),
        gone_findings=_only_in(first, second),
    )


def _pairs(first: _Side, second: _Side) -> list[tuple[Resource, Resource | None]]:
    """Return each resource with its counterpart in the other graph, preferably with the same parents."""
    keys = [(item, first.alike.key(item)) for item in first.plan.graph]
    exact = {second.alike.key(item): item for item in second.plan.graph}
    taken = {key for _, key in keys}
    loose = {(item.type, key[1]): item for key, item in exact.items() if key not in taken}
    return [(item, exact.get(key) or loose.pop((item.type, key[1]), None)) for item, key in keys]


def _both(before: Mapping[K, V], after: Mapping[K, V]) -> Iterator[tuple[K, V | None, V | None]]:
    """Yield the keys of two mappings with both values; None for a missing one."""
    for key in dict.fromkeys([*before, *after]):
        yield key, before.get(key), after.get(key)


def _worth(argument: Argument | None) -> Any:
    """Return an argument's value and reference, None if it is not set; regardless of its source."""
    if argument is None or (argument.value is None and not argument.origin):
        return None
    return argument.value, argument.origin


def _amounts(line: CostLine | None) -> Any:
    return line and (line.monthly, line.monthly_max)


def _only_in(side: _Side, other: _Side) -> tuple[Finding, ...]:
    there = {key for key, _ in other.findings()}
    return tuple(finding for key, finding in side.findings() if key not in there)
