"""The DNS record of a load balancer."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def record(
    parent: pulumi.Resource,
    name: str,
    domain: str,
    zone_id: pulumi.Input[str],
    record_type: str,
    balancer: aws.lb.LoadBalancer,
    *,
    protect: bool | None,
) -> None:
    """Make the record that points a domain to a load balancer: an alias, or a CNAME."""
    # Route 53 refuses another record beside a CNAME of the same name.
    child = pulumi.ResourceOptions(parent=parent, protect=protect, delete_before_replace=True)
    if record_type == "cname":
        aws.route53.Record(
            f"{name}-record",
            zone_id=zone_id,
            name=domain,
            type="CNAME",
            records=[balancer.dns_name],
            ttl=60,
            opts=child,
        )
        return
    aws.route53.Record(
        f"{name}-record",
        zone_id=zone_id,
        name=domain,
        type="A",
        aliases=[{"name": balancer.dns_name, "zone_id": balancer.zone_id, "evaluate_target_health": True}],
        opts=child,
    )
