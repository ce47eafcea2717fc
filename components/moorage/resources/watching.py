"""Watching AWS in an Output while an engine deploys: rollouts, pre-deploy jobs and image scans."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws
from pulumi.runtime.proto.resource_pb2_grpc import ResourceMonitorStub
from pulumi.runtime.settings import get_monitor

if TYPE_CHECKING:
    from moorage.rollout.ask import Loop
    from moorage.rollout.login import Login

_SERVICE = "aws:ecs/service:Service"

_TURN = 0.1
"""Seconds between two checks whether anything else is still watched."""

_watches: set[object] = set()
"""The rollouts, jobs and scans that are watched in this process."""


def deploys() -> bool:
    """Return whether an engine deploys the program, not only in a preview.

    Tests with `pulumi.runtime.set_mocks` and `moorage.offline.evaluate` have no engine: their monitors are
    plain objects. An engine's is the stub of a gRPC connection, in a program as in a plugin.
    """
    return not pulumi.runtime.is_dry_run() and isinstance(get_monitor(), ResourceMonitorStub)


def login_of(resource: pulumi.Resource) -> pulumi.Output[Login]:
    """Return the credentials of the AWS provider of a component's children, as far as they are outputs: the
    roles that an explicit provider assumes are not."""
    from moorage.rollout.login import Login, configured

    provider = resource.get_provider(_SERVICE)
    if not isinstance(provider, aws.Provider):
        return pulumi.Output.from_input(configured(aws.config))
    parts: pulumi.Output[list[Any]] = pulumi.Output.all(
        provider.profile, provider.access_key, provider.secret_key, provider.token
    )

    def login(args: list[Any]) -> Login:
        profile, access_key, secret_key, token = (part or None for part in args)
        return Login(profile, access_key, secret_key, token)

    # It is used for AWS only, and must not make the app's address a secret.
    return pulumi.Output.unsecret(parts.apply(login))


def loop_of(resource: pulumi.Resource, prefix: str = "") -> Loop:
    """Return the event loop, which shows progress on a resource's row, with `prefix` in front."""
    from moorage.rollout.ask import Loop

    return Loop.real(lambda line: pulumi.log.info(prefix + line, resource=resource, ephemeral=True))


async def watched(
    app: pulumi.Resource, problem: Awaitable[str | None], end: str, sleep: Callable[[float], Awaitable[None]]
) -> None:
    """Wait for the result of `problem`, a text or None, and show it on `app`.

    A raise ends the program at once, so a problem is shown first, and raised when nothing else is watched.

    Raises:
        RunError: there was a problem; its text is `end`.
    """
    watch = object()
    _watches.add(watch)
    try:
        text = await problem
    finally:
        _watches.discard(watch)
    if text is None:
        return
    pulumi.log.error(text, resource=app)
    # A task of the event loop sends the message.
    await sleep(_TURN)
    while _watches:
        await sleep(_TURN)
    raise pulumi.RunError(end)
