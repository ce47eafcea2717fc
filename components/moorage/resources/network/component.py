"""A VPC and its subnets, in which components are placed."""

from collections.abc import Sequence

import pulumi

from moorage.resources.outputs import declare

from .args import NetworkArgs


class Network(pulumi.ComponentResource):
    """The account's default VPC, or one given by its id, tags or subnets.

    It makes no resources but the `endpoints`: make a new VPC with `awsx.ec2.Vpc`, and pass its ids.
    """

    vpc_id: pulumi.Output[str]
    """The VPC's id."""
    public_subnet_ids: pulumi.Output[Sequence[str]]
    """Subnets with a route to an internet gateway."""
    private_subnet_ids: pulumi.Output[Sequence[str]]
    """Subnets without one."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the network.

        Raises:
            ValueError: an argument is unknown, missing or wrong; the text lists every problem.
        """
        from moorage.resources.checking import checked_arguments

        from .assembly import assembled, checked  # With the model, which the first network loads.

        inputs, options, (endpoints, passed) = checked_arguments(self, name, args, opts, checked)
        super().__init__("moorage:index:Network", name, inputs, options)
        outputs, self.ref = assembled(self, name, endpoints, passed)
        declare(self, outputs)
