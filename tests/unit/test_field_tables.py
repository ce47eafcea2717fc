"""Of every argument of every component, docstring, field table, schema and reference say the same."""

import ast
import json
import re
import runpy
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from support.syntax import no_collection, parse, parsed

import moorage
from moorage.model.fields.field import MOST, Exclude, Field
from moorage.model.fields.tables import TABLES
from moorage.model.fields.values import Values
from moorage.model.presets import PRESETS
from moorage.plugin import COMPONENTS, Plugin

ROOT = Path(__file__).parents[2]
with no_collection():
    REFERENCE: dict[str, Any] = runpy.run_path(str(ROOT / "docs/reference.py"))
    ARGUMENTS = {component: list(REFERENCE["arguments"](component)) for component in TABLES}
    PAGES = {component: REFERENCE["page"](component) for component in TABLES}
default_words = REFERENCE["default_words"]


def test_every_component_has_a_table_an_export_and_a_page() -> None:
    """A component that is missing in one of them is not compared by the tests below."""
    components = {component.__name__ for component in COMPONENTS}
    assert components == set(TABLES)
    assert components == {name for name in moorage.__all__ if f"{name}Args" in moorage.__all__}
    assert components | {"README"} == {page.stem for page in (ROOT / "docs/reference").glob("*.md")}
    assert (ROOT / "docs/reference/README.md").read_text() == REFERENCE["index"]()


def test_what_an_argument_excludes_is_one_sentence() -> None:
    excluding = Field(
        excludes=(
            Exclude("grants", why="is for a new role"),
            Exclude(".cache", ("registry", "inline"), why="is for a new role"),
            Exclude("daemon"),
        )
    )
    assert REFERENCE["allowed_words"](excluding) == [
        "Cannot be combined with grants, cache registry or cache inline, which is for a new role, nor with "
        "daemon."
    ]
    twice = [component for component, page in PAGES.items() if re.search("(Cannot be combined.*){2}", page)]
    assert twice == []


@pytest.mark.parametrize("component", TABLES)
def test_rows_are_those_of_the_declared_arguments(component: str) -> None:
    declared = {argument.path for argument in ARGUMENTS[component]}
    rows = {path for path in TABLES[component].fields if not path.endswith(("[]", "*"))}
    assert rows == declared


@pytest.mark.parametrize(
    "argument",
    [
        pytest.param(argument, id=f"{component}.{argument.path}")
        for component, arguments in ARGUMENTS.items()
        for argument in arguments
    ],
)
def test_a_docstring_states_what_the_table_says(argument: Any) -> None:
    meaning, field = argument.meaning, argument.field
    before, stated, default = meaning.partition("Default: ")
    assert bool(stated) != argument.required
    if stated:
        words = re.escape(default_words(field))
        assert re.match(rf"{words}[.;]", default), f"Default: {default_words(field)}"
    ranges = [(int(low), int(high)) for low, high in re.findall(r"(\d+) to (\d+)", before)]
    if field.range is not None:
        if field.range.high == MOST and not ranges:
            assert f"from {field.range.low}" in meaning
        else:
            assert ranges == [(field.range.low, field.range.high)]
        unit = re.split(r"\W", field.range.unit)[0].rstrip("s")
        assert unit.lower() in meaning.lower()
    elif ranges:
        # Of a string, what it is made of.
        assert field.form is not None
        assert all(f"{low} to {high}" in field.form.words for low, high in ranges)
    if isinstance(field.choices, type) and "As given to the" not in meaning:
        assert [item for item in field.choices if f"`{item}`" not in meaning] == []


def test_the_schema_has_the_docstrings() -> None:
    with no_collection():
        schema = json.loads(Plugin().schema or "")
    for component in TABLES:
        described = schema["resources"][f"moorage:index:{component}"]["inputProperties"]
        for argument in ARGUMENTS[component]:
            if "." not in argument.path and "[" not in argument.path:
                assert _python(described[_camel(argument.path)]["description"]) == _python(argument.meaning)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def _python(text: str) -> str:
    """Return a text whose names are spelled in one way."""
    return re.sub(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", lambda name: _camel(name[0]), text)


@pytest.mark.parametrize("component", TABLES)
def test_the_reference_is_current(component: str) -> None:
    """After a change: `python docs/reference.py`."""
    assert (ROOT / f"docs/reference/{component}.md").read_text() == PAGES[component]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("component", TABLES)
def test_a_default_is_one_of_the_choices_and_within_the_range(component: str, preset: str) -> None:
    table = TABLES[component]
    values = Values(table, {}, preset)
    for path, field in table.fields.items():
        if "[]" in path or "*" in path or (default := values.default(path)) is None:
            continue
        if isinstance(field.choices, type):
            assert isinstance(default, StrEnum)
        if field.choices is not None:
            assert default in tuple(field.choices), path
        if field.range is not None:
            assert field.range.low <= default <= field.range.high, path


OUTSIDE_THE_TABLES = {
    ("model/container_settings.py", "group", "LOG_GROUP"): "a stand-in for the group that is made",
    ("model/container_settings.py", "region", "LOG_REGION"): "a stand-in for the cluster's region",
}
"""Values for an omitted argument that are no defaults, and what they are."""


def omitted_as(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the keys that a module reads with a constant for an omitted one: `get(...)`, or `get(...) or`."""
    for node in ast.walk(module):
        match node:
            case ast.BoolOp(op=ast.Or(), values=[ast.Call(args=[_, *_]) as call, value]):
                read, key = call.func, call.args[0]
            case ast.Call(func=read, args=[key, value]):
                pass
            case _:
                continue
        if not (isinstance(read, ast.Attribute) and read.attr == "get" and isinstance(key, ast.Constant)):
            continue
        constant = isinstance(value, ast.Constant) and value.value not in (None, "")
        name = ast.unparse(value).rpartition(".")[2] if isinstance(value, ast.Attribute | ast.Name) else ""
        if constant or name.isupper():
            yield str(key.value), ast.unparse(value)


def test_defaults_stand_in_the_tables_only() -> None:
    paths = {path.rstrip("[]*.") for table in TABLES.values() for path in table.fields}
    arguments = {path.rpartition(".")[2] for path in paths}
    library = Path(moorage.__file__).parent
    found = {
        (path.relative_to(library).as_posix(), key, value)
        for folder in ("model", "resources")
        for path in (library / folder).rglob("*.py")
        for key, value in omitted_as(parsed(path))
        if key in arguments
    }
    assert found == OUTSIDE_THE_TABLES.keys()


def test_a_default_outside_the_tables_is_seen() -> None:
    source = """
args.get("type", EbsType.GP3), args.get("protocol", "tcp"), args.get("weight", 100), args.get("ipv6", False)
args.get("preset", DEFAULT_PRESET), args.get("count") or 1
args.get("host"), args.get("name", ""), args.get("port", port), args.get("tags", {}), args.get("user", None)
"""
    keys = [key for key, _ in omitted_as(parse(source))]
    assert sorted(keys) == ["count", "ipv6", "preset", "protocol", "type", "weight"]
