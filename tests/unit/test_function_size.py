"""Functions of the library are short; ruff counts their parameters."""

import ast
from collections.abc import Iterator
from pathlib import Path

from support.syntax import parse, parsed

LIBRARY = Path(__file__).parents[2] / "components" / "moorage"
MOST_LINES = 50

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(node: ast.AST, parent: str = "") -> Iterator[tuple[str, Function]]:
    """Yield every function of a module, within classes and functions too, with its name."""
    for child in ast.iter_child_nodes(node):
        name = f"{parent}.{child.name}" if isinstance(child, ast.ClassDef | Function) else parent
        if isinstance(child, Function):
            yield name, child
        yield from functions(child, name)


def lines(function: Function) -> int:
    """Return how many lines a function has from `def` to its end, without the docstring."""
    docstring = function.body[0] if ast.get_docstring(function, clean=False) is not None else None
    return _lines(function) - (_lines(docstring) if docstring else 0)


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_functions_are_short() -> None:
    long = {
        f"{'.'.join(path.relative_to(LIBRARY).with_suffix('').parts)}{name}": lines(function)
        for path in LIBRARY.rglob("*.py")
        for name, function in functions(parsed(path))
        if lines(function) > MOST_LINES
    }
    assert long == {}


def test_the_docstring_and_decorators_do_not_count() -> None:
    source = """
class Owner:
    @decorated
    def method(
        self,
    ):
        \"\"\"First line.

        Another.
        \"\"\"
        return 1
"""
    ((name, method),) = functions(parse(source))
    assert (name, lines(method)) == (".Owner.method", 4)
