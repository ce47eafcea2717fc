"""A component's outputs."""

import re
from collections.abc import Mapping
from functools import cache
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
    names = _names(type(component))
    empty = output_of("")
    for name in names:
        value = outputs[name]
        setattr(component, name, empty if value == "" else output_of(value))
    component.register_outputs({in_schema: outputs[name] for name, in_schema in names.items()})


@cache
def _names(component: type) -> dict[str, str]:
    """Return the names of the outputs that a class declares, each with its name in the schema."""
    return {name: re.sub("_(.)", lambda part: part[1].upper(), name) for name in get_annotations(component)}
