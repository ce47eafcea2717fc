"""Sources of configuration values: command line, stack file, project file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from moorage.offline.project import Configuration, configuration_of, load_project
from moorage.offline.yaml_text import load, text_of

STACK = "stack config"
PROJECT = "project default"
GIVEN = "command line"
ASIDE = ".moorage/config.yaml"


class Origins:
    """The configuration of one stack."""

    def __init__(self, program: Any, stack: str, config: Mapping[str, str]) -> None:
        """Read the project's files.

        Raises:
            EvaluationError: the project or its configuration is invalid.
        """
        self.defaults: dict[str, str] = {}
        """The defaults in Pulumi.yaml, by full key."""
        self._given: set[str] = set()
        self._stack: set[str] = set()
        if callable(program):
            self.configuration = configuration_of("project", config)
            self._given = set(self.configuration.values)
            return
        project = load_project(Path(program))
        self.configuration = project.configure(stack, config)
        self._given = {project.full(key) for key in config}
        self.defaults = {
            key: text_of(entry.value) for key, entry in project.declared.items() if entry.value is not None
        }
        file = project.stack_file(stack)
        content: dict[str, Any] = (load(file, {"config"}).get("config") if file.is_file() else None) or {}
        self._stack = {project.full(str(key)) for key in content}

    configuration: Configuration

    def of(self, key: str) -> str:
        """Return the source of a key's value."""
        if key in self._given:
            return GIVEN
        if key in self._stack:
            return STACK
        return PROJECT if self.configuration.values[key] == self.defaults.get(key) else ASIDE

    def short(self, key: str) -> str:
        """Return a key without the project's namespace."""
        return key.removeprefix(f"{self.configuration.project}:")
