"""Sources are parsed while no finalizer can parse another one."""

import ast
import gc
import sys
from collections.abc import Callable, Iterator

import pytest
from support.syntax import no_collection, parse

SOURCE = "f(a.b, c[d])\n" * 200


class Parsing:
    """A circle of one object, whose finalizer parses."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        ast.parse("a.b.c(d)")


@pytest.fixture
def eager() -> Iterator[None]:
    """A garbage collector that runs at almost every new object."""
    threshold = gc.get_threshold()
    gc.collect()
    gc.set_threshold(10)
    yield
    gc.set_threshold(*threshold)


def parsed_with_finalizers(parse_with: Callable[[str], ast.Module]) -> ast.Module:
    for _ in range(3):
        Parsing()
    return parse_with(SOURCE)


@pytest.mark.usefixtures("eager")
@pytest.mark.skipif(sys.version_info >= (3, 11, 8), reason="this Python counts the depth of each parse apart")
def test_a_finalizer_that_parses_breaks_a_parse() -> None:
    with pytest.raises(SystemError, match="recursion depth mismatch"):
        parsed_with_finalizers(ast.parse)


@pytest.mark.usefixtures("eager")
def test_no_finalizer_runs_in_a_parse() -> None:
    assert len(parsed_with_finalizers(parse).body) == SOURCE.count("\n")


def test_the_collector_is_as_it_was() -> None:
    with pytest.raises(SyntaxError):
        parse("f(")
    assert gc.isenabled()

    with no_collection():
        parse("f()")
        assert not gc.isenabled()
    assert gc.isenabled()
