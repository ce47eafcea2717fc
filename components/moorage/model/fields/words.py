"""Rows of field tables in words, for docstrings, the schema and the reference."""

from collections.abc import Mapping
from typing import Any, cast

from moorage.model.choices import PresetName

from .field import Derived, Field, PerPreset


def default_words(field: Field) -> str:
    """Return the default as it goes on after "Default:"."""
    default = field.default
    if isinstance(default, PerPreset):
        plain = preset_words(default)
    elif default is None or isinstance(default, Derived):
        plain = "none"
    else:
        plain = "as in each of its fields" if default == {} else _plain(default)
    return field.words.replace("{}", plain) or plain


def preset_words(default: PerPreset) -> str:
    """Return a default that differs between the presets."""
    values = {preset: default.of(preset) for preset in PresetName}
    if all(isinstance(value, bool) for value in values.values()):
        return " and ".join(f"in the preset `{preset}`" for preset, value in values.items() if value)
    (first, value), *others = values.items()
    return ", ".join([f"{value} in the preset `{first}`", *(f"{item} in `{name}`" for name, item in others)])


def allowed_words(field: Field) -> list[str]:
    """Return the allowed values, needs and excludes of an argument, one sentence each."""
    words: list[str] = []
    # The names of presets are not fixed.
    if field.choices is not None and not isinstance(field.choices, Mapping):
        words.append(f"One of {', '.join(f'`{item}`' for item in field.choices)}.")
    if field.range is not None:
        words.append(f"{str(field.range)[0].upper()}{str(field.range)[1:]}.")
    if field.form is not None:
        words.append(f"Must be {field.form.words}.")
    words += [f"Needs {need}." for need in field.needs]
    return words + [f"Cannot be combined with {other}." for other in field.excludes]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(_plain, cast("tuple[Any, ...]", value)))
    return f"`{value}`" if isinstance(value, str) else str(value)
