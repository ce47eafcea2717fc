"""A project's configuration from Pulumi.yaml and the stack's file, combined as the Pulumi CLI does it.

The rules are those of the CLI (pulumi/pulumi, sdk/go/common/workspace/project.go and config.go) with one
addition: if Pulumi.yaml declares keys, an undeclared key of the project's namespace is an error.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from moorage.errors import EvaluationError

from .declared import Declared, declaration, full_key, is_of, parsed
from .secret_values import Decrypter, passphrase
from .yaml_text import Scalar, load, text_of


@dataclass(frozen=True, slots=True)
class Configuration:
    """A program's configuration: the project's name, and the values by full key."""

    project: str
    values: dict[str, str]
    secret_keys: frozenset[str]


def configuration_of(project: str, config: Mapping[str, str]) -> Configuration:
    """Return the configuration of a program that is a function: only that of the caller."""
    values = {full_key(project, key): value for key, value in config.items()}
    return Configuration(project, values, frozenset())


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with Pulumi.yaml."""

    folder: Path
    name: str
    main: Path
    """The program: a folder with `__main__.py`, or a file."""
    stack_folder: Path
    declared: Mapping[str, Declared]
    own_name: str
    """The name in the file, which is the namespace of the keys there; the caller may override `name`."""
    aside: Path | None
    """The file with values that are never committed; None to read none, as in a checkout."""
    runtime: str
    """The language of the program, as Pulumi names it; empty if the file names none."""

    @property
    def stacks(self) -> list[str]:
        """The names of the stacks that have a file, sorted."""
        files = self.stack_folder.glob("Pulumi.*.yaml")
        return sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files)

    def stack_file(self, stack: str) -> Path:
        """Return the file of a stack, which may not exist."""
        return self.stack_folder / f"Pulumi.{stack}.yaml"

    @property
    def program_folder(self) -> Path:
        """The working directory of the program."""
        return self.main if self.main.is_dir() else self.main.parent

    def check_program(self) -> None:
        """Check that the program can be evaluated.

        Raises:
            EvaluationError: it is written in another language than Python, or does not exist.
        """
        if self.runtime not in ("python", ""):
            raise EvaluationError(
                f"runtime {self.runtime}: `moorage plan` and `moorage local` evaluate only programs in "
                "Python; Pulumi deploys a program in another language (docs/languages.md)"
            )
        program = self.main / "__main__.py" if self.main.is_dir() else self.main
        if not program.is_file():
            raise EvaluationError(f"{program} not found: it is the program of Pulumi.yaml")

    def configure(self, stack: str, overrides: Mapping[str, str]) -> Configuration:
        """Return the configuration of a stack.

        Raises:
            EvaluationError: the stack does not exist, or a key is missing, unknown, of the wrong type, or
                encrypted and cannot be decrypted.
        """
        return _Assembly(self, stack, overrides).configuration()

    def full(self, key: str) -> str:
        """Return a key with its namespace."""
        return full_key(self.name, key, self.own_name)


def project_file(folder: Path) -> Path:
    """Return the file of the project in a folder, which may not exist."""
    files = [folder / "Pulumi.yaml", folder / "Pulumi.yml"]
    return next((file for file in files if file.is_file()), files[0])


def load_project(folder: Path, name: str | None = None) -> Project:
    """Read Pulumi.yaml in a folder.

    Raises:
        EvaluationError: the file does not exist, or is not a valid project file.
    """
    folder = folder.resolve()
    file = project_file(folder)
    if not file.is_file():
        raise EvaluationError(f"{file} not found; pass the folder of a Pulumi project")
    content = load(file)
    own_name = content.get("name")
    if not isinstance(own_name, str) or not own_name:
        raise EvaluationError(f"{file}: project is missing a non-empty string 'name' attribute")
    project = name or own_name
    directory = content.get("stackConfigDir")
    config: Any = content.get("config") or {}
    if isinstance(config, str):
        config, directory = {}, config
    if not isinstance(directory, str | None):
        raise EvaluationError(f"{file}: 'stackConfigDir' must be a string")
    entries = _mapping(file, config)
    declared = [declaration(file, project, own_name, str(key), value) for key, value in entries.items()]
    return Project(
        folder=folder,
        name=project,
        main=_main(file, content.get("main")),
        stack_folder=folder / directory if directory else folder,
        declared={entry.key: entry for entry in declared},
        own_name=own_name,
        aside=folder / ".moorage" / "config.yaml",
        runtime=_runtime(content.get("runtime")),
    )


