"""Checks of a component's arguments against its field table."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from moorage.model.arguments import check_arguments, in_range, one_of
from moorage.model.names import check_pattern
from moorage.model.problems import Problems

from .field import Field, Table
from .values import Values, absolute


def checked(declaration: type, table: Table, args: Mapping[str, Any], problems: Problems) -> Values:
    """Check arguments against the `TypedDict` that declares them and against the component's table.

    Returns:
        The arguments that have the declared types, with numbers as `int`, and the defaults of the others.
    """
    values = Values(table, check_arguments(declaration, args, problems))
    check_fields(values, problems)
    return values


def check_fields(values: Values, problems: Problems, where: str = "") -> None:
    """Check each argument, then its needs and excludes; those that name a wrong argument are skipped.

    `where` stands before the paths of the arguments.
    """
    rows = [
        (path, field, value)
        for name in values.args
        for path, field in values.table.checked.get(name, {}).items()
        if (value := values.given(path)) is not None
    ]
    for path, field, value in rows:
        check_value(f"{where}{path}", value, field, problems)
    for path, items in values.table.items.items():
        for key, item in _items(values.given(path)):
            if items.itself is not None:
                check_value(f"{where}{path}{key}", item, items.itself, problems)
            if isinstance(item, Mapping):
                inner = Values(items.table, cast("Mapping[str, Any]", item))
                check_fields(inner, problems, f"{where}{path}{key}.")
    for path, field, value in rows:
        if value is not False:
            _check_others(where, path, field, values, problems)


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the items of a list or an object, each with its part of the path."""
    if isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            yield f"[{index}]", item
    elif isinstance(value, dict):
        for name, item in cast("dict[str, Any]", value).items():
            yield f".{name}", item


def check_value(where: str, value: Any, field: Field, problems: Problems) -> None:
    """Check one argument, at the path `where`, by itself."""
    if field.choices is not None:
        one_of(where, value, tuple(field.choices), problems)
    if field.range is not None and value != field.range.also:
        in_range(where, value, field.range.low, field.range.high, problems, field.range.unit)
    if field.form is not None:
        check_pattern(where, value, *field.form, problems)
    if field.check is not None and isinstance(value, str | int | float | list | Mapping):
        field.check(where, value, problems)


def _check_others(where: str, path: str, field: Field, values: Values, problems: Problems) -> None:
    """Check what an argument needs and excludes."""
    parent = path.rpartition(".")[0]
    texts = [
        f"needs {need}" + (f": {need.why}" if need.why else "")
        for need in field.needs
        if not values.meets(need, parent) and not _concerned(where, need.paths, parent, problems)
    ]
    texts += [
        f"cannot be combined with {other}"
        for other in field.excludes
        if values.excluded(other, parent) and not _concerned(where, (other.path,), parent, problems)
    ]
    value = values.given(path)
    for text in texts:
        # Not shown where it may be secret or long.
        if field.choices or isinstance(value, int | float):
            problems.add(f"{where}{path}", value, text)
        else:
            problems.say(f"{where}{path}", text)


def _concerned(where: str, paths: tuple[str, ...], parent: str, problems: Problems) -> bool:
    return any(problems.concerns(f"{where}{path}") for path in absolute(paths, parent))
