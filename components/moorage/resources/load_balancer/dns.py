"""The DNS record of a load balancer."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from moorage.model.choices import RecordType
from moorage.model.presets import PRESETS

from .wiring import BalancerWiring


def record(wiring: BalancerWiring, balancer: aws.lb.LoadBalancer) -> None:
    """Make the record that points the domain to the load balancer, if a domain and a zone are given."""
    domain, zone_id = wiring.model.domain, wiring.zone_id
    if domain is None or zone_id is None:
        return
    # Route 53 refuses another record beside a CNAME of the same name.
    child = pulumi.ResourceOptions(
        parent=wiring.parent, protect=PRESETS[wiring.model.preset].protect, delete_before_replace=True
    )
    cname = wiring.model.record_type is RecordType.CNAME
    alias = {"name": balancer.dns_name, "zone_id": balancer.zone_id, "evaluate_target_health": True}
    target: Any = {"records": [balancer.dns_name], "ttl": 60} if cname else {"aliases": [alias]}
    aws.route53.Record(
        f"{wiring.name}-record",
        zone_id=zone_id,
        name=domain,
        type="CNAME" if cname else "A",
        **target,
        opts=child,
    )
