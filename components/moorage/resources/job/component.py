"""A command that runs to its end on Amazon ECS: on demand, or on a schedule."""

from collections.abc import Sequence

import pulumi

from moorage.resources.outputs import declare

from .args import JobArgs


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
        from moorage.resources.checking import checked_arguments

        from .assembly import assembled, checked  # With the model, which the first job loads.

        inputs, options, (spec, passed) = checked_arguments(self, name, args, opts, checked)
        super().__init__("moorage:index:Job", name, inputs, options)
        declare(self, assembled(self, spec, passed))
