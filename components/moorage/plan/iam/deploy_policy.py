"""The least-privilege policy for the principal that deploys a stack, derived from its graph.

It allows to create, read, update, tag and delete exactly the resources of the stack, to push its images, to
pass its roles to the services that use them, and to follow its deployments. Names that Pulumi generates are
patterns. It does not cover the state of Pulumi.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from moorage.graph import View
from moorage.graph.types import INGRESS_RULE, ROLE, SECURITY_GROUP, SERVICE, TASK_DEFINITION
from moorage.model.iam import Statement, policy
from moorage.model.policies import MANAGED_LIMIT, layout
from moorage.model.tags import APP_TAG, STACK_TAG
from moorage.offline import Invoke, Resource, reveal
from moorage.offline.twins import standard
from moorage.offline.values import leaves, mapping, parsed, text
from moorage.plan.text import short_type

from .access import FUNCTIONS, INSTANCE_PROFILE, PASSED_TO, RUN_JOB
from .actions import ACTIONS, WITHOUT_AWS
from .containers import SCAN
from .names import ANY, Names, Patterns
from .permit import EVERYTHING, Condition, Permit

_ROLE_ARN = re.compile(r"arn:[^:]+:iam::[^:]*:role/(?!aws-service-role/).+")
_FIELD = re.compile(r"{(\w+)}")
_RESOURCES = 25
"""Resources of one statement, so that every statement fits into a policy."""

_GROUP_RULES = frozenset({INGRESS_RULE, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"})

_IF_KNOWN = frozenset({"group", "repository"})
"""Without these a permit does not apply: a capacity provider without a group, an image that is not in ECR."""


@dataclass(frozen=True, slots=True)
class DeployPolicy:
    """The permissions that deploying a stack needs."""

    statements: tuple[Statement, ...]
    documents: tuple[str, ...]
    """The policy documents as JSON, each within the limit of a managed policy."""
    unknown: tuple[str, ...]
    """Types of resources and provider functions that the table does not have; their rights are missing."""
    untagged: tuple[str, ...]
    """Types whose statements are not limited to the stack, as some resources do not have its tags."""


Right = tuple[str, str, str]
"""A resource, the condition as JSON, and an action."""


def deploy_policy(view: View, region: str, account: str = ANY, *, autonaming: bool = False) -> DeployPolicy:
    """Return the permissions that deploying a stack needs.

    Args:
        view: the stack.
        region: the region of resources without a provider of their own.
        account: the account; by default any, as the policy only reaches the deployer's own account.
        autonaming: whether the stack's configuration changes how names are generated.
    """
    stack = _Stack(view, region, Patterns(view.links, account, autonaming=autonaming))
    rights = {right for resource in view.graph for right in stack.of_resource(resource)}
    rights |= {right for call in view.graph.invokes for right in stack.of_function(call)}
    statements = _statements(rights)
    return DeployPolicy(
        statements=statements,
        documents=_documents(statements),
        unknown=tuple(sorted(set(_unknown(view)))),
        untagged=tuple(sorted(set(stack.untagged()))),
    )


class _Stack:
    """The rights of a stack's resources and provider functions."""

    def __init__(self, view: View, region: str, patterns: Patterns) -> None:
        self._view = view
        self._region = region
        self._patterns = patterns

    def of_resource(self, resource: Resource) -> Iterator[Right]:
        """Yield the rights that a resource needs."""
        if not resource.custom:
            return
        type_, names = standard(resource.type), self._names(resource)
        permits = ACTIONS.get(type_, ())
        for permit in (*permits, *self._awaited(resource)):
            needed = _IF_KNOWN.intersection(_FIELD.findall(permit.resource))
            if all(names.value(field) for field in needed):
                applied = permit.reading() if resource.external else permit
                yield from _rights(applied, names, self._tags(resource) if applied.tagged else {})
        for role in self._roles(resource) if type_ in PASSED_TO else ():
            service = {"StringEquals": {"iam:PassedToService": PASSED_TO[type_]}}
            yield self._patterns.of(role), _json(service), "iam:PassRole"

    def _awaited(self, resource: Resource) -> tuple[Permit, ...]:
        """Return the permits for what `up` waits for before it goes on: a job, or the scan of an image."""
        if resource.urn in self._before_deployments:
            return RUN_JOB
        component = self._view.links.by_urn(resource.parent)
        if component is None or component.type != "moorage:index:ContainerImage":
            return ()
        waits = resource.type == "docker-build:index:Image" and "scan" in mapping(
            component.inputs.get("build")
        )
        return (SCAN,) if waits else ()

    def of_function(self, call: Invoke) -> Iterator[Right]:
        """Yield the rights that a provider function needs; its arguments fill the templates."""
        region = text(call.args.get("region")) or self._region
        arguments = Resource("", call.token, "", None, True, "", reveal(call.args), {}, (), {}, {})
        names = Names(self._patterns, arguments, region)
        for permit in FUNCTIONS.get(call.token, ()):
            yield from _rights(permit, names, {})

    def untagged(self) -> Iterator[str]:
        """Yield the types of resources that AWS names, and that do not have the stack's tags."""
        for resource in self._view.graph:
            permits = ACTIONS.get(standard(resource.type), ())
            if any(permit.tagged for permit in permits) and not self._tags(resource):
                yield short_type(standard(resource.type))

    def _names(self, resource: Resource) -> Names:
        of_provider = text(self._of_provider(resource).get("region"))
        region = text(resource.outputs.get("region")) or of_provider or self._region
        names = Names(self._patterns, resource, region)
        if standard(resource.type) == TASK_DEFINITION:
            # The cluster of a job that runs before a deployment is that of the service beside it.
            services = self._view.links.of_type(SERVICE)
            beside = [service for service in services if service.parent == resource.parent]
            names["cluster"] = self._names(beside[0])["cluster"] if beside else ANY
        return names

    @cached_property
    def _before_deployments(self) -> set[str]:
        """The URNs of the task definitions of jobs that `up` runs."""
        return {job.urn for job in self._view.jobs if job.before}

    def _roles(self, resource: Resource) -> Iterator[str]:
        """Yield the ARNs of the roles in a resource's inputs."""
        inputs = self._view.links.inputs(resource)
        for value in leaves(inputs):
            if isinstance(value, str) and _ROLE_ARN.fullmatch(value):
                yield value
        role = self._view.links.named(ROLE, inputs.get("role"))
        if standard(resource.type) == INSTANCE_PROFILE and role and (arn := text(role.outputs.get("arn"))):
            yield arn

    def _tags(self, resource: Resource) -> dict[str, Any]:
        """Return the tags that resources of this stack have: its name, and that of one of its components.

        The actions of a rule are on its security group, which may be outside the stack.
        """
        inputs = self._view.links.inputs(resource)
        holder: Resource | None = resource
        if standard(resource.type) in _GROUP_RULES:
            holder = self._view.links.named(SECURITY_GROUP, inputs.get("securityGroupId"))
        stack = text(self._all_tags(holder).get(STACK_TAG)) if holder else None
        return {APP_TAG: self._apps[stack], STACK_TAG: stack} if stack in self._apps else {}

    @cached_property
    def _apps(self) -> dict[str | None, list[str]]:
        """The tags of components by that of their stack."""
        apps_by_stack: dict[str | None, set[str]] = {}
        for resource in self._view.graph:
            tags = self._all_tags(resource)
            stack, app = text(tags.get(STACK_TAG)), text(tags.get(APP_TAG))
            if stack and app:
                apps_by_stack.setdefault(stack, set()).add(app)
        return {stack: sorted(apps) for stack, apps in apps_by_stack.items()}

    def _all_tags(self, resource: Resource) -> dict[str, Any]:
        # A provider's nested inputs are JSON strings.
        default = mapping(parsed(self._of_provider(resource).get("defaultTags")))
        return {**mapping(default.get("tags")), **mapping(self._view.links.inputs(resource).get("tags"))}

    def _of_provider(self, resource: Resource) -> dict[str, Any]:
        return self._view.links.inputs(self._view.links.by_urn(text(resource.options.get("provider"))))


