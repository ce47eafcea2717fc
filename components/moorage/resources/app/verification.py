"""Verifying a rollout during `up`: an Output that resolves when the service runs the new revision.

It is not a resource hook: when a hook after an update fails, the new inputs are in the state already, and the
next `up` reports "unchanged" while ECS runs the old revision. An apply runs at every `up`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws
from pulumi.runtime.proto.resource_pb2_grpc import ResourceMonitorStub
from pulumi.runtime.settings import get_monitor

from moorage.model.app import AppSpec

from .service import ServiceSettings
from .wiring import Wiring

if TYPE_CHECKING:
    from moorage.rollout.ask import Caller
    from moorage.rollout.login import Login
    from moorage.rollout.settings import Settings
    from moorage.rollout.watch import Awaited

ACTIONS = (
    *("ecs:DescribeServices", "ecs:UpdateService", "ecs:ListTasks", "ecs:DescribeTasks"),
    *("ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions"),
    *("elasticloadbalancing:DescribeTargetHealth", "logs:GetLogEvents"),
)
"""The actions that the credentials need to follow a rollout, to repair it, and to diagnose it."""

_OFF = "set `verify` to false to deploy without verification"

_SERVICE = "aws:ecs/service:Service"

_TURN = 0.1
"""Seconds between two checks whether anything else is still watched."""

_watches: set[object] = set()
"""The rollouts and pre-deploy jobs that are watched in this process."""


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

    def login(known: list[Any]) -> Login:
        profile, access_key, secret_key, token = (part or None for part in known)
        return Login(profile, access_key, secret_key, token)

    # It is used for AWS only, and must not make the app's address a secret.
    return pulumi.Output.unsecret(parts.apply(login))


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployed service, and the values to verify it with."""

    service: aws.ecs.Service
    """Its outputs are known once it was created or updated."""
    task_definition: pulumi.Output[str]
    """The ARN of the new revision: the service's own output may be the one that ECS rolled back to."""
    target_groups: Sequence[pulumi.Output[str]]
    """ARNs of its target groups."""
    log_group: pulumi.Output[str]
    """The name of the log group of its own container."""
    settings: ServiceSettings
    """The arguments of the service that a rollback reverts."""


def verified(
    wiring: Wiring, app: AppSpec, value: pulumi.Output[str], deployed: Deployed
) -> pulumi.Output[str]:
    """Return `value` once the service runs the new revision; end the program with the reason if it does not.

    Where nothing is deployed, or `verify` is false, `value` only waits for the service.
    """
    service, settings = deployed.service, deployed.settings
    if not (app.verify and deploys()):
        return pulumi.Output.all(value, service.id).apply(lambda known: str(known[0]))
    login = login_of(wiring.parent)

    async def verify(known: list[Any]) -> str:
        from moorage.rollout.aws import AwsEcs
        from moorage.rollout.settings import Asked, asked_for
        from moorage.rollout.watch import Awaited

        ecs = AwsEcs(
            str(known[1]),
            str(known[2]),
            target_groups=known[4],
            log_group=str(known[5]),
            stream_prefix=str(known[10]),
            login=known[8],
        )
        asked = Asked(
            revised=asked_for(known[6], known[7]),
            kept=_kept(app, behind_balancer=bool(deployed.target_groups)),
            least=0 if app.daemon else app.count,
            again=bool(known[9]),
        )
        awaited = Awaited(ecs, str(known[3]), app.rollout_timeout, asked)
        await verify_rollout(wiring.parent, app.name, awaited)
        return str(known[0])

    became = {name: getattr(service, name) for name in settings}
    known = pulumi.Output.all(
        value,
        wiring.cluster["arn"],
        service.name,
        deployed.task_definition,
        list(deployed.target_groups),
        deployed.log_group,
        pulumi.Output.from_input(dict(settings)),
        pulumi.Output.from_input(became),
        login,
        service.triggers,
        wiring.input(app.task.own.log_options.get("awslogs-stream-prefix", app.name)),
    )
    return known.apply(verify)


def _kept(app: AppSpec, *, behind_balancer: bool) -> Settings:
    """Return the settings that a rollback keeps, as DescribeServices names them."""
    kept: dict[str, Any] = {"enableExecuteCommand": app.task.execute_command}
    if behind_balancer:
        kept["healthCheckGracePeriodSeconds"] = app.health_check.grace_period
    if app.daemon:
        return kept
    kept["minimumHealthyPercent"] = app.minimum_healthy_percent
    kept["maximumPercent"] = app.maximum_percent
    return kept if app.autoscaling else {**kept, "desiredCount": app.count}


async def verify_rollout(
    app: pulumi.Resource,
    name: str,
    awaited: Awaited,
    call: Caller = asyncio.to_thread,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    now: Callable[[], float] = time.monotonic,
) -> None:
    """Follow a rollout with progress on the app's row.

    Raises:
        RunError: the service does not run the revision, or that is unknown.
    """
    from moorage.rollout.ask import AskError, Loop, unanswered
    from moorage.rollout.diagnosis import report
    from moorage.rollout.revisions import short
    from moorage.rollout.watch import follow

    def say(line: str) -> None:
        pulumi.log.info(line, resource=app, ephemeral=True)

    async def problem() -> str | None:
        revision = awaited.revision
        try:
            outcome = await follow(awaited, Loop(say, call, sleep, now))
        except AskError as error:
            reason = unanswered(error, ACTIONS, "run `up` again to check it", _OFF)
            return f"whether {short(revision)} runs is not known: {reason}"
        return None if outcome.ok else report(outcome, revision)

    await watched(app, problem(), f"{name}: rollout failed", sleep)


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
        found = await problem
    finally:
        _watches.discard(watch)
    if found is None:
        return
    pulumi.log.error(found, resource=app)
    # A task of the event loop sends the message.
    await sleep(_TURN)
    while _watches:
        await sleep(_TURN)
    raise pulumi.RunError(end)
