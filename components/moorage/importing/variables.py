"""Strings with values that the program reads from its configuration."""

import re
from typing import Any, cast

from moorage.model.later import is_later, keys_in, later

from .project import CERTIFICATE, FILE_SYSTEM, GROUP, TO_BE_SET, ZONE, Call, Code, Project

_PART = re.compile("\ue000([^\ue001]*)\ue001")


_FORMS = {
    **dict.fromkeys(("host", "domain", "domains"), "example.com"),
    **dict.fromkeys(("certificate_arn", "certificate_arns"), CERTIFICATE),
    "zone_id": ZONE,
    "vpc_id": "vpc-0123456789abcdef0",
    "security_group_ids": GROUP,
    "file_system_id": FILE_SYSTEM,
}
"""Stand-ins that have the form of an argument, by its name."""


def expressions(project: Project, value: Any, description: str, form: str = TO_BE_SET) -> Any:
    """Return a value whose strings with stand-ins are expressions.

    `description` has `{}` for a name; `form` is the stand-in of variables until they are set.
    """
    if isinstance(value, dict):
        return {
            key: expressions(project, item, description, _FORMS.get(key, form))
            for key, item in cast("dict[str, Any]", value).items()
        }
    if isinstance(value, list):
        return [expressions(project, item, description, form) for item in cast("list[Any]", value)]
    return expression(project, value, description, form) if isinstance(value, str) else value


def expression(project: Project, text: str, description: str, form: str = TO_BE_SET) -> Any:
    """Return the expression of a string, if it has stand-ins."""
    if not is_later(text):
        return text
    calls = {name: project.setting([name], description.format(name), stand_in=form) for name in keys_in(text)}
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
