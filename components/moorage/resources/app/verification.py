"""Verifying a rollout during `up`: an Output that resolves when the service runs the new revision.

It is not a resource hook: when a hook after an update fails, the new inputs are in the state already, and the
next `up` reports "unchanged" while ECS runs the old revision. An apply runs at every `up`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.resources.watching import deploys, login_of, watched

from .service import ServiceSettings
from .wiring import Wiring

if TYPE_CHECKING:
    from moorage.rollout.ask import Caller
    from moorage.rollout.settings import Settings
    from moorage.rollout.watch import Awaited

ACTIONS = (
    *("ecs:DescribeServices", "ecs:UpdateService", "ecs:ListTasks", "ecs:DescribeTasks"),
    *("ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions"),
    *("elasticloadbalancing:DescribeTargetHealth", "logs:GetLogEvents"),
)
"""The actions that the credentials need to follow a rollout, to repair it, and to diagnose it."""

_OFF = "set `verify` to false to deploy without verification"


class Deployed(NamedTuple):
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
        count = int(known[11]) if wiring.count is not None else app.desired_count
        asked = Asked(
            revised=asked_for(known[6], known[7]),
            kept=_kept(app, count, behind_balancer=bool(deployed.target_groups)),
            least=app.fewest if wiring.count is None or app.daemon else count,
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
        *(() if wiring.count is None else (wiring.count,)),
    )
    return known.apply(verify)


def _kept(app: AppSpec, count: int, *, behind_balancer: bool) -> Settings:
    """Return the settings that a rollback keeps, as DescribeServices names them."""
    kept: dict[str, Any] = {"enableExecuteCommand": app.task.execute_command}
    if behind_balancer:
        kept["healthCheckGracePeriodSeconds"] = app.health_check.grace_period
    if app.daemon:
        return kept
    kept["minimumHealthyPercent"] = app.minimum_healthy_percent
    kept["maximumPercent"] = app.maximum_percent
    return kept if app.autoscaling else {**kept, "desiredCount": count}


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
