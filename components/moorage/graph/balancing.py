"""Load balancers: listeners, rules, target groups and DNS records."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import Json, entries, mapping, texts

from . import values
from .links import Links
from .network import Networks
from .origin import FromResource, MaybeFromResource
from .security import Membership, groups_of
from .target_groups import TargetGroup, target_group
from .types import LISTENER, LISTENER_RULE, LOAD_BALANCER, RECORD, TARGET_GROUP, WEB_ACL, WEB_ACL_ASSOCIATION


class BalancerKind(StrEnum):
    """The kind of a load balancer."""

    APPLICATION = "application"
    NETWORK = "network"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Record(FromResource):
    """A DNS record."""

    name: str
    type: str
    target: str
    """The URN of the load balancer that it is an alias of; empty if it is not in the stack."""


@dataclass(frozen=True, slots=True)
class Forward:
    """A target group that an action forwards to."""

    group: Resource | None
    """None if it is unknown or not in the stack."""
    arn: str | Unknown
    weight: int | Unknown

    @property
    def used(self) -> bool:
        """Return whether it can receive requests."""
        return self.weight != 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a listener."""

    resource: Resource
    inputs: Json = field(repr=False)
    priority: int | Unknown
    conditions: tuple[Json, ...]
    forwards: tuple[Forward, ...]
    answer: str | Unknown
    """The load balancer's own answer, such as `redirects to https://www.example.com/#{path}`; empty if it
    forwards."""

    @property
    def actions(self) -> list[Json]:
        """The actions that are known."""
        return entries(self.inputs.get("actions"))


@dataclass(frozen=True, slots=True)
class Listener(MaybeFromResource):
    """A port that a load balancer listens on."""

    key: str
    """The URN; for an existing listener its ARN."""
    inputs: Json = field(repr=False)
    balancer: Resource | None
    """None if it is not in the stack."""
    port: int | Unknown | None
    protocol: str | Unknown
    """`HTTP`, `HTTPS`, `TCP`, ..."""
    redirect: str
    """The target of its redirect, such as `HTTPS 443` or `www.example.com`; empty if it does not redirect."""
    forwards: tuple[Forward, ...]
    """The forwards of its default actions."""
    rules: tuple[Rule, ...]
    """In program order."""

    @property
    def name(self) -> str:
        """Return the logical name; for an existing listener its ARN."""
        return self.resource.name if self.resource else self.key


@dataclass(frozen=True, slots=True)
class Balancer(FromResource):
    """A load balancer."""

    inputs: Json = field(repr=False)
    kind: BalancerKind | Unknown
    internal: bool | Unknown
    listeners: tuple[Listener, ...]
    """By port."""
    hosts: tuple[str, ...]
    """The DNS records that are aliases of it, sorted."""
    waf: str
    """The logical name or ARN of its web ACL; empty without one."""
    subnets: tuple[str, ...]
    """The known keys of `View.subnets`."""
    subnet_count: int | Unknown
    """The number of its subnets, known or not."""
    elastic: int
    """In how many of them it has an Elastic IP."""
    address_type: str | Unknown
    """`ipv4`, `dualstack`, `dualstack-without-public-ipv4`."""
    security_groups: Membership

    @property
    def name(self) -> str:
        """Return the logical name."""
        return self.resource.name


@dataclass(frozen=True, slots=True)
class Balancing:
    """The load balancers of a stack with their records, listeners and target groups."""

    records: tuple[Record, ...]
    """Without validation records of certificates."""
    balancers: tuple[Balancer, ...]
    listeners: tuple[Listener, ...]
    """All listeners, including those of load balancers outside the stack."""
    target_groups: dict[str, TargetGroup]
    """By URN."""
    complete: bool
    """True if the target groups of every listener and rule are known."""


