"""The certificate of a load balancer, validated by DNS."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from .wiring import BalancerWiring


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
