"""Writing a project: Pulumi.yaml, the stacks' files, the program, requirements and a README."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from moorage.errors import UsageError
from moorage.model.later import filled, keys_in

from .differences import ENVIRONMENT, Split, split
from .literals import without_secrets
from .project import Project
from .readme import readme
from .source_text import WIDTH, block

_IGNORED = (".venv/", ".build/", ".moorage/", "__pycache__/")
_REQUIREMENTS = ("pulumi", "pulumi-aws", "pulumi-docker-build")
_STAND_INS = "# Stand-ins for `moorage plan` and `moorage local`; Pulumi does not read them.\n"


def check_folder(folder: Path) -> None:
    """Check that a project can be written to a folder.

    Raises:
        UsageError: the folder is not empty, or is a file.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = "is not empty" if folder.is_dir() else "is not a folder"
        raise UsageError(
            f"--out: {folder} {what}; nothing is overwritten", hint="pass a new folder with --out"
        )


def write(project: Project, folder: Path, moorage: str) -> None:
    """Write a project to a new or empty folder; `moorage` is its requirement of this library.

    Raises:
        UsageError: the folder is not empty.
    """
    check_folder(folder)
    for path, text in files_of(project, moorage).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def files_of(project: Project, moorage: str) -> dict[str, str]:
    """Return the files of a project, by their paths in it."""
    without_secrets(project)
    parts = [split(declaration, project.stacks) for declaration in project.declarations]
    files = {
        "Pulumi.yaml": _yaml(_pulumi_yaml(project, parts)),
        "__main__.py": program(project, parts),
        "requirements.txt": "".join(f"{line}\n" for line in (*_REQUIREMENTS, moorage)),
        ".gitignore": "".join(f"{line}\n" for line in _IGNORED),
        "README.md": readme(project),
        **project.files,
    }
    for stack in project.stacks:
        config: dict[str, Any] = {
            f"{project.name}:{part.key}": part.settings[stack] for part in parts if part.settings
        }
        if _has_tables(parts):
            config = {f"{project.name}:{_environment_key(project)}": stack, **config}
        files[f"Pulumi.{stack}.yaml"] = _yaml({"config": config})
    if project.settings:
        values = {key: setting.stand_in for key, setting in project.settings.items()}
        files[".moorage/config.yaml"] = _STAND_INS + _yaml(values)
    return {path: quoted_source(text) for path, text in files.items()}


def quoted_source(text: str) -> str:
    """Return a text with the variables that it quotes from the source as they are written there."""
    return filled(text, {key: f"${{{key}}}" for key in keys_in(text)})


def _has_tables(parts: list[Split]) -> bool:
    return any(part.tables for part in parts)


def _environment_key(project: Project) -> str:
    """Return the key of the configuration that chooses among the environments' values in the program."""
    return ENVIRONMENT if ENVIRONMENT not in project.settings else f"{ENVIRONMENT}Values"


def _yaml(content: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=110)


def _pulumi_yaml(project: Project, parts: list[Split]) -> dict[str, Any]:
    config: dict[str, Any] = {"aws:region": {"value": project.region}}
    if _has_tables(parts):
        description = f"The environment whose values the program takes: {', '.join(project.stacks)}"
        config[_environment_key(project)] = {"type": "string", "description": description}
    for part in parts:
        if part.settings:
            name = part.declaration.name
            description = f"Arguments of {part.declaration.kind} {name} that differ by stack"
            config[part.key] = {"type": "object", "description": description}
    for key, setting in project.settings.items():
        secret = {"secret": True} if setting.secret else {}
        config[key] = {"type": "string", **secret, "description": setting.description}
    return {
        "name": project.name,
        "description": f"Imported from {project.source}",
        "runtime": {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}},
        "config": config,
    }


def program(project: Project, parts: list[Split]) -> str:
    """Return the program."""
    body: list[str] = []
    for part in parts:
        body += _declared(part)
    exports = [f'pulumi.export("{name}", {value})' for name, value in project.exports.items()]
    settings = [line for part in parts if part.settings for line in _read_settings(part)]
    if _has_tables(parts):
        settings.insert(0, f'{ENVIRONMENT} = config.require("{_environment_key(project)}")')
    uses_config = bool(settings) or any("config." in line for line in body)
    first = ["config = pulumi.Config()", *settings, ""] if uses_config else []
    if any("this_account" in line for line in body):
        first += [*_THIS, ""]
    lines = [*first, *body, *exports]
    components = sorted({part.declaration.kind for part in parts if part.declaration.is_component})
    # Without strings, which may contain the same words.
    code = re.sub(r"\"(\\.|[^\"\\])*\"|'(\\.|[^'\\])*'", "", "\n".join(lines))
    imports = ["from typing import Any", ""] if "dict[str, Any]" in code else []
    imports += ["import pulumi"] if "pulumi." in code else []
    imports += ["import pulumi_aws as aws"] if "aws." in code else []
    imports += block_import(components)
    return "\n".join([f'"""{_title(project)}"""', "", *imports, "", *lines, ""])


def _read_settings(part: Split) -> list[str]:
    """Return the statement that reads the configuration of a declaration."""
    start, key = f"{part.variable} = config.require_object(", f'"{part.key}"'
    line = f"{start}{key})"
    return [line] if len(line) <= WIDTH else [start, f"    {key}", ")"]


_THIS = (
    "this_region = aws.get_region_output().region",
    "this_account = aws.get_caller_identity_output().account_id",
)


def block_import(names: list[str]) -> list[str]:
    """Return the import of moorage's components, broken if it is too long."""
    line = f"from moorage import {', '.join(names)}"
    if len(line) <= WIDTH:
        return [line]
    return ["from moorage import (", *(f"    {name}," for name in names), ")"]


def _title(project: Project) -> str:
    text = f"Imported from {project.source}; README.md has the report."
    return text.replace("\\", "/").replace('"""', "'''")


def _declared(part: Split) -> list[str]:
    """Return the statement that declares a variable."""
    declaration = part.declaration
    tables: list[str] = []
    for variable, values in part.tables.items():
        tables += block(values, f"{variable}: dict[str, Any] = ", "", broken=True)
    start = f"{declaration.variable} = {declaration.kind}("
    if not declaration.is_component:
        lines = [f"{start}", f'    "{declaration.name}",']
        for name, value in part.arguments.items():
            lines += block(value, f"{name}=", ",", 4)
        return [*tables, *_short([*lines, ")"])]
    big = declaration.kind in ("ContainerApp", "Job")
    ordered = {name: part.arguments[name] for name in sorted(part.arguments, key=_order)}
    arguments = block(ordered, "", ",", 4, broken=big)
    lines = [start, f'    "{declaration.name}",', *arguments, ")"]
    return [*tables, *(lines if big else _short(lines))]


_FIRST = (
    *("cluster", "network", "load_balancer", "schedule", "build", "image", "command", "cpu", "memory"),
    *("port", "public", "count", "autoscaling", "environment", "secrets", "secret_values"),
)
"""Arguments that a reader looks for first."""
_LAST = ("containers", "volumes", "overrides", "tags")


def _order(argument: str) -> int:
    order = (*_FIRST, "", *_LAST)
    return order.index(argument if argument in order else "")


def _short(lines: list[str]) -> list[str]:
    """Return a call in one line if it fits there."""
    first, *middle, last = lines
    whole = first + " ".join(line.strip() for line in middle).removesuffix(",") + last
    return (
        [whole] if len(whole) <= WIDTH and not any(line.strip() in ("{", "[") for line in middle) else lines
    )
