"""A component's outputs."""

import re
from collections.abc import Mapping
from inspect import get_annotations
from typing import Any, TypeVar, cast

import pulumi

T = TypeVar("T")

Outputs = Mapping[str, pulumi.Input[Any]]
"""The outputs of a component by their names; a plain value where there is nothing to wait for."""


def output_of(value: pulumi.Input[T]) -> pulumi.Output[T]:
    """Return a value as an Output; of an Output, the SDK's `from_input` would make a further one."""
    if isinstance(value, pulumi.Output):
        return cast("pulumi.Output[T]", value)
    return pulumi.Output.from_input(value)


def declare(component: pulumi.ComponentResource, outputs: Outputs) -> None:
    """Set the outputs that a component's class declares, and register them by their names in the schema."""
    names = get_annotations(type(component))
    for name in names:
        setattr(component, name, output_of(outputs[name]))
    component.register_outputs(
        {re.sub("_(.)", lambda part: part[1].upper(), name): outputs[name] for name in names}
    )
