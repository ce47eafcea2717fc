"""The library has one tree of exceptions, which docs/commands.md shows."""

import builtins
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from moorage.errors import MoorageError

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "components"
CLASS = re.compile(r"^class (\w+)\(([^)]*)\)", re.MULTILINE)
BUILTIN = {
    name for name, item in vars(builtins).items() if isinstance(item, type) and issubclass(item, Exception)
}

HANDLED = {
    "moorage.local.aws.guard.refusals.Refusal": "the data services answer with it",
    "moorage.local.balancer.exchange.TargetFailed": "the load balancer answers with it",
    "moorage.local.balancer.exchange.ClientFailed": "the load balancer closes the connection",
    "moorage.local.balancer.exchange.Stale": "the load balancer sends the request again",
    "moorage.local.balancer.http2.StreamLost": "the load balancer answers for the target, or ends the stream",
    "moorage.local.translate.definitions.NotRun": "the service or job is listed as not run locally",
    "moorage.model.dockerfile.stages.Unknown": "not an error: only the builder knows the value",
}
"""Exceptions that never reach a user."""


def declared() -> dict[str, type[Exception]]:
    """Return the exception classes in the library's sources by their full names, except private ones."""
    classes = {
        f"{'.'.join(file.relative_to(LIBRARY).with_suffix('').parts).removesuffix('.__init__')}.{name}": bases
        for file in LIBRARY.rglob("*.py")
        for name, bases in CLASS.findall(file.read_text())
    }
    names, known = dict[str, str](), set(BUILTIN)
    while new := {
        full: full.rpartition(".")[2]
        for full, bases in classes.items()
        if set(re.findall(r"\w+", bases)) & known and full not in names
    }:
        names |= new
        known |= set(new.values())
    return {
        full: getattr(import_module(full.rpartition(".")[0]), name)
        for full, name in names.items()
        if not name.startswith("_")
    }


EXCEPTIONS = declared()


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_an_exception_is_in_the_tree(name: str) -> None:
    assert issubclass(EXCEPTIONS[name], MoorageError) == (name not in HANDLED)


@pytest.mark.parametrize(
    "name",
    [
        "moorage.model.problems.ArgumentsError",
        "moorage.model.build_context.ContextError",
        "moorage.model.dockerignore.PatternError",
        "moorage.model.dockerfile.syntax.DockerfileError",
        "moorage.compose_file.files.ComposeError",
        "moorage.compose_file.interpolation.InterpolationError",
    ],
)
def test_an_error_in_an_argument_or_a_file_is_also_a_value_error(name: str) -> None:
    assert issubclass(EXCEPTIONS[name], ValueError)


def tree(error: type[MoorageError] = MoorageError, depth: int = 0) -> Iterator[str]:
    yield f"{'  ' * depth}{error.__module__}.{error.__qualname__} {error.exit_code}"
    for below in error.__subclasses__():
        if below in EXCEPTIONS.values():
            yield from tree(below, depth + 1)


def test_the_tree_is_documented() -> None:
    page = (ROOT / "docs" / "commands.md").read_text()
    shown = re.findall(r"^( *)(moorage\.[\w.]+) +(\d)", page, re.MULTILINE)
    assert sorted(f"{indent}{name} {code}" for indent, name, code in shown) == sorted(tree())
