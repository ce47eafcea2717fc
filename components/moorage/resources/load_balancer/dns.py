"""The DNS records of a load balancer, and its certificate, which is validated by DNS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from moorage.model.balancer import RoutingSpec
from moorage.model.choices import IpAddressType, RecordType
from moorage.model.presets import PRESETS

from .wiring import BalancerWiring

_ALIASES = {
    IpAddressType.IPV4: {"A": "record"},
    IpAddressType.DUALSTACK: {"A": "record", "AAAA": "ipv6-record"},
    IpAddressType.DUALSTACK_WITHOUT_PUBLIC_IPV4: {"AAAA": "ipv6-record"},
}
"""The types of alias records by the addresses that clients have, and their logical names."""


def records(wiring: BalancerWiring, balancer: aws.lb.LoadBalancer) -> None:
    """Make the records that point the domains to the load balancer, if a domain and a zone are given."""
    domain, zone_id = wiring.model.domain, wiring.passed.zone_id
    if domain is None or zone_id is None:
        return
    # Route 53 refuses another record beside a CNAME of the same name.
    child = pulumi.ResourceOptions(
        parent=wiring.parent, protect=PRESETS[wiring.model.preset].protect, delete_before_replace=True
    )
    cname = wiring.model.record_type is RecordType.CNAME
    alias = {"name": balancer.dns_name, "zone_id": balancer.zone_id, "evaluate_target_health": True}
    target: Any = {"records": [balancer.dns_name], "ttl": 60} if cname else {"aliases": [alias]}
    types = {"CNAME": "record"} if cname else _ALIASES[wiring.model.ip_address_type]
    for name in (domain, *wiring.model.domains):
        for type_, what in types.items():
            aws.route53.Record(
                f"{wiring.name}-{what}{_suffix(name, domain)}",
                zone_id=zone_id,
                name=name,
                type=type_,
                **target,
                **_routing(wiring.model.routing),
                opts=child,
            )


def _routing(routing: RoutingSpec | None) -> dict[str, Any]:
    """Return the routing policy of a record ("Choosing a routing policy", Route 53 Developer Guide)."""
    if routing is None:
        return {}
    if routing.failover is None:
        policy = {"weighted_routing_policies": [{"weight": routing.weight}]}
    else:
        policy = {"failover_routing_policies": [{"type": routing.failover}]}
    return {"set_identifier": routing.set_identifier, **policy}


def _suffix(name: str, domain: str) -> str:
    """Return the end of the logical name of a resource for a name beside the `domain`."""
    return "" if name == domain else f"-{name.replace('*', '_')}"


def certificate(wiring: BalancerWiring, domain: str, zone_id: pulumi.Input[str]) -> pulumi.Output[str]:
    """Issue a certificate for the domains; return its ARN, known once records in the zone validated it."""
    further = wiring.model.domains
    issued = aws.acm.Certificate(
        f"{wiring.name}-certificate",
        domain_name=domain,
        subject_alternative_names=list(further) if further else None,
        validation_method="DNS",
        **wiring.common,
    )
    # A wildcard and the name without it have the same record ("DNS validation", ACM User Guide).
    proven: dict[str, str] = {}
    for name in (domain, *further):
        proven.setdefault(name.removeprefix("*."), name)
    proofs = [_proof(wiring, issued, name, zone_id) for name in proven.values()]
    validated = aws.acm.CertificateValidation(
        f"{wiring.name}-certificate-valid",
        certificate_arn=issued.arn,
        validation_record_fqdns=[proof.fqdn for proof in proofs],
        opts=wiring.child,
    )
    return validated.certificate_arn


def _proof(
    wiring: BalancerWiring, issued: aws.acm.Certificate, name: str, zone_id: pulumi.Input[str]
) -> aws.route53.Record:
    """Make the record that proves the control of a domain name."""

    def option(options: Sequence[Any]) -> Any:
        # Of the only name there is one, whose name a user's mocks may omit.
        return options[0] if len(options) == 1 else next(o for o in options if o.domain_name == name)

    proof = issued.domain_validation_options.apply(option)
    domain, prefix = str(wiring.model.domain), f"{wiring.name}-certificate-proof"
    # The record of a wildcard is that of the name without it: under another name its deletion, which comes
    # last, would take the record that is in use.
    end, former = _suffix(name.removeprefix("*."), domain.removeprefix("*.")), _suffix(name, domain)
    return aws.route53.Record(
        prefix + end,
        zone_id=zone_id,
        name=proof.resource_record_name,
        type=proof.resource_record_type,
        records=[proof.resource_record_value],
        ttl=60,
        # ACM gives the same record for every certificate of a domain in one account.
        allow_overwrite=True,
        opts=pulumi.ResourceOptions(
            parent=wiring.parent, aliases=[pulumi.Alias(name=prefix + former)] if former != end else None
        ),
    )
