"""What roles may do with which resource, from their policies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from moorage.offline import Resource, ResourceGraph
from moorage.offline.values import Json, entries, statements, texts
from moorage.plan.links import Links
from moorage.plan.types import POLICY, ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT

from .data import KINDS
from .model import MANAGED, READ, READ_WRITE, UNKNOWN_ACCESS, WRITE, Permission
from .values import distinct, text

_READS = (
    *("Get", "BatchGet", "List", "Describe", "Query", "Scan", "Head", "Select", "Receive", "Search", "View"),
    *("Check", "BatchCheck", "ConditionCheck", "PartiQLSelect", "Lookup", "Read", "Decrypt", "Subscribe"),
)
_CONSUMES = ("sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
"""Part of receiving a message, though they change the queue."""
_DESCRIBES = ("sqs:GetQueue", "sns:GetTopicAttributes", "dynamodb:Describe", "kms:DescribeKey")
"""What a sender needs too, to know what it sends to."""
_FULL = ("FullAccess", "AdministratorAccess", "PowerUserAccess")


class _Arns:
    """The resources of a graph by ARN."""

    def __init__(self, graph: ResourceGraph) -> None:
        self._by_arn: dict[str, Resource] = {}
        for resource in graph:
            if resource.custom and (arn := text(resource.outputs.get("arn"))):
                self._by_arn.setdefault(arn, resource)

    def holding(self, target: str) -> Resource | None:
        """Return the resource that a policy's ARN names, or that what it names is within."""
        prefix = target
        while prefix and prefix not in self._by_arn:
            prefix = prefix[: max(prefix.rfind("/"), prefix.rfind(":"), 0)]
        return self._by_arn.get(prefix)

    def matching(self, target: str) -> list[Resource]:
        """Return the resources that an ARN with wildcards matches."""
        if "*" not in target and "?" not in target:
            return []
        return [resource for arn, resource in self._by_arn.items() if fnmatchcase(arn, target)]


@dataclass(frozen=True, slots=True)
class _Grant:
    """One resource in one statement; or, without actions, one that a policy not known yet is made from."""

    target: str
    actions: tuple[str, ...]
    resource: Resource | None
    wildcard: bool
    managed: bool = False


def permissions(
    graph: ResourceGraph, links: Links, users: dict[str, list[str]], kinds: dict[str, str]
) -> tuple[Permission, ...]:
    """Return what each role may do, one entry for each role and resource.

    `users` are the services and jobs that run with a role, `kinds` what the role is for them, by its URN.
    """
    found: list[Permission] = []
    granted = _grants(graph, links)
    for role in graph.of_type(ROLE):
        by_target: dict[str, list[_Grant]] = {}
        for grant in granted[role.urn]:
            by_target.setdefault(grant.resource.urn if grant.resource else grant.target, []).append(grant)
        for grants in by_target.values():
            first = grants[0]
            actions = distinct([action for grant in grants for action in grant.actions])
            found.append(
                Permission(
                    role=role.urn,
                    kind=kinds.get(role.urn) or _kind(role),
                    users=tuple(users.get(role.urn, ())),
                    resource=first.resource.urn if first.resource else "",
                    target=first.resource.name if first.resource else first.target,
                    access=MANAGED if first.managed else access(actions),
                    actions=actions,
                    wildcard=any(grant.wildcard for grant in grants),
                )
            )
    return tuple(found)


def access(actions: tuple[str, ...]) -> str:
    """Return what actions amount to: read, write, or both."""
    if not actions:
        return UNKNOWN_ACCESS
    used = [action for action in actions if not action.startswith(_DESCRIBES)] or actions
    reads = [action in _CONSUMES or action.partition(":")[2].startswith(_READS) for action in used]
    if any(action.endswith(":*") or action == "*" for action in actions):
        return READ_WRITE
    return READ if all(reads) else WRITE if not any(reads) else READ_WRITE


