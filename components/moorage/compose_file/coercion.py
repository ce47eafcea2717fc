"""Strings that compose-go reads as switches and numbers, by their place in the file."""

import inspect
import math
import re
import typing
from collections.abc import Callable
from typing import Any, NotRequired, Required, get_args, get_origin, is_typeddict

BOOLEANS = {
    "true": True,
    "yes": True,
    "y": True,
    "on": True,
    "false": False,
    "no": False,
    "n": False,
    "off": False,
}
"""What a string in place of a switch may be, in lower case."""

_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")

Cast = Callable[[str], bool | int | float | None]


def _switch(text: str) -> bool | None:
    return BOOLEANS.get(text.lower())


def _integer(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[-+]?[0-9]{1,18}", text) else None


def number_of(text: str) -> float | None:
    """Return the number that a text is; None when it is not one, or too large for one."""
    value = float(text) if _NUMBER.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None


_OF_SERVICES: dict[str, Cast] = {
    "cpus": number_of,
    "cpu_shares": _integer,
    "init": _switch,
    "depends_on.*.required": _switch,
    "depends_on.*.restart": _switch,
    "env_file.*.required": _switch,
    "deploy.replicas": _integer,
    "deploy.update_config.parallelism": _integer,
    "deploy.update_config.max_failure_ratio": number_of,
    "deploy.restart_policy.max_attempts": _integer,
    "healthcheck.retries": _integer,
    "healthcheck.disable": _switch,
    "oom_kill_disable": _switch,
    "pids_limit": _integer,
    "ports.*.target": _integer,
    "privileged": _switch,
    "read_only": _switch,
    "scale": _integer,
    "stdin_open": _switch,
    "tty": _switch,
    "ulimits.*": _integer,
    "ulimits.*.hard": _integer,
    "ulimits.*.soft": _integer,
    "volumes.*.read_only": _switch,
    "volumes.*.volume.nocopy": _switch,
}

_CASTS: dict[tuple[str, ...], Cast] = {
    **{("services", "*", *path.split(".")): cast for path, cast in _OF_SERVICES.items()},
    **{(section, "*", "external"): _switch for section in ("networks", "volumes", "secrets", "configs")},
    **{("networks", "*", key): _switch for key in ("internal", "attachable", "enable_ipv4", "enable_ipv6")},
}


def cast_value(text: str, path: tuple[str, ...]) -> str | bool | int | float:
    """Return what a string at `path` means: itself, unless a switch or a number is meant there and given."""
    for pattern, cast in _CASTS.items():
        if len(pattern) == len(path) and all(
            part in ("*", step) for part, step in zip(pattern, path, strict=True)
        ):
            value = cast(text)
            return text if value is None else value
    return text


def coerced(value: Any, declaration: Any) -> Any:
    """Return arguments in which strings are switches and numbers where a `TypedDict` declares these: a
    variable in a file is always a string."""
    while get_origin(declaration) in (NotRequired, Required):
        (declaration,) = get_args(declaration)
    if isinstance(value, str):
        cast = {bool: _switch, int: _integer, float: number_of}.get(declaration)
        found = cast(value) if cast else None
        return value if found is None else found
    if isinstance(value, list):
        items = get_args(declaration) or (str,)
        return [coerced(item, items[0]) for item in typing.cast("list[Any]", value)]
    if isinstance(value, dict):
        declared = inspect.get_annotations(declaration) if is_typeddict(declaration) else {}
        others = get_args(declaration)[1] if get_origin(declaration) is dict else str
        entries = typing.cast("dict[str, Any]", value)
        return {key: coerced(item, declared.get(key, others)) for key, item in entries.items()}
    return value
