"""Rights that the known policies of a role grant."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from moorage.model.wildcards import covers, overlap
from moorage.offline import Resource, Secret
from moorage.offline.values import Json, entries, statements, text, texts

from .links import Links
from .types import POLICY, POLICY_ATTACHMENT, ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT

_OF_AWS: dict[str, list[Json]] = {
    "AmazonECSTaskExecutionRolePolicy": [
        {
            "Effect": "Allow",
            "Action": [
                "ecr:GetAuthorizationToken",
                "ecr:BatchCheckLayerAvailability",
                "ecr:GetDownloadUrlForLayer",
                "ecr:BatchGetImage",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
            ],
            "Resource": "*",
        }
    ]
}
"""Statements of managed policies (AWS Managed Policy Reference)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy of a role."""

    statements: list[Json] | None = field(repr=False)
    """None if they are unknown."""
    managed: str = ""
    """The ARN of a policy outside the stack."""
    sources: tuple[str, ...] = ()
    """URNs of its dependencies."""
    secret: bool = False
    """True if the document is a secret, which is not displayed."""


@dataclass(frozen=True, slots=True)
class Rights:
    """The statements of one role."""

    statements: tuple[Json, ...] = field(repr=False)
    complete: bool
    """True if the statements of all policies are known."""

    def refuses(self, action: str, *resources: str) -> bool:
        """Return whether `action` is certainly denied on a resource; `resources` are patterns of its ARN."""
        by_effect = {"Allow": _may_apply, "Deny": _applies}
        matches = {
            effect: any(
                applies(statement, action, resource)
                for statement in self.statements
                if statement.get("Effect") == effect
                for resource in resources
            )
            for effect, applies in by_effect.items()
        }
        return matches["Deny"] or (self.complete and not matches["Allow"])


def rights(policies: list[Policy], bounded: bool) -> Rights:
    """Return the rights of some policies; `bounded`: there is a permissions boundary."""
    documents = [policy.statements for policy in policies if policy.statements is not None]
    return Rights(
        statements=tuple(statement for document in documents for statement in document),
        complete=len(documents) == len(policies) and not bounded,
    )


def policies(links: Links) -> dict[str, list[Policy]]:
    """Return the policies of each role of the stack, by the role's URN."""
    by_role: dict[str, list[Policy]] = {role.urn: [] for role in links.of_type(ROLE)}
    for owner, property_, policy in _policies(links):
        for role in links.of(owner, property_, ROLE):
            if role.urn in by_role:
                by_role[role.urn].append(policy)
    for role in links.of_type(ROLE):
        inputs = links.inputs(role)
        by_role[role.urn] += [
            Policy(statements(inline.get("policy"))) for inline in entries(inputs.get("inlinePolicies"))
        ]
        by_role[role.urn] += [_managed(arn) for arn in texts(inputs.get("managedPolicyArns"))]
    return by_role


def _policies(links: Links) -> Iterator[tuple[Resource, str, Policy]]:
    """Yield each policy, with the resource that attaches it and the input that names the roles."""
    for policy in links.of_type(ROLE_POLICY):
        yield policy, "role", _own(links, policy)
    for attachment in links.of_type(ROLE_POLICY_ATTACHMENT, POLICY_ATTACHMENT):
        policy = links.first(attachment, "policyArn", POLICY)
        arn = text(links.inputs(attachment).get("policyArn"))
        property_ = "role" if attachment.type == ROLE_POLICY_ATTACHMENT else "roles"
        yield attachment, property_, _own(links, policy) if policy else _managed(arn or "a managed policy")


def _own(links: Links, policy: Resource) -> Policy:
    return Policy(
        statements(links.inputs(policy).get("policy")),
        sources=policy.property_dependencies.get("policy", ()),
        secret=isinstance(policy.inputs.get("policy"), Secret),
    )


def _managed(arn: str) -> Policy:
    of_aws = ":iam::aws:policy/" in arn
    return Policy(_OF_AWS.get(arn.rpartition("/")[2]) if of_aws else None, managed=arn)


def _applies(statement: Json, action: str, resource: str) -> bool:
    plain = not {"Condition", "NotAction", "NotResource"} & statement.keys()
    return (
        plain
        and _names(statement, action)
        and any(covers(pattern, resource) for pattern in texts(statement.get("Resource")))
    )


def _may_apply(statement: Json, action: str, resource: str) -> bool:
    if {"NotAction", "NotResource"} & statement.keys():
        return True
    return _names(statement, action) and any(
        _may_name(pattern, resource) for pattern in texts(statement.get("Resource"))
    )


def _may_name(pattern: str, resource: str) -> bool:
    """Return whether an ARN in a policy can name a resource whose ARN is partly unknown."""
    parts, resource_parts = pattern.split(":", 5), resource.split(":", 5)
    if len(parts) < 6 or len(resource_parts) < 6:
        return covers(pattern, resource)
    return all(map(overlap, parts, resource_parts))


def _names(statement: Json, action: str) -> bool:
    return any(covers(pattern, action, ignore_case=True) for pattern in texts(statement.get("Action")))
