"""Golden files: what a program emits, reviewed when it changes."""

import difflib
import json
from pathlib import Path
from typing import Any

from moorage.offline import ResourceGraph, shown

_LINES = 60
"""Lines of a difference that are shown."""


def compare(value: Any, file: Path, *, update: bool) -> None:
    """Compare a value with a file, or write it there.

    Raises:
        AssertionError: they differ, or there is no such file; the text says in which lines.
    """
    __tracebackhide__ = True
    text = written(value)
    if update:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return
    if not file.exists():
        raise AssertionError(f"{file} does not exist: `pytest --update-golden` writes it")
    expected = file.read_text(encoding="utf-8")
    if text == expected:
        return
    lines = list(
        difflib.unified_diff(
            expected.splitlines(), text.splitlines(), str(file), "this run", lineterm="", n=2
        )
    )
    more = [f"... and {len(lines) - _LINES} lines more"] if len(lines) > _LINES else []
    difference = "\n".join([*lines[:_LINES], *more])
    raise AssertionError(f"not as in {file.name}; if that is right, `pytest --update-golden`:\n{difference}")


def written(value: Any) -> str:
    """Return a value as it stands in its file."""
    if isinstance(value, str):
        return value if value.endswith("\n") else f"{value}\n"
    plain = _resources(value) if isinstance(value, ResourceGraph) else shown(value)
    return json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _resources(graph: ResourceGraph) -> dict[str, Any]:
    """Return inputs by the part of the URN that is the resource's own: the order of registration may vary."""
    return {resource.urn.split("::", 2)[2]: shown(resource.inputs) for resource in graph}
