"""What the policies of a role allow, as far as the stack knows them."""

from dataclasses import dataclass
from typing import Any

from moorage.model.wildcards import covers, overlap
from moorage.offline import Resource
from moorage.offline.values import Json, entries, statements, text, texts
from moorage.plan.types import POLICY, ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT

from .stack import Stack

_TO_MANY = "aws:iam/policyAttachment:PolicyAttachment"

_EXECUTION_ROLE = "AmazonECSTaskExecutionRolePolicy"
_OF_AWS: dict[str, list[Json]] = {
    _EXECUTION_ROLE: [
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
"""Managed policies whose statements are known (AWS Managed Policy Reference)."""


@dataclass
class Rights:
    """The statements of one role."""

    statements: list[Json]
    all_known: bool = True
    """Whether the role has no policy of which the stack does not know what it says."""

    def refuses(self, action: str, *resources: str) -> bool:
        """Return whether the role surely may not do `action` on a resource, given by patterns of its ARN."""
        by_effect = {"Allow": _may_apply, "Deny": _applies}
        found = {
            effect: any(
                applies(statement, action, resource)
                for statement in self.statements
                if statement.get("Effect") == effect
                for resource in resources
            )
            for effect, applies in by_effect.items()
        }
        return found["Deny"] or (self.all_known and not found["Allow"])


def _applies(statement: Json, action: str, resource: str) -> bool:
    plain = not {"Condition", "NotAction", "NotResource"} & statement.keys()
    return (
        plain
        and _names(statement, action)
        and any(covers(given, resource) for given in texts(statement.get("Resource")))
    )


def _may_apply(statement: Json, action: str, resource: str) -> bool:
    if {"NotAction", "NotResource"} & statement.keys():
        return True
    return _names(statement, action) and any(
        _may_name(given, resource) for given in texts(statement.get("Resource"))
    )


def _may_name(given: str, resource: str) -> bool:
    """Return whether an ARN of a policy may name a resource, of which parts may not be known."""
    parts, wanted = given.split(":", 5), resource.split(":", 5)
    if len(parts) < 6 or len(wanted) < 6:
        return covers(given, resource)
    return all(map(overlap, parts, wanted))


def _names(statement: Json, action: str) -> bool:
    return any(covers(given, action, ignore_case=True) for given in texts(statement.get("Action")))


class Policies:
    """The roles of a stack with their policies."""

    def __init__(self, stack: Stack) -> None:
        """Collect the statements of each role."""
        self.stack = stack
        self._rights: dict[str, Rights] = {role.urn: self._own(role) for role in stack.of_type(ROLE)}
        for policy in stack.of_type(ROLE_POLICY):
            self._give(policy, "role", stack.inputs(policy).get("policy"))
        for attachment in stack.of_type(ROLE_POLICY_ATTACHMENT):
            self._attach(attachment, "role", stack.inputs(attachment).get("role"))
        for attachment in stack.of_type(_TO_MANY):
            roles = stack.many(attachment, "roles", stack.inputs(attachment).get("roles"), ROLE)[0]
            for role in roles:
                self._add(role, self._managed(attachment))

    def of(self, role: Resource) -> Rights:
        """Return what a role of the stack may do."""
        return self._rights[role.urn]

    def _own(self, role: Resource) -> Rights:
        inputs = self.stack.inputs(role)
        rights = Rights([])
        for inline in entries(inputs.get("inlinePolicies")):
            _extend(rights, statements(inline.get("policy")))
        if inputs.get("managedPolicyArns") or inputs.get("permissionsBoundary"):
            rights.all_known = False
        return rights

    def _give(self, policy: Resource, property_: str, document: Any) -> None:
        role = self.stack.one(policy, property_, self.stack.inputs(policy).get(property_), ROLE)
        if role:
            self._add(role, statements(document))

    def _attach(self, attachment: Resource, property_: str, given: Any) -> None:
        role = self.stack.one(attachment, property_, given, ROLE)
        if role:
            self._add(role, self._managed(attachment))

    def _add(self, role: Resource, statements: list[Json] | None) -> None:
        _extend(self._rights[role.urn], statements)

    def _managed(self, attachment: Resource) -> list[Json] | None:
        arn = self.stack.inputs(attachment).get("policyArn")
        policy = self.stack.one(attachment, "policyArn", arn, POLICY)
        if policy:
            return statements(self.stack.inputs(policy).get("policy"))
        name = (text(arn) or "").rpartition("/")[2]
        return _OF_AWS.get(name) if ":iam::aws:policy/" in str(arn) else None


def _extend(rights: Rights, statements: list[Json] | None) -> None:
    if statements is None:
        rights.all_known = False
    else:
        rights.statements += statements
