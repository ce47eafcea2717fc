"""The sources of an import of compose files, and its state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from moorage.compose_file.files import exists
from moorage.compose_file.nodes import Node, Where
from moorage.compose_file.project import NAMES
from moorage.compose_file.services import ComposeService
from moorage.compose_file.translation import Translation
from moorage.compose_file.yaml_reader import load_file
from moorage.model.choices import CapacityKind, NetworkMode

from .project import Code, Project, logical_name
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

    @property
    def main(self) -> str:
        """The name of the compose file of the folder."""
        return next((name for name in NAMES if exists(self.folder / name)), NAMES[0])

    @property
    def paths(self) -> list[Path]:
        """The paths of all files."""
        names = [*(self.files or [self.main]), *([self.ecs_params] if self.ecs_params else [])]
        return [self.folder / name for name in names]

    def title(self) -> str:
        """Return the project's name: the given one, the file's, or the folder's."""
        documents = load_file(self.paths[0]) if self.name is None and self.paths[0].is_file() else []
        named = next((name for document in documents if (name := document.text_of("name"))), None)
        return logical_name(self.name or named or self.folder.resolve().name)


@dataclass(slots=True)
class ComposeImport:
    """An import under way."""

    source: ComposeSource
    project: Project
    files: Translation
    title: str
    served: ComposeService | None
    """The service behind the load balancer."""
    apps: dict[str, str] = field(default_factory=dict[str, str])
    """Variables of the program by service."""
    refused: list[tuple[Kind, str]] = field(default_factory=list[tuple[Kind, str]])
    """Arguments that moorage refuses, with their place in the file, and what becomes of them."""
    log_groups: dict[str, Code] = field(default_factory=dict[str, Code])
    """Names of the log groups that the program makes, by their stand-in."""

    @property
    def file(self) -> Node:
        """The compose file, as the place of an entry without a line."""
        return Node(None, Where(self.source.main, 0))


def http_port(service: ComposeService) -> int | None:
    """Return the likeliest port of HTTP among those that a service publishes."""
    published = [
        port["port"] for port in service.args.get("ports", ()) if (port["port"], "tcp") in service.published
    ]
    return min((port for port in published if port in _HTTP), key=_HTTP.index, default=None)


def served_by(services: Iterable[ComposeService]) -> ComposeService | None:
    """Return the service behind a load balancer: the one that publishes the likeliest port of HTTP."""
    ports = [(_HTTP.index(port), service) for service in services if (port := http_port(service))]
    return min(ports, key=lambda entry: entry[0])[1] if ports else None
