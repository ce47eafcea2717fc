"""How a stack is reached: DNS records and load balancers."""

from moorage.offline import Resource, ResourceGraph
from moorage.offline.values import entries, mapping, number, texts
from moorage.plan.links import Links
from moorage.plan.types import LISTENER, LOAD_BALANCER

from .model import Balancer, Listener, Record
from .network import subnet_ids
from .values import first, text

_RECORD = "aws:route53/record:Record"
_WAF = "aws:wafv2/webAclAssociation:WebAclAssociation"
_ACL = "aws:wafv2/webAcl:WebAcl"


def records(graph: ResourceGraph, links: Links) -> tuple[Record, ...]:
    """Return the DNS records, without those that only prove a certificate's domain."""
    found: list[Record] = []
    for record in graph.of_type(_RECORD):
        name = text(record.inputs.get("name"))
        if name.startswith("_"):
            continue
        target = _balancer_of(graph, links, record)
        if not name and target is None:
            continue
        found.append(
            Record(
                record.urn, name or record.name, text(record.inputs.get("type")), target.urn if target else ""
            )
        )
    return tuple(found)


def _balancer_of(graph: ResourceGraph, links: Links, record: Resource) -> Resource | None:
    names = {text(alias.get("name")) for alias in entries(record.inputs.get("aliases"))}
    names |= set(texts(record.inputs.get("records")))
    for balancer in graph.of_type(LOAD_BALANCER):
        if text(balancer.outputs.get("dnsName")) in names - {""}:
            return balancer
    return links.one(record, "aliases", LOAD_BALANCER) or links.one(record, "records", LOAD_BALANCER)


def balancers(graph: ResourceGraph, links: Links, dns: tuple[Record, ...]) -> tuple[Balancer, ...]:
    """Return the load balancers with their listeners."""
    found: list[Balancer] = []
    for balancer in graph.of_type(LOAD_BALANCER):
        listeners = [
            _listener(listener)
            for listener in graph.of_type(LISTENER)
            if links.one(listener, "loadBalancerArn", LOAD_BALANCER) is balancer
        ]
        found.append(
            Balancer(
                urn=balancer.urn,
                name=balancer.name,
                kind=text(balancer.inputs.get("loadBalancerType")) or "application",
                internal=balancer.inputs.get("internal") is True,
                listeners=tuple(sorted(listeners, key=lambda each: (each.port or 0, each.urn))),
                hosts=tuple(sorted({record.name for record in dns if record.target == balancer.urn})),
                dns_name=text(balancer.outputs.get("dnsName")),
                waf=_waf(graph, links, balancer),
                subnets=subnet_ids(links, balancer, "subnets", balancer.inputs.get("subnets")),
            )
        )
    return tuple(found)


def _listener(listener: Resource) -> Listener:
    action = first(listener.inputs.get("defaultActions"))
    redirect, fixed = mapping(action.get("redirect")), mapping(action.get("fixedResponse"))
    where = [text(redirect.get(key)) for key in ("protocol", "port")]
    return Listener(
        urn=listener.urn,
        port=number(listener.inputs.get("port")),
        protocol=text(listener.inputs.get("protocol")),
        redirect=" ".join(part for part in where if part and not part.startswith("#")),
        otherwise=text(fixed.get("statusCode")),
    )


def _waf(graph: ResourceGraph, links: Links, balancer: Resource) -> str:
    for association in graph.of_type(_WAF):
        if links.one(association, "resourceArn", LOAD_BALANCER) is balancer:
            acl = links.one(association, "webAclArn", _ACL)
            return acl.name if acl else text(association.inputs.get("webAclArn")) or "web ACL"
    return ""
