"""The DNS record of a load balancer, and its certificate, which is validated by DNS."""

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


def certificate(wiring: BalancerWiring, domain: str, zone_id: pulumi.Input[str]) -> pulumi.Output[str]:
    """Issue a certificate for a domain; return its ARN, known once a record in the zone validated it."""
    issued = aws.acm.Certificate(
        f"{wiring.name}-certificate",
        domain_name=domain,
        validation_method="DNS",
        tags=wiring.tags,
        opts=wiring.child,
    )
    option = issued.domain_validation_options[0]
    proof = aws.route53.Record(
        f"{wiring.name}-certificate-proof",
        zone_id=zone_id,
        name=option.resource_record_name,
        type=option.resource_record_type,
        records=[option.resource_record_value],
        ttl=60,
        # ACM gives the same record for every certificate of a domain in one account.
        allow_overwrite=True,
        opts=wiring.child,
    )
    validated = aws.acm.CertificateValidation(
        f"{wiring.name}-certificate-valid",
        certificate_arn=issued.arn,
        validation_record_fqdns=[proof.fqdn],
        opts=wiring.child,
    )
    return validated.certificate_arn
