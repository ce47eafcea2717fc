"""The outputs of other stacks, which a program reads by a `StackReference`."""

import json
import os
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pulumi

from moorage.errors import EvaluationError

StackOutputs = Callable[[str], Mapping[str, Any]]
"""Returns the outputs of the stack of a name."""

FOLDER = "stack-outputs"
"""Beside Pulumi.yaml: a file for each stack."""

_SDK = os.path.dirname(str(pulumi.__file__)) + os.sep

NOT_PRINTED = "[secret]"
"""Stands for a secret output where Pulumi prints outputs without --show-secrets."""


def stack_outputs(folder: Path | None, outputs: Mapping[str, Mapping[str, Any]]) -> StackOutputs:
    """Return the function that finds a stack's outputs: in `outputs`, else in the project's folder."""

    def outputs_of(stack: str) -> Mapping[str, Any]:
        if stack in outputs:
            return outputs[stack]
        if folder is None:
            raise EvaluationError(
                f"StackReference {stack!r}: the outputs of another stack cannot be read offline; pass them "
                f"to evaluate as stack_outputs={{{stack!r}: {{...}}}}"
            )
        return _read(folder / file_of(stack), stack, folder)

    return outputs_of


def missing_output(error: BaseException, stacks: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the message for an output that another stack does not have; empty for other errors.

    The SDK raises the KeyError of a dict, which names neither the stack nor what its outputs are.

    Args:
        error: the error of a program.
        stacks: the outputs of the stacks that it read, by their names.
    """
    frames = traceback.extract_tb(error.__traceback__)
    if not isinstance(error, KeyError) or not frames or not frames[-1].filename.startswith(_SDK):
        return ""
    name = error.args[0]
    lacking = [stack for stack, outputs in stacks.items() if name not in outputs]
    if len(lacking) != 1:
        return ""
    outputs = ", ".join(sorted(stacks[lacking[0]])) or "none"
    return (
        f"StackReference {lacking[0]!r}: the stack has no output {name!r}; its outputs are {outputs}. "
        f"Offline they are those of {file_of(lacking[0])}, or of the argument stack_outputs"
    )


def file_of(stack: str) -> str:
    """Return the file with the outputs of a stack, relative to Pulumi.yaml."""
    return f"{FOLDER}/{stack.replace('/', '.')}.json"


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
