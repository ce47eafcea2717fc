"""Syntax trees of Python sources."""

import ast
import gc
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path


@contextmanager
def no_collection() -> Generator[None]:
    """Keep the garbage collector from running.

    A finalizer may print a traceback, whose carets parse a line of source. When that happens within another
    parse, CPython before 3.11.8 raises SystemError, "AST constructor recursion depth mismatch" (issue 106905
    of python/cpython).
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def parse(source: str) -> ast.Module:
    """Parse a source while no finalizer runs."""
    with no_collection():
        return ast.parse(source)


@cache
def parsed(path: Path) -> ast.Module:
    """Parse a file of the repository once for all tests of a process; none may change the tree."""
    return parse(path.read_text())
