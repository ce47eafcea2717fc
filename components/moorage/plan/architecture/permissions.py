"""What roles may do with which resource, from their policies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from moorage.offline import Resource, ResourceGraph
from moorage.plan.architecture.data import KINDS
from moorage.plan.architecture.model import READ, READ_WRITE, UNKNOWN_ACCESS, WRITE, Permission
from moorage.plan.architecture.tasks import ROLE
from moorage.plan.architecture.values import distinct, mappings, parsed, text, texts
from moorage.plan.links import Links

_INLINE = "aws:iam/rolePolicy:RolePolicy"
_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
_POLICY = "aws:iam/policy:Policy"
_READS = (
    *("Get", "BatchGet", "List", "Describe", "Query", "Scan", "Head", "Select", "Receive", "Search", "View"),
    *("Check", "BatchCheck", "ConditionCheck", "PartiQLSelect", "Lookup", "Read", "Decrypt", "Subscribe"),
)
_CONSUMES = ("sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
"""Part of receiving a message, though they change the queue."""
_FULL = ("FullAccess", "AdministratorAccess", "PowerUserAccess")


@dataclass(frozen=True, slots=True)
class _Grant:
    """One resource in one statement; or, without actions, one that a policy not known yet is made from."""

    target: str
    actions: tuple[str, ...]
    resource: Resource | None
    wildcard: bool


def permissions(
    graph: ResourceGraph, links: Links, users: dict[str, list[str]], kinds: dict[str, str]
) -> tuple[Permission, ...]:
    """Return what each role may do, one entry for each role and resource.

    `users` are the services and jobs that run with a role, `kinds` what the role is for them, by its URN.
    """
    found: list[Permission] = []
    for role in graph.of_type(ROLE):
        by_target: dict[str, list[_Grant]] = {}
        for grant in _grants(graph, links, role):
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
                    access=access(actions),
                    actions=actions,
                    wildcard=any(grant.wildcard for grant in grants),
                )
            )
    return tuple(found)


def access(actions: tuple[str, ...]) -> str:
    """Return what actions amount to: read, write, or both."""
    if not actions:
        return UNKNOWN_ACCESS
    reads = [action in _CONSUMES or action.partition(":")[2].startswith(_READS) for action in actions]
    if any(action.endswith(":*") or action == "*" for action in actions):
        return READ_WRITE
    return READ if all(reads) else WRITE if not any(reads) else READ_WRITE


def _kind(role: Resource) -> str:
    return "instance" if "ec2.amazonaws.com" in text(role.inputs.get("assumeRolePolicy")) else "other"


def _grants(graph: ResourceGraph, links: Links, role: Resource) -> Iterator[_Grant]:
    for policy in graph.of_type(_INLINE):
        if role in links.of(policy, "role", ROLE):
            yield from _of_policy(graph, links, policy, "policy")
    for inline in mappings(role.inputs.get("inlinePolicies")):
        yield from _of_document(graph, parsed(inline.get("policy")))
    for attachment in graph.of_type(_ATTACHMENT):
        if role in links.of(attachment, "role", ROLE):
            own = links.one(attachment, "policyArn", _POLICY)
            if own is not None:
                yield from _of_policy(graph, links, own, "policy")
            else:
                yield _managed(text(attachment.inputs.get("policyArn")))
    for arn in texts(role.inputs.get("managedPolicyArns")):
        yield _managed(arn)


def _managed(arn: str) -> _Grant:
    name = arn.rpartition("/")[2] or "a managed policy"
    wide = any(word in name for word in _FULL)
    actions = ("*",) if wide else ()
    return _Grant(name, actions, None, wide)


def _of_policy(graph: ResourceGraph, links: Links, policy: Resource, property_: str) -> Iterator[_Grant]:
    document = parsed(policy.inputs.get(property_))
    if document is not None:
        yield from _of_document(graph, document)
        return
    for urn in policy.property_dependencies.get(property_, ()):
        source = next((resource for resource in graph if resource.urn == urn), None)
        if source is not None and source.type in KINDS:
            yield _Grant(source.name, (), source, wildcard=False)


def _of_document(graph: ResourceGraph, document: Any) -> Iterator[_Grant]:
    if not isinstance(document, dict):
        return
    for statement in mappings(document.get("Statement")):  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        if statement.get("Effect") != "Allow":
            continue
        actions = texts(statement.get("Action"))
        inverted = "NotAction" in statement or "NotResource" in statement
        wide = inverted or any(action == "*" or action.endswith(":*") for action in actions)
        for target in texts(statement.get("Resource")) or (("*",) if inverted else ()):
            yield from _of_target(graph, target, actions or ("*",), wide)


def _of_target(graph: ResourceGraph, target: str, actions: tuple[str, ...], wide: bool) -> Iterator[_Grant]:
    if target == "*":
        # Some actions know no resource: the wildcard is the only way to allow them.
        needed = all(action in _WITHOUT_RESOURCE for action in actions)
        yield _Grant("everything", actions, None, wide or not needed)
        return
    wide = wide or bool(_ANY_OF_TYPE.match(target.split(":", 5)[-1]))
    own = [resource for resource in graph if _matches(resource, target)]
    for resource in own:
        yield _Grant(resource.name, actions, resource, wide)
    if not own:
        yield _Grant(target, actions, None, wide)


_ANY_OF_TYPE = re.compile(r"[^/:]*[/:]?\*")
"""The resource part of an ARN that leaves the name open: `*`, `table/*`, `log-group:*`."""


def _matches(resource: Resource, target: str) -> bool:
    arn = text(resource.outputs.get("arn"))
    if not arn or not resource.custom:
        return False
    return target == arn or target.startswith((f"{arn}/", f"{arn}:")) or fnmatchcase(arn, target)


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
