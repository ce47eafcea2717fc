"""The resources of a job, from its checked arguments."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from moorage.model import iam
from moorage.model.app_checks import check_task_together, check_values
from moorage.model.fields.checks import checked as checked_values
from moorage.model.fields.job import JOB
from moorage.model.job import JobSpec, job_spec, state_machine
from moorage.model.names import logical_name
from moorage.model.overrides import job_children
from moorage.model.problems import Problems
from moorage.resources.app.security_group import security_group
from moorage.resources.app.service import run_parameters, subnets_of
from moorage.resources.app.task import TaskParts, task_parts
from moorage.resources.app.task_definition import task_definition, task_family
from moorage.resources.app.wiring import PassedArguments, model_arguments, wired
from moorage.resources.image.checks import check_images
from moorage.resources.inputs import computed
from moorage.resources.outputs import Outputs
from moorage.resources.overrides import check_overrides
from moorage.resources.roles import inline_role
from moorage.resources.secrets import secret_environment

from .args import JobArgs


def assembled(component: pulumi.ComponentResource, spec: JobSpec, passed: PassedArguments) -> Outputs:
    """Make the job's resources; return its outputs."""
    wiring = wired(component, spec.task, passed)
    group = security_group(wiring).id
    parts = task_parts(wiring, group)
    definition = task_definition(parts, wiring)
    run = run_parameters(wiring, definition.arn, group)
    machine = schedule = None
    if spec.schedule:
        machine, schedule = _scheduled(parts, spec, run)
    return {
        **parts.outputs,
        "task_definition_arn": definition.arn,
        "schedule": schedule.name if schedule else "",
        "state_machine_arn": machine.arn if machine else "",
        "cluster_arn": wiring.cluster_arn,
        "subnet_ids": subnets_of(wiring),
        "security_group_id": group,
        "container_name": spec.task.own.name,
        "timeout": str(spec.timeout),
        "run_task": run.apply(lambda known: json.dumps(known, sort_keys=True)),
    }


def checked(name: str, args: JobArgs) -> tuple[JobSpec, PassedArguments]:
    """Check all arguments and return their job and its Outputs; raise a ValueError with every problem."""
    problems = Problems("Job", name)
    good = checked_values(JobArgs, JOB, args, problems).args
    check_values(name, good, secret_environment(good), problems)
    check_images(args, good, problems)
    model, passed = model_arguments(good)
    spec = job_spec(name, model, task_family(name))
    if "cluster" in good and ("network" in good) == ("network" in args):
        check_task_together(spec.task, good, problems)
        check_overrides("Job", good, job_children(spec.task, good), problems)
    problems.raise_if_any()
    return spec, passed


def _scheduled(
    parts: TaskParts, spec: JobSpec, run: pulumi.Output[dict[str, Any]]
) -> tuple[aws.sfn.StateMachine, aws.scheduler.Schedule]:
    """Make the schedule, the state machine that it starts, and the role of each.

    A schedule could run the task itself, but to it an accepted RunTask is a success: it does not know the
    exit code, does not retry a failed task, and does not stop one.
    """
    wiring, name = parts.wiring, spec.task.name

    def may_run(cluster: str, execution_role: str, task_role: str | None) -> str:
        runs = iam.run_job_statements(cluster, spec.task.family, execution_role, task_role)
        return iam.policy([*runs, iam.state_machine_log_statement()])

    runs = inline_role(
        wiring,
        "states",
        wiring.trusted("states.amazonaws.com"),
        computed(may_run, wiring.cluster["arn"], parts.execution_role, parts.task_role),
    )
    machine = aws.sfn.StateMachine(
        logical_name(name, "job", 80),
        role_arn=runs.arn,
        # To the job's own log group: the reason of a failed run is beside its output.
        logging_configuration={
            "level": "ERROR",
            "include_execution_data": False,
            "log_destination": pulumi.Output.concat(parts.log_group_arn, ":*"),
        },
        definition=run.apply(lambda known: state_machine(name, known, spec.retries, spec.timeout)),
        **wiring.common,
    )
    starts = inline_role(
        wiring,
        "scheduler",
        wiring.trusted("scheduler.amazonaws.com"),
        machine.arn.apply(lambda arn: iam.policy([iam.allow(["states:StartExecution"], [arn])])),
    )
    schedule = aws.scheduler.Schedule(
        logical_name(name, "schedule", 64),
        schedule_expression=spec.schedule,
        schedule_expression_timezone=spec.timezone,
        flexible_time_window={"mode": "OFF"},
        target={"arn": machine.arn, "role_arn": starts.arn},
        opts=wiring.child,
    )
    return machine, schedule
