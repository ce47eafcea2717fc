"""The files of a compose project: read, checked, extended, included and merged."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from moorage.model.problems import Problems

from .dotenv import read_env_file
from .files import ComposeError, shown_path
from .interpolation import InterpolationError, Lookup, interpolate
from .merge import merged, settled, unique
from .nodes import Node
from .schema import validate
from .short_syntax import long_syntax, resolved
from .yaml_reader import MAX_DEPTH, load_file

SECTIONS = ("services", "volumes", "secrets", "configs", "networks")
"""The sections of a compose file with declarations by name."""

_KEYS_OF_USERS = ("environment", "labels", "annotations", "args")
"""Mappings whose keys are any names."""

Warn = Callable[[str], None]


@dataclass(slots=True)
class Declared:
    """The declarations of compose files, in the long form and with variables replaced."""

    services: dict[str, Node] = field(default_factory=dict[str, Node])
    volumes: dict[str, Node] = field(default_factory=dict[str, Node])
    secrets: dict[str, Node] = field(default_factory=dict[str, Node])
    configs: dict[str, Node] = field(default_factory=dict[str, Node])
    networks: dict[str, Node] = field(default_factory=dict[str, Node])
    other: dict[str, Node] = field(default_factory=dict[str, Node])
    """Further top-level keys of the files, but not those that begin with `x-`."""


def environment(variables: Mapping[str, str], env_files: Sequence[Path]) -> dict[str, str]:
    """Return variables, and those that `.env` files add.

    Raises:
        ComposeError: a file cannot be read, or a line of it is wrong.
    """
    values: dict[str, str] = {}
    for path in env_files:
        read_env_file(path, lookup_of(variables), values)
    return {**values, **variables}


def dot_env(folder: Path) -> list[Path]:
    """Return a folder's `.env` file, if any; a folder of that name is a virtual environment."""
    path = folder / ".env"
    return [path] if path.exists() and not path.is_dir() else []


def lookup_of(variables: Mapping[str, str]) -> Lookup:
    """Return the lookup of variables, which refuses a value that is not UTF-8."""

    def lookup(name: str) -> str | None:
        value = variables.get(name)
        # Bytes of the environment that are not UTF-8 are surrogates in Python.
        if value is not None and any("\ud800" <= character <= "\udfff" for character in value):
            raise InterpolationError(f"the value of the variable {name} is not UTF-8 text")
        return value

    return lookup


