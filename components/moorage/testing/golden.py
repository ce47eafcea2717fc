"""Golden files: the recorded output of a program, reviewed when it changes."""

import difflib
import json
from pathlib import Path
from typing import Any

from moorage.offline import ResourceGraph, shown

_LINES = 60
"""Maximum lines of a difference in an error."""


def compare(value: Any, file: Path, *, update: bool) -> None:
    """Compare a value with a file, or write it there.

    Raises:
        AssertionError: they differ, or the file does not exist; the text shows the differing lines.
    """
    __tracebackhide__ = True
    text = written(value)
    if update:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return
    if not file.exists():
        raise AssertionError(f"{file} does not exist; run `pytest --moorage-update-golden` to write it")
    expected = file.read_text(encoding="utf-8")
    if text == expected:
        return
    lines = list(
        difflib.unified_diff(
            expected.splitlines(), text.splitlines(), str(file), "this run", lineterm="", n=2
        )
    )
    more = [f"... and {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
    difference = "\n".join([*lines[:_LINES], *more])
    raise AssertionError(
        f"differs from {file.name}; if that is intended, run `pytest --moorage-update-golden`:\n{difference}"
    )


def written(value: Any) -> str:
    """Return the text of a value in its file."""
    if isinstance(value, str):
        return value if value.endswith("\n") else f"{value}\n"
    if isinstance(value, ResourceGraph):
        # By the end of each resource's URN: the order of registration may vary.
        value = {resource.urn.split("::", 2)[2]: resource.inputs for resource in value}
    return json.dumps(shown(value), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
