"""Configuration values that carry their key while a program is evaluated.

A string, number, object or list that a program reads from its configuration is an instance of a subclass,
equal to the plain value, until it reaches an argument. Python has no subclass of bool, and values computed
from others are plain: these count as the program's own.
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
        """Trace the values that are set, by full key."""
        self.values = values
        self._outputs: dict[int, tuple[pulumi.Output[Any], str]] = {}

    def read(self, key: str, value: Any) -> Any:
        """Return the value of a key so that it carries the key."""
        if key not in self.values or value is None:
            return value
        if isinstance(value, pulumi.Output):
            self._outputs[id(cast("Any", value))] = (cast("Any", value), key)
            return cast("Any", value)
        return self._marked(value, key)

    def key_of(self, value: Any) -> str | None:
        """Return the key of an unchanged configuration value, or None."""
        if isinstance(value, pulumi.Output):
            return self._outputs.get(id(cast("Any", value)), (None, None))[1]
        return getattr(value, "moorage_key", None)

    def _marked(self, value: Any, key: str) -> Any:
        if isinstance(value, dict):
            value = {name: self._marked(item, key) for name, item in cast("dict[str, Any]", value).items()}
        elif isinstance(value, list):
            value = [self._marked(item, key) for item in cast("list[Any]", value)]
        if type(value) not in _TRACED:
            return value
        marked = _TRACED[type(value)](value)
        marked.moorage_key = key
        return marked


_TRACED: dict[type, Any] = {kind: type("Traced", (kind,), {}) for kind in (str, int, float, dict, list)}
"""Subclasses whose instances can have the attribute `moorage_key`."""


def untraced(value: Any) -> Any:
    """Return a value with plain values in place of traced ones, at any depth."""
    if isinstance(value, str | int | float):
        plain = next((kind for kind, traced in _TRACED.items() if type(value) is traced), None)
        return plain(value) if plain else value
    if isinstance(value, dict):
        return {untraced(key): untraced(item) for key, item in cast("dict[Any, Any]", value).items()}
    return [untraced(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


@contextmanager
def tracing(trace: Trace) -> Generator[None]:
    """Let `pulumi.Config` return traced values."""
    verbs = ("get", "require", "get_secret", "require_secret")
    names = [f"{verb}{kind}" for verb in verbs for kind in _KINDS]
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