def balancing(links: Links, networks: Networks) -> Balancing:
    """Return the load balancers of a stack."""
    listeners = _listeners(links)
    records = tuple(_records(links))
    forwards = [
        (forward, listener.balancer)
        for listener in listeners
        for forward in (
            *listener.forwards,
            *(forward for rule in listener.rules for forward in rule.forwards),
        )
    ]
    groups = {
        group.urn: target_group(
            group,
            links.inputs(group),
            _distinct(balancer for forward, balancer in forwards if forward.group is group),
        )
        for group in (*links.of_type(TARGET_GROUP), *links.existing(TARGET_GROUP))
    }
    balancers = tuple(
        _balancer(links, networks, balancer, listeners, records) for balancer in links.of_type(LOAD_BALANCER)
    )
    complete = all(forward.group or forward.arn is not UNKNOWN for forward, _ in forwards)
    return Balancing(records, balancers, listeners, groups, complete)


def _distinct(balancers: Iterable[Resource | None]) -> tuple[Resource | None, ...]:
    return tuple({balancer.urn if balancer else "": balancer for balancer in balancers}.values())


def _balancer(
    links: Links,
    networks: Networks,
    balancer: Resource,
    listeners: Iterable[Listener],
    records: Iterable[Record],
) -> Balancer:
    inputs = links.inputs(balancer)
    own = [listener for listener in listeners if listener.balancer is balancer]
    property_, subnets, elastic = "subnets", inputs.get("subnets"), 0
    if mappings := inputs.get("subnetMappings"):
        property_ = "subnetMappings"
        subnets = (
            [entry.get("subnetId") for entry in entries(mappings)] if mappings is not UNKNOWN else UNKNOWN
        )
        elastic = sum(1 for entry in entries(mappings) if entry.get("allocationId"))
    return Balancer(
        resource=balancer,
        inputs=inputs,
        kind=_kind(inputs),
        internal=values.flag(inputs.get("internal"), False),
        listeners=tuple(sorted(own, key=lambda listener: (values.known(listener.port) or 0, listener.urn))),
        hosts=tuple(sorted({record.name for record in records if record.target == balancer.urn})),
        waf=_waf(links, balancer),
        subnets=networks.keys(balancer, property_, subnets),
        subnet_count=values.count(subnets, 0),
        elastic=elastic,
        address_type=values.text(inputs.get("ipAddressType"), "ipv4"),
        security_groups=groups_of(links, balancer, "securityGroups", inputs.get("securityGroups")),
    )


def _listeners(links: Links) -> tuple[Listener, ...]:
    rules: dict[str, list[Rule]] = {}
    for rule in links.of_type(LISTENER_RULE):
        inputs = links.inputs(rule)
        listener = links.one(rule, "listenerArn", inputs.get("listenerArn"), LISTENER)
        key = listener.urn if listener else values.plain(inputs.get("listenerArn"))
        rules.setdefault(key, []).append(
            Rule(
                resource=rule,
                inputs=inputs,
                priority=values.number(inputs.get("priority"), UNKNOWN),
                conditions=tuple(entries(inputs.get("conditions"))),
                forwards=tuple(_forwards(links, rule, "actions", inputs)),
                answer=_answer(inputs.get("actions")),
            )
        )
    listeners = [
        _listener(links, resource, rules.pop(resource.urn, []))
        for resource in (*links.of_type(LISTENER), *links.existing(LISTENER))
    ]
    listeners += [
        Listener(None, key, {}, None, UNKNOWN, UNKNOWN, "", (), tuple(members))
        for key, members in rules.items()
    ]
    return tuple(listeners)


def _listener(links: Links, listener: Resource, rules: list[Rule]) -> Listener:
    inputs = links.inputs(listener)
    action = values.first(inputs.get("defaultActions"))
    redirect = mapping(action.get("redirect"))
    where = [values.plain(redirect.get(key)) for key in ("protocol", "host", "port")]
    balancer = links.one(listener, "loadBalancerArn", inputs.get("loadBalancerArn"), LOAD_BALANCER)
    return Listener(
        resource=listener,
        key=listener.urn,
        inputs=inputs,
        balancer=balancer,
        port=values.number(inputs.get("port"), None),
        protocol=values.text(inputs.get("protocol"), _protocol(links, listener, balancer)),
        redirect=" ".join(part for part in where if part and not part.startswith("#")),
        forwards=tuple(_forwards(links, listener, "defaultActions", inputs)),
        rules=tuple(rules),
    )


