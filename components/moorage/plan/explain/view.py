"""Explained arguments as a terminal report and JSON."""

import json
from collections.abc import Iterable
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from moorage.console import table
from moorage.plan.text import short_type

from . import ARGUMENT, Argument, Explained


def explained_report(components: Iterable[Explained]) -> list[RenderableType]:
    """Return all components: a row for each argument with a value, then the names of the others."""
    parts: list[RenderableType] = []
    for component in components:
        parts.append(Text.assemble((f"\n{component.name}", "bold"), f"  {short_kind(component.kind)}"))
        rows = [(item.path, value_text(item), whence(item)) for item in component.arguments if _is_set(item)]
        if rows:
            parts.append(table(rows, indent=2))
        unset = [item.path for item in component.arguments if not _is_set(item)]
        if unset:
            parts.append(Padding.indent(Text(f"not set: {', '.join(unset)}"), 2))
    return parts


def short_kind(kind: str) -> str:
    """Return the class of a moorage component, or the short type of another one."""
    return short_type(kind) if ":" in kind else kind


def whence(item: Argument) -> str:
    """Return the source of a value as text."""
    return f"{item.source} {item.of}".strip()


def _is_set(item: Argument) -> bool:
    return item.value is not None or item.source == ARGUMENT or bool(item.origin)


def value_text(item: Argument) -> str:
    """Return a value as one line; its origin if the value is unknown."""
    return item.origin if item.value is None else one_line(item.value)


def one_line(value: Any) -> str:
    """Return a value as one line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split()) or '""'


def explained_document(components: Iterable[Explained]) -> list[dict[str, Any]]:
    """Return the components as plain JSON values."""
    return [
        {
            "urn": component.urn,
            "component": component.kind,
            "name": component.name,
            "arguments": [argument_document(item) for item in component.arguments],
        }
        for component in components
    ]


def argument_document(item: Argument) -> dict[str, Any]:
    """Return an argument as plain JSON values."""
    return {
        "argument": item.path,
        "value": item.value,
        "source": item.source,
        "of": item.of or None,
        "from": item.origin or None,
    }
