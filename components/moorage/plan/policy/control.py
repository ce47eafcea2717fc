"""What a control of the AWS Foundational Security Best Practices (FSBP) standard is here, and how its rule
reads a program.

A rule looks at one resource, and at those that belong to it, as plain inputs; it must know a value to say
something of it: one that is unknown, in a preview, breaks nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from moorage.offline import UNKNOWN, Resource, ResourceGraph, reveal
from moorage.offline.values import Json, statements
from moorage.plan.links import Links

LOW, MEDIUM, HIGH, CRITICAL = "low", "medium", "high", "critical"


@dataclass(frozen=True, slots=True)
class Breach:
    """How a resource breaks a control, and what to do."""

    message: str
    fix: str


class Program:
    """A program's resources, and which of them belong to each other."""

    def __init__(self, graph: ResourceGraph) -> None:
        """Take the graph; what belongs together is looked up when a rule asks for it."""
        self.graph = graph
        self._users: dict[tuple[str, str, str], dict[str, list[Resource]]] = {}

    @cached_property
    def links(self) -> Links:
        """Return the references between resources."""
        return Links(self.graph)

    def one(self, resource: Resource, property_: str, type_: str) -> Resource | None:
        """Return the resource of a type that an input names."""
        return self.links.one(resource, property_, type_)

    def users(self, resource: Resource, property_: str, *types: str) -> list[Resource]:
        """Return the resources of the given types that name `resource` in an input."""
        found: list[Resource] = []
        for type_ in types:
            key = (type_, property_, resource.type)
            if key not in self._users:
                index = self._users[key] = {}
                for user in self.graph.of_type(type_):
                    for named in self._named(user, property_, resource.type):
                        index.setdefault(named.urn, []).append(user)
            found += self._users[key].get(resource.urn, [])
        return found

    def _named(self, user: Resource, property_: str, type_: str) -> list[Resource]:
        """Return what an input names; in a preview it can come from a component, and names what is in it."""
        found = self.links.of(user, property_, type_)
        if found:
            return found
        sources = set(user.property_dependencies.get(property_, ()))
        holders = [resource for resource in self.graph if resource.urn in sources] if sources else []
        return [inner for holder in holders for inner in self.graph.inside(holder).of_type(type_)]


Rule = Callable[[Resource, Program], Breach | None]


@dataclass(frozen=True, slots=True)
class Control:
    """One control of the standard."""

    id: str
    """As in AWS Security Hub, such as `ECS.5`."""
    title: str
    """AWS's own title."""
    severity: str
    """AWS's own: `low`, `medium`, `high` or `critical`."""
    types: tuple[str, ...]
    """Resource types that the rule looks at."""
    rule: Rule
    passes: str
    """What makes it pass with moorage: an argument, or what a component always does."""


def value(resource: Resource, *path: str | int, default: Any = None) -> Any:
    """Return what an input holds at a path; `default` where nothing is there, UNKNOWN where it is not known
    yet."""
    return at(reveal(resource.inputs), *path, default=default)


def at(found: Any, *path: str | int, default: Any = None) -> Any:
    """Return what `found` holds at a path, as `value` does for a resource."""
    for step in path:
        if found is UNKNOWN:
            return UNKNOWN
        if isinstance(found, Mapping) and step in found:
            found = cast("Mapping[Any, Any]", found)[step]
        elif isinstance(found, list) and isinstance(step, int) and step < len(cast("list[Any]", found)):
            found = cast("list[Any]", found)[step]
        else:
            return default
    return default if found is None else found


def items(found: Any) -> list[Any]:
    """Return the known elements of a list; none when it is not known, or not there."""
    known = cast("list[Any]", found) if isinstance(found, list) else []
    return [item for item in known if item is not UNKNOWN]


def on(found: Any) -> bool:
    """Return whether a switch is on, or not known: launch templates have theirs as text."""
    return found is UNKNOWN or found is True or found == "true"


def one_of(found: Any, allowed: Iterable[Any]) -> bool:
    """Return whether a value is among those allowed, or not known."""
    return found is UNKNOWN or found in allowed


def document(found: Any) -> list[Mapping[str, Any]] | None:
    """Return the statements of a policy document with lists for actions, resources and principals; None when
    it is not known."""
    known = statements(found)
    return None if known is None else [_with_principals(statement) for statement in known]


def everybody(statement: Mapping[str, Any]) -> bool:
    """Return whether a statement allows something to everybody without a condition."""
    return (
        statement.get("Effect") == "Allow"
        and "*" in statement.get("Principal", [])
        and not statement.get("Condition")
    )


def _with_principals(statement: Json) -> Json:
    principal = statement.get("Principal", [])
    if isinstance(principal, dict):
        principal = cast(Json, principal).get("AWS", [])
    principals = cast("list[Any]", principal) if isinstance(principal, list) else [principal]
    return {"Action": [], "Resource": [], **statement, "Principal": principals}
