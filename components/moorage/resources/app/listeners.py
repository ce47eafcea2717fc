"""The listeners of an app on a network load balancer, which has no rules."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.model.choices import TargetProtocol
from moorage.model.fields.load_balancer import LOAD_BALANCER_REF_TABLE
from moorage.model.fields.values import Values
from moorage.resources.load_balancer.args import LoadBalancerRef
from moorage.resources.security_groups import admit_clients

from .wiring import Wiring


def listener(
    wiring: Wiring, app: AppSpec, balancer: LoadBalancerRef, what: str, group: aws.lb.TargetGroup
) -> aws.lb.Listener:
    """Make the `listener` or the `test-listener` of an app, and open its port to the clients."""
    settings, protocol = Values(LOAD_BALANCER_REF_TABLE, balancer), app.target_group.protocol
    port = app.deployment.test_port if what == "test-listener" else app.listener_port
    assert port is not None  # The app was checked.
    admit_clients(
        wiring, what, balancer["security_group_id"], (port, app.transport), settings["allowed_cidrs"]
    )
    tls = protocol is TargetProtocol.TLS
    return aws.lb.Listener(
        f"{app.name}-{what}",
        load_balancer_arn=balancer.get("arn"),
        port=port,
        protocol=protocol.upper(),
        certificate_arn=balancer.get("certificate_arn") if tls else None,
        ssl_policy=settings["tls_policy"] if tls else None,
        default_actions=[{"type": "forward", "target_group_arn": group.arn}],
        tags=wiring.tags,
        opts=pulumi.ResourceOptions(
            parent=wiring.parent,
            # With two groups ECS moves the listener: resetting it would forward connections to no task.
            ignore_changes=["defaultActions"] if app.deployment.two_groups else None,
        ),
    )
