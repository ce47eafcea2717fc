"""Evaluation of a Pulumi program without an engine."""

from moorage.errors import EvaluationError

from .evaluate import evaluate, evaluating
from .graph import UNKNOWN, Invoke, LogEntry, Resource, ResourceGraph, Secret, Unknown, reveal, shown

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
