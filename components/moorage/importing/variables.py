"""Strings with values that the program reads from its configuration."""

import re
from typing import Any, cast

from moorage.model.later import is_later, keys_in, later

from .project import Call, Code, Project
from .stand_ins import stand_in

_PART = re.compile("\ue000([^\ue001]*)\ue001")


def expressions(project: Project, value: Any, description: str, key: str = "") -> Any:
    """Return a value of the argument `key` whose strings with stand-ins are expressions.

    `description` has `{}` for a name.
    """
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        return {name: expressions(project, item, description, name) for name, item in entries.items()}
    if isinstance(value, list):
        return [expressions(project, item, description, key) for item in cast("list[Any]", value)]
    return expression(project, value, description, key) if isinstance(value, str) else value


def expression(project: Project, text: str, description: str, key: str) -> Any:
    """Return the expression of a string of the argument `key`, if it has stand-ins."""
    if not is_later(text):
        return text
    calls = {
        name: project.setting([name], description.format(name), stand_in=stand_in(text, name, key))
        for name in sorted(keys_in(text))
    }
    names = [key for key in calls if text == later(key)]
    if names:
        return calls[names[0]]
    code = ""
    for index, part in enumerate(_PART.split(text)):
        if index % 2:
            code += f"{{config.require('{calls[part].positional[0]}')}}"
        else:
            code += part.replace("\\", "\\\\").replace("{", "{{").replace("}", "}}").replace('"', '\\"')
    return Code(f'f"{code}"'.replace("\n", "\\n"))


def secret_expression(project: Project, text: str) -> Any:
    """Return the expression of a string whose stand-ins are secrets."""
    names = sorted(keys_in(text))
    values = [project.setting([name], f"The variable {name}, a secret", secret=True) for name in names]
    if len(names) == 1 and text == later(names[0]):
        return values[0]
    pattern = text.replace("{", "{{").replace("}", "}}")
    for index, name in enumerate(names):
        pattern = pattern.replace(later(name), f"{{{index}}}")
    return Call("pulumi.Output.format", (pattern, *values))
