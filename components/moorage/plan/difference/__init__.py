"""Differences between two stacks, or two versions of a program: resources, arguments, findings and cost."""

from dataclasses import dataclass
from typing import Any

from moorage.offline import Resource, ResourceGraph
from moorage.plan.cost.model import CostLine
from moorage.plan.explain import Argument
from moorage.plan.finding import Finding
from moorage.plan.plan import Plan

from .matching import Alike, Comparison, Key


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


def difference(one: Plan, two: Plan) -> Difference:
    """Compare two plans of a program, made with `explain`."""
    first, second = Alike(one.graph), Alike(two.graph)
    comparison = Comparison(first, second)
    pairs = _pairs(one.graph, two.graph, first, second)
    matched = {b.urn for _, b in pairs if b is not None}
    return Difference(
        one=one,
        two=two,
        added=tuple(item for item in two.graph if item.urn not in matched),
        removed=tuple(a for a, b in pairs if b is None),
        changed=tuple(
            Changed(a, b, found)
            for a, b in pairs
            if b is not None and (found := tuple(comparison.changes(a.inputs, b.inputs)))
        ),
        arguments=tuple(_arguments(one, two, first, second, comparison)),
        costs=tuple(_costs(one, two, first, second)),
        new_findings=_only_in(two, second, one, first),
        gone_findings=_only_in(one, first, two, second),
    )


def _pairs(
    one: ResourceGraph, two: ResourceGraph, first: Alike, second: Alike
) -> list[tuple[Resource, Resource | None]]:
    """Return each resource with its counterpart in the other graph, preferably with the same parents."""
    exact = {second.key(item): item for item in two}
    taken = {first.key(item) for item in one}
    free = {key: item for key, item in exact.items() if key not in taken}
    loose: dict[Key, Resource] = {(item.type, key[1]): item for key, item in free.items()}
    return [
        (item, exact.get(first.key(item)) or loose.pop((item.type, first.key(item)[1]), None)) for item in one
    ]


def _arguments(
    one: Plan, two: Plan, first: Alike, second: Alike, comparison: Comparison
) -> list[ChangedArgument]:
    before, after = _by_component(one, first), _by_component(two, second)
    found: list[ChangedArgument] = []
    for kind, name in dict.fromkeys([*before, *after]):
        some, others = before.get((kind, name), {}), after.get((kind, name), {})
        for path in dict.fromkeys([*some, *others]):
            a, b = some.get(path), others.get(path)
            if not comparison.same(_worth(a), _worth(b)):
                found.append(ChangedArgument(kind, name, path, a, b))
    return found


def _by_component(plan: Plan, alike: Alike) -> dict[tuple[str, str], dict[str, Argument]]:
    return {
        (item.kind, alike.name(item.name)): {argument.path: argument for argument in item.arguments}
        for item in plan.arguments
    }


def _worth(argument: Argument | None) -> Any:
    """Return an argument's value and reference, None if it is not set; regardless of its source."""
    if argument is None or (argument.value is None and not argument.origin):
        return None
    return argument.value, argument.origin


def _costs(one: Plan, two: Plan, first: Alike, second: Alike) -> list[ChangedCost]:
    before, after = _bill(one, first), _bill(two, second)
    found: list[ChangedCost] = []
    for key in dict.fromkeys([*before, *after]):
        a, b = before.get(key), after.get(key)
        amounts = [(line.monthly, line.monthly_max) if line else None for line in (a, b)]
        if amounts[0] != amounts[1]:
            urn = a.resource if a else b.resource if b else ""
            found.append(ChangedCost(urn, key[2], a, b))
    return found


def _bill(plan: Plan, alike: Alike) -> dict[tuple[str, str, str], CostLine]:
    return {(*_key_of(line.resource, plan, alike), line.what): line for line in plan.cost.lines}


def _key_of(urn: str, plan: Plan, alike: Alike) -> Key:
    try:
        return alike.key(plan.graph.by_urn(urn))
    except LookupError:
        return "", alike.name(urn)


def _only_in(plan: Plan, alike: Alike, other: Plan, of_other: Alike) -> tuple[Finding, ...]:
    there = {(item.rule, _key_of(item.resource, other, of_other)) for item in other.findings}
    return tuple(
        item for item in plan.findings if (item.rule, _key_of(item.resource, plan, alike)) not in there
    )
