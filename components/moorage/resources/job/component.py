"""A command that runs to its end on Amazon ECS: on demand, or on a schedule."""

import json
from collections.abc import Sequence

import pulumi

from moorage.model.app_checks import check_task_together, check_values
from moorage.model.fields.checks import checked
from moorage.model.fields.job import JOB
from moorage.model.job import JobSpec, job_spec
from moorage.model.overrides import job_children
from moorage.model.problems import Problems
from moorage.resources.app.security_group import security_group
from moorage.resources.app.service import run_parameters, subnets_of
from moorage.resources.app.task import task_parts
from moorage.resources.app.task_definition import task_definition, task_family
from moorage.resources.app.wiring import Given, model_arguments, wired
from moorage.resources.construction import checked_arguments
from moorage.resources.image.checks import check_images
from moorage.resources.outputs import declare
from moorage.resources.overrides import check_overrides
from moorage.resources.secrets import secret_environment

from .args import JobArgs
from .schedule import scheduled


class Job(pulumi.ComponentResource):
    """A command that runs to its end: image, log group, roles, security group, task definition, and for a
    schedule a state machine that runs the task, waits for its exit code and retries.

    On Fargate Spot the cluster's `on_demand_base` counts for each run: with the default of 1 a job runs on
    demand.
    """

    task_definition_arn: pulumi.Output[str]
    """The task definition that runs."""
    schedule: pulumi.Output[str]
    """The schedule's name; empty without one."""
    state_machine_arn: pulumi.Output[str]
    """The state machine that the schedule starts; empty without a schedule."""
    log_group_name: pulumi.Output[str]
    """The CloudWatch log group."""
    cluster_arn: pulumi.Output[str]
    """The cluster it runs in."""
    subnet_ids: pulumi.Output[Sequence[str]]
    """The subnets it runs in; none with bridge networking."""
    security_group_id: pulumi.Output[str]
    """The task's security group; the instances' with bridge networking."""
    container_name: pulumi.Output[str]
    """The container whose exit code counts."""
    log_group_arn: pulumi.Output[str]
    """The ARN of the log group that is made; empty without one."""
    task_role_arn: pulumi.Output[str]
    """The role of the job's own code; empty without one."""
    task_role_name: pulumi.Output[str]
    """The name of that role; empty without one."""
    execution_role_arn: pulumi.Output[str]
    """The role with which ECS starts the task."""
    timeout: pulumi.Output[str]
    """Seconds after which a run is stopped, as a string."""
    run_task: pulumi.Output[str]
    """The parameters of ECS's RunTask that run it, as JSON: for `moorage run`, or for `aws ecs run-task
    --cli-input-json`."""

    def __init__(self, name: str, args: JobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the job.

        Raises:
            ValueError: an argument is unknown, missing or wrong; the text lists every problem.
        """
        inputs, options, (spec, given) = checked_arguments(self, name, args, opts, _checked)
        super().__init__("moorage:index:Job", name, inputs, options)
        wiring = wired(self, spec.task, given)
        group = security_group(wiring).id
        parts = task_parts(wiring, group)
        made = parts.wiring
        definition = task_definition(parts, made)
        run = run_parameters(made, definition.arn, group)
        machine = schedule = None
        if spec.schedule:
            machine, schedule = scheduled(parts, spec, run)

        role_arn, role_name = parts.task_role_outputs
        declare(
            self,
            {
                "task_definition_arn": definition.arn,
                "schedule": schedule.name if schedule else "",
                "state_machine_arn": machine.arn if machine else "",
                "log_group_name": parts.log_group,
                "cluster_arn": made.cluster_arn,
                "subnet_ids": subnets_of(made),
                "security_group_id": group,
                "container_name": spec.task.own.name,
                "log_group_arn": parts.log_group_arn,
                "task_role_arn": role_arn,
                "task_role_name": role_name,
                "execution_role_arn": parts.execution_role,
                "timeout": str(spec.timeout),
                "run_task": run.apply(lambda known: json.dumps(known, sort_keys=True)),
            },
        )


def _checked(name: str, args: JobArgs) -> tuple[JobSpec, Given]:
    """Check all arguments and return their job and its Outputs; raise a ValueError with every problem."""
    problems = Problems("Job", name)
    good = checked(JobArgs, JOB, args, problems).args
    check_values(name, good, secret_environment(good), problems)
    check_images(args, good, problems)
    model, given = model_arguments(good)
    spec = job_spec(name, model, task_family(name))
    if "cluster" in good and ("network" in good) == ("network" in args):
        check_task_together(spec.task, good, problems)
        check_overrides("Job", good, job_children(spec.task, good), problems)
    problems.raise_if_any()
    return spec, given
