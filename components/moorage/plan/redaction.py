"""Redaction of secrets in plans."""

import html
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, cast

from moorage.offline import EvaluationError, ResourceGraph, Secret, evaluate

from .previewing import Program

SECRET_TEXT = "[secret]"

_SHORTEST = 3
"""Shorter secrets are not replaced inside other strings, which would become unreadable."""


class Mask:
    """Replaces secrets in strings that a program built from them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Collect the secrets to replace."""
        forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
        self._texts = sorted(forms, key=lambda text: (-len(text), text))

    def text(self, text: str) -> str:
        """Return a string without the secrets."""
        for secret in self._texts:
            if secret in text:
                text = text.replace(secret, SECRET_TEXT)
        return text

    def value(self, value: Any) -> Any:
        """Return a value without the secrets, at any depth."""
        if isinstance(value, Secret | Enum):
            return value
        if isinstance(value, str):
            return self.text(value)
        if is_dataclass(value) and not isinstance(value, type):
            return replace(
                value, **{field.name: self.value(getattr(value, field.name)) for field in fields(value)}
            )
        if isinstance(value, Mapping):
            items = cast("Mapping[Any, Any]", value).items()
            return {self.value(key): self.value(item) for key, item in items}
        if isinstance(value, list | tuple):
            items = [self.value(item) for item in cast("list[Any]", value)]
            return items if isinstance(value, list) else tuple(items)
        return value

    def graph(self, graph: ResourceGraph) -> ResourceGraph:
        """Return a graph without the secrets."""
        if not self._texts:
            return graph
        return replace(
            graph,
            resources=self.value(graph.resources),
            outputs=self.value(graph.outputs),
            log=tuple(replace(entry, message=self.text(entry.message)) for entry in graph.log),
        )


def _forms(secret: str) -> set[str]:
    """Return the encodings of a string: plain, Python, JSON, nested JSON and HTML."""
    once = json.dumps(secret)[1:-1]
    return {secret, repr(secret)[1:-1], once, json.dumps(once)[1:-1], html.escape(secret)}


def evaluated(program: Program, stack: str, config: Mapping[str, str] | None, mask: Mask) -> ResourceGraph:
    """Return the program's graph; error messages are redacted too.

    Raises:
        EvaluationError: the program fails.
    """
    try:
        return evaluate(program, stack=stack, config=config)
    except EvaluationError as error:
        raise EvaluationError(mask.text(str(error))) from error
