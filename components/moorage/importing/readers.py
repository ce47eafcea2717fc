"""Readers of the values of a source's keys."""

import re

from moorage.compose_file.nodes import Node

from .tables import Reader, SourceError


def text(node: Node) -> str:
    """Return a scalar as a string."""
    return node.text()


def texts(node: Node) -> list[str]:
    """Return a list of strings; a scalar is a list of one."""
    return [item.text() for item in node.items()] if isinstance(node.value, list) else [node.text()]


def whole(node: Node) -> int:
    """Return an integer, which may be written as a string.

    Raises:
        SourceError: it is not one.
    """
    match = re.fullmatch(r"\s*(-?[0-9]+)(\.0+)?\s*", node.text())
    if match is None:
        raise SourceError(f"{node.where}: {node.text()!r} must be an integer")
    return int(match[1])


def flag(node: Node) -> bool:
    """Return a Boolean, which may be written as a string.

    Raises:
        SourceError: it is not one.
    """
    if node.text().lower() not in ("true", "false"):
        raise SourceError(f"{node.where}: {node.text()!r} must be true or false")
    return node.text().lower() == "true"


def is_on(node: Node) -> bool | None:
    """Return True, or None for what is off anyway."""
    return flag(node) or None


def unless(default: str) -> Reader:
    """Return a reader of a string that is not the default."""
    return lambda node: None if node.text() == default else node.text()


def named_values(key: str, value: str) -> Reader:
    """Return a reader of a list of objects with a name and a value, as an object."""
    return lambda node: {
        name.text(): item.text_of(value) for item in node.items() if (name := item.get(key)) is not None
    }
