"""Output of containers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that a container printed."""

    time: float
    """Seconds since the epoch."""
    app: str
    task: str
    container: str
    text: str
