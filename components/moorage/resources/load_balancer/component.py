"""One load balancer for all apps: listeners, certificate, DNS, access logs, firewall."""

import pulumi

from moorage.resources.outputs import declare

from .args import LoadBalancerArgs


class LoadBalancer(pulumi.ComponentResource):
    """A load balancer that several apps share: an Application Load Balancer, each by rules on one listener,
    or a Network Load Balancer, each with a listener of its own.

    With a certificate an Application Load Balancer listens on port 443 and redirects port 80 to it; without
    one it listens on 80. A request that no rule matches is answered with 404.
    """

    arn: pulumi.Output[str]
    """The load balancer's ARN."""

    dns_name: pulumi.Output[str]
    """The load balancer's own DNS name."""
    url: pulumi.Output[str]
    """Its URL: the domain over HTTPS, else its own name; of a Network Load Balancer `tcp://` and the name."""
    listener_arn: pulumi.Output[str]
    """The listener that apps add their rules to; empty for a Network Load Balancer."""
    listener_arns: pulumi.Output[dict[str, str]]
    """The listeners of `ports`, by port."""
    certificate_arn: pulumi.Output[str]
    """The certificate of its listeners, given or issued; empty without one."""
    security_group_id: pulumi.Output[str]
    """Its security group."""
    arn_suffix: pulumi.Output[str]
    """Its part of CloudWatch dimensions and scaling metrics."""
    preset: pulumi.Output[str]
    """Its preset. A policy pack sees outputs only, and what it accepts depends on the preset."""

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the load balancer.

        Raises:
            ValueError: an argument is unknown, missing or wrong; the text lists every problem.
        """
        from moorage.resources.checking import checked_arguments

        from .assembly import assembled, checked  # With the model, which the first load balancer loads.

        inputs, options, (spec, passed) = checked_arguments(self, name, args, opts, checked)
        super().__init__("moorage:index:LoadBalancer", name, inputs, options)
        outputs, self.ref = assembled(self, name, spec, passed)
        declare(self, outputs)
