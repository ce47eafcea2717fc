"""Values as Python source, in the layout of `ruff format`."""

from collections.abc import Mapping
from typing import Any, cast

from .project import Call, Code

WIDTH = 88
"""Columns of a line that is not broken."""


class Spread(dict[str, Any]):
    """An object in which the value of the key "**" is an expression whose entries are there."""


def quoted(text: str) -> str:
    """Return a string literal, in double quotes unless single quotes need fewer escapes."""
    body = "".join(repr(char)[1:-1] if not char.isprintable() or char == "\\" else char for char in text)
    quote = "'" if text.count('"') > text.count("'") else '"'
    return f"{quote}{body.replace(quote, chr(92) + quote)}{quote}"


def inline(value: Any) -> str:
    """Return a value in one line."""
    if isinstance(value, Code):
        return value.text
    if isinstance(value, Call):
        parts = [inline(item) for item in value.positional]
        parts += [f"{name}={inline(item)}" for name, item in value.named]
        return f"{value.function}({', '.join(parts)}){value.attribute}"
    if isinstance(value, Mapping):
        entries = _entries(cast("Mapping[str, Any]", value))
        return f"{{{', '.join(f'{start}{inline(item)}' for start, item in entries)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(inline(item) for item in cast('list[Any]', value))}]"
    return quoted(value) if isinstance(value, str) else repr(value)


def _entries(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [("**" if key == "**" else f"{quoted(key)}: ", item) for key, item in value.items()]


def block(value: Any, before: str, after: str, indent: int = 0, broken: bool = False) -> list[str]:
    """Return the lines of a value between two texts; `broken` has each entry on its own line."""
    pad = " " * indent
    whole = f"{pad}{before}{inline(value)}{after}"
    if isinstance(value, Call):
        items = [("", item) for item in value.positional]
        items += [(f"{name}=", item) for name, item in value.named]
        opening, closing = f"{value.function}(", f"){value.attribute}"
    elif isinstance(value, Mapping):
        items, opening, closing = _entries(cast("Mapping[str, Any]", value)), "{", "}"
    elif isinstance(value, list | tuple):
        items, opening, closing = [("", item) for item in cast("list[Any]", value)], "[", "]"
    else:
        return [whole]
    if not items or (len(whole) <= WIDTH and not broken):
        return [whole]
    lines = [f"{pad}{before}{opening}"]
    for start, item in items:
        lines += block(item, start, ",", indent + 4)
    return [*lines, f"{pad}{closing}{after}"]
