"""The listeners of a load balancer."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from .wiring import BalancerWiring


def listeners(
    wiring: BalancerWiring, balancer: aws.lb.LoadBalancer, certificate_arn: pulumi.Input[str] | None
) -> aws.lb.Listener:
    """Make the listeners; return the one that takes the apps' rules: HTTPS with a certificate, to which HTTP
    redirects, else HTTP."""
    not_found: aws.lb.ListenerDefaultActionArgsDict = {
        "type": "fixed-response",
        "fixed_response": {"content_type": "text/plain", "message_body": "Not found\n", "status_code": "404"},
    }
    to_https: aws.lb.ListenerDefaultActionArgsDict = {
        "type": "redirect",
        "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"},
    }
    http = aws.lb.Listener(
        f"{wiring.name}-http",
        load_balancer_arn=balancer.arn,
        port=80,
        protocol="HTTP",
        default_actions=[not_found if certificate_arn is None else to_https],
        tags=wiring.tags,
        opts=wiring.child,
    )
    if certificate_arn is None:
        return http
    https = aws.lb.Listener(
        f"{wiring.name}-https",
        load_balancer_arn=balancer.arn,
        port=443,
        protocol="HTTPS",
        certificate_arn=certificate_arn,
        ssl_policy=wiring.model.tls_policy,
        default_actions=[not_found],
        tags=wiring.tags,
        opts=wiring.child,
    )
    for name, arn in wiring.certificate_arns.items():
        aws.lb.ListenerCertificate(
            f"{wiring.name}-https-{name}", listener_arn=https.arn, certificate_arn=arn, opts=wiring.child
        )
    return https
