"""Presets that a program's configuration defines: another preset with other values."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

from .arguments import mapping, one_of
from .configuration import PRESETS_KEY
from .fields.app import CONTAINER_APP
from .fields.checks import check_value
from .fields.field import Field, Form
from .names import check_pattern
from .presets import BUILT_IN, DEFAULT_PRESET, DEFINED, Preset
from .problems import Problems

_EXTENDS = "extends"
_NAME = Form(r"[a-z][a-z0-9_-]{0,31}", "1 to 32 lower-case letters, digits, - and _, and begin with a letter")

_NUMBERS: Mapping[str, Field] = {
    "log_retention_days": CONTAINER_APP.fields["log_retention_days"],
    "health_check_interval": CONTAINER_APP.fields["health_check.interval"],
    "deregistration_delay": CONTAINER_APP.fields["deregistration_delay"],
}
"""The arguments whose bounds the numbers of a preset have; its other fields are booleans."""

_FIELDS = tuple(name for name in Preset._fields if name != "base")


@cache
def defined_presets(text: str | None) -> Mapping[str, Preset]:
    """Return the presets of the configuration value `text`, a JSON object.

    Raises:
        ValueError: the value is invalid; the text lists every problem.
    """
    if not text:
        return {}
    problems = Problems("Configuration", PRESETS_KEY)
    presets: dict[str, Preset] = {}
    waiting = _parsed(text, problems)
    while waiting:
        # Those first that extend a built-in preset, or one that is defined by now.
        ready = [name for name, values in waiting.items() if values[_EXTENDS] in {**BUILT_IN, **presets}]
        for name in ready:
            values = waiting.pop(name)
            presets[name] = {**BUILT_IN, **presets}[values[_EXTENDS]]._replace(
                **_values(name, values, problems)
            )
        if not ready:
            for name, values in waiting.items():
                allowed = ", ".join([*BUILT_IN, *presets])
                problems.add(f"{name}.{_EXTENDS}", values[_EXTENDS], f"must be one of {allowed}")
            break
    problems.raise_if_any()
    return presets


@contextmanager
def presets_of(config: Mapping[str, str]) -> Generator[None]:
    """Use the presets that a stack's configuration defines.

    Raises:
        ValueError: their definition is invalid.
    """
    token = DEFINED.set(defined_presets(config.get(PRESETS_KEY)))
    try:
        yield
    finally:
        DEFINED.reset(token)


def _parsed(text: str, problems: Problems) -> dict[str, dict[str, Any]]:
    """Return the definitions by name, with the preset that each extends."""
    try:
        value: Any = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        problems.say(PRESETS_KEY, "must be an object of presets by name")
    good: dict[str, dict[str, Any]] = {}
    for name, values in mapping(value).items():
        check_pattern(name, name, *_NAME, problems)
        if name in BUILT_IN:
            problems.say(name, "is built in; define another name that extends it")
        if isinstance(values, dict):
            good[name] = {_EXTENDS: DEFAULT_PRESET.value, **cast("dict[str, Any]", values)}
        else:
            problems.say(name, "must be an object with the values that differ")
    return good


def _values(name: str, values: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """Return the values of a preset that differ from the one it extends."""
    settings = {key: value for key, value in values.items() if key != _EXTENDS}
    for key, value in settings.items():
        where = f"{name}.{key}"
        if key not in _FIELDS:
            one_of(where, key, _FIELDS, problems)
        elif key not in _NUMBERS and not isinstance(value, bool):
            problems.add(where, value, "must be true or false")
        elif key in _NUMBERS and type(value) is not int:
            problems.add(where, value, "must be an integer")
        elif key in _NUMBERS:
            check_value(where, value, _NUMBERS[key], problems)
    return {key: value for key, value in settings.items() if key in _FIELDS}
