"""The listeners of a load balancer."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from moorage.resources.inputs import present

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
    if certificate_arn is not None:
        to_https: Any = {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}
        aws.lb.Listener(
            f"{wiring.name}-http",
            load_balancer_arn=balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[{"type": "redirect", "redirect": to_https}],
            **wiring.common,
        )
    what, port = ("http", 80) if certificate_arn is None else ("https", 443)
    listener = _for_apps(wiring, balancer, what, port, certificate_arn)
    for own in wiring.model.rules:
        actions: Any = [own.action]
        aws.lb.ListenerRule(
            # No two rules may have the same priority.
            f"{wiring.name}-rule-{own.priority}",
            listener_arn=listener.arn,
            priority=own.priority,
            conditions=conditions_of(own.rule),
            actions=actions,
            **wiring.common,
        )
    return listener


def further_listeners(
    wiring: BalancerWiring, balancer: aws.lb.LoadBalancer, certificate_arn: pulumi.Input[str] | None
) -> dict[str, pulumi.Input[str]]:
    """Make the listeners of `ports`; return their ARNs by port."""
    return {
        str(port): _for_apps(wiring, balancer, f"port-{port}", port, certificate_arn).arn
        for port in wiring.model.ports
    }


def _for_apps(
    wiring: BalancerWiring,
    balancer: aws.lb.LoadBalancer,
    what: str,
    port: int,
    certificate_arn: pulumi.Input[str] | None,
) -> aws.lb.Listener:
    """Make the listener `what` with the default action, for HTTPS with a certificate."""
    default: Any = wiring.model.default_action or _NOT_FOUND
    mode, trust_store = wiring.model.mutual_mode, wiring.passed.trust_store_arn
    listener = aws.lb.Listener(
        f"{wiring.name}-{what}",
        load_balancer_arn=balancer.arn,
        port=port,
        protocol="HTTP" if certificate_arn is None else "HTTPS",
        certificate_arn=certificate_arn,
        ssl_policy=None if certificate_arn is None else wiring.model.tls_policy,
        mutual_authentication=present(mode=mode, trust_store_arn=trust_store) if mode else None,
        default_actions=[default],
        **wiring.common,
    )
    for name, arn in (wiring.passed.certificate_arns or {}).items():
        aws.lb.ListenerCertificate(
            f"{wiring.name}-{what}-{name}", listener_arn=listener.arn, certificate_arn=arn, opts=wiring.child
        )
    return listener
