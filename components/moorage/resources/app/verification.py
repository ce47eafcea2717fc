"""Verifying a rollout during `up`: an Output that resolves when the service runs the new revision.

It is not a resource hook: when a hook after an update fails, the new inputs are in the state already, and the
next `up` reports "unchanged" while ECS runs the old revision. An apply runs at every `up`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.resources.watching import deploys, login_of, loop_of, watched

from .service import ServiceSettings, desired_count
from .wiring import Wiring

if TYPE_CHECKING:
    from moorage.rollout.ask import Loop
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
        return pulumi.Output.all(value, service.id).apply(lambda args: str(args[0]))

    async def verify(args: dict[str, Any]) -> str:
        from moorage.rollout.aws import AwsEcs
        from moorage.rollout.settings import Asked, asked_for
        from moorage.rollout.watch import Awaited

        ecs = AwsEcs(
            str(args["cluster"]),
            str(args["service"]),
            target_groups=args["target_groups"],
            log_group=str(args["log_group"]),
            stream_prefix=str(args["stream_prefix"]),
            login=args["login"],
        )
        count = int(args["count"])
        asked = Asked(
            revised=asked_for(args["settings"], args["became"]),
            kept=_kept(app, count, behind_balancer=bool(deployed.target_groups)),
            least=app.fewest if wiring.count is None or app.daemon else count,
            again=bool(args["triggers"]),
        )
        awaited = Awaited(ecs, str(args["task_definition"]), app.rollout_timeout, asked)
        await verify_rollout(wiring.parent, app.name, awaited)
        return str(args["value"])

    return pulumi.Output.all(
        value=value,
        cluster=wiring.cluster["arn"],
        service=service.name,
        task_definition=deployed.task_definition,
        target_groups=list(deployed.target_groups),
        log_group=deployed.log_group,
        settings=dict(settings),
        became={name: getattr(service, name) for name in settings},
        login=login_of(wiring.parent),
        triggers=service.triggers,
        stream_prefix=wiring.input(app.task.own.log_options.get("awslogs-stream-prefix", app.name)),
        count=desired_count(wiring, app),
    ).apply(verify)


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


async def verify_rollout(app: pulumi.Resource, name: str, awaited: Awaited) -> None:
    """Follow a rollout with progress on the app's row.

    Raises:
        RunError: the service does not run the revision, or that is unknown.
    """
    loop = loop_of(app)
    await watched(app, _problem(awaited, loop), f"{name}: rollout failed", loop.sleep)


async def _problem(awaited: Awaited, loop: Loop) -> str | None:
    """Return why the service does not run the revision, or None."""
    from moorage.rollout.ask import AskError, unanswered
    from moorage.rollout.diagnosis import report
    from moorage.rollout.revisions import short
    from moorage.rollout.watch import follow

    try:
        outcome = await follow(awaited, loop)
    except AskError as error:
        reason = unanswered(error, ACTIONS, "run `up` again to check it", _OFF)
        return f"whether {short(awaited.revision)} runs is not known: {reason}"
    return None if outcome.ok else report(outcome, awaited.revision)
