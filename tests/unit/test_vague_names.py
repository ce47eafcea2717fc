"""Names of the library are nouns of its domain, not words that fit every value."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.syntax import parse, parsed

LIBRARY = Path(__file__).parents[2] / "components" / "moorage"

VAGUE = ("found", "given", "told", "wanted")
"""The names that say how a value was obtained, not what it is."""


def stored(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the names that a module stores values under, those of parameters among them, with their lines."""
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name, node.lineno
            case ast.MatchMapping(rest=str(name)) | ast.ExceptHandler(name=str(name)):
                yield name, node.lineno
            case _:
                pass


@pytest.mark.parametrize("vague", VAGUE)
def test_no_value_has_a_vague_name(vague: str) -> None:
    places = [
        f"{path.relative_to(LIBRARY)}:{line}"
        for path in sorted(LIBRARY.rglob("*.py"))
        for name, line in stored(parsed(path))
        if name == vague
    ]
    assert places == [], f"{vague}: name what the value is"


@pytest.mark.parametrize(
    "source",
    [
        "found = 1",
        "found: int = 1",
        "for found in (): pass",
        "[1 for found in ()]",
        "(found := 1)",
        "def f(found): pass",
        "def f(*found): pass",
        "lambda *, found: 1",
        "with open('a') as found: pass",
        "first, *found = 'ab'",
        "match 1:\n  case found: pass",
        "match 1:\n  case [1, *found]: pass",
        "match 1:\n  case {**found}: pass",
        "try: pass\nexcept OSError as found: pass",
    ],
)
def test_each_way_to_name_a_value_is_seen(source: str) -> None:
    assert "found" in dict(stored(parse(source)))


def test_other_uses_of_a_word_are_free() -> None:
    used = "from a import found\n'found'\nf(found=a.found)\nprint(found)\ndef given(): self.told = 1"

    assert dict(stored(parse(used))) == {}
