"""Roles and their permissions on resources."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from moorage.offline import Resource
from moorage.offline.twins import standard
from moorage.offline.values import Json, texts

from . import values
from .data import KINDS
from .links import Links
from .origin import FromResource
from .rights import Policy, Rights, policies, rights


class RoleKind(StrEnum):
    """The use of a role."""

    TASK = "task"
    EXECUTION = "execution"
    INSTANCE = "instance"
    OTHER = "other"


class Access(StrEnum):
    """The kind of access that a set of actions gives."""

    READ = "read"
    WRITE = "write"
    READ_WRITE = "read and write"
    MANAGED = "managed policy"
    """The access of a policy of AWS."""
    UNKNOWN = "not known yet"
    """In a preview, when the policy depends on unknown values."""


@dataclass(frozen=True, slots=True)
class Permission:
    """The actions that a role may perform on a resource."""

    role: Resource
    kind: RoleKind
    users: tuple[str, ...]
    """URNs of the services and jobs that use it."""
    resource: Resource | None
    """The resource that the role can use; None if it is not in the stack."""
    target: str
    """The resource in words: a logical name, an ARN, `everything`, or a managed policy's name."""
    access: Access
    actions: tuple[str, ...]
    wildcard: bool
    """True if an action or resource has a wildcard: `*`, `s3:*`, or a full-access policy."""


@dataclass(frozen=True, slots=True)
class Role(FromResource):
    """A role of the stack."""

    kind: RoleKind
    users: tuple[str, ...]
    """URNs of the services and jobs that use it."""
    rights: Rights
    permissions: tuple[Permission, ...]
    """The rights by resource."""


_READS = (
    *("Get", "BatchGet", "List", "Describe", "Query", "Scan", "Head", "Select", "Receive", "Search", "View"),
    *("Check", "BatchCheck", "ConditionCheck", "PartiQLSelect", "Lookup", "Read", "Decrypt", "Subscribe"),
)
_CONSUMES = ("sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
"""Part of receiving a message, although they change the queue."""
_DESCRIBES = ("sqs:GetQueue", "sns:GetTopicAttributes", "dynamodb:Describe", "kms:DescribeKey")
"""Also needed to send."""
_FULL = ("FullAccess", "AdministratorAccess", "PowerUserAccess")


class _Arns:
    """The resources of a graph by ARN."""

    def __init__(self, links: Links) -> None:
        self._by_arn: dict[str, Resource] = {}
        for resource in links.graph:
            if resource.custom and (arn := values.plain(resource.outputs.get("arn"))):
                self._by_arn.setdefault(arn, resource)

    def holding(self, target: str) -> Resource | None:
        """Return the resource that a policy's ARN names, or the one that contains it."""
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
    """One resource of a statement; without actions, a dependency of an unknown policy."""

    target: str
    actions: tuple[str, ...]
    resource: Resource | None
    wildcard: bool
    managed: bool = False


def roles(links: Links, users: Mapping[str, list[tuple[str, RoleKind]]]) -> dict[str, Role]:
    """Return the roles by URN.

    `users` are the services and jobs that use a role, and the kind of use, by the role's URN.
    """
    arns, by_urn = _Arns(links), dict[str, Role]()
    for urn, own in policies(links).items():
        role = links.graph.by_urn(urn)
        inputs = links.inputs(role)
        using = users.get(urn, [])
        kind = using[-1][1] if using else _kind(role)
        names = tuple(user for user, _ in using)
        by_urn[urn] = Role(
            resource=role,
            kind=kind,
            users=names,
            rights=rights(own, bounded=bool(inputs.get("permissionsBoundary"))),
            permissions=tuple(_permissions(arns, links, role, kind, names, own)),
        )
    return by_urn


def _permissions(
    arns: _Arns, links: Links, role: Resource, kind: RoleKind, users: tuple[str, ...], own: list[Policy]
) -> Iterator[Permission]:
    """Yield the permissions of a role, one for each resource."""
    by_target: dict[str, list[_Grant]] = {}
    for policy in own:
        for grant in _grants(arns, links, policy):
            by_target.setdefault(grant.resource.urn if grant.resource else grant.target, []).append(grant)
    for grants in by_target.values():
        first = grants[0]
        actions = tuple(dict.fromkeys(action for grant in grants for action in grant.actions))
        yield Permission(
            role=role,
            kind=kind,
            users=users,
            resource=first.resource,
            target=first.resource.name if first.resource else first.target,
            access=Access.MANAGED if first.managed else access(actions),
            actions=actions,
            wildcard=any(grant.wildcard for grant in grants),
        )


def access(actions: tuple[str, ...]) -> Access:
    """Return the access of actions: read, write, or both."""
    if not actions:
        return Access.UNKNOWN
    used = [action for action in actions if not action.startswith(_DESCRIBES)] or actions
    reads = [action in _CONSUMES or action.partition(":")[2].startswith(_READS) for action in used]
    if any(action.endswith(":*") or action == "*" for action in actions):
        return Access.READ_WRITE
    return Access.READ if all(reads) else Access.WRITE if not any(reads) else Access.READ_WRITE


def _kind(role: Resource) -> RoleKind:
    trust = values.plain(role.inputs.get("assumeRolePolicy"))
    return RoleKind.INSTANCE if "ec2.amazonaws.com" in trust else RoleKind.OTHER


def _grants(arns: _Arns, links: Links, policy: Policy) -> Iterator[_Grant]:
    if policy.managed:
        name = policy.managed.rpartition("/")[2]
        yield _Grant(name, (), None, any(word in name for word in _FULL), managed=True)
    elif policy.statements is not None and not policy.secret:
        yield from _of_document(arns, policy.statements)
    else:
        for urn in policy.sources:
            source = links.by_urn(urn)
            if source and standard(source.type) in KINDS:
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
        # Actions without resource types can only be allowed on "*".
        needed = all(action in _WITHOUT_RESOURCE for action in actions)
        wide = wide or not needed
        yield _Grant("everything" if wide else "actions without a resource", actions, None, wide)
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
    """Return whether an ARN matches any name; the ARN of an S3 object begins with its bucket's."""
    name = target.split(":", 5)[-1]
    return name.startswith("*") if ":s3:" in target else bool(_ANY_OF_TYPE.match(name))


_ANY_OF_TYPE = re.compile(r"[^/:]*[/:]?\*")
"""The resource part of an ARN that matches any name: `*`, `table/*`, `log-group:*`."""


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
"""Actions without resource types (Service Authorization Reference)."""
