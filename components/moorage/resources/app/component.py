"""One application on Amazon ECS."""

import pulumi

from moorage.resources.outputs import declare

from .args import ContainerAppArgs


class ContainerApp(pulumi.ComponentResource):
    """One application on Amazon ECS: image, log group, roles, task definition, target group and rules,
    service.

    Every update of the service replaces its tasks, even a change of `count` alone: that is the price of
    changing the capacity without replacing the service.
    """

    url: pulumi.Output[str]
    """The app's URL behind its load balancer, known once its rollout is verified; without a load balancer
    empty, and known at the same time."""
    address: pulumi.Output[str]
    """The same as `url`, known without waiting for a rollout: for what must not depend on one."""
    service_name: pulumi.Output[str]
    """The ECS service's name."""
    task_definition_arn: pulumi.Output[str]
    """The task definition that was deployed."""
    security_group_id: pulumi.Output[str]
    """The tasks' security group; the instances' with bridge networking."""
    log_group_name: pulumi.Output[str]
    """The CloudWatch log group."""
    log_group_arn: pulumi.Output[str]
    """The ARN of the log group that is made; empty without one."""
    task_role_arn: pulumi.Output[str]
    """The role of the app's own code; empty without one."""
    task_role_name: pulumi.Output[str]
    """The name of that role; empty without one."""
    execution_role_arn: pulumi.Output[str]
    """The role with which ECS starts the tasks."""
    target_group_arn: pulumi.Output[str]
    """The target group of the app's tasks; empty without one."""
    alarm_topic_arn: pulumi.Output[str]
    """The SNS topic that its alarms are sent to; empty without alarms."""
    queue_url: pulumi.Output[str]
    """The URL of its queue; empty without one."""
    queue_arn: pulumi.Output[str]
    """The ARN of its queue, for the `grants` of an app that sends to it; empty without one."""
    dead_letter_queue_url: pulumi.Output[str]
    """The URL of its dead-letter queue; empty without one."""
    dead_letter_queue_arn: pulumi.Output[str]
    """The ARN of its dead-letter queue; empty without one."""

    def __init__(self, name: str, args: ContainerAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the app.

        Raises:
            ValueError: an argument is unknown, missing or wrong, or another app on the same load balancer has
                the same rule; the text lists every problem.
        """
        from moorage.resources.checking import checked_arguments

        from .assembly import assembled, checked  # With the model, which the first app loads.

        inputs, options, (app, passed) = checked_arguments(self, name, args, opts, checked)
        super().__init__("moorage:index:ContainerApp", name, inputs, options)
        declare(self, assembled(self, app, passed))
