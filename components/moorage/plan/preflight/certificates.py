"""Certificates: how they are validated, and for listeners their region and the names they are for."""

from collections.abc import Iterator
from typing import Any

from moorage.model.wildcards import covers
from moorage.offline import Resource
from moorage.offline.values import entries, is_known, mapping, text, texts
from moorage.plan.finding import Finding
from moorage.plan.types import CERTIFICATE, LISTENER

from .balancing import Listener
from .report import error, listed
from .services import Services
from .stack import Stack

_RECORD = "aws:route53/record:Record"
_ZONE = "aws:route53/zone:Zone"
_VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
_FURTHER = "aws:lb/listenerCertificate:ListenerCertificate"


def check(services: Services) -> Iterator[Finding]:
    """Look at every certificate, every listener that has one, and the rules for hosts on it."""
    stack = services.stack
    for certificate in stack.of_type(CERTIFICATE):
        yield from _validation(stack, certificate)
    further: dict[str, list[tuple[Resource, Any]]] = {}
    all_known = True
    for resource in stack.of_type(_FURTHER):
        inputs = stack.inputs(resource)
        listener = stack.one(resource, "listenerArn", inputs.get("listenerArn"), LISTENER)
        if listener:
            further.setdefault(listener.urn, []).append((resource, inputs.get("certificateArn")))
        else:
            all_known = False
    for listener in services.balancing.listeners.values():
        own, given = listener.resource, listener.inputs.get("certificateArn")
        if own is None or given is None:
            continue
        certificates = [(own, given), *further.get(own.urn, ())]
        for resource, arn in certificates:
            yield from _region(stack, own, resource, arn)
        if all_known:
            yield from _coverage(stack, listener, certificates)


def _validation(stack: Stack, certificate: Resource) -> Iterator[Finding]:
    """Check where a certificate is validated: ACM reads public DNS ("AWS Certificate Manager DNS
    validation")."""
    proofs = [
        record
        for record in stack.of_type(_RECORD)
        if certificate in stack.sources(record, "records", CERTIFICATE)
        or certificate in stack.sources(record, "name", CERTIFICATE)
    ]
    zones = [zone.name for record in proofs if (zone := _private_zone(stack, record))]
    if proofs and len(zones) == len(proofs):
        yield error(
            "certificate-private-zone",
            certificate,
            f"is validated by DNS in the private hosted zone {listed(zones)}, where ACM cannot see the "
            "record: it is never issued, and `up` waits until it times out",
            "give the LoadBalancer a `certificate_arn`, or the `zone_id` of a public zone of that domain",
        )


def _private_zone(stack: Stack, record: Resource) -> Resource | None:
    """Return the hosted zone of a record when the program says that it is private."""
    given = stack.inputs(record).get("zoneId")
    zone = stack.one(record, "zoneId", given, _ZONE)
    return zone if zone and stack.inputs(zone).get("vpcs") else None


def _region(stack: Stack, listener: Resource, resource: Resource, arn: Any) -> Iterator[Finding]:
    where = _region_of(stack, listener, stack.inputs(listener).get("loadBalancerArn"))
    certificate = _certificate(stack, resource, arn)
    of_certificate = _region_of(stack, certificate or resource, arn)
    if where and of_certificate and where != of_certificate:
        yield error(
            "certificate-region",
            resource,
            f"the load balancer is in {where}, its certificate in {of_certificate}: a certificate is for its "
            "own region only",
            "give the LoadBalancer a `certificate_arn` of its region, or `domain` and `zone_id` to issue one",
        )


def _region_of(stack: Stack, resource: Resource, arn: Any) -> str | None:
    """Return the region of an ARN, or, where that is not known, the one its resource is declared in."""
    if isinstance(arn, str) and arn.count(":") >= 5:
        return arn.split(":")[3]
    return stack.links.region(resource)


def _certificate(stack: Stack, resource: Resource, arn: Any) -> Resource | None:
    found = stack.one(resource, "certificateArn", arn, CERTIFICATE)
    if found or isinstance(arn, str):
        return found
    validation = stack.one(resource, "certificateArn", arn, _VALIDATION)
    if validation is None:
        return None
    return stack.one(
        validation, "certificateArn", stack.inputs(validation).get("certificateArn"), CERTIFICATE
    )


def _coverage(
    stack: Stack, listener: Listener, certificates: list[tuple[Resource, Any]]
) -> Iterator[Finding]:
    names: list[str] = []
    for resource, arn in certificates:
        certificate = _certificate(stack, resource, arn)
        inputs = stack.inputs(certificate) if certificate else {}
        name, further = text(inputs.get("domainName")), inputs.get("subjectAlternativeNames")
        if name is None or not is_known(further):
            return
        names += [name, *texts(further)]
    for rule, inputs in listener.rules:
        for condition in entries(inputs.get("conditions")):
            for host in texts(mapping(condition.get("hostHeader")).get("values")):
                if not any(_is_for(name.lower(), host.lower()) for name in names):
                    yield error(
                        "certificate-coverage",
                        rule,
                        f"takes requests for {host}; the listener's certificate is for {', '.join(names)}: "
                        "clients refuse the connection",
                        "give the LoadBalancer a `certificate_arn` that has this host too, or another `host`",
                    )


def _is_for(name: str, host: str) -> bool:
    """Return whether a certificate's name is for a host, or for one that a host's pattern takes."""
    if "*" in host or "?" in host:
        return covers(host, name) or covers(name, host)
    if not name.startswith("*."):
        return name == host
    # A wildcard stands for one label (RFC 6125).
    return host.partition(".")[2] == name[2:]