def _runtime(runtime: Any) -> str:
    name: Any = cast("dict[str, Any]", runtime).get("name") if isinstance(runtime, dict) else runtime
    return str(name or "")


def _main(file: Path, main: Any) -> Path:
    if not isinstance(main, str | None):
        raise EvaluationError(f"{file}: project 'main' must be a string")
    path = (file.parent / (main or ".")).resolve()
    if not path.is_relative_to(file.parent):
        raise EvaluationError(f"{file}: project 'main' must be a subfolder, and {main} is not")
    return path


def _mapping(file: Path, config: Any) -> dict[str, Any]:
    if not isinstance(config, dict):
        raise EvaluationError(f"{file}: 'config' must be a mapping of keys to values")
    return cast("dict[str, Any]", config)


@dataclass
class _Assembly:
    """Assembles the configuration of one stack, and collects encrypted keys that cannot be read."""

    project: Project
    stack: str
    overrides: Mapping[str, str]
    values: dict[str, str] = field(default_factory=dict[str, str])
    secret: set[str] = field(default_factory=set[str])
    unreadable: list[str] = field(default_factory=list[str])

    @property
    def file(self) -> Path:
        return self.project.stack_file(self.stack)

    def configuration(self) -> Configuration:
        overrides = {self.project.full(key): value for key, value in self.overrides.items()}
        aside = self._set_aside()
        self._read_stack(overrides.keys(), aside)
        for key, value in overrides.items():
            self._check_known(key, "the given configuration")
            self._check_type(key, parsed(self.project.declared.get(key), value), "the given configuration")
        self.values |= overrides
        self._apply_declared(aside)
        if self.unreadable:
            names = [self._short(key) for key in self.unreadable]
            verb, them = ("are", "them") if len(names) > 1 else ("is", "it")
            aside = f", or in {self.project.aside}, which is never committed" if self.project.aside else ""
            raise EvaluationError(
                f"{self.file.name}: {', '.join(names)} {verb} encrypted. Set PULUMI_CONFIG_PASSPHRASE (or "
                f"PULUMI_CONFIG_PASSPHRASE_FILE), or pass {them} as --config {names[0]}=VALUE{aside}"
            )
        self.secret |= {entry.key for entry in self.project.declared.values() if entry.secret}
        return Configuration(self.project.name, self.values, frozenset(self.secret & self.values.keys()))

    def _read_stack(self, overridden: Any, aside: Mapping[str, str]) -> None:
        if not self.file.is_file():
            if others := self.project.stacks:
                raise EvaluationError(
                    f"{self.file} not found: unknown stack {self.stack!r}; must be one of {', '.join(others)}"
                )
            return
        content = load(self.file, {"config"})
        config = _mapping(self.file, content.get("config") or {})
        encrypted: dict[str, Any] = {}
        for name, value in config.items():
            key = self.project.full(str(name))
            self._check_known(key, self.file.name)
            if is_encrypted(value):
                self.secret.add(key)
                encrypted[key] = value
                continue
            self._check_type(key, value, self.file.name)
            if key not in overridden:
                self._check_encrypted(
                    key, f"({self.file.name}): pulumi config set --secret {self._short(key)}"
                )
            self.values[key] = text_of(value)
        self._decrypt(
            {key: value for key, value in encrypted.items() if key not in overridden}, content, aside
        )

    def _decrypt(
        self, encrypted: Mapping[str, Any], content: Mapping[str, Any], aside: Mapping[str, str]
    ) -> None:
        if not encrypted:
            return
        phrase, salt = passphrase(), content.get("encryptionsalt")
        decrypter = Decrypter(phrase, str(salt), self.file.name) if phrase is not None and salt else None
        for key, value in encrypted.items():
            if decrypter:
                plain = opened(value, lambda text, key=key: Scalar(decrypter.decrypt(key, text)))
                self._check_type(key, plain, self.file.name)
                self.values[key] = text_of(plain)
            elif key in aside:
                self.values[key] = aside[key]
            else:
                self.unreadable.append(key)

    def _set_aside(self) -> dict[str, str]:
        """Return the values of `.moorage/config.yaml`, which is never committed."""
        file = self.project.aside
        if file is None or not file.is_file():
            return {}
        stacks = {*self.project.stacks, self.stack}
        content = load(file, {"", "secrets", *stacks})
        values = {k: v for k, v in content.items() if not (k in stacks and isinstance(v, dict))}
        own = content.get(self.stack)
        if isinstance(own, dict):
            values |= cast("dict[str, Any]", own)
        return {self.project.full(str(key)): text_of(value) for key, value in values.items()}

    def _apply_declared(self, aside: Mapping[str, str]) -> None:
        missing: list[str] = []
        for key, entry in sorted(self.project.declared.items()):
            if key in self.values or key in self.unreadable:
                continue
            if key in aside:
                self.values[key] = aside[key]
                self.secret.add(key)
            elif entry.value is not None:
                self._check_encrypted(key, "and its default is not; omit `default` or `secret`")
                self.values[key] = text_of(entry.value)
            else:
                missing.append(self._short(key))
        if missing:
            names = ", ".join(f"'{name}'" for name in missing)
            raise EvaluationError(
                f"Stack '{self.stack}' is missing configuration value{'s' * (len(missing) > 1)} {names}: set "
                f"{'them' if len(missing) > 1 else 'it'} in {self.file.name}"
            )

    def _check_encrypted(self, key: str, rest: str) -> None:
        entry = self.project.declared.get(key)
        if entry and entry.secret and entry.type:
            raise EvaluationError(
                f"Stack '{self.stack}' with configuration key '{self._short(key)}' must be encrypted as "
                f"it's secret {rest}"
            )

    def _check_known(self, key: str, where: str) -> None:
        own = [name for name in self.project.declared if name.startswith(self.project.name + ":")]
        if key in own or not own or not key.startswith(self.project.name + ":"):
            return
        names = [self._short(name) for name in own]
        nearest = difflib.get_close_matches(self._short(key), names, n=1)
        hint = f"did you mean '{nearest[0]}'?" if nearest else f"must be one of {', '.join(sorted(names))}"
        raise EvaluationError(
            f"{where}: Pulumi.yaml declares no configuration key '{self._short(key)}'; {hint}"
        )

    def _check_type(self, key: str, value: Any, where: str) -> None:
        entry = self.project.declared.get(key)
        if entry and entry.type and not is_of(entry.type, entry.items, value):
            shown = "" if entry.secret or key in self.secret else f", not {text_of(value)!r}"
            raise EvaluationError(
                f"Stack '{self.stack}' with configuration key '{self._short(key)}' must be of type "
                f"'{entry.type_name}'{shown} ({where})"
            )

    def _short(self, key: str) -> str:
        return key.removeprefix(self.project.name + ":")


def is_encrypted(value: Any) -> bool:
    """Return whether a value is or contains `{secure: ...}`."""
    if isinstance(value, dict):
        mapping = cast("dict[str, Any]", value)
        return (mapping.keys() == {"secure"}) or any(is_encrypted(item) for item in mapping.values())
    return isinstance(value, list) and any(is_encrypted(item) for item in cast("list[Any]", value))


def opened(value: Any, plain: Callable[[str], str]) -> Any:
    """Return a value of a stack's file with what `plain` returns for each `{secure: ...}`."""
    if isinstance(value, dict):
        mapping = cast("dict[str, Any]", value)
        if mapping.keys() == {"secure"}:
            return plain(str(mapping["secure"]))
        return {name: opened(item, plain) for name, item in mapping.items()}
    return [opened(item, plain) for item in cast("list[Any]", value)] if isinstance(value, list) else value
