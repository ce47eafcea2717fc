"""Writes docs/reference/: an index, and a page for each component from its `TypedDict` and its field table.

Run it with `python docs/reference.py` after a change of either; a test compares the pages.
"""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, NotRequired, Union, cast, get_args, get_origin, is_typeddict

import moorage
from moorage.model.fields.field import Field, PerPreset, any_of, preset_words
from moorage.model.fields.tables import TABLES
from moorage.model.fields.values import Derived

PAGES = Path(__file__).parent / "reference"

_PLAIN = {int: "integer", float: "number", bool: "boolean", str: "string"}


class Argument(NamedTuple):
    """One argument of a component."""

    path: str
    kind: str
    required: bool
    meaning: str
    """Its docstring."""
    field: Field | None
    """Its row in the table; None when there is none."""


def default_words(field: Field) -> str:
    """Return the default as it goes on after "Default:"."""
    default = field.default
    if isinstance(default, PerPreset):
        plain = preset_words(default)
    elif default is None or isinstance(default, Derived):
        plain = "none"
    else:
        plain = "as in each of its fields" if default == {} else _plain(default)
    return field.words.replace("{}", plain) or plain


def allowed_words(field: Field) -> list[str]:
    """Return the allowed values, needs and excludes of an argument, one sentence each."""
    words: list[str] = []
    # The names of presets are not fixed.
    if field.choices is not None and not isinstance(field.choices, Mapping):
        words.append(f"One of {', '.join(f'`{item}`' for item in field.choices)}.")
    if field.range is not None:
        words.append(f"{str(field.range)[0].upper()}{str(field.range)[1:]}.")
    if field.form is not None:
        words.append(f"Must be {field.form.words}.")
    words += [f"Needs {need}." for need in field.needs]
    return words + ([f"Cannot be combined with {_excluded(field)}."] if field.excludes else [])


def _excluded(field: Field) -> str:
    """Return what an argument excludes, as it goes on after "with"; what has one reason is together."""
    by_reason: dict[str, list[str]] = {}
    for path, values, why in field.excludes:
        name = path.removeprefix(".")
        by_reason.setdefault(why, []).extend([f"{name} {value}" for value in values] or [name])
    groups = [any_of(names) + (f", which {why}" if why else "") for why, names in by_reason.items()]
    return ", nor with ".join(groups)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(_plain, cast("tuple[Any, ...]", value)))
    return f"`{value}`" if isinstance(value, str) else str(value)


def arguments(component: str) -> Iterator[Argument]:
    """Yield the arguments of a component, each before those inside of it."""
    yield from _arguments(getattr(moorage, f"{component}Args"), "", component)


def _arguments(declaration: type, prefix: str, component: str) -> Iterator[Argument]:
    docstrings = _docstrings(declaration)
    for name, hint in inspect.get_annotations(declaration).items():
        required = get_origin(hint) is not NotRequired
        plain = hint if required else get_args(hint)[0]
        path = f"{prefix}{name}"
        field = TABLES[component].fields.get(path)
        yield Argument(path, _kind(plain), required, docstrings.get(name, ""), field)
        inner, items = _nested(plain)
        # A service of a compose file takes what an app takes, which has a page of its own.
        if inner is not None and path != "services":
            yield from _arguments(inner, f"{path}{items}.", component)


@cache
def _docstrings(class_: type) -> dict[str, str]:
    """Return the text under each annotation in the body of a class and of those it inherits from."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(class_))).body
    assert isinstance(body, ast.ClassDef)
    module = vars(sys.modules[class_.__module__])
    bases = [module.get(base.id) for base in body.bases if isinstance(base, ast.Name)]
    inherited = [_docstrings(base) for base in bases if is_typeddict(base)]
    return {name: text for texts in inherited for name, text in texts.items()} | {
        before.target.id: " ".join(inspect.cleandoc(str(after.value.value)).split())
        for before, after in zip(body.body, body.body[1:], strict=False)
        if isinstance(before, ast.AnnAssign)
        and isinstance(before.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
    }


def _nested(hint: Any) -> tuple[type | None, str]:
    """Return the `TypedDict` that an argument holds, and what stands for the items of a list or an object of
    them in a path."""
    if get_origin(hint) is list:
        return _nested(get_args(hint)[0])[0], "[]"
    if get_origin(hint) is dict:
        return _nested(get_args(hint)[1])[0], ".*"
    return (hint, "") if is_typeddict(hint) else (None, "")


def _kind(hint: Any) -> str:
    """Return a type in words; of an `Input` the plain one."""
    if get_origin(hint) is Union:
        return f"{_kind(get_args(hint)[0])} or Output"
    if get_origin(hint) in (list, Sequence):
        return f"list of {_plural(get_args(hint)[0])}"
    if get_origin(hint) is dict:
        return f"object of {_plural(get_args(hint)[1])}"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return "string"
    return "value" if hint is Any else _PLAIN.get(hint, "object")


def _plural(hint: Any) -> str:
    kind = _kind(hint)
    for one in ("list", "object"):
        if kind.startswith(f"{one} of "):
            return f"{one}s{kind.removeprefix(one)}"
    return f"{kind}s".replace(" or Outputs", "s or Outputs")


def page(component: str) -> str:
    """Return the page of a component."""
    class_: type = getattr(moorage, component)
    lines = [
        f"# {component}",
        "<!-- Written by docs/reference.py: change the TypedDict or the field table instead. -->",
        inspect.cleandoc(class_.__doc__ or ""),
        "## Arguments",
    ]
    lines += [_described(argument) for argument in arguments(component)]
    lines.append("## Outputs")
    lines += [f"**`{name}`**: {meaning}" for name, meaning in _docstrings(class_).items()]
    return "\n\n".join(lines) + "\n"


def index() -> str:
    """Return the page that lists the components."""
    lines = ["# Reference", "<!-- Written by docs/reference.py. -->"]
    lines.append(
        "Every argument of every component, with its type, unit, range and default, and every output."
    )
    for name in TABLES:
        summary = inspect.cleandoc(getattr(moorage, name).__doc__ or "").split("\n\n")[0]
        lines.append(f"**[{name}]({name}.md)**: {' '.join(summary.split())}")
    return "\n\n".join(lines) + "\n"


def _described(argument: Argument) -> str:
    field = argument.field or Field()
    meaning = argument.meaning
    if not argument.required:
        meaning = re.sub(rf"Default: {re.escape(default_words(field))}[.;] ?", "", meaning)
    state = "required" if argument.required else f"default: {default_words(field)}"
    text = " ".join([meaning.strip(), *allowed_words(field)])
    return f"**`{argument.path}`** ({argument.kind}; {state}): {text}"


if __name__ == "__main__":
    PAGES.mkdir(exist_ok=True)
    (PAGES / "README.md").write_text(index())
    for name in TABLES:
        (PAGES / f"{name}.md").write_text(page(name))
