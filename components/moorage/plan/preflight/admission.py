"""Security groups: who is let in where."""

from typing import Any

from moorage.offline import UNKNOWN, Resource
from moorage.offline.values import Json, entries, number, texts
from moorage.plan.types import INGRESS_RULE, SECURITY_GROUP, SECURITY_GROUP_RULE

from .services import Group
from .stack import Stack

_ANYBODY = ("cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks", "prefixListId", "prefixListIds")


class Admission:
    """The ingress rules of a stack's security groups."""

    def __init__(self, stack: Stack) -> None:
        """Collect the rules of each group."""
        self.stack = stack
        self._rules: dict[str, list[Json]] = {}
        self._known = True
        for rule in stack.of_type(INGRESS_RULE):
            self._add(rule, "referencedSecurityGroupId")
        for rule in stack.of_type(SECURITY_GROUP_RULE):
            if stack.inputs(rule).get("type") == "ingress":
                self._add(rule, "sourceSecurityGroupId")
        for group in stack.of_type(SECURITY_GROUP):
            inline = stack.inputs(group).get("ingress")
            self._known = self._known and inline is not UNKNOWN
            for rule in entries(inline):
                self._rules.setdefault(group.urn, []).append(self._inline(group, rule))

    def _add(self, rule: Resource, source: str) -> None:
        inputs = self.stack.inputs(rule)
        given = inputs.get("securityGroupId")
        group = self.stack.one(rule, "securityGroupId", given, SECURITY_GROUP)
        if group is None:
            self._known = self._known and given is not UNKNOWN
            return
        from_ = self.stack.one(rule, source, inputs.get(source), SECURITY_GROUP)
        if inputs.get("self"):
            from_ = group
        members = {from_.urn} if from_ else None if inputs.get(source) else set[str]()
        self._rules.setdefault(group.urn, []).append({**inputs, "from": members})

    def _inline(self, group: Resource, rule: Json) -> Json:
        given = rule.get("securityGroups")
        found, all_ = self.stack.many(group, "ingress", given, SECURITY_GROUP)
        members = {each.urn for each in found} | ({group.urn} if rule.get("self") else set[str]())
        return {**rule, "from": members if all_ or not given else None}

    def groups(self, resource: Resource, property_: str, given: Any) -> set[str] | None:
        """Return the security groups that an input names; None where these are not all known."""
        found, all_ = self.stack.many(resource, property_, given, SECURITY_GROUP)
        return {group.urn for group in found} if all_ and found else None

    def of_instances(self, group: Group) -> set[str] | None:
        """Return the security groups of a group's instances; None where these are not all known."""
        if group.template is None:
            return None
        inputs = self.stack.inputs(group.template)
        for interface in entries(inputs.get("networkInterfaces")):
            return self.groups(group.template, "networkInterfaces", interface.get("securityGroups"))
        name = next((key for key in ("vpcSecurityGroupIds", "securityGroups") if key in inputs), "")
        return self.groups(group.template, name, inputs.get(name))

    def admits(self, behind: set[str], from_: set[str], ports: tuple[int, int]) -> bool:
        """Return whether one of `behind` lets one of `from_` in on one of the TCP ports, or may do so."""
        rules = [rule for group in behind for rule in self._rules.get(group, ())]
        return not self._known or any(_matches(rule, from_, ports) for rule in rules)


def _matches(rule: Json, from_: set[str], ports: tuple[int, int]) -> bool:
    protocol = str(rule.get("ipProtocol", rule.get("protocol")))
    if protocol not in ("-1", "all", "tcp", "6"):
        return False
    first, last = number(rule.get("fromPort")), number(rule.get("toPort"))
    if protocol in ("-1", "all"):
        first = last = None
    if first is not None and last is not None and (last < ports[0] or first > ports[1]):
        return False
    sources: set[str] | None = rule["from"]
    anybody = any(rule.get(key) is UNKNOWN or texts(rule.get(key)) for key in _ANYBODY)
    return anybody or sources is None or not sources.isdisjoint(from_)
