"""Security groups and their ingress rules."""

from collections.abc import Iterable
from dataclasses import dataclass

from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import Json, entries, texts

from . import values
from .links import Links
from .origin import FromResource
from .types import DEFAULT_SECURITY_GROUP, INGRESS_RULE, SECURITY_GROUP, SECURITY_GROUP_RULE

_ANYWHERE = ("0.0.0.0/0", "::/0")
_ADDRESSES = ("cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks", "prefixListId", "prefixListIds")
_GROUPS = (SECURITY_GROUP, DEFAULT_SECURITY_GROUP)
_PROTOCOLS = {"-1": "all", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}


@dataclass(frozen=True, slots=True)
class Ingress:
    """An inbound rule of a security group."""

    protocol: str | Unknown
    """`tcp`, `udp`, ..., or `all`."""
    first: int | Unknown | None
    last: int | Unknown | None
    """The ports, both inclusive; None for all."""
    anywhere: bool | Unknown
    """True if it allows every address."""
    addresses: bool
    """True if it allows addresses; those of load balancers can be among them."""
    groups: frozenset[str] | Unknown
    """URNs of the security groups that it allows."""

    def covers(self, first: int, last: int, protocol: str) -> bool:
        """Return whether it can apply to one of some ports."""
        if self.protocol not in (UNKNOWN, "all", protocol):
            return False
        below = isinstance(self.last, int) and self.last < first
        above = isinstance(self.first, int) and self.first > last
        return self.protocol == "all" or not (below or above)


@dataclass(frozen=True, slots=True)
class SecurityGroup(FromResource):
    """A security group that the stack creates or reads."""

    ingress: tuple[Ingress, ...]
    """Inline rules and separate rule resources."""
    complete: bool
    """True if all its rules are known."""

    def open_to_all(self, port: int, protocol: str) -> bool | Unknown:
        """Return whether a port is open to every address."""
        rules = [rule for rule in self.ingress if rule.covers(port, port, protocol)]
        if any(
            rule.anywhere is True and UNKNOWN not in (rule.protocol, rule.first, rule.last) for rule in rules
        ):
            return True
        return UNKNOWN if not self.complete or any(rule.anywhere is not False for rule in rules) else False

    @property
    def may_open(self) -> bool:
        """Return whether some port can be open to every address."""
        return not self.complete or any(rule.anywhere is not False for rule in self.ingress)

    def may_admit(self, groups: Iterable[str], ports: tuple[int, int], protocol: str = "tcp") -> bool:
        """Return whether some security groups can be allowed on one of some ports."""
        urns = frozenset(groups)
        return not self.complete or any(
            rule.addresses or rule.groups is UNKNOWN or not rule.groups.isdisjoint(urns)
            for rule in self.ingress
            if rule.covers(*ports, protocol)
        )


@dataclass(frozen=True, slots=True)
class Membership:
    """The security groups of a network interface."""

    urns: frozenset[str]
    """Those that the stack creates or reads."""
    complete: bool
    """True if these are certainly all."""


def security_groups(links: Links) -> dict[str, SecurityGroup]:
    """Return the security groups of a stack, by URN."""
    rules: dict[str, list[Ingress]] = {}
    complete = True
    for rule in links.of_type(INGRESS_RULE, SECURITY_GROUP_RULE):
        owner = _owner(links, rule)
        if owner is not None:
            rules.setdefault(owner.urn, []).extend(ingress(links, rule))
        complete = complete and (
            owner is not None or links.inputs(rule).get("securityGroupId") is not UNKNOWN
        )
    by_urn: dict[str, SecurityGroup] = {}
    for group in (
        resource for type_ in _GROUPS for resource in (*links.of_type(type_), *links.existing(type_))
    ):
        own = ingress(links, group)
        is_complete = complete and not values.partly_unknown(links.inputs(group).get("ingress"))
        by_urn[group.urn] = SecurityGroup(
            group, (*own, *rules.get(group.urn, ())), is_complete and not group.external
        )
    return by_urn


def ingress(links: Links, resource: Resource) -> tuple[Ingress, ...]:
    """Return the inbound rules of a security group or of a rule resource."""
    inputs = links.inputs(resource)
    if resource.type in _GROUPS:
        return tuple(_inline(links, resource, rule) for rule in entries(inputs.get("ingress")))
    # Only SecurityGroupRule has a direction.
    return (_apart(links, resource, inputs),) if inputs.get("type", "ingress") == "ingress" else ()


def groups_of(links: Links, resource: Resource, property_: str, value: object) -> Membership:
    """Return the security groups that a value, in or below an input, names."""
    groups, complete = links.many(resource, property_, value, *_GROUPS)
    return Membership(frozenset(group.urn for group in groups), complete=bool(groups) and complete)


def _owner(links: Links, rule: Resource) -> Resource | None:
    return links.one(rule, "securityGroupId", links.inputs(rule).get("securityGroupId"), *_GROUPS)


def _apart(links: Links, rule: Resource, inputs: Json) -> Ingress:
    source = "sourceSecurityGroupId" if rule.type == SECURITY_GROUP_RULE else "referencedSecurityGroupId"
    from_ = (
        _owner(links, rule) if inputs.get("self") else links.one(rule, source, inputs.get(source), *_GROUPS)
    )
    groups = frozenset({from_.urn}) if from_ else UNKNOWN if inputs.get(source) else frozenset[str]()
    return _ingress(inputs, groups)


def _inline(links: Links, group: Resource, rule: Json) -> Ingress:
    group_ids = rule.get("securityGroups")
    named = groups_of(links, group, "ingress", group_ids)
    urns = named.urns | ({group.urn} if rule.get("self") else set[str]())
    return _ingress(rule, UNKNOWN if group_ids and not named.complete else urns)


def _ingress(rule: Json, groups: frozenset[str] | Unknown) -> Ingress:
    peers = [peer for key in _ADDRESSES for peer in _listed(rule.get(key))]
    protocol = values.text(rule.get("ipProtocol", rule.get("protocol")), UNKNOWN)
    first, last = (values.number(rule.get(key), None) for key in ("fromPort", "toPort"))
    # -1 stands for all ports ("SecurityGroupIngressRule").
    everything = protocol in ("-1", "all") or first == -1
    return Ingress(
        protocol=UNKNOWN if protocol is UNKNOWN else _PROTOCOLS.get(protocol, protocol.lower()),
        first=None if everything else first,
        last=None if everything else last,
        anywhere=True if any(peer in _ANYWHERE for peer in peers) else UNKNOWN if UNKNOWN in peers else False,
        addresses=bool(peers),
        groups=groups,
    )


def _listed(value: object) -> list[object]:
    return [*texts(value), *([UNKNOWN] if values.partly_unknown(value) else [])]
