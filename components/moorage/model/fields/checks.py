"""Checking a component's arguments against its field table."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from moorage.model.arguments import check_arguments, in_range, one_of
from moorage.model.problems import Problems

from .field import Field, Table
from .values import Values


def checked(declaration: type, table: Table, args: Mapping[str, Any], problems: Problems) -> Values:
    """Check arguments against the `TypedDict` that declares them and against the component's table.

    Returns:
        The arguments that are of the declared types, with numbers as `int`, and the defaults of the others.
    """
    values = Values(table, check_arguments(declaration, args, problems))
    check_fields(values, problems)
    return values


def check_fields(values: Values, problems: Problems) -> None:
    """Check each argument by itself, then beside the others; what needs a wrong one is not reported too."""
    for path, field in values.table.fields.items():
        for where, value in _items(values.args, path):
            check_value(where, value, field, problems)
    for path, field in values.table.fields.items():
        if "[]" not in path and values.has(path):
            _check_others(path, field, values, problems)


def _items(args: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """Yield what is at a path of a table, each with its own path: of `rules[].path` that of each rule."""
    before, bracket, after = path.partition("[]")
    value = Values(_NOTHING, args).given(before)
    if not bracket:
        if value is not None:
            yield before, value
        return
    for index, item in enumerate(cast("list[Any]", value) if isinstance(value, list) else []):
        where = f"{before}[{index}]"
        if not after:
            yield where, item
        elif isinstance(item, Mapping):
            for inner, found in _items(cast("Mapping[str, Any]", item), after.removeprefix(".")):
                yield f"{where}.{inner}", found


_NOTHING = Table({})


def check_value(where: str, value: Any, field: Field, problems: Problems) -> None:
    """Check one argument by itself, which is at the path `where`."""
    if field.choices is not None:
        one_of(where, value, tuple(field.choices), problems)
    if field.range is not None:
        in_range(where, value, field.range.low, field.range.high, problems, field.range.unit)
    if field.form is not None and isinstance(value, str) and not re.fullmatch(field.form.pattern, value):
        problems.add(where, value, f"must be {field.form.words}")
    if field.check is not None and isinstance(value, str | int | float | list | Mapping):
        field.check(where, value, problems)


def _check_others(path: str, field: Field, values: Values, problems: Problems) -> None:
    """Check what an argument needs and excludes."""
    for need in field.needs:
        if not values.meets(need) and not any(map(problems.concerns, need.paths)):
            _say(path, field, values, f"needs {need}" + (f": {need.why}" if need.why else ""), problems)
    for other in field.excludes:
        if values.excluded(other) and not problems.concerns(other.path):
            _say(path, field, values, f"cannot be combined with {other}", problems)


def _say(path: str, field: Field, values: Values, text: str, problems: Problems) -> None:
    """Report an argument with its value, unless that may be secret or long."""
    value = values.given(path)
    if field.choices or isinstance(value, int | float):
        problems.add(path, value, text)
    else:
        problems.say(path, text)
