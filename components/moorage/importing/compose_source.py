"""The sources of an import of compose files, and its state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from moorage.compose_file.files import exists
from moorage.compose_file.services import ComposeService
from moorage.compose_file.translation import Translation
from moorage.compose_file.yaml_reader import load_file
from moorage.model.choices import CapacityKind, NetworkMode

from .project import Project, logical_name
from .report import Kind

_HTTP = (80, 443, 3000, 3001, 4000, 4200, 5000, 5173, 8000, 8008, 8080, 8081, 8088, 8888, 9000, 9090)
"""Ports on which services usually speak HTTP, best first."""


@dataclass(frozen=True, slots=True)
class ComposeSource:
    """The files of a project, and how they run."""

    folder: Path
    files: Sequence[str] | None
    out: Path
    """The folder of the new project, to which paths become relative."""
    ecs_params: str | None = None
    capacity: CapacityKind = CapacityKind.FARGATE
    one_task: bool = False
    network_mode: NetworkMode = NetworkMode.AWSVPC
    name: str | None = None
    region: str = "us-east-1"


@dataclass(slots=True)
class ComposeImport:
    """An import under way."""

    source: ComposeSource
    project: Project
    files: Translation
    values: Mapping[str, str]
    """Values of the variables that are secrets, which are not written."""
    apps: dict[str, str] = field(default_factory=dict[str, str])
    """Variables of the program by service."""
    refused: list[tuple[Kind, str]] = field(default_factory=list[tuple[Kind, str]])
    """Arguments that moorage refuses, with their place in the file, and what becomes of them."""
    log_groups: dict[str, str] = field(default_factory=dict[str, str])
    """Variables of the log groups that the program makes, by their stand-in."""


def title_of(source: ComposeSource) -> str:
    """Return the project's name: the given one, the file's, or the folder's."""
    named = None
    if source.name is None:
        documents = [item for path in paths_of(source)[:1] if path.is_file() for item in load_file(path)]
        named = next((name.text() for item in documents if (name := item.get("name"))), None)
    return logical_name(source.name or named or source.folder.resolve().name)


def main_file(folder: Path) -> str:
    """Return the name of the compose file of a folder."""
    names = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
    return next((name for name in names if exists(folder / name)), "compose.yaml")


def paths_of(source: ComposeSource) -> list[Path]:
    """Return the paths of all files."""
    names = source.files or [main_file(source.folder)]
    paths = [source.folder / name for name in names]
    return [*paths, *([source.folder / source.ecs_params] if source.ecs_params else [])]


def http_port(service: ComposeService) -> int | None:
    """Return the likeliest port of HTTP among those that a service publishes."""
    published = [
        port["port"] for port in service.args.get("ports", ()) if (port["port"], "tcp") in service.published
    ]
    return min((port for port in published if port in _HTTP), key=_HTTP.index, default=None)


def served_by(made: ComposeImport) -> ComposeService | None:
    """Return the service behind the load balancer: the one that publishes the likeliest port of HTTP."""
    ports = {name: port for name, service in made.files.services.items() if (port := http_port(service))}
    return made.files.services[min(ports, key=lambda name: _HTTP.index(ports[name]))] if ports else None
