"""The choices that type checkers know are those of the schema and of the checks."""

import ast
import inspect
from enum import StrEnum

from moorage.model import capabilities, choices, vpc_endpoints
from moorage.resources import value_types

ENUMERATIONS = {"capabilities.": capabilities, "choices.": choices, "vpc_endpoints.": vpc_endpoints}


def _literals() -> dict[str, list[str]]:
    """Return the strings of each `Literal` by its name, from the source: it is not there at run time."""
    (typed,) = (node for node in ast.parse(inspect.getsource(value_types)).body if isinstance(node, ast.If))
    return {
        ast.unparse(statement.targets[0]): [
            node.value
            for node in ast.walk(statement.value)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        for statement in typed.body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.value).startswith(tuple(ENUMERATIONS))
    }


def test_literals_are_the_values_of_the_enumerations() -> None:
    literals = _literals()
    assert len(literals) > 30
    assert {"Capability", "Endpoint"} <= literals.keys()
    for name, values in literals.items():
        enumeration = getattr(value_types, name)
        assert any(enumeration is getattr(module, name, None) for module in ENUMERATIONS.values())
        assert issubclass(enumeration, StrEnum)
        assert values == [*map(str, enumeration)], name
