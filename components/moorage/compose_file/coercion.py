"""Strings that compose-go reads as booleans and numbers, by their place in the file."""

import inspect
import math
import re
import typing
from collections.abc import Callable
from typing import Any, NotRequired, Required, get_args, get_origin, is_typeddict

BOOLEANS = {
    **dict.fromkeys(("true", "yes", "y", "on"), True),
    **dict.fromkeys(("false", "no", "n", "off"), False),
}
"""Booleans as strings, in lower case."""

_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")

Cast = Callable[[str], bool | int | float | None]


def _boolean(text: str) -> bool | None:
    return BOOLEANS.get(text.lower())


def _integer(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[-+]?[0-9]{1,18}", text) else None


def number_of(text: str) -> float | None:
    """Return a string as a number; None if it is not one, or too large."""
    value = float(text) if _NUMBER.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None


_BOOLEAN_KEYS = (
    *("depends_on.*.required", "depends_on.*.restart", "env_file.*.required", "healthcheck.disable", "init"),
    *("oom_kill_disable", "privileged", "read_only", "stdin_open", "tty", "volumes.*.read_only"),
    "volumes.*.volume.nocopy",
)
_INTEGER_KEYS = (
    *("cpu_shares", "deploy.replicas", "deploy.restart_policy.max_attempts", "healthcheck.retries"),
    *("deploy.update_config.parallelism", "pids_limit", "ports.*.target", "scale"),
    *("ulimits.*", "ulimits.*.hard", "ulimits.*.soft"),
)
_OF_SERVICES: dict[str, Cast] = {
    **dict.fromkeys(_BOOLEAN_KEYS, _boolean),
    **dict.fromkeys(_INTEGER_KEYS, _integer),
    **dict.fromkeys(("cpus", "deploy.update_config.max_failure_ratio"), number_of),
}

_CASTS: dict[tuple[str, ...], Cast] = {
    **{("services", "*", *path.split(".")): cast for path, cast in _OF_SERVICES.items()},
    **{(section, "*", "external"): _boolean for section in ("networks", "volumes", "secrets", "configs")},
    **{("networks", "*", key): _boolean for key in ("internal", "attachable", "enable_ipv4", "enable_ipv6")},
}


def cast_value(text: str, path: tuple[str, ...]) -> str | bool | int | float:
    """Return the value of a string at `path`: a boolean or a number if the path takes one, else itself."""
    for pattern, cast in _CASTS.items():
        if len(pattern) == len(path) and all(
            part in ("*", step) for part, step in zip(pattern, path, strict=True)
        ):
            value = cast(text)
            return text if value is None else value
    return text


def coerced(value: Any, declaration: Any) -> Any:
    """Return arguments whose strings are booleans and numbers where a `TypedDict` declares these: a variable
    in a file is always a string."""
    while get_origin(declaration) in (NotRequired, Required):
        (declaration,) = get_args(declaration)
    if isinstance(value, str):
        cast = {bool: _boolean, int: _integer, float: number_of}.get(declaration)
        plain = cast(value) if cast else None
        return value if plain is None else plain
    if isinstance(value, list):
        items = get_args(declaration) or (str,)
        return [coerced(item, items[0]) for item in typing.cast("list[Any]", value)]
    if isinstance(value, dict):
        declared = inspect.get_annotations(declaration) if is_typeddict(declaration) else {}
        others = get_args(declaration)[1] if get_origin(declaration) is dict else str
        entries = typing.cast("dict[str, Any]", value)
        return {key: coerced(item, declared.get(key, others)) for key, item in entries.items()}
    return value
