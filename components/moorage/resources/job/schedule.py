"""A job on a schedule: EventBridge Scheduler starts a state machine."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from moorage.model import iam
from moorage.model.job import JobSpec, state_machine
from moorage.model.names import logical_name
from moorage.resources.app.task import TaskParts
from moorage.resources.inputs import computed
from moorage.resources.roles import inline_role


def scheduled(
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
        definition=run.apply(lambda parameters: state_machine(name, parameters, spec.retries, spec.timeout)),
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
