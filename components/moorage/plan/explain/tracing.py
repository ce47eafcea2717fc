"""Configuration values that remember which key they are, while a program is evaluated.

A text, a number or an object that a program reads from its configuration is of a type of ours, equal to the
plain one, until it reaches an argument. A truth value cannot be told apart from another one in Python, and
what is computed from a value is a plain one again: those count as the program's own.
"""

import functools
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import pulumi

_KINDS = ("", "_bool", "_int", "_float", "_object")


class Trace:
    """The configuration that a program read in one evaluation."""

    def __init__(self, values: Mapping[str, str]) -> None:
        """Begin; `values` are those that are set, by full key."""
        self.values = values
        self._outputs: dict[int, tuple[pulumi.Output[Any], str]] = {}

    def read(self, key: str, value: Any) -> Any:
        """Note that a key was read, and return its value so that it remembers the key."""
        if key not in self.values or value is None:
            return value
        if isinstance(value, pulumi.Output):
            self._outputs[id(cast("Any", value))] = (cast("Any", value), key)
            return cast("Any", value)
        return self._marked(value, key)

    def key_of(self, value: Any) -> str | None:
        """Return the key that a value was read from, if it still is that value."""
        if isinstance(value, pulumi.Output):
            return self._outputs.get(id(cast("Any", value)), (None, None))[1]
        return getattr(value, "moorage_key", None)

    def _marked(self, value: Any, key: str) -> Any:
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, str):
            marked = _Text(value)
        elif isinstance(value, int):
            marked = _Whole(value)
        elif isinstance(value, float):
            marked = _Number(value)
        elif isinstance(value, dict):
            items = cast("dict[str, Any]", value).items()
            marked = _Object({name: self._marked(item, key) for name, item in items})
        else:
            marked = _List(self._marked(item, key) for item in cast("list[Any]", value))
        marked.moorage_key = key
        return marked


class _Text(str):
    moorage_key: str


class _Whole(int):
    moorage_key: str


class _Number(float):
    moorage_key: str


class _Object(dict[str, Any]):
    moorage_key: str


class _List(list[Any]):
    moorage_key: str


def untraced(value: Any) -> Any:
    """Return a value as a program has it otherwise, however deep."""
    if isinstance(value, _Text):
        return str.__str__(value)
    if isinstance(value, _Whole):
        return int(value)
    if isinstance(value, _Number):
        return float(value)
    if isinstance(value, dict):
        return {untraced(key): untraced(item) for key, item in cast("dict[Any, Any]", value).items()}
    return [untraced(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


@contextmanager
def tracing(trace: Trace) -> Generator[None]:
    """Let `pulumi.Config` hand out values that remember their keys."""
    names = [f"{verb}{kind}" for verb in ("get", "require") for kind in _KINDS]
    names += [f"{verb}_secret{kind}" for verb in ("get", "require") for kind in _KINDS]
    originals = {name: getattr(pulumi.Config, name) for name in names}

    def traced(name: str) -> Any:
        original = originals[name]

        @functools.wraps(original)
        def read(self: pulumi.Config, key: str, *default: Any, **more: Any) -> Any:
            return trace.read(self.full_key(key), original(self, key, *default, **more))

        return read

    for name in names:
        setattr(pulumi.Config, name, traced(name))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(pulumi.Config, name, original)
