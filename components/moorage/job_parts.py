"""How a job is run: the parameters of RunTask, the gate before an app's service, and for a schedule the state
machine that it starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from ._component import computed
from .rollout.gate import TAG, gated
from .service import capacity_strategy, subnets_of, task_definition
from .spec.app import AppSpec
from .spec.iam import (
    policy,
    run_job_statements,
    start_execution_statement,
    state_machine_log_statement,
    trust_policy,
)
from .spec.job import JobSpec, pre_deploy_spec, run_task, state_machine
from .spec.names import logical_name

if TYPE_CHECKING:
    from .app_args import ContainerAppArgs, PreDeployArgs
    from .task_parts import TaskParts

Tags = dict[str, pulumi.Input[str]]


def run_parameters(
    task: AppSpec, args: ContainerAppArgs, definition: pulumi.Output[str], group: pulumi.Input[str]
) -> pulumi.Output[dict[str, Any]]:
    """Return the parameters of RunTask that run a task; always with a capacity provider strategy, as a
    service has."""
    cluster = args["cluster"]
    strategy = [
        {
            "capacityProvider": entry["capacity_provider"],
            "base": entry.get("base"),
            "weight": entry.get("weight"),
        }
        for entry in capacity_strategy(task, cluster)
    ]
    subnets = task_places(task, args)

    def parameters(
        arn: str, revision: str, entries: list[dict[str, Any]], ids: list[str], members: str
    ) -> dict[str, Any]:
        return run_task(task, arn, revision, entries, ids, members)

    return computed(parameters, cluster["arn"], definition, strategy, subnets, group)


def task_places(task: AppSpec, args: ContainerAppArgs) -> pulumi.Input[Sequence[pulumi.Input[str]]]:
    """Return the subnets of a job's task; none with bridge networking."""
    return subnets_of(task, args["network"]) if task.network_mode == "awsvpc" and "network" in args else []


def pre_deploy(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    wanted: PreDeployArgs,
    parts: TaskParts,
    definition: pulumi.Output[str],
    group: pulumi.Input[str],
    tags: Tags,
) -> pulumi.Output[str]:
    """Make an app's pre-deploy job, and return the ARN of its task definition for the service, known once the
    job has succeeded.

    Args:
        parent: the app.
        spec: what its arguments describe.
        args: its arguments.
        wanted: those of the job.
        parts: its image, log group, secrets and roles, which the job shares.
        definition: the ARN of its task definition.
        group: its tasks' security group.
        tags: tags on the job's task definition.
    """
    job = pre_deploy_spec(spec, wanted)
    environment = {**args.get("environment", {}), **wanted.get("environment", {})}
    of_job: ContainerAppArgs = {**args, "environment": environment}
    definitions = parts.definitions(job.task, of_job)
    revision = task_definition(
        parent, job.task, definitions, parts.task_role, parts.execution_role, tags, foreign_tags=[TAG]
    )
    run = run_parameters(job.task, args, revision.arn, group)
    return gated(parent, job, value=definition, run=run, log_group=parts.logs.name)


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
