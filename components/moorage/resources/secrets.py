"""Secret values in a component's arguments."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime.sync_await import _sync_await  # pyright: ignore[reportPrivateUsage]

from .checking import held

_TURNS = 5
"""Turns of the event loop after which an Output of a known value has resolved; 3 are needed."""


def known_secrets(values: Mapping[str, pulumi.Input[str]]) -> frozenset[str]:
    """Return the names whose values are secret, as far as that is known without waiting for a resource.

    The SDK answers asynchronously whether an Output is secret. For a value from the config that takes a few
    turns of the event loop, taken here so that the error comes before anything is registered.
    """
    outputs = {name: value for name, value in values.items() if isinstance(value, pulumi.Output)}
    if not outputs:
        return frozenset()
    asked = {name: asyncio.ensure_future(value.is_secret()) for name, value in outputs.items()}
    with held():
        for _ in range(_TURNS):
            _sync_await(asyncio.sleep(0))
    return frozenset(
        name for name, answer in asked.items() if answer.done() and not answer.exception() and answer.result()
    )


async def refuse_secrets(
    component: str, name: str, values: Mapping[str, pulumi.Input[str]], why: str
) -> None:
    """End the program when a value turns out to be secret once it is computed.

    `values` are by argument of the component `name` of the class `component`.

    Raises:
        RunError: a value is secret, which is wrong for the reason `why`.
    """
    for field, value in values.items():
        if isinstance(value, pulumi.Output) and await value.is_secret():
            raise pulumi.RunError(f"{component} {name!r}: {field}: {why}")


def secret_environment(args: Mapping[str, Any]) -> frozenset[str]:
    """Return the paths of an app's or a job's environment variables whose values are known to be secret."""
    variables: dict[str, pulumi.Input[str]] = {
        f"environment.{name}": value for name, value in args.get("environment", {}).items()
    }
    nested = {f"containers.{name}": settings for name, settings in args.get("containers", {}).items()}
    for path, settings in {**nested, "pre_deploy": args.get("pre_deploy", {})}.items():
        environment = settings.get("environment", {})
        variables |= {f"{path}.environment.{name}": value for name, value in environment.items()}
    return known_secrets(variables)
