"""A compose project: its files, merged, with the services of the active profiles.

It accepts what `docker compose config` accepts, with the same meaning.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from moorage.model.problems import Problems

from .files import ComposeError, shown_path
from .interpolation import Interpolation, InterpolationError, Lookup
from .loader import Declared, Loader, Warn, dot_env, environment, lookup_of
from .nodes import Node
from .references import check_references
from .yaml_reader import load_file

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVERRIDES = (
    *("compose.override.yml", "compose.override.yaml"),
    *("docker-compose.override.yml", "docker-compose.override.yaml"),
)


@dataclass(slots=True, kw_only=True)
class Project(Declared):
    """A compose project; its services are those of the active profiles, in the order of the files."""

    folder: Path
    """The project's folder, relative to the program's."""
    lookup: Lookup
    """The variables: the caller's, the process's, and those of `.env`."""
    inactive: frozenset[str] = frozenset()
    """Names of services that are not in an active profile."""


@dataclass(frozen=True, slots=True)
class Source:
    """The files of a project, and their variables."""

    folder: str
    files: Sequence[str] | None
    """Compose files, later ones merged into earlier ones. Default: those that Compose would find."""
    profiles: Sequence[str] | None
    """The active profiles. Default: those of the variable COMPOSE_PROFILES."""
    ecs_params: str | None
    """The ecs-params file in the folder, if any."""
    variables: Mapping[str, str]
    """For interpolation; they override `.env`."""


def load_project(source: Source, problems: Problems, warn: Warn) -> Project:
    """Read a compose project; `warn` receives Compose's own warnings.

    Raises:
        ComposeError: a file cannot be read, or is not YAML; the text has the place.
    """
    root = Path(source.folder)
    values = environment(source.variables, dot_env(root))
    names = source.files or _discovered(root, values)
    paths = [Path(name) if os.path.isabs(name) else root / name for name in names]
    base = paths[0].parent
    if base != root:
        values = environment(values, dot_env(base))
    documents = {path: load_file(path) for path in paths}
    if name := _name(documents, base, values, problems):
        values["COMPOSE_PROJECT_NAME"] = name
    project = Project(folder=base, lookup=lookup_of(values))
    included = tuple(os.path.realpath(path) for path in paths)
    Loader(problems, warn, values, included).load(documents, base, project)
    active = source.profiles if source.profiles is not None else values.get("COMPOSE_PROFILES", "").split(",")
    _choose_profiles(project, {name.strip() for name in active if name.strip()})
    if not project.services and not problems:
        text = "no service is in an active profile" if project.inactive else "no services"
        problems.say(", ".join(shown_path(path) for path in paths), text)
    check_references(project, project.inactive, problems)
    return project


def _discovered(folder: Path, variables: Mapping[str, str]) -> list[str]:
    if variables.get("COMPOSE_FILE"):
        return variables["COMPOSE_FILE"].split(variables.get("COMPOSE_PATH_SEPARATOR") or os.pathsep)
    # What cannot be read, such as a named pipe, is an error when it is read.
    names = [name for name in NAMES if (folder / name).exists()]
    if not names:
        raise ComposeError(f"there is no {', '.join(NAMES[:-1])} or {NAMES[-1]} in {str(folder)!r}")
    return [names[0], *[name for name in _OVERRIDES if (folder / name).exists()][:1]]


def _name(
    files: Mapping[Path, Sequence[Node]], folder: Path, variables: Mapping[str, str], problems: Problems
) -> str:
    """Return the project's name: the variable's, else the last one of the files, else the folder's."""
    variable = variables.get("COMPOSE_PROJECT_NAME")
    if variable:
        if variable != _normalized(variable):
            text = "must be lower-case letters, digits, - and _; the first a letter or a digit"
            problems.add("COMPOSE_PROJECT_NAME", variable, text)
        return variable
    names = [name for documents in files.values() for node in documents if (name := node.get("name"))]
    if not names:
        return _normalized(os.path.basename(os.path.abspath(folder)))
    try:
        written = Interpolation(lookup_of(variables)).substitute(names[-1].text())
    except InterpolationError:
        # It is reported when the whole file is interpolated.
        return ""
    if not _normalized(written):
        problems.add(f"{names[-1].where}: name", written, "must contain a letter or a digit")
    return _normalized(written)


def _normalized(name: str) -> str:
    return re.sub("[^a-z0-9_-]", "", name.lower()).lstrip("_-")


def _choose_profiles(project: Project, active: set[str]) -> None:
    """Keep the services that belong to an active profile, or to none."""
    inactive: set[str] = set()
    for name, service in project.services.items():
        of_service = {item.text() for item in service.listed("profiles")}
        if of_service and "*" not in active and not of_service & active:
            inactive.add(name)
    project.inactive = frozenset(inactive)
    project.services = {name: node for name, node in project.services.items() if name not in inactive}
