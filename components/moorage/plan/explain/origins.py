"""Which configuration a program is told, and where each value of it stands."""

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
    """The configuration of one stack, and of the others of its project."""

    def __init__(self, program: Any, stack: str, given: Mapping[str, str]) -> None:
        """Read the project's files.

        Raises:
            EvaluationError: the project or its configuration is at fault.
        """
        self.defaults: dict[str, str] = {}
        """What Pulumi.yaml says, by full key."""
        self._given: set[str] = set()
        self._stack: set[str] = set()
        self._others: list[dict[str, str]] = []
        if callable(program):
            self.configuration = configuration_of("project", given)
            self._given = set(self.configuration.values)
            return
        project = load_project(Path(program))
        self.configuration = project.configure(stack, given)
        self._given = {project.full(key) for key in given}
        self.defaults = {
            key: text_of(entry.value) for key, entry in project.declared.items() if entry.value is not None
        }
        for file in sorted(project.stack_folder.glob("Pulumi.*.yaml")):
            content: Any = load(file, {"config"}).get("config") or {}
            values = {project.full(str(key)): value for key, value in content.items()}
            if file.name == f"Pulumi.{stack}.yaml":
                self._stack = set(values)
            else:
                plain = {
                    key: text_of(value) for key, value in values.items() if "secure" not in text_of(value)
                }
                self._others.append(plain)

    configuration: Configuration

    def of(self, key: str) -> str:
        """Return where the value of a key stands."""
        if key in self._given:
            return GIVEN
        if key in self._stack:
            return STACK
        return PROJECT if self.configuration.values[key] == self.defaults.get(key) else ASIDE

    def elsewhere(self, key: str) -> list[str]:
        """Return what a key is by default and in the project's other stacks."""
        found = [values[key] for values in self._others if key in values]
        return [self.defaults[key], *found] if key in self.defaults else found

    def short(self, key: str) -> str:
        """Return a key as it is written in the project's files."""
        return key.removeprefix(f"{self.configuration.project}:")
