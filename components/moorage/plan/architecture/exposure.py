"""Which tasks anybody can reach at their own address, past any load balancer."""

from typing import Any

from moorage.offline import Resource, ResourceGraph
from moorage.offline.values import entries, mapping, number, texts
from moorage.plan.links import Links
from moorage.plan.types import INGRESS_RULE, SECURITY_GROUP, SECURITY_GROUP_RULE

from .clusters import group_of, template_of
from .tasks import containers
from .values import first, text

_ANYWHERE = ("0.0.0.0/0", "::/0")

Opened = dict[str, list[tuple[int | None, int | None]]]
"""The ranges of ports that security groups open to everybody, by the group's URN; None for all ports."""


def opened_by(graph: ResourceGraph, links: Links) -> Opened:
    """Return what each security group opens to everybody."""
    found: Opened = {}
    for group in graph.of_type(SECURITY_GROUP):
        found[group.urn] = [_range(rule) for rule in entries(group.inputs.get("ingress")) if _anybody(rule)]
    for type_ in (INGRESS_RULE, SECURITY_GROUP_RULE):
        for rule in graph.of_type(type_):
            # Only the older kind says which way it is for.
            if not _anybody(rule.inputs) or rule.inputs.get("type", "ingress") != "ingress":
                continue
            for group in links.of(rule, "securityGroupId", SECURITY_GROUP):
                found[group.urn].append(_range(rule.inputs))
    return found


def _anybody(rule: dict[str, Any]) -> bool:
    blocks = [rule.get("cidrIpv4"), rule.get("cidrIpv6")]
    blocks += [*texts(rule.get("cidrBlocks")), *texts(rule.get("ipv6CidrBlocks"))]
    return any(block in _ANYWHERE for block in blocks)


def _range(rule: dict[str, Any]) -> tuple[int | None, int | None]:
    return number(rule.get("fromPort")), number(rule.get("toPort"))


def placed(
    links: Links, service: Resource, providers: dict[str, Resource | None]
) -> tuple[bool | None, list[Resource]]:
    """Return whether a service's tasks have public addresses, and the security groups before them."""
    network = mapping(service.inputs.get("networkConfiguration"))
    if network:
        groups = links.of(service, "networkConfiguration", SECURITY_GROUP)
        return network.get("assignPublicIp") is True, groups
    for provider in providers.values():
        group = group_of(links, provider) if provider else None
        template = template_of(links, group) if group else None
        if template is not None:
            interface = first(template.inputs.get("networkInterfaces"))
            chosen = text(interface.get("associatePublicIpAddress"))
            groups = links.of(template, "networkInterfaces", SECURITY_GROUP)
            return chosen == "true" if chosen else None, groups
    return None, []


def open_ports(groups: list[Resource], opened: Opened, definition: Resource | None) -> tuple[int, ...]:
    """Return those fixed ports of a task that one of its security groups opens to everybody."""
    ranges = [each for group in groups for each in opened[group.urn]]
    ports = _fixed_ports(definition) if definition else set[int]()
    return tuple(sorted(port for port in ports if any(_within(port, *each) for each in ranges)))


def _fixed_ports(definition: Resource) -> set[int]:
    key = "containerPort" if definition.inputs.get("networkMode") == "awsvpc" else "hostPort"
    ports = (
        number(each.get(key))
        for container in containers(definition)
        for each in entries(container.get("portMappings"))
    )
    return {port for port in ports if port}


def _within(port: int, first: int | None, last: int | None) -> bool:
    return first in (None, -1) or first <= port <= (first if last is None else last)
