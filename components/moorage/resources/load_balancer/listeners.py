"""The listeners of a load balancer."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from .rules import conditions_of
from .wiring import BalancerWiring

_NOT_FOUND = {
    "type": "fixed-response",
    "fixed_response": {"content_type": "text/plain", "message_body": "Not found\n", "status_code": "404"},
}


def listeners(
    wiring: BalancerWiring, balancer: aws.lb.LoadBalancer, certificate_arn: pulumi.Input[str] | None
) -> aws.lb.Listener:
    """Make the listeners; return the one that takes the apps' rules: HTTPS with a certificate, to which HTTP
    redirects, else HTTP."""
    default: Any = wiring.model.default_action or _NOT_FOUND
    to_https: aws.lb.ListenerDefaultActionArgsDict = {
        "type": "redirect",
        "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"},
    }
    http = aws.lb.Listener(
        f"{wiring.name}-http",
        load_balancer_arn=balancer.arn,
        port=80,
        protocol="HTTP",
        default_actions=[default if certificate_arn is None else to_https],
        tags=wiring.tags,
        opts=wiring.child,
    )
    if certificate_arn is None:
        _own_rules(wiring, http)
        return http
    https = aws.lb.Listener(
        f"{wiring.name}-https",
        load_balancer_arn=balancer.arn,
        port=443,
        protocol="HTTPS",
        certificate_arn=certificate_arn,
        ssl_policy=wiring.model.tls_policy,
        default_actions=[default],
        tags=wiring.tags,
        opts=wiring.child,
    )
    for name, arn in wiring.certificate_arns.items():
        aws.lb.ListenerCertificate(
            f"{wiring.name}-https-{name}", listener_arn=https.arn, certificate_arn=arn, opts=wiring.child
        )
    _own_rules(wiring, https)
    return https


def _own_rules(wiring: BalancerWiring, listener: aws.lb.Listener) -> None:
    """Make the redirects and fixed responses, each named by its priority, which no two rules may have."""
    for own in wiring.model.rules:
        actions: Any = [own.action]
        aws.lb.ListenerRule(
            f"{wiring.name}-rule-{own.priority}",
            listener_arn=listener.arn,
            priority=own.priority,
            conditions=conditions_of(own.rule),
            actions=actions,
            tags=wiring.tags,
            opts=wiring.child,
        )
