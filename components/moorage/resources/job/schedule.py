"""A job on a schedule: EventBridge Scheduler starts a state machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from moorage.model.iam import (
    policy,
    run_job_statements,
    start_execution_statement,
    state_machine_log_statement,
    trust_policy,
)
from moorage.model.job import JobSpec, state_machine
from moorage.model.names import logical_name
from moorage.resources.inputs import computed
from moorage.resources.tags import Tags

if TYPE_CHECKING:
    from moorage.resources.app.task import TaskParts


def scheduled(
    parent: pulumi.Resource,
    spec: JobSpec,
    run: pulumi.Output[dict[str, Any]],
    parts: TaskParts,
    cluster_arn: pulumi.Output[str],
    tags: Tags,
) -> tuple[aws.sfn.StateMachine, aws.scheduler.Schedule]:
    """Make the schedule, the state machine that it starts, and the role of each.

    A schedule could run the task itself, but it would take an accepted RunTask for success: it knows no exit
    code, tries nothing again, and stops nothing.
    """
    name, child = spec.task.name, pulumi.ResourceOptions(parent=parent)

    def may_run(cluster: str, execution_role: str, task_role: str | None) -> str:
        runs = run_job_statements(cluster, spec.task.family, execution_role, task_role)
        return policy([*runs, state_machine_log_statement()])

    states = _role(parent, name, "states", "states.amazonaws.com", cluster_arn, tags)
    runs = aws.iam.RolePolicy(
        f"{name}-states-policy",
        role=states.name,
        policy=computed(may_run, cluster_arn, parts.execution_role, parts.task_role),
        opts=child,
    )
    machine = aws.sfn.StateMachine(
        logical_name(name, "job", 80),
        role_arn=_once(states.arn, runs),
        # Into the job's own log group: why a run failed stands beside what it printed.
        logging_configuration={
            "level": "ERROR",
            "include_execution_data": False,
            "log_destination": pulumi.Output.concat(parts.logs.arn, ":*"),
        },
        definition=run.apply(lambda known: state_machine(name, known, spec.retries, spec.timeout)),
        tags=tags,
        opts=child,
    )
    scheduler = _role(parent, name, "scheduler", "scheduler.amazonaws.com", cluster_arn, tags)
    starts = aws.iam.RolePolicy(
        f"{name}-scheduler-policy",
        role=scheduler.name,
        policy=machine.arn.apply(lambda arn: policy([start_execution_statement(arn)])),
        opts=child,
    )
    schedule = aws.scheduler.Schedule(
        logical_name(name, "schedule", 64),
        schedule_expression=spec.schedule,
        schedule_expression_timezone=spec.timezone,
        flexible_time_window={"mode": "OFF"},
        target={"arn": machine.arn, "role_arn": _once(scheduler.arn, starts)},
        opts=child,
    )
    return machine, schedule


def _role(
    parent: pulumi.Resource,
    name: str,
    suffix: str,
    service: str,
    cluster_arn: pulumi.Output[str],
    tags: Tags,
) -> aws.iam.Role:
    return aws.iam.Role(
        logical_name(name, suffix, 64),
        assume_role_policy=cluster_arn.apply(lambda arn: trust_policy(service, arn)),
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _once(arn: pulumi.Output[str], rights: aws.iam.RolePolicy) -> pulumi.Output[str]:
    """Return a role's ARN, known once its rights are there."""
    return rights.urn.apply(lambda _: arn)
