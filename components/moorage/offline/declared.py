"""The configuration keys that Pulumi.yaml declares, and their types."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from moorage.errors import EvaluationError

_TYPES = ("string", "integer", "boolean", "array", "object")


@dataclass(frozen=True, slots=True)
class Declared:
    """A configuration key that Pulumi.yaml declares."""

    key: str
    type: str | None
    items: Mapping[str, Any] | None
    value: Any
    """The default, or the value of a key in another namespace; None if there is none."""
    secret: bool

    @property
    def type_name(self) -> str:
        """The type as the CLI writes it, such as `array<string>`."""
        return type_name(self.type or "string", self.items)


def declaration(file: Path, project: str, own_name: str, key: str, content: Any) -> Declared:
    """Return the declaration of one key.

    Raises:
        EvaluationError: the declaration is not valid; the text names file and key.
    """
    full = full_key(project, key, own_name)
    if not isinstance(content, dict):
        return Declared(full, None, None, content, False)
    entry = cast("dict[str, Any]", content)
    default, value = entry.get("default"), entry.get("value")
    if default is not None and value is not None:
        raise EvaluationError(
            f"{file}: project config '{key}' cannot have both a 'default' and 'value' attribute"
        )
    _check_declared(file, key, entry.get("type"), entry.get("items"))
    declared = Declared(
        key=full,
        type=entry.get("type"),
        items=entry.get("items"),
        value=value if default is None else default,
        secret=bool(entry.get("secret")),
    )
    if not full.startswith(project + ":"):
        if declared.type or default is not None or value is None:
            raise EvaluationError(
                f"{file}: configuration key '{key}' is of another namespace than the project's, and must "
                "have 'value', neither 'type' nor 'default'"
            )
    elif declared.type == "array" and declared.items is None:
        raise EvaluationError(
            f"{file}: the configuration key '{key}' declares an array but does not specify the underlying "
            "type via the 'items' attribute"
        )
    elif declared.type and default is not None and not is_of(declared.type, declared.items, default):
        raise EvaluationError(
            f"{file}: the default value specified for configuration key '{key}' is not of the expected type "
            f"'{declared.type_name}'"
        )
    return declared


def _check_declared(file: Path, key: str, type_: Any, items: Any) -> None:
    if type_ is not None and type_ not in _TYPES:
        raise EvaluationError(f"{file}: configuration key '{key}': type must be one of {', '.join(_TYPES)}")
    if items is None:
        return
    if not isinstance(items, dict) or "type" not in items:
        raise EvaluationError(
            f"{file}: configuration key '{key}': items must be a mapping with the key 'type'"
        )
    inner = cast("dict[str, Any]", items)
    _check_declared(file, key, inner["type"], inner.get("items"))


def full_key(project: str, key: str, own_name: str | None = None) -> str:
    """Return a key with its namespace, as the program uses it."""
    namespace, colon, rest = key.partition(":")
    if not colon:
        return f"{project}:{key}"
    return f"{project}:{rest.removeprefix('config:')}" if namespace == (own_name or project) else key


def parsed(entry: Declared | None, text: str) -> Any:
    """Parse a value given as text by its type: JSON for arrays and objects."""
    if entry is None or entry.type not in ("array", "object"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def type_name(type_: str, items: Mapping[str, Any] | None) -> str:
    """Return a type as the CLI writes it, such as `array<string>`."""
    return f"array<{type_name(items['type'], items.get('items'))}>" if items is not None else type_


def is_of(type_: str, items: Mapping[str, Any] | None, value: Any) -> bool:
    """Return whether a value has a declared type; text that parses as the type has it."""
    match type_:
        case "string":
            return isinstance(value, str)
        case "integer":
            if isinstance(value, str):
                return value.removeprefix("-").removeprefix("+").isdecimal()
            return not isinstance(value, bool) and isinstance(value, int | float) and value == int(value)
        case "boolean":
            return isinstance(value, bool) or value in ("true", "false")
        case "object":
            return isinstance(value, dict)
        case _:
            if not isinstance(value, list) or items is None:
                return False
            return all(is_of(items["type"], items.get("items"), item) for item in cast("list[Any]", value))
