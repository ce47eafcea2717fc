"""An ECS cluster and the capacity its tasks run on."""

import pulumi

from moorage.resources.outputs import declare

from .args import EcsClusterArgs


class EcsCluster(pulumi.ComponentResource):
    """An ECS cluster and its capacity, chosen by one field.

    Services use capacity provider strategies, so that another capacity updates a service without replacing
    it.
    """

    arn: pulumi.Output[str]
    """The cluster's ARN, once its capacity is associated with it."""
    name: pulumi.Output[str]
    """The cluster's name."""
    capacity_provider: pulumi.Output[str]
    """The capacity provider of the instances; empty on Fargate."""
    security_group_id: pulumi.Output[str]
    """The instances' security group; empty on Fargate."""
    namespace_arn: pulumi.Output[str]
    """The Cloud Map namespace of its apps; empty without `namespace`."""
    services_group_id: pulumi.Output[str]
    """The security group through which its apps reach each other; empty without `namespace`."""
    exec_log_group_arn: pulumi.Output[str]
    """The log group of ECS Exec sessions; empty without `exec_logs`."""
    exec_key_arn: pulumi.Output[str]
    """The KMS key of ECS Exec sessions; empty without one."""
    preset: pulumi.Output[str]
    """Its preset. A policy pack sees outputs only, and what it accepts depends on the preset."""

    def __init__(self, name: str, args: EcsClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare cluster and capacity.

        Raises:
            ValueError: an argument is unknown, missing or wrong; the text lists every problem.
        """
        from moorage.resources.checking import checked_arguments

        from .assembly import assembled, checked  # With the model, which the first cluster loads.

        inputs, options, (capacity, passed) = checked_arguments(self, name, args, opts, checked)
        super().__init__("moorage:index:EcsCluster", name, inputs, options)
        outputs, self.ref = assembled(self, name, capacity, passed)
        declare(self, outputs)
