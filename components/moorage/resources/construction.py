"""The first step of a component's constructor."""

from collections.abc import Callable
from typing import Any, TypeVar

import pulumi

from .checking import arguments, checking
from .inputs import Args, plain_inputs
from .overrides import with_overrides

Model = TypeVar("Model")


def checked_arguments(
    component: pulumi.ComponentResource,
    name: str,
    args: Args,
    opts: pulumi.ResourceOptions | None,
    check: Callable[[str, Args], Model],
) -> tuple[dict[str, Any], pulumi.ResourceOptions | None, Model]:
    """Check a component's arguments; return the inputs to record, the options, and what `check` returns.

    Raises:
        ValueError: an argument is wrong; the text lists every problem.
    """
    args = arguments(name, args)
    with checking():
        model = check(name, args)
    return plain_inputs(args), with_overrides(component, name, args, opts), model
