"""The outputs of other stacks, which a program reads by a `StackReference`."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from moorage.errors import EvaluationError

StackOutputs = Callable[[str], Mapping[str, Any]]
"""Returns the outputs of the stack of a name."""

FOLDER = "stack-outputs"
"""Beside Pulumi.yaml: a file for each stack."""

NOT_PRINTED = "[secret]"
"""Stands for a secret output where Pulumi prints outputs without --show-secrets."""


def stack_outputs(folder: Path | None, given: Mapping[str, Mapping[str, Any]]) -> StackOutputs:
    """Return the function that finds a stack's outputs: in `given`, else in the project's folder."""

    def outputs_of(stack: str) -> Mapping[str, Any]:
        if stack in given:
            return given[stack]
        if folder is None:
            raise EvaluationError(
                f"StackReference {stack!r}: the outputs of another stack cannot be read offline; pass them "
                f"to evaluate as stack_outputs={{{stack!r}: {{...}}}}"
            )
        file = folder / FOLDER / f"{stack.replace('/', '.')}.json"
        return _read(file, stack, folder)

    return outputs_of


def _read(file: Path, stack: str, folder: Path) -> Mapping[str, Any]:
    shown = file.relative_to(folder)
    write = f"write the file with `pulumi stack output --json --stack {stack} > {shown}`"
    try:
        outputs = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise EvaluationError(
            f"StackReference {stack!r}: the outputs of another stack cannot be read offline, and {shown} is "
            f"not there; {write}"
        ) from None
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{shown}: {error}; {write}") from None
    if not isinstance(outputs, dict):
        raise EvaluationError(f"{shown}: must be an object of outputs; {write}")
    return cast("dict[str, Any]", outputs)
