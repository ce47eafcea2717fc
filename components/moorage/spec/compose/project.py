"""A compose project: its files found, read, merged and reduced to the services of the active profiles.

What `docker compose config` accepts is accepted here, and means the same.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..problems import Problems
from .dotenv import read_env_file
from .interpolate import Lookup, interpolate
from .merge import merged, settled
from .nodes import ComposeError, Node, Where, load_file
from .schema import validate
from .short_forms import long_forms, resolved

_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_OVERRIDES = tuple(name.replace(".", ".override.") for name in _NAMES)

SECTIONS = ("services", "volumes", "secrets", "configs", "networks")
"""The sections of a compose file that things are declared in, by name."""


@dataclass(slots=True)
class Project:
    """A compose project, every form long and every variable replaced."""

    folder: Path
    """The project's folder, as seen from the program's."""
    services: dict[str, Node] = field(default_factory=dict[str, Node])
    """The services of the active profiles, in the order of the files."""
    volumes: dict[str, Node] = field(default_factory=dict[str, Node])
    secrets: dict[str, Node] = field(default_factory=dict[str, Node])
    configs: dict[str, Node] = field(default_factory=dict[str, Node])
    networks: dict[str, Node] = field(default_factory=dict[str, Node])
    other: dict[str, Node] = field(default_factory=dict[str, Node])
    """Further keys of the files' top level, those that begin with `x-` left out."""
    inactive: frozenset[str] = frozenset()
    """Names of services that no active profile has."""
    lookup: Lookup = lambda name: None
    """The variables: the caller's, the process's, and those of `.env`."""


Warn = Callable[[str], None]


def load_project(
    folder: str,
    files: Sequence[str] | None,
    profiles: Sequence[str] | None,
    variables: Mapping[str, str],
    problems: Problems,
    warn: Warn,
) -> Project:
    """Read a compose project.

    Args:
        folder: where files are looked for, and where the paths of `files` start.
        files: compose files, later ones merged into earlier ones; by default those that Compose would find.
        profiles: the active profiles; by default those of the variable COMPOSE_PROFILES.
        variables: for interpolation, before the variables of `.env`.
        problems: is told everything that is wrong, with file and line.
        warn: is told what Compose itself would warn about.

    Raises:
        ComposeError: a file is missing or no YAML; the text says where.
    """
    root = Path(folder)
    names = list(files) if files else _discovered(root, variables)
    paths = [Path(name) if os.path.isabs(name) else root / name for name in names]
    base = paths[0].parent
    lookup = _environment(base, variables)
    project = _Files(problems, warn, lookup).load(paths, base, Project(base))
    project.lookup = lookup
    active = list(profiles) if profiles is not None else (lookup("COMPOSE_PROFILES") or "").split(",")
    _choose_profiles(project, {name.strip() for name in active if name.strip()})
    _check_references(project, problems)
    return project


def _discovered(folder: Path, variables: Mapping[str, str]) -> list[str]:
    if variables.get("COMPOSE_FILE"):
        return variables["COMPOSE_FILE"].split(variables.get("COMPOSE_PATH_SEPARATOR") or os.pathsep)
    found = [name for name in _NAMES if (folder / name).is_file()]
    if not found:
        raise ComposeError(f"there is no {', '.join(_NAMES[:-1])} or {_NAMES[-1]} in {str(folder)!r}")
    return [found[0], *[name for name in _OVERRIDES if (folder / name).is_file()][:1]]


def _environment(folder: Path, variables: Mapping[str, str], files: Sequence[Path] | None = None) -> Lookup:
    """Return the variables of a folder: those given first, then those of its `.env`."""
    values = dict(variables)
    paths = [folder / ".env"] if files is None else files
    for path in paths:
        if files is not None or path.is_file():
            for name, value in read_env_file(path, path.as_posix(), values.get).items():
                values.setdefault(name, value)
    return values.get


