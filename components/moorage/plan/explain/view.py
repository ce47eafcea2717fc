"""Explained arguments, as text for people and as JSON."""

import json
from collections.abc import Iterable
from typing import Any

from moorage.plan.text import Style, columns, short_type

from . import ARGUMENT, Argument, Explained

_WIDEST_VALUE = 46


def explained_lines(components: Iterable[Explained], style: Style) -> list[str]:
    """Return the lines of all components: a row for each argument that has a value, then those that have
    none."""
    lines: list[str] = []
    for component in components:
        lines += ["", f"{style.paint(component.name, 'bold')}  {short_kind(component.kind)}"]
        rows = [
            (f"  {item.path}", _value(item, style), whence(item))
            for item in component.arguments
            if _is_set(item)
        ]
        lines += columns(rows)
        unset = [item.path for item in component.arguments if not _is_set(item)]
        if unset:
            lines += style.wrapped(f"not set: {', '.join(unset)}", 4, "  ")
    return lines


def short_kind(kind: str) -> str:
    """Return the class of one of our components, or another's type as a person says it."""
    return short_type(kind) if ":" in kind else kind


def whence(item: Argument) -> str:
    """Return where a value comes from, in words."""
    return f"{item.source} {item.of}".strip()


def _is_set(item: Argument) -> bool:
    return item.value is not None or item.source == ARGUMENT or bool(item.origin)


def _value(item: Argument, style: Style) -> str:
    if item.value is None:
        return item.origin
    text = item.value if isinstance(item.value, str) else json.dumps(item.value, ensure_ascii=False)
    text = " ".join(text.split()) or '""'
    widest = max(20, min(_WIDEST_VALUE, style.width - 60))
    return text if len(text) <= widest else text[: widest - 1] + ("…" if style.unicode else "~")


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
