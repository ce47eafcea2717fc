"""For every argument of every component of a program: its value, and where that comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import moorage
from moorage.offline import EvaluationError, Resource, ResourceGraph, shown
from moorage.plan.redaction import SECRET_TEXT, Mask

from .declared import Declared, Given
from .effective import DEFAULT, chosen, nested
from .influence import Influence, declarations, influence
from .origins import Origins
from .tracing import Trace

if TYPE_CHECKING:
    from moorage.plan.plan import Program

ARGUMENT = "argument"

_ALWAYS_SECRET = ("secret_values.", "build.secrets.")
"""Arguments whose values are meant to be secret, even as plain texts."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a component."""

    path: str
    """Such as `cpu`, or `health_check.path`."""
    value: Any
    """Plain JSON; None for one that is not set and has no value by default."""
    source: str
    """`argument`, `stack config`, `project default`, `command line`, `.moorage/config.yaml`, `preset` or
    `default`."""
    of: str = ""
    """The configuration key, or the preset."""
    origin: str = ""
    """The resource's output or component that the value comes from, such as `notes.arn (dynamodb Table)`."""
    decided_by: tuple[str, ...] = ()
    """The configuration keys by which the program chose what it gave."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A component of the program with all of its arguments."""

    urn: str
    kind: str
    """The class, or the type where it is not one of ours."""
    name: str
    arguments: tuple[Argument, ...]
    decided_by: tuple[str, ...] = ()
    """The configuration keys by which the program chose to make it."""


def explain(
    graph: ResourceGraph,
    program: "Program",
    *,
    stack: str = "dev",
    config: Mapping[str, str] | None = None,
    decisions: bool = True,
) -> list[Explained]:
    """Explain the components of an evaluated program.

    Args:
        graph: the program's graph for this stack and configuration.
        program: the folder with Pulumi.yaml, or a function.
        stack: the stack.
        config: configuration that wins over the stack's file.
        decisions: also find out which keys the program decides by; it is evaluated again for each of them.

    Raises:
        EvaluationError: the program is at fault.
    """
    given = config or {}
    origins = Origins(program, stack, given)
    trace = Trace(origins.configuration.values)
    found, failure = declarations(program, stack, given, trace)
    mask = Mask(origins.configuration.values[key] for key in origins.configuration.secret_keys)
    if failure is not None:
        raise EvaluationError(mask.text(str(failure))) from failure
    follows = influence(program, stack, given, origins, trace, found) if decisions else Influence()
    ours = [_of_ours(item, origins, follows, mask) for item in found]
    return ours + [_of_others(item) for item in _others(graph, {item.urn for item in ours})]


def _of_ours(item: Declared, origins: Origins, decisions: Influence, mask: Mask) -> Explained:
    declaration: type = getattr(moorage, f"{item.kind}Args")
    by_default = chosen(item.kind, item.name, item.args, declaration)
    rows: list[Argument] = []
    for name in nested(declaration):
        mine = [path for path in item.given if _belongs(path, name)]
        rows += [_given(item, path, origins, decisions, mask) for path in mine]
        rest = [path for path in by_default if _belongs(path, name) and path not in item.given]
        rows += [Argument(path, shown(by_default[path][0]), *by_default[path][1:]) for path in rest]
        if not mine and not rest:
            rows.append(Argument(name, None, DEFAULT))
    return Explained(item.urn, item.kind, item.name, tuple(rows), _short(decisions, item, "", origins))


def _belongs(path: str, name: str) -> bool:
    return path == name or path.startswith((f"{name}.", f"{name}["))


def _given(item: Declared, path: str, origins: Origins, decisions: Influence, mask: Mask) -> Argument:
    given = item.given[path]
    key = given.key or decisions.carried.get((item.kind, item.name, path))
    secret = given.secret or path.startswith(_ALWAYS_SECRET) or key in origins.configuration.secret_keys
    value = SECRET_TEXT if secret else None if given.source else mask.value(shown(given.value))
    if key is not None:
        return Argument(path, value, origins.of(key), origins.short(key), given.source)
    return Argument(
        path, value, ARGUMENT, origin=given.source, decided_by=_short(decisions, item, path, origins)
    )


def _short(decisions: Influence, item: Declared, path: str, origins: Origins) -> tuple[str, ...]:
    return tuple(origins.short(key) for key in decisions.decided.get((item.kind, item.name, path), ()))


def _others(graph: ResourceGraph, ours: set[str]) -> list[Resource]:
    """Return the components that are not of our kinds, nor part of one."""

    def within(resource: Resource) -> bool:
        parent = resource.parent
        while parent is not None:
            if parent in ours:
                return True
            parent = graph.by_urn(parent).parent
        return False

    return [item for item in graph if not item.custom and item.urn not in ours and not within(item)]


def _of_others(resource: Resource) -> Explained:
    rows = [Argument(name, shown(value), ARGUMENT) for name, value in resource.inputs.items()]
    return Explained(resource.urn, resource.type, resource.name, tuple(rows))


__all__ = ["Argument", "Explained", "Given", "explain"]
