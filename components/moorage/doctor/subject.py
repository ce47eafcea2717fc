"""The subject of the doctor's checks, and the type of a check."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from moorage.local.state import Paths
from moorage.operate.pulumi.check_result import CheckResult
from moorage.operate.pulumi.selected import PulumiStack


class Group(StrEnum):
    """The purpose for which something is needed."""

    BOTH = "both"
    LOCAL = "local"
    DEPLOY = "deploy"


@dataclass(frozen=True)
class Subject:
    """The project and the stack that are checked."""

    folder: Path | None
    """The project's folder; None without a project: only the machine is checked."""
    stack: str
    terminal: bool
    """True if Pulumi can prompt."""

    @cached_property
    def cli(self) -> Path | None:
        """The Pulumi CLI, if it is installed."""
        from moorage.operate.pulumi.command import located

        return located()

    @cached_property
    def pulumi(self) -> PulumiStack | None:
        """The stack; its answers of the Pulumi CLI require the CLI. None without a project."""
        if self.folder is None:
            return None
        return PulumiStack(self.cli or Path("pulumi"), self.folder, self.stack, self.terminal)

    @cached_property
    def paths(self) -> Paths | None:
        """The files of its local run; None without a project."""
        return Paths(self.folder, self.stack) if self.folder else None


Check = Callable[[Subject], Iterator[CheckResult]]