class Loader:
    """Reads files of a project that share a folder and variables."""

    def __init__(
        self, problems: Problems, warn: Warn, variables: Mapping[str, str], included: tuple[str, ...]
    ) -> None:
        """Take the variables, and the real paths of the files that include these (`included`)."""
        self.problems = problems
        self.warn = warn
        self.variables = variables
        self.lookup = lookup_of(variables)
        self.included = included

    def load(self, files: Mapping[Path, Sequence[Node]], folder: Path, into: Declared) -> None:
        """Merge files, given by their documents, each into those before it.

        Raises:
            ComposeError: a file that they include or extend cannot be read; the text has the place.
        """
        for path, documents in files.items():
            for document in documents:
                interpolated = self.replaced(document)
                validate(interpolated, self.problems)
                for path_of, node in _misplaced(interpolated):
                    text = "is ignored here; moorage reads it in a service and in a volume"
                    self.warn(f"{node.where}: {path_of}: {text}")
                self.merge(interpolated, path, folder, into)

    def replaced(self, document: Node) -> Node:
        """Return a document with its variables replaced."""
        if not isinstance(document.value, dict):
            raise ComposeError(f"{document.where}: a compose file must be a mapping")
        return interpolate(document, self.lookup, self.problems, self.unset)

    def unset(self, name: str, node: Node) -> None:
        """Warn of a variable that is not set."""
        self.warn(f"{node.where}: the variable {name} is not set; an empty string is used")

    def merge(self, document: Node, path: Path, folder: Path, into: Declared) -> None:
        """Merge a document, with what it includes and extends, into earlier declarations."""
        own = Declared()
        for entry in document.listed("include"):
            self.include(entry, folder, own)
        for section in SECTIONS:
            declared: dict[str, Node] = getattr(own, section)
            for name, node in document.mapped(section).items():
                empty = section == "services" and node.value is None and not node.tag
                if empty and name not in own.services and name not in into.services:
                    self.problems.say(f"{node.where}: services.{name}", "must be a mapping")
                long = self.long(section, name, node, folder)
                declared[name] = merged(declared[name], long) if name in declared else long
        for name in own.services:
            own.services[name] = self.extended(name, own.services, path, folder, ())
        for section in SECTIONS:
            declarations: dict[str, Node] = getattr(into, section)
            node = document.get(section)
            if node is not None and node.tag == "override":
                declarations.clear()
            entries: dict[str, Node] = getattr(own, section)
            for name, entry in entries.items():
                both = merged(declarations[name], entry) if name in declarations else entry
                if entry.tag == "reset":
                    declarations.pop(name, None)
                else:
                    declarations[name] = settled(both)
        into.other |= own.other
        for key, node in document.entries().items():
            if key not in (*SECTIONS, "include") and not key.startswith("x-"):
                into.other[key] = node

    def long(self, section: str, name: str, node: Node, folder: Path) -> Node:
        """Return a declaration in the long form, with paths relative to the program's folder."""
        if section == "services":
            service = unique(long_syntax(node, folder, self.problems, f"services.{name}"))
            return self.inheriting(service, f"services.{name}")
        file = node.get("file")
        if section in ("secrets", "configs") and file is not None:
            return node.with_value({**node.entries(), "file": resolved(file, folder)})
        return node

    def inheriting(self, service: Node, path: str) -> Node:
        """Return a service whose variables without a value have the value in the environment."""
        variables = service.get("environment")
        if variables is None:
            return service
        entries = dict(variables.entries())
        for name, node in variables.entries().items():
            if node.value is None and not node.tag:
                try:
                    entries[name] = node.with_value(self.lookup(name))
                except InterpolationError as error:
                    self.problems.say(f"{node.where}: {path}.environment.{name}", str(error))
        return service.with_value({**service.entries(), "environment": variables.with_value(entries)})

    def extended(
        self,
        name: str,
        services: dict[str, Node],
        path: Path,
        folder: Path,
        chain: tuple[tuple[str, str], ...],
    ) -> Node:
        """Return a service merged into what it extends, recursively."""
        service = services[name]
        extends = service.get("extends")
        base = extends.get("service") if extends else None
        if extends is None or base is None or extends.tag == "reset":
            return service
        where = f"{extends.where}: services.{name}.extends"
        key = (os.path.realpath(path), name)
        if key in chain:
            cycle = chain[chain.index(key) :]
            # Each service of a cycle comes here; one reports it.
            if key == min(cycle):
                names = " -> ".join(service for _, service in (*cycle, key))
                self.problems.say(where, f"dependency cycle: {names}")
            return service
        if len(chain) > MAX_DEPTH:
            self.problems.say(where, f"has more than {MAX_DEPTH} levels")
            return service
        file = extends.get("file")
        if file is not None:
            path = Path(resolved(file, folder).text())
            folder = path.parent
            services = self.extended_services(path, folder, base.text())
        if base.text() not in services:
            self.problems.add(where, base.text(), f"is not a service of {shown_path(path)}")
            return service
        source = self.extended(base.text(), services, path, folder, (*chain, key))
        own = service.with_value({k: node for k, node in service.entries().items() if k != "extends"})
        # Errors are about the service that extends the base, so they have its line.
        return merged(settled(source), own)

    def extended_services(self, path: Path, folder: Path, name: str) -> dict[str, Node]:
        """Return the service `name` of a file, and those of the file that it extends in turn.

        As in compose-go, a service there may be empty, and other services are not checked.
        """
        services: dict[str, Node] = {}
        for document in load_file(path):
            services |= self.replaced(document).mapped("services")
        needed: dict[str, Node] = {}
        while name in services and name not in needed:
            node = services[name]
            validate(Node({"services": Node({name: node}, node.where)}, node.where), self.problems)
            needed[name] = self.long("services", name, node, folder)
            extends = needed[name].get("extends")
            if extends is None or extends.get("file") is not None:
                break
            following = extends.get("service")
            name = following.text() if following else ""
        return needed

    def include(self, entry: Node, folder: Path, into: Declared) -> None:
        """Merge earlier declarations into those of another project's files."""
        path = entry.get("path") if isinstance(entry.value, dict) else entry
        paths = [Path(resolved(p, folder).text()) for p in ((path.items() or [path]) if path else [])]
        if not paths:
            return
        documents = {path: load_file(path) for path in paths}
        real = os.path.realpath(paths[0])
        if real in self.included or len(self.included) > MAX_DEPTH:
            self.problems.say(f"{entry.where}: include", f"include cycle: {shown_path(paths[0])}")
            return
        directory = entry.get("project_directory")
        inside = Path(resolved(directory, folder).text()) if directory else paths[0].parent
        env_file = entry.get("env_file")
        if env_file is not None:
            env_files = [Path(resolved(f, folder).text()) for f in (env_file.items() or [env_file])]
        else:
            env_files = dot_env(inside)
        loader = Loader(
            self.problems, self.warn, environment(self.variables, env_files), (*self.included, real)
        )
        brought = Declared()
        loader.load(documents, inside, brought)
        for section in SECTIONS:
            declarations: dict[str, Node] = getattr(into, section)
            theirs: dict[str, Node] = getattr(brought, section)
            for name, node in theirs.items():
                declarations[name] = merged(node, declarations[name]) if name in declarations else node
        into.other |= brought.other


def _misplaced(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Node]]:
    """Yield each `x-moorage` that is neither a service's nor a volume's, with its path."""
    for key, entry in node.entries().items():
        within = (*path, key)
        if key != "x-moorage":
            # Another extension may be an anchor of services.
            own = key.startswith("x-") or key in _KEYS_OF_USERS
            yield from () if own else _misplaced(entry, within)
        elif len(path) != 2 or path[0] not in ("services", "volumes"):
            yield ".".join(within), entry