def _rights(permit: Permit, names: Names, tags: Mapping[str, Any]) -> Iterator[Right]:
    everything = permit.resource == EVERYTHING
    resource = EVERYTHING if everything else f"arn:{names['P']}:{permit.resource.format_map(names)}"
    condition: dict[str, dict[str, Any]] = {**_filled(permit.condition, names)}
    if tags:
        # A stack named `pr-*` stands for those of pull requests.
        operator = "StringLike" if any("*" in value for value in tags.values()) else "StringEquals"
        condition[operator] = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    for action in permit.actions:
        yield resource, _json(condition), action


def _filled(condition: Condition | None, names: Names) -> dict[str, dict[str, str]]:
    """Return a condition with its values, without keys whose value is not known."""
    block: dict[str, dict[str, str]] = {}
    for operator, keys in (condition or {}).items():
        for key, value in keys.items():
            if all(names.value(field) for field in _FIELD.findall(value)):
                block.setdefault(operator, {})[key] = value.format_map(names)
    return block


def _unknown(view: View) -> Iterator[str]:
    types = [
        resource.type
        for resource in view.graph
        if resource.custom and not resource.type.startswith("pulumi:")
    ]
    for token in [*types, *(call.token for call in view.graph.invokes)]:
        if token.partition(":")[0] not in WITHOUT_AWS and standard(token) not in {*ACTIONS, *FUNCTIONS}:
            yield token


def _statements(rights: Iterable[Right]) -> tuple[Statement, ...]:
    """Group rights: the actions of each resource, then the resources of equal actions."""
    actions: dict[tuple[str, str], set[str]] = {}
    for resource, condition, action in rights:
        actions.setdefault((resource, condition), set()).add(action)
    resources: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for (resource, condition), allowed in sorted(actions.items()):
        resources.setdefault((tuple(sorted(allowed)), condition), []).append(resource)
    return tuple(
        {
            "Effect": "Allow",
            "Action": list(allowed),
            "Resource": arns[start : start + _RESOURCES],
            **({"Condition": json.loads(condition)} if condition else {}),
        }
        for (allowed, condition), arns in sorted(resources.items())
        for start in range(0, len(arns), _RESOURCES)
    )


def _documents(statements: tuple[Statement, ...]) -> tuple[str, ...]:
    """Split statements into documents that fit into managed policies."""
    sizes = [characters(json.dumps(statement)) + 1 for statement in statements]
    skeleton = characters(json.dumps({"Version": "2012-10-17", "Statement": []}))
    parts = [range(len(sizes))]
    if skeleton + sum(sizes) > MANAGED_LIMIT:
        parts = list(layout(sizes, skeleton).parts)
    return tuple(policy([statements[index] for index in part]) for part in parts if part)


def characters(document: str) -> int:
    """Return the size of a policy document, without whitespace, as IAM counts it."""
    return len(json.dumps(json.loads(document), separators=(",", ":")))


def _json(condition: Mapping[str, Any]) -> str:
    return json.dumps(condition, sort_keys=True) if condition else ""
