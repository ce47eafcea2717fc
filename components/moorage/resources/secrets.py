"""Secret values in a component's arguments, and those that are stored in Secrets Manager."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from moorage.model.arguments import mapping
from moorage.model.names import shorten
from moorage.model.presets import PRESETS
from moorage.model.secrets import stored_name, wrong_value
from moorage.pulumi_private import sync_await

from .checking import held
from .inputs import after, checked_later
from .wiring import Tags

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
            sync_await(asyncio.sleep(0))
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
    variables: dict[str, pulumi.Input[str]] = {}
    nested = {f"containers.{name}.": settings for name, settings in args.get("containers", {}).items()}
    for where, settings in {"": args, **nested, "pre_deploy.": args.get("pre_deploy", {})}.items():
        # One that is an Output is refused once it is known.
        environment = mapping(settings.get("environment"))
        variables |= {f"{where}environment.{name}": value for name, value in environment.items()}
    return known_secrets(variables)


def stored_secrets(
    parent: pulumi.Resource, name: str, values: Mapping[str, pulumi.Input[str]], preset: str, tags: Tags
) -> dict[str, pulumi.Output[str]]:
    """Store each value in Secrets Manager; return the ARNs by variable, known once the value is stored."""
    stored: dict[str, pulumi.Output[str]] = {}
    for variable, value in sorted(values.items()):
        logical = f"{name}-secret-{variable}"
        secret = aws.secretsmanager.Secret(
            stored_name(name, variable),
            # With the default of 30 days a stack cannot be created again under the same names.
            recovery_window_in_days=0 if PRESETS[preset].force_delete else 30,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        version = aws.secretsmanager.SecretVersion(
            shorten(f"{logical}-value", 126),
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(
                checked_later(f"{name}: secret {variable}", value, wrong_value)
            ),
            # Another value replaces it, also in a protected app.
            opts=pulumi.ResourceOptions(parent=parent, protect=False),
        )
        stored[variable] = after([version], secret.arn)
    return stored
