"""The stack that a Pulumi command is about to work on."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, cast

from moorage.errors import EvaluationError
from moorage.offline import ResourceGraph, evaluate
from moorage.offline.project import load_project
from moorage.offline.yaml_text import load
from moorage.operate.place import NotFound

from .command import answer
from .state import exported, resources_of


@dataclass(frozen=True)
class PulumiStack:
    """The stack that a Pulumi command is about to work on."""

    pulumi: Path
    """The Pulumi CLI."""
    folder: Path
    """Its working directory: the folder of the project, or one below it."""
    stack: str
    """With or without organization and project; empty for the selected one."""
    terminal: bool
    """Whether Pulumi can prompt."""

    @cached_property
    def whoami(self) -> CompletedProcess[str]:
        """The answer of `pulumi whoami --json`."""
        return answer(self.pulumi, self.folder, "whoami", "--json")

    @cached_property
    def name(self) -> str:
        """The stack's name without organization and project; empty if none is selected."""
        full = self.stack or answer(self.pulumi, self.folder, "stack", "--show-name").stdout.strip()
        return full.rpartition("/")[2]

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """The content of Pulumi.<stack>.yaml; empty if it cannot be read."""
        try:
            return load(load_project(self.folder).stack_file(self.name))
        except EvaluationError:
            return {}

    @property
    def config(self) -> Mapping[str, Any]:
        """The stack's configuration as written in the file: secret values are objects."""
        return cast("Mapping[str, Any]", self.settings.get("config") or {})

    @cached_property
    def graph(self) -> ResourceGraph:
        """The resources of the stack's program, evaluated without an engine.

        Raises:
            EvaluationError: it cannot be evaluated; the program may need values that only the engine has.
        """
        return evaluate(self.folder, stack=self.name)

    @cached_property
    def protected(self) -> bool:
        """Return whether a resource in the stack's state is protected (Pulumi: "protect")."""
        try:
            state = exported(self.folder, self.stack or self.name)
        except NotFound:
            return False
        return any(item.get("protect") for item in resources_of(state))
