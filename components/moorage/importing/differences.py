"""Separation of arguments that differ by stack, which become configuration."""

from dataclasses import dataclass
from typing import Any

from .project import Arguments, Call, Code, Declaration, setting_key
from .source_text import Spread

ENVIRONMENT = "environment"
"""The variable with the name of the environment, which another stack may take over by its configuration."""

_OPEN = ("environment", "secrets", "secret_values", "labels", "tags")
"""Arguments with keys of the user's, of which single ones differ."""


@dataclass(frozen=True, slots=True)
class Split:
    """The arguments of a declaration in the program, and those in the configuration."""

    declaration: Declaration
    key: str
    """The key of its configuration."""
    variable: str
    arguments: Arguments
    settings: dict[str, Arguments]
    """By stack; empty if nothing differs."""
    tables: dict[str, dict[str, Any]]
    """Expressions that differ, by a variable of the program and by stack."""


def split(declaration: Declaration, stacks: list[str]) -> Split:
    """Separate what is the same in all stacks from what is not."""
    key, variable = setting_key([declaration.variable, "settings"]), f"{declaration.variable}_settings"
    made = Split(declaration, key, variable, {}, {}, {})
    by_stack = declaration.by_stack
    for name in {name: None for stack in stacks for name in by_stack[stack]}:
        values = {stack: by_stack[stack].get(name) for stack in stacks}
        first = values[stacks[0]]
        if all(value == first for value in values.values()):
            made.arguments[name] = first
        elif name in _OPEN and all(isinstance(value, dict | None) for value in values.values()):
            made.arguments[name] = _opened(made, name, {stack: values[stack] or {} for stack in stacks})
        elif any(has_code(value) for value in values.values()):
            made.arguments[name] = _table(made, name, values)
        else:
            made.arguments[name] = _setting(made, name, values)
    return made


def _setting(made: Split, name: str, values: dict[str, Any]) -> Code:
    """Move an argument to the configuration; return the expression that reads it."""
    for stack, value in values.items():
        settings = made.settings.setdefault(stack, {})
        if value is not None:
            settings[name] = value
    everywhere = all(value is not None for value in values.values())
    return Code(f'{made.variable}["{name}"]' if everywhere else f'{made.variable}.get("{name}")')


def _opened(made: Split, name: str, values: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the entries that are the same in all stacks; move the others to the configuration."""
    first = next(iter(values.values()))
    same = {
        key: item for key, item in first.items() if all(other.get(key) == item for other in values.values())
    }
    others = {
        stack: {key: item for key, item in entries.items() if key not in same}
        for stack, entries in values.items()
    }
    if not any(others.values()):
        return same
    if has_code(others):
        return Spread({**same, "**": _table(made, name, others)})
    _setting(made, name, {stack: entries or None for stack, entries in others.items()})
    return Spread({**same, "**": Code(f'{made.variable}.get("{name}", {{}})')})


def has_code(value: Any) -> bool:
    """Return whether a value contains an expression."""
    if isinstance(value, dict):
        return any(has_code(item) for item in value.values())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list):
        return any(has_code(item) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return isinstance(value, Code | Call)


def _table(made: Split, name: str, values: dict[str, Any]) -> Code:
    """Keep values with expressions, which cannot be configuration, in the program; return the stack's."""
    variable = f"{made.declaration.variable}_{name}"
    made.tables[variable] = values
    return Code(f"{variable}[{ENVIRONMENT}]")
