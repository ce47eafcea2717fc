"""Behind the constructors the arguments are a model and typed fields: nothing reads them by their keys."""

import ast
from collections.abc import Iterator
from pathlib import Path

from support.syntax import parse, parsed

import moorage
from moorage.plugin import COMPONENTS

RESOURCES = Path(moorage.__file__).parent / "resources"

CHECKING = {
    *("__init__", "checked", "checked_arguments", "checked_app", "check_images", "check_overrides"),
    *("secret_environment", "normalized", "plain_inputs", "with_overrides"),
    *("model_arguments", "passed_arguments"),
}
"""Functions that check the arguments, record them, or convert them to a model and what is passed beside."""

_ARGUMENTS = {"Values", "Args", *(f"{component.__name__}Args" for component in COMPONENTS)}
"""Types of all arguments of a component."""


def readers(module: ast.Module) -> Iterator[str]:
    """Yield the functions and the classes that hold all arguments of a component."""
    for node in ast.walk(module):
        match node:
            case ast.FunctionDef(args=args) | ast.AsyncFunctionDef(args=args):
                held = [
                    (one.arg, one.annotation) for one in (*args.posonlyargs, *args.args, *args.kwonlyargs)
                ]
            case ast.ClassDef(body=body):
                declared = [part for part in body if isinstance(part, ast.AnnAssign)]
                held = [(ast.unparse(part.target), part.annotation) for part in declared]
            case _:
                continue
        for name, annotation in held:
            kind = ast.unparse(annotation) if annotation else ""
            if kind in _ARGUMENTS or (name == "args" and kind == "Mapping[str, Any]"):
                yield node.name


def test_only_checks_and_conversions_take_arguments() -> None:
    # The apps of a compose file are arguments, of the components that it makes.
    modules = [path for path in RESOURCES.rglob("*.py") if "compose" not in path.parts]
    assert {name for path in modules for name in readers(parsed(path))} == CHECKING


def test_what_holds_arguments_is_seen() -> None:
    source = """
def task_parts(wiring: Wiring, args: Mapping[str, Any]): ...
async def cluster(*, values: Values): ...
class Wired:
    args: Values
class Passed:
    args: Mapping[str, Any]
def build(wiring: Wiring, args: list[Any], secrets: Mapping[str, Any]): ...
"""
    assert list(readers(parse(source))) == ["task_parts", "cluster", "Wired", "Passed"]
