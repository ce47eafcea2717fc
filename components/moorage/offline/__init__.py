"""Evaluating a Pulumi program without an engine."""

from moorage.offline.errors import EvaluationError
from moorage.offline.evaluate import evaluate, evaluating
from moorage.offline.graph import (
    UNKNOWN,
    Invoke,
    LogEntry,
    Resource,
    ResourceGraph,
    Secret,
    Unknown,
    reveal,
    shown,
)

__all__ = [
    "UNKNOWN",
    "EvaluationError",
    "Invoke",
    "LogEntry",
    "Resource",
    "ResourceGraph",
    "Secret",
    "Unknown",
    "evaluate",
    "evaluating",
    "reveal",
    "shown",
]
