"""Variables whose values are known only once resources are there: a mark stands for each until then."""

import json
import re
from collections.abc import Mapping

_MARK = re.compile(r"\{\{output ([A-Za-z_][A-Za-z0-9_]*)\}\}")


def mark(name: str) -> str:
    """Return what stands for the value of the variable `name`."""
    return f"{{{{output {name}}}}}"


def marked(text: str) -> set[str]:
    """Return the variables whose marks are in `text`."""
    return set(_MARK.findall(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with the values in the places of their marks."""
    return _MARK.sub(lambda match: values[match.group(1)], text)


def fill_json(text: str, values: Mapping[str, str]) -> str:
    """Return JSON text with the values in the places of their marks, which are inside of its strings."""
    return _MARK.sub(lambda match: json.dumps(values[match.group(1)])[1:-1], text)
