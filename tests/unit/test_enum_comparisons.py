"""The library compares members of its enumerations, not their values: pyright then finds what is misspelled
or forgotten."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.syntax import parse, parsed

LIBRARY = Path(__file__).parents[2] / "components" / "moorage"
STATES = [LIBRARY / "rollout" / name for name in ("states.py", "scan_aws.py")]

OWN = ("model", "resources", "rollout", "operate")
"""Packages whose attributes have the library's own types. In the others an attribute of the same name may be
an input of the provider or a word of a compose file."""

Values = Mapping[str, set[str]]
"""Values of enumerations, by the name of the enumeration or of an attribute."""


def enumerations(*modules: ast.Module) -> Values:
    """Return the values of each `StrEnum`."""
    return {
        node.name: {
            str(line.value.value)
            for line in node.body
            if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
        }
        for module in modules
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef) and "StrEnum" in map(ast.unparse, node.bases)
    }


def attributes(*modules: ast.Module) -> Values:
    """Return the values that an attribute can have, of those that a class declares as an enumeration."""
    known, found = enumerations(*modules), dict[str, set[str]]()
    for module in modules:
        for kind in ast.walk(module):
            for line in kind.body if isinstance(kind, ast.ClassDef) else ():
                match line:
                    case ast.AnnAssign(target=ast.Name(name), annotation=type_):
                        pass
                    case ast.FunctionDef(name=name, returns=ast.expr() as type_):
                        pass
                    case _:
                        continue
                for part in ast.walk(type_):
                    if isinstance(part, ast.Name) and part.id in known:
                        found.setdefault(name, set()).update(known[part.id])
    return found


def strings(node: ast.AST) -> Iterator[str]:
    """Yield the strings in an operand, or in a tuple, list or set of them."""
    match node:
        case ast.Constant(str(text)):
            yield text
        case ast.Tuple(parts) | ast.List(parts) | ast.Set(parts):
            for part in parts:
                yield from strings(part)
        case _:
            pass


def comparisons(module: ast.Module) -> Iterator[tuple[list[ast.expr], str]]:
    """Yield the operands of each comparison with a string, and the string; of patterns too."""
    for node in ast.walk(module):
        match node:
            case ast.Compare(left, _, others):
                operands = [left, *others]
                yield from ((operands, text) for operand in operands for text in strings(operand))
            case ast.Match(subject, cases):
                values = (part for case in cases for part in ast.walk(case.pattern))
                for value in values:
                    if isinstance(value, ast.MatchValue):
                        yield from (([subject], text) for text in strings(value.value))
            case _:
                pass


def states_as_strings(module: ast.Module, states: Values) -> list[str]:
    """Return the states that a module compares as strings."""
    values = set[str]().union(*states.values())
    return [text for _, text in comparisons(module) if text in values]


def choices_as_strings(module: ast.Module, known: Values) -> list[str]:
    """Return the comparisons of an attribute that is a member of an enumeration with the member's value."""
    return [
        f"{operand.attr} {text}"
        for operands, text in comparisons(module)
        for operand in operands
        if isinstance(operand, ast.Attribute) and text in known.get(operand.attr, ())
    ]


def test_no_state_is_compared_as_a_string() -> None:
    states = enumerations(*map(parsed, STATES))
    assert {"ServiceStatus", "TaskStatus", "Ending", "ScanStatus"} <= states.keys()
    found = {
        str(file.relative_to(LIBRARY)): texts
        for file in LIBRARY.rglob("*.py")
        if (texts := states_as_strings(parsed(file), states))
    }
    assert found == {}


def test_no_choice_is_compared_as_a_string() -> None:
    files = [file for package in OWN for file in (LIBRARY / package).rglob("*.py")]
    known = attributes(*map(parsed, files))
    assert {"capacity", "protocol", "placement"} <= known.keys()
    found = {
        str(file.relative_to(LIBRARY)): texts
        for file in files
        if (texts := choices_as_strings(parsed(file), known))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("task.status == 'RUNNING'", ["RUNNING"]),
        ("'RUNNING' != task['lastStatus']", ["RUNNING"]),
        ("status in ('STOPPED', 'ELSE', 'RUNNING')", ["STOPPED", "RUNNING"]),
        ("set(states) == {'RUNNING'}", ["RUNNING"]),
        ("match status:\n    case 'RUNNING' | 'ELSE':\n        pass", ["RUNNING"]),
        ("task.status == TaskStatus.RUNNING", []),
        ("{'status': 'RUNNING'}", []),
    ],
)
def test_a_state_that_is_compared_as_a_string_is_found(line: str, found: list[str]) -> None:
    assert states_as_strings(parse(line), {"TaskStatus": {"RUNNING", "STOPPED"}}) == found


def test_a_choice_that_is_compared_as_a_string_is_found() -> None:
    module = parse(
        "class Capacity(StrEnum):\n    EC2 = 'ec2'\n"
        "class Task:\n    capacity: Capacity | None\n    name: str\n"
        "    def kind(self) -> Capacity: ...\n"
    )
    known = attributes(module)
    assert known == {"capacity": {"ec2"}, "kind": {"ec2"}}
    line = "task.capacity != 'ec2' or task.kind in ('ec2',) or task.name == 'ec2' or task.capacity == 'text'"
    assert choices_as_strings(parse(line), known) == ["capacity ec2", "kind ec2"]
