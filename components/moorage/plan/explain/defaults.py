"""Defaults of the arguments that a program omits."""

from collections.abc import Mapping
from typing import Any, cast

from moorage.model.fields.field import Table
from moorage.model.fields.values import Values
from moorage.model.presets import PRESETS

PRESET = "preset"
DEFAULT = "default"


def defaults(table: Table, args: Mapping[str, Any]) -> dict[str, tuple[Any, str, str]]:
    """Return the defaults of a component's omitted arguments.

    Returns:
        By path, such as `health_check.path`: the value, `preset` or `default`, and the preset's name.
    """
    values = Values(table, args)
    others = [dict(Values(table, args, other).defaults()) for other in PRESETS if other != values.preset]
    return {
        path: (_plain(value), PRESET, str(values.preset))
        if any(other.get(path, value) != value for other in others)
        else (_plain(value), DEFAULT, "")
        for path, value in values.defaults()
    }


def _plain(value: Any) -> Any:
    return list(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value
