"""Of every argument of every component, docstring, field table, schema and reference say the same."""

import json
import re
import runpy
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from support.second_defaults import defaults_of
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


_TABLES = ("model/fields/", "model/presets.py")
"""The field tables, and the defaults that differ between presets."""

_COMPOSE = "Compose's own default, which the translation sets for the app"

OUTSIDE_THE_TABLES = {
    ("model/container_settings.py", "group", "LOG_GROUP"): "a stand-in for the group that is made",
    ("model/container_settings.py", "region", "LOG_REGION"): "a stand-in for the cluster's region",
    ("model/volume_checks.py", "iops", "_GP3_IOPS"): "AWS's default, with which `throughput` is checked",
    ("compose_file/arguments.py", "stop_timeout", "0"): "ECS's own, not that of an app",
    ("compose_file/services.py", "daemon", "False"): _COMPOSE,
    ("compose_file/short_syntax.py", "protocol", "'tcp'"): _COMPOSE,
    ("compose_file/tasks.py", "count", "1"): _COMPOSE,
    ("compose_file/tasks.py", "daemon", "False"): _COMPOSE,
}
"""Values for an omitted argument that are not defaults of a table, and what they are."""


def test_defaults_stand_in_the_tables_only() -> None:
    paths = {path.rstrip("[]*.") for table in TABLES.values() for path in table.fields}
    arguments = {path.rpartition(".")[2] for path in paths}
    library = Path(moorage.__file__).parent
    found = {
        (name, *default)
        for folder in ("model", "resources", "compose_file")
        for path in (library / folder).rglob("*.py")
        if not (name := path.relative_to(library).as_posix()).startswith(_TABLES)
        for default in defaults_of(parsed(path))
        if default.key in arguments
    }
    assert found == OUTSIDE_THE_TABLES.keys()


@pytest.mark.parametrize(
    "source",
    [
        "args.get('x', 120)",
        "args.get('x', False)",
        "args.get('x', 2 * 60)",
        "args.get('x', ['a'])",
        "args.get('x', Kind.GP3)",
        "args.get('x', DEFAULT)",
        "args.pop('x', 120)",
        "args.setdefault('x', 120)",
        "getattr(args, 'x', 120)",
        "args.get('x') or 120",
        "args['x'] or 120",
        "int(values.given('in.x') or 120)",
        "120 if args.get('x') is None else args['x']",
        "int(args['x']) if 'x' in args else 120",
        "(value := args.get('x')) or 120",
        "value = args.get('x'); return 120 if value is None else value",
        "value, other = values['x'], 1; return value if value else 120",
        "value = args.get('x')\n if value is None: value = 120",
        "value = args.get('x')\n if value is None: return 120\n return value",
        "value = args.get('x')\n if value is not None: return int(value)\n return 120",
        "if 'x' not in args: args['x'] = 120",
        "{'x': 120, **args}",
        "{'x': 120} | args",
    ],
)
def test_a_default_outside_the_tables_is_seen(source: str) -> None:
    found = defaults_of(parse(f"def function():\n {source}"))
    assert {default.key for default in found} == {"x"}


@pytest.mark.parametrize(
    "source",
    [
        "class Spec(NamedTuple):\n x: int = 120",
        "class Spec(NamedTuple):\n x: bool = False",
        "@dataclass\nclass Spec:\n x: Kind = field(default=Kind.GP3)",
        "class Spec:\n def method(self):\n  return args.pop('x', 120)",
        "def function(other, x=120): ...",
        "async def function(*, other, x=120): ...",
    ],
)
def test_a_default_in_a_declaration_is_seen(source: str) -> None:
    assert {default.key for default in defaults_of(parse(source))} == {"x"}


@pytest.mark.parametrize(
    "source",
    [
        "def function(x=None): return args.get('x'), args.get('x', ''), args.get('x', {}), args.get('x', ())",
        "def function(): return args.get('x', x), args.get('x') or 0, args.get('x') or name",
        "def function(): return args.get('x', TABLE['x'].default)",
        "_X = int(TABLE['x'].default)\ndef function(): return args.get('x', _X)",
        "_X, _Y = TABLE['x'].default, TABLE['y'].default\nclass Task:\n x: int = _X\n y: int = _Y",
        "def function(): return 'on' if args.get('x') else 'off'",
        "def function():\n if args.get('x') is None: return False\n return args['y'] == 3",
        "def function():\n args['x'] = 120\n return {**args, 'x': 120}",
        "class Spec(NamedTuple):\n x: int | None = None\n y: Mapping[str, str] = {}",
    ],
)
def test_what_is_no_default_is_not_seen(source: str) -> None:
    assert defaults_of(parse(source)) == set()