class _Files:
    """Reads the files of a project; one per place whose relative paths and variables are the same."""

    def __init__(
        self, problems: Problems, warn: Warn, lookup: Lookup, included: tuple[Path, ...] = ()
    ) -> None:
        self.problems = problems
        self.warn = warn
        self.lookup = lookup
        self.included = included

    def load(self, paths: Sequence[Path], folder: Path, project: Project) -> Project:
        """Read files, each merged into those before it."""
        for path in paths:
            for document in self.documents(path):
                self.merge(document, path, folder, project)
        return project

    def documents(self, path: Path) -> list[Node]:
        """Read a file, replace its variables and check it against the specification."""
        shown = path.as_posix()
        documents = [
            interpolate(document, self.lookup, self.problems, self.unset)
            for document in load_file(path, shown)
        ]
        for document in documents:
            if not isinstance(document.value, dict):
                raise ComposeError(f"{document.where}: a compose file must be a mapping")
            validate(document, self.problems)
        return documents

    def unset(self, name: str, node: Node) -> None:
        self.warn(f"{node.where}: the variable {name} is not set; it is taken as empty")

    def merge(self, document: Node, path: Path, folder: Path, project: Project) -> None:
        for entry in document.listed("include"):
            self.include(entry, folder, project)
        services = self.services(document, folder)
        for name in services:
            services[name] = self.extended(name, services, path, folder, ())
        for section in SECTIONS:
            known: dict[str, Node] = getattr(project, section)
            node = document.get(section)
            entries = services if section == "services" else node.entries() if node else {}
            if node is not None and node.tag == "override":
                known.clear()
            for name, entry in entries.items():
                both = merged(known[name], entry) if name in known else entry
                if entry.tag == "reset":
                    known.pop(name, None)
                else:
                    known[name] = settled(both)
                    self.anchor(section, name, known, folder)
        for key, node in document.entries().items():
            if key not in (*SECTIONS, "include") and not key.startswith("x-"):
                project.other[key] = node

    def anchor(self, section: str, name: str, known: dict[str, Node], folder: Path) -> None:
        """Make the path of a secret's or config's file one from the program's folder."""
        file = known[name].get("file")
        if section in ("secrets", "configs") and file is not None and not os.path.isabs(file.text()):
            known[name] = known[name].with_value({**known[name].entries(), "file": resolved(file, folder)})

    def services(self, document: Node, folder: Path) -> dict[str, Node]:
        return {
            name: long_forms(node, folder, self.problems, f"services.{name}")
            for name, node in document.mapped("services").items()
        }

    def extended(
        self,
        name: str,
        services: dict[str, Node],
        path: Path,
        folder: Path,
        chain: tuple[tuple[Path, str], ...],
    ) -> Node:
        """Return a service merged into what it extends, and that into what it extends itself."""
        service = services[name]
        extends = service.get("extends")
        wanted = extends.get("service") if extends else None
        if extends is None or wanted is None:
            return service
        where = f"{extends.where}: services.{name}.extends"
        if (path, name) in chain:
            self.problems.say(where, "is a circle: " + " -> ".join(n for _, n in (*chain, (path, name))))
            return service
        file, base_name = extends.get("file"), wanted.text()
        base_path, base_folder, there = path, folder, services
        if file is not None:
            base_path = Path(resolved(file, folder).text())
            base_folder = base_path.parent
            there = {
                base: node
                for document in self.documents(base_path)
                for base, node in self.services(document, base_folder).items()
            }
        if base_name not in there:
            self.problems.add(where, base_name, f"there is no such service in {base_path.as_posix()}")
            return service
        base = self.extended(base_name, there, base_path, base_folder, (*chain, (path, name)))
        own = service.with_value({k: node for k, node in service.entries().items() if k != "extends"})
        # The base's own line says little: errors are about the service that extends it.
        return merged(settled(base), own)

    def include(self, entry: Node, folder: Path, project: Project) -> None:
        """Bring in another project's files; what it declares must not be declared here in another way."""
        path = entry.get("path") if isinstance(entry.value, dict) else entry
        paths = [Path(resolved(p, folder).text()) for p in ((path.items() or [path]) if path else [])]
        if not paths:
            return
        if paths[0] in self.included:
            self.problems.say(f"{entry.where}: include", f"is a circle: {paths[0].as_posix()}")
            return
        given = entry.get("project_directory")
        inside = Path(resolved(given, folder).text()) if given else paths[0].parent
        env_file = entry.get("env_file")
        env_files = (
            [Path(resolved(f, folder).text()) for f in (env_file.items() or [env_file])] if env_file else None
        )
        outer = self.lookup
        own = _environment(inside, {}, env_files)
        files = _Files(
            self.problems,
            self.warn,
            lambda name: value if (value := outer(name)) is not None else own(name),
            (*self.included, paths[0]),
        )
        brought = files.load(paths, inside, Project(inside))
        for section in SECTIONS:
            known: dict[str, Node] = getattr(project, section)
            theirs: dict[str, Node] = getattr(brought, section)
            for name, node in theirs.items():
                if name in known and known[name].plain() != node.plain():
                    self.problems.say(
                        f"{entry.where}: include", f"{section}.{name} is declared on {known[name].where} too"
                    )
                known[name] = node
        project.other |= brought.other


def _choose_profiles(project: Project, active: set[str]) -> None:
    """Leave out the services that belong to profiles of which none is active."""
    inactive: set[str] = set()
    for name, service in project.services.items():
        of_service = {item.text() for item in service.listed("profiles")}
        if of_service and "*" not in active and not of_service & active:
            inactive.add(name)
    project.inactive = frozenset(inactive)
    project.services = {name: node for name, node in project.services.items() if name not in inactive}


def _check_references(project: Project, problems: Problems) -> None:
    """Say what services refer to that is not declared."""
    for name, service in project.services.items():
        path = f"services.{name}"
        for other, node in service.mapped("depends_on").items():
            required = node.get("required")
            if other in project.services or (required is not None and required.value is False):
                continue
            why = "belongs to no active profile" if other in project.inactive else "is not declared"
            problems.say(f"{node.where}: {path}.depends_on", f"the service {other} {why}")
        for section in ("secrets", "configs"):
            declared: dict[str, Node] = getattr(project, section)
            for item in service.listed(section):
                source = item.get("source")
                if source is not None and source.text() not in declared:
                    _undeclared(problems, source.where, f"{path}.{section}", section, source.text())
        for item in service.listed("volumes"):
            kind, source = item.get("type"), item.get("source")
            if kind and kind.value == "volume" and source and source.text() not in project.volumes:
                _undeclared(problems, item.where, f"{path}.volumes", "volumes", source.text())
        for network, node in service.mapped("networks").items():
            if network != "default" and network not in project.networks:
                _undeclared(problems, node.where, f"{path}.networks", "networks", network)


def _undeclared(problems: Problems, where: Where, path: str, section: str, name: str) -> None:
    problems.add(f"{where}: {path}", name, f"is not declared under {section} at the top of the file")