def _kind(role: Resource) -> str:
    return "instance" if "ec2.amazonaws.com" in text(role.inputs.get("assumeRolePolicy")) else "other"


def _grants(graph: ResourceGraph, links: Links) -> dict[str, list[_Grant]]:
    """Return what each role is granted, by its URN."""
    arns = _Arns(graph)
    found: dict[str, list[_Grant]] = {role.urn: [] for role in graph.of_type(ROLE)}
    for policy in graph.of_type(ROLE_POLICY):
        for role in links.of(policy, "role", ROLE):
            found[role.urn] += _of_policy(arns, links, policy, "policy")
    for attachment in graph.of_type(ROLE_POLICY_ATTACHMENT):
        own = links.one(attachment, "policyArn", POLICY)
        arn = text(attachment.inputs.get("policyArn"))
        for role in links.of(attachment, "role", ROLE):
            found[role.urn] += _of_policy(arns, links, own, "policy") if own else [_managed(arn)]
    for role in graph.of_type(ROLE):
        for inline in entries(role.inputs.get("inlinePolicies")):
            found[role.urn] += _of_document(arns, statements(inline.get("policy")) or [])
        found[role.urn] += [_managed(arn) for arn in texts(role.inputs.get("managedPolicyArns"))]
    return found


def _managed(arn: str) -> _Grant:
    name = arn.rpartition("/")[2] or "a managed policy"
    return _Grant(name, (), None, any(word in name for word in _FULL), managed=True)


def _of_policy(arns: _Arns, links: Links, policy: Resource, property_: str) -> Iterator[_Grant]:
    found = statements(policy.inputs.get(property_))
    if found is not None:
        yield from _of_document(arns, found)
        return
    for urn in policy.property_dependencies.get(property_, ()):
        source = links.graph.by_urn(urn)
        if source.type in KINDS:
            yield _Grant(source.name, (), source, wildcard=False)


def _of_document(arns: _Arns, document: list[Json]) -> Iterator[_Grant]:
    for statement in document:
        if statement.get("Effect") != "Allow":
            continue
        actions = texts(statement.get("Action"))
        inverted = "NotAction" in statement or "NotResource" in statement
        wide = inverted or any(action == "*" or action.endswith(":*") for action in actions)
        for target in texts(statement.get("Resource")) or (("*",) if inverted else ()):
            yield from _of_target(arns, target, actions or ("*",), wide)


def _of_target(arns: _Arns, target: str, actions: tuple[str, ...], wide: bool) -> Iterator[_Grant]:
    if target == "*":
        # Some actions know no resource: the wildcard is the only way to allow them.
        needed = all(action in _WITHOUT_RESOURCE for action in actions)
        wide = wide or not needed
        yield _Grant("everything" if wide else "what has no ARN", actions, None, wide)
        return
    holder = arns.holding(target)
    if holder is not None:
        yield _Grant(holder.name, actions, holder, wide)
        return
    wide = wide or _leaves_open(target)
    own = arns.matching(target)
    for resource in own:
        yield _Grant(resource.name, actions, resource, wide)
    if not own:
        yield _Grant(target, actions, None, wide)


def _leaves_open(target: str) -> bool:
    """Return whether an ARN leaves the resource's name open; an S3 object's begins with its bucket's."""
    name = target.split(":", 5)[-1]
    return name.startswith("*") if ":s3:" in target else bool(_ANY_OF_TYPE.match(name))


_ANY_OF_TYPE = re.compile(r"[^/:]*[/:]?\*")
"""The resource part of an ARN that leaves the name open: `*`, `table/*`, `log-group:*`."""


_WITHOUT_RESOURCE = frozenset(
    {
        "ecr:GetAuthorizationToken",
        "ecs:DiscoverPollEndpoint",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:GetSamplingStatisticSummaries",
        "cloudwatch:PutMetricData",
    }
)
"""Actions that apply to no single resource (Service Authorization Reference)."""
