"""Values and sources of all arguments of a program's components."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moorage.model.fields.field import Table
from moorage.model.fields.tables import TABLES
from moorage.model.fields.values import Values
from moorage.model.preset_definitions import presets_of
from moorage.model.presets import PRESETS
from moorage.offline import Resource, ResourceGraph, shown
from moorage.plan.previewing import Program
from moorage.plan.redaction import SECRET_TEXT, Mask, evaluated

from .origins import Origins
from .recorder import DEFAULT, Declared, Given, Recorder
from .tracing import Trace, tracing

ARGUMENT = "argument"
PRESET = "preset"

_ALWAYS_SECRET = re.compile(r"(^|\.)(secret_values|build\.secrets)\.")
"""Arguments whose values are secret, even as plain strings."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a component."""

    path: str
    """The path, such as `cpu` or `health_check.path`."""
    value: Any
    """Plain JSON; None if it is not set and has no default."""
    source: str
    """`argument`, `stack config`, `project default`, `command line`, `.moorage/config.yaml`, `preset` or
    `default`; of an app of a compose file also `services`, or the file and line."""
    of: str = ""
    """The configuration key, or the preset."""
    origin: str = ""
    """The output or component that it comes from, such as `notes.arn (dynamodb Table)`."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A component of the program with all its arguments."""

    urn: str
    kind: str
    """The class, or the type of a component that is not moorage's."""
    name: str
    arguments: tuple[Argument, ...]


def explained(
    program: Program, stack: str, config: Mapping[str, str], mask: Mask
) -> tuple[ResourceGraph, tuple[Explained, ...]]:
    """Evaluate a program; return its graph and its explained components.

    Raises:
        EvaluationError: the program fails.
    """
    origins = Origins(program, stack, config)
    trace = Trace(origins.configuration.values)
    recorder = Recorder(trace)
    with tracing(trace), recorder.recording():
        graph = evaluated(program, stack, config, mask)
    with presets_of(origins.configuration.values):
        ours = [_of_ours(item, origins, mask) for item in recorder.found]
    others = [_of_others(item) for item in _others(mask.graph(graph), {item.urn for item in ours})]
    return graph, (*ours, *others)


def _of_ours(item: Declared, origins: Origins, mask: Mask) -> Explained:
    table = TABLES[item.kind]
    by_default = _defaults(table, item.args)
    rows: list[Argument] = []
    # First those that the program passes, in its order.
    for name in dict.fromkeys(map(_top_level, [*item.passed, *table.fields])):
        mine = [path for path in item.passed if _belongs(path, name)]
        rows += [_given(item.passed[path], path, origins, mask) for path in mine]
        rest = [
            argument
            for argument in by_default
            if _belongs(argument.path, name) and not any(_belongs(argument.path, path) for path in mine)
        ]
        rows += rest
        if not mine and not rest:
            rows.append(Argument(name, None, DEFAULT))
    return Explained(item.urn, item.kind, item.name, tuple(rows))


def _defaults(table: Table, args: Mapping[str, Any]) -> list[Argument]:
    """Return the defaults of a component's omitted arguments, of the preset if another one differs."""
    values = Values(table, args)
    others = [dict(Values(table, args, other).defaults()) for other in PRESETS if other != values.preset]
    return [
        Argument(path, shown(value), PRESET, str(values.preset))
        if any(other.get(path, value) != value for other in others)
        else Argument(path, shown(value), DEFAULT)
        for path, value in values.defaults()
    ]


def _top_level(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _belongs(path: str, name: str) -> bool:
    return path == name or path.startswith((f"{name}.", f"{name}["))


def _given(passed: Given, path: str, origins: Origins, mask: Mask) -> Argument:
    key = passed.key
    secret = passed.secret or bool(_ALWAYS_SECRET.search(path)) or key in origins.configuration.secret_keys
    value = SECRET_TEXT if secret else None if passed.source else mask.value(shown(passed.value))
    if key is not None:
        return Argument(path, value, origins.of(key), origins.short(key), passed.source)
    return Argument(path, value, passed.place or ARGUMENT, origin=passed.source)


def _others(graph: ResourceGraph, ours: set[str]) -> list[Resource]:
    """Return the components that are not moorage's, nor inside one."""
    inside = {*ours}
    for item in graph:  # Parents come first.
        if item.parent in inside:
            inside.add(item.urn)
    return [item for item in graph if not item.custom and item.urn not in inside]


def _of_others(resource: Resource) -> Explained:
    rows = [Argument(name, shown(value), ARGUMENT) for name, value in resource.inputs.items()]
    return Explained(resource.urn, resource.type, resource.name, tuple(rows))
