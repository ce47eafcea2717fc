"""Checks a value against a shape of botocore's service models, with the constraints that its own validator
ignores: maximum lengths and ranges, patterns and enums."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import botocore.session
import regex

from moorage.offline import UNKNOWN

Shape = Any
"""A `botocore.model.Shape`: its cached properties have no types."""

NOT_PYTHON = {
    # UTF-16, as Java sees a character outside the basic plane.
    r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010FFFF",
    # In Java a POSIX class is ASCII.
    r"\p{Print}": r"[\x20-\x7E]",
}
"""Syntax of the models' Java patterns -> that of Python's `regex`, where they differ."""


class Problem(NamedTuple):
    """One thing that a request says and AWS refuses."""

    where: str
    """Path in the request, such as `containerDefinitions[0].name`."""
    text: str


class Limit(NamedTuple):
    """A constraint that AWS documents and the model does not hold."""

    source: str
    """Title of the page that documents it."""
    minimum: float | None = None
    """Of a number; of a string or list its length."""
    maximum: float | None = None
    pattern: str | None = None
    allowed: tuple[Any, ...] = ()
    check: Callable[[Any], str | None] | None = None
    """Return what is wrong with the value, for a rule that is neither a range nor a pattern."""


Limits = Mapping[str, Limit]
"""By path in the request, with `[]` for every item of a list: `containerDefinitions[].name`."""


@cache
def input_shape(service: str, operation: str) -> Shape:
    """Return what an operation takes."""
    shape = _service(service).operation_model(operation).input_shape
    assert shape is not None
    return shape


@cache
def compiled(pattern: str) -> Any:
    """Return a model's pattern, compiled. `\\w` and `\\d` are ASCII in Java, `\\p{L}` is any letter."""
    for java, python in NOT_PYTHON.items():
        pattern = pattern.replace(java, python)
    return regex.compile(pattern, 0 if r"\p{" in pattern else regex.ASCII)


def problems(value: Any, shape: Shape, limits: Limits, where: str = "", at: str = "") -> Iterator[Problem]:
    """Yield what is wrong with a value; what is UNKNOWN can be anything. `at` is `where` without indexes."""
    if value is UNKNOWN or value is None or getattr(shape, "is_document_type", False):
        return
    if not _is_one(value, _TYPES[shape.type_name]):
        yield Problem(where, f"is a {type(value).__name__}, not a {shape.type_name}")
        return
    for constraint in (_RANGES.get(shape.type_name), _constraint(shape), limits.get(at)):
        if constraint:
            yield from (Problem(where, text) for text in breaches(value, constraint))
    if shape.type_name == "structure":
        yield from _structure(value, shape, limits, where, at)
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            # Attributes are pairs: each key has limits of its own.
            step = item.get("Key", "") if at == "Attributes" and isinstance(item, dict) else ""
            yield from problems(item, shape.member, limits, f"{where}[{index}]", f"{at}[{step}]")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from problems(key, shape.key, limits, f"{where} key {key!r}", f"{at}{{key}}")
            yield from problems(item, shape.value, limits, f"{where}.{key}", f"{at}{{value}}")


def _is_one(value: object, allowed: tuple[type, ...]) -> bool:
    return isinstance(value, allowed) and (bool in allowed or not isinstance(value, bool))


def breaches(value: Any, limit: Limit) -> Iterator[str]:
    """Yield how a value exceeds a limit."""
    size = value if isinstance(value, int | float) else len(value)
    unit = "" if size is value else "length "
    if limit.minimum is not None and size < limit.minimum:
        yield f"{unit}{size} is below {limit.minimum} ({limit.source})"
    if limit.maximum is not None and size > limit.maximum:
        yield f"{unit}{size} is above {limit.maximum} ({limit.source})"
    if limit.pattern is not None and not compiled(limit.pattern).fullmatch(value):
        yield f"{value!r} does not match {limit.pattern} ({limit.source})"
    if limit.allowed and value not in limit.allowed:
        yield f"{value!r} is not one of {limit.allowed} ({limit.source})"
    if limit.check and (text := limit.check(value)):
        yield f"{text} ({limit.source})"


def _structure(value: dict[str, Any], shape: Shape, limits: Limits, where: str, at: str) -> Iterator[Problem]:
    members = {name: item for name, item in value.items() if item is not None}
    for name in shape.required_members:
        if name not in members:
            yield Problem(f"{where}.{name}".lstrip("."), "is required")
    if shape.is_tagged_union and len(members) != 1:
        yield Problem(where, f"must have exactly one member, not {len(members)}")
    for name, item in members.items():
        path, known = f"{where}.{name}".lstrip("."), f"{at}.{name}".lstrip(".")
        if name in shape.members:
            yield from problems(item, shape.members[name], limits, path, known)
        else:
            yield Problem(path, f"is not a member of {shape.name}")


@cache
def _service(name: str) -> Any:
    return botocore.session.get_session().get_service_model(name)


@cache
def _constraint(shape: Shape) -> Limit | None:
    found = shape.metadata
    if not found.keys() & {"min", "max", "pattern", "enum"}:
        return None
    return Limit(
        f"model of {shape.name}",
        found.get("min"),
        found.get("max"),
        found.get("pattern"),
        tuple(found.get("enum", ())),
    )


_RANGES = {
    "integer": Limit("Smithy: a number of 32 bits", -(2**31), 2**31 - 1),
    "long": Limit("Smithy: a number of 64 bits", -(2**63), 2**63 - 1),
}

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "blob": (str, bytes),
    "timestamp": (str,),
    "structure": (dict,),
    "list": (list,),
    "map": (dict,),
}
