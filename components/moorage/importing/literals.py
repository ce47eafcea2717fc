"""The last look at what is written: no string of the program or its configuration is a secret."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from moorage.compose_file.nodes import Node, Where
from moorage.model.later import is_later

from .project import Arguments, Call, Code, Declaration, Project, logical_name
from .secrets import is_secret, is_secret_form
from .tables import SourceNode, Target
from .variables import expression

SECRET_VARIABLE = "a secret by its name or form: kept in Secrets Manager, and its value is not written"
_REPORTED = "looks like a secret and is not written; ECS shows it, so better pass it in `secrets`"
_REFERENCES = (("secrets",), ("log", "secret_options"), ("repository_credentials",))
"""Arguments of a container that name existing secrets."""


def report_variable(target: Target, node: SourceNode, name: str, value: str) -> None:
    """Report a variable of a container: the value of one that is a secret is not written."""
    if is_secret(name, value):
        target.approximated(node, SECRET_VARIABLE)
    else:
        target.translated(node, "`environment`")


def take_all_secrets(project: Project, name: str, arguments: Arguments) -> None:
    """Move variables that are secrets of all containers of an app to the settings."""
    take_secrets(project, name, arguments)
    for container, inner in arguments.get("containers", {}).items():
        take_secrets(project, name, inner, container)


def take_secrets(project: Project, name: str, arguments: Arguments, container: str = "") -> None:
    """Move variables that are secrets from `environment` to the settings.

    Secrets Manager stores them: of the app's own container by `secret_values`, of a further `container` by
    resources of the program.
    """
    environment = arguments.get("environment", {})
    for variable, value in list(environment.items()):
        if isinstance(value, str) and is_secret(variable, value):
            del environment[variable]
            place = (name, container, variable)
            keep_secret(project, arguments, place, secret_setting(project, place))
    if not environment:
        arguments.pop("environment", None)


Place = tuple[str, str, str]
"""An app, its further container or an empty string, and a variable."""


def secret_setting(project: Project, place: Place) -> Call:
    """Return the setting of a variable that is a secret."""
    app, container, variable = place
    what = f"{variable} of {container or app}, a secret"
    return project.setting([word for word in place if word], what, secret=True)


def keep_secret(project: Project, arguments: Arguments, place: Place, value: Any) -> None:
    """Store a secret value for a variable of a container."""
    _, container, variable = place
    if container:
        arguments.setdefault("secrets", {})[variable] = stored_secret(project, place, value)
    else:
        arguments.setdefault("secret_values", {})[variable] = value


def stored_secret(project: Project, words: Sequence[str], value: Any) -> Code:
    """Store a value in Secrets Manager; return the expression of the secret's ARN."""
    name = "-".join(words)
    made = next((item for item in project.declarations if item.name == logical_name(name)), None)
    if made is None:
        made = project.declare("aws.secretsmanager.Secret", name, {})
        version = {"secret_id": made.read("id"), "secret_string": value}
        variable = f"{made.variable}_version"
        project.declare("aws.secretsmanager.SecretVersion", name, version, variable)
    return made.read("arn")


def without_secrets(project: Project) -> None:
    """Replace strings that are secrets by their form, or that the source reads elsewhere, with settings."""
    for declaration in project.declarations:
        for stack, arguments in declaration.by_stack.items():
            for argument, value in arguments.items():
                path = (declaration.variable, argument)
                arguments[argument] = _cleaned(project, declaration, path, value, stack)


def _cleaned(
    project: Project, declaration: Declaration, path: tuple[str, ...], value: Any, stack: str
) -> Any:
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        for key, item in entries.items():
            entries[key] = _cleaned(project, declaration, (*path, key), item, stack)
        return value  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        items = enumerate(cast("list[Any]", value), 1)
        return [_cleaned(project, declaration, (*path, str(index)), item, stack) for index, item in items]
    if isinstance(value, Call):
        parts = [_cleaned(project, declaration, path, item, stack) for item in value.positional]
        named = [(key, _cleaned(project, declaration, path, item, stack)) for key, item in value.named]
        return replace(value, positional=tuple(parts), named=tuple(named))
    if isinstance(value, str) and is_later(value):
        key = next(name for name in reversed(path) if not name.isdigit())
        return expression(project, value, "The variable {} of the source", key)
    if isinstance(value, str) and is_secret_form(value) and not _is_reference(path):
        what = f"{'.'.join(path[1:])} of {declaration.name}"
        words = path if len(project.stacks) == 1 else (*path, stack)
        project.report.approximated(Node(None, Where(project.source, 0)), what, f"a setting: {_REPORTED}")
        return project.setting(words, f"{what}: {_REPORTED}")
    return value


def _is_reference(path: tuple[str, ...]) -> bool:
    """Return whether a path of a variable and its arguments is that of a reference to a secret."""
    argument = path[3:] if path[1] == "containers" else path[1:]
    return any(argument[: len(reference)] == reference for reference in _REFERENCES)