def _protocol(links: Links, listener: Resource, balancer: Resource | None) -> str | Unknown:
    """Return the protocol of a listener that omits it ("CreateListener", API reference)."""
    if listener.external:
        return UNKNOWN
    return "GENEVE" if _kind(links.inputs(balancer)) is BalancerKind.GATEWAY else "HTTP"


def _kind(inputs: Json) -> BalancerKind | Unknown:
    return values.member(BalancerKind, inputs.get("loadBalancerType"), BalancerKind.APPLICATION)


def _answer(actions: Any) -> str | Unknown:
    """Return the answer of the first of some actions in words."""
    action = values.first(actions)
    if values.partly_unknown(actions) or UNKNOWN in (action.get("redirect"), action.get("fixedResponse")):
        return UNKNOWN
    redirect, response = mapping(action.get("redirect")), mapping(action.get("fixedResponse"))
    if response:
        return f"answers with status {values.plain(response.get('statusCode'))}"
    if not redirect:
        return ""

    def part(name: str, unchanged: str) -> str:
        value = redirect.get(name)
        return "(unknown)" if value is UNKNOWN else values.plain(value) or unchanged

    port = part("port", "")
    port = "" if port in ("", "80", "443") else f":{port}"
    protocol = part("protocol", "#{protocol}")
    return f"redirects to {protocol.lower()}://{part('host', '#{host}')}{port}{part('path', '/#{path}')}"


def _forwards(links: Links, resource: Resource, property_: str, inputs: Json) -> list[Forward]:
    actions: Any = inputs.get(property_)
    forwards: list[Forward] = []
    if values.partly_unknown(actions):
        forwards += _forward(links, resource, property_, UNKNOWN, UNKNOWN)
    for action in entries(actions):
        several = entries(mapping(action.get("forward")).get("targetGroups"))
        if action.get("type", "forward") not in ("forward", UNKNOWN):
            continue
        for entry in several or [{"arn": action.get("targetGroupArn")}]:
            weight = values.number(entry.get("weight"), 1)
            forwards += _forward(links, resource, property_, entry.get("arn"), weight)
    return forwards


def _forward(
    links: Links, resource: Resource, property_: str, arn: object, weight: int | Unknown
) -> list[Forward]:
    """Return a forward; for an unknown ARN, one to each possible target group."""
    if arn is UNKNOWN:
        sources = links.sources(resource, property_, TARGET_GROUP)
        if len(sources) > 1:
            # The target group of this weight is unknown.
            return [Forward(group, UNKNOWN, UNKNOWN) for group in sources]
        return [Forward(sources[0] if sources else None, UNKNOWN, weight)]
    return [Forward(links.named(TARGET_GROUP, arn), values.text(arn, UNKNOWN), weight)]


def _records(links: Links) -> Iterable[Record]:
    for record in links.of_type(RECORD):
        name = values.plain(record.inputs.get("name"))
        target = _balancer_of(links, record)
        if name.startswith("_") or (not name and target is None):
            continue
        type_ = values.plain(record.inputs.get("type"))
        yield Record(record, name or record.name, type_, target.urn if target else "")


def _balancer_of(links: Links, record: Resource) -> Resource | None:
    inputs = links.inputs(record)
    names = {values.plain(alias.get("name")) for alias in entries(inputs.get("aliases"))}
    names |= set(texts(inputs.get("records")))
    for balancer in (*links.of_type(LOAD_BALANCER), *links.existing(LOAD_BALANCER)):
        if values.plain(balancer.outputs.get("dnsName")) in names - {""}:
            return balancer
    return links.first(record, "aliases", LOAD_BALANCER) or links.first(record, "records", LOAD_BALANCER)


def _waf(links: Links, balancer: Resource) -> str:
    for association in links.of_type(WEB_ACL_ASSOCIATION):
        if links.first(association, "resourceArn", LOAD_BALANCER) is balancer:
            acl = links.first(association, "webAclArn", WEB_ACL)
            return acl.name if acl else values.plain(association.inputs.get("webAclArn")) or "web ACL"
    return ""
