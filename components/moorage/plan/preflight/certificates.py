"""Certificates: validation, and the regions and domain names of listeners' certificates."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moorage.graph import Listener, View
from moorage.graph.types import CERTIFICATE, LISTENER, RECORD
from moorage.model.wildcards import covers
from moorage.offline import Resource
from moorage.offline.values import is_known, mapping, text, texts
from moorage.plan.text import listed

from .rule import Fault, Rule

_ZONE = "aws:route53/zone:Zone"
_VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
_FURTHER = "aws:lb/listenerCertificate:ListenerCertificate"


@dataclass(frozen=True)
class _Use:
    """A certificate of a listener."""

    resource: Resource
    """The listener, or its additional listener certificate."""
    arn: Any
    certificate: Resource | None
    """None if the stack does not create it."""


def _further(view: View) -> dict[str, list[_Use]]:
    """Return the additional certificates of each listener by URN, of unknown listeners under ""."""
    uses: dict[str, list[_Use]] = {}
    for resource in view.links.of_type(_FURTHER):
        inputs = view.links.inputs(resource)
        listener = view.links.one(resource, "listenerArn", inputs.get("listenerArn"), LISTENER)
        use = _use(view, resource, inputs.get("certificateArn"))
        uses.setdefault(listener.urn if listener else "", []).append(use)
    return uses


def _uses(view: View, further: dict[str, list[_Use]]) -> Iterator[tuple[Listener, list[_Use]]]:
    """Yield each listener with certificates, its default certificate first."""
    for listener in view.listeners:
        arn = listener.inputs.get("certificateArn")
        if listener.resource is not None and arn is not None:
            yield listener, [_use(view, listener.resource, arn), *further.get(listener.urn, ())]


def _use(view: View, resource: Resource, arn: Any) -> _Use:
    links = view.links
    certificate = links.one(resource, "certificateArn", arn, CERTIFICATE)
    if certificate is None and not isinstance(arn, str):
        validation = links.one(resource, "certificateArn", arn, _VALIDATION)
        validated = links.inputs(validation).get("certificateArn")
        certificate = validation and links.one(validation, "certificateArn", validated, CERTIFICATE)
    return _Use(resource, arn, certificate)


@Rule(
    "preflight/certificate-region",
    "a certificate of another region than the load balancer's",
    "Prerequisites for ACM certificates",
    "give the LoadBalancer a `certificate_arn` of its region, or `domain` and `zone_id` to issue one",
    acceptable=False,
)
def _regions(view: View) -> Iterator[Fault]:
    for listener, uses in _uses(view, _further(view)):
        where = _region(view, uses[0].resource, listener.inputs.get("loadBalancerArn"))
        for use in uses:
            of_certificate = _region(view, use.certificate or use.resource, use.arn)
            if where and of_certificate and where != of_certificate:
                yield Fault(
                    use.resource,
                    f"the load balancer is in {where}, its certificate in {of_certificate}; both must be "
                    "in the same region",
                )


def _region(view: View, resource: Resource, arn: Any) -> str | None:
    """Return the region of an ARN, else of its resource."""
    if isinstance(arn, str) and arn.count(":") >= 5:
        return arn.split(":")[3]
    return view.links.region(resource)


@Rule(
    "preflight/certificate-private-zone",
    "a certificate whose only validation records are in a private hosted zone of the program: ACM reads "
    "public DNS, so it is never issued",
    "AWS Certificate Manager DNS validation",
    "give the LoadBalancer a `certificate_arn`, or the `zone_id` of a public zone of that domain",
)
def _validation(view: View) -> Iterator[Fault]:
    """Check that validation records are in public DNS, which ACM reads."""
    links = view.links
    for certificate in links.of_type(CERTIFICATE):
        proofs = [
            record
            for record in links.of_type(RECORD)
            if certificate in links.sources(record, "records", CERTIFICATE)
            or certificate in links.sources(record, "name", CERTIFICATE)
        ]
        zones = [zone.name for record in proofs if (zone := _private_zone(view, record))]
        if proofs and len(zones) == len(proofs):
            yield Fault(
                certificate,
                f"is validated by DNS in the private hosted zone {listed(zones)}, which ACM cannot query: "
                "it is never issued, and `up` times out",
            )


def _private_zone(view: View, record: Resource) -> Resource | None:
    """Return the hosted zone of a record if the program creates it as private."""
    zone = view.links.one(record, "zoneId", view.links.inputs(record).get("zoneId"), _ZONE)
    return zone if zone and view.links.inputs(zone).get("vpcs") else None


@Rule(
    "preflight/certificate-coverage",
    "a rule for a host that no certificate of the listener covers",
    "ACM certificate characteristics",
    "give the LoadBalancer a `certificate_arn` that has this host too, or another `host`",
)
def _coverage(view: View) -> Iterator[Fault]:
    further = _further(view)
    for listener, uses in _uses(view, further):
        names = [] if "" in further else _names(view, uses)
        for rule in listener.rules if names else ():
            for condition in rule.conditions:
                for host in texts(mapping(condition.get("hostHeader")).get("values")):
                    if not any(_is_for(name.lower(), host.lower()) for name in names):
                        yield Fault(
                            rule.resource,
                            f"forwards requests for {host}; the listener's certificate is for "
                            f"{', '.join(names)}: clients reject the connection",
                        )


def _names(view: View, uses: list[_Use]) -> list[str]:
    """Return the domain names of certificates; none if not all are known."""
    names: list[str] = []
    for use in uses:
        inputs = view.links.inputs(use.certificate)
        name, further = text(inputs.get("domainName")), inputs.get("subjectAlternativeNames")
        if name is None or not is_known(further):
            return []
        names += [name, *texts(further)]
    return names


def _is_for(name: str, host: str) -> bool:
    """Return whether a certificate's name covers a host or a pattern of hosts."""
    if "*" in host or "?" in host:
        return covers(host, name) or covers(name, host)
    if not name.startswith("*."):
        return name == host
    # A wildcard matches one label (RFC 6125).
    return host.partition(".")[2] == name[2:]
