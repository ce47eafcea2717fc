"""The result of a check: of a prerequisite of a Pulumi command, or of the doctor."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial


class Level(StrEnum):
    """The level of a result."""

    OK = "ok"
    WARNING = "warning"
    """It works without this, or may do."""
    FAILED = "failed"
    UNKNOWN = "not checked"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A result of a check, with what to do about it."""

    level: Level
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return the text and the remedy as one sentence."""
        return "; ".join(filter(None, (self.text, self.remedy)))


ok = partial(CheckResult, Level.OK)
warning = partial(CheckResult, Level.WARNING)
failure = partial(CheckResult, Level.FAILED)
unchecked = partial(CheckResult, Level.UNKNOWN)
