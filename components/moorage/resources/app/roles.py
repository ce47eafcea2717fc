"""The roles of a task, each with what is used and no more: that of its code, and that which starts it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.model.iam import (
    Statement,
    exec_statement,
    execution_statements,
    grant_statement,
    tracing_statement,
    trust_policy,
)
from moorage.model.names import logical_name
from moorage.model.policies import (
    Layout,
    fitting_policy,
    resources_layout,
    sketched_statements,
    statements_layout,
    too_large,
)
from moorage.resources.inputs import computed
from moorage.resources.tags import Tags

if TYPE_CHECKING:
    from .args import ContainerAppArgs


class Needed(NamedTuple):
    """One resource that ECS uses to start a task."""

    arn: pulumi.Input[str] | pulumi.Output[str | None]
    longest: str | None = None
    """Its ARN, as long as it can be, where more of it is known than `arn` tells."""


class Needs(NamedTuple):
    """What ECS uses to start a task."""

    log_groups: Sequence[Needed]
    repositories: Sequence[Needed]
    """Private repositories of its images; an Output may turn out to be None, for a public image."""
    secrets: Sequence[Needed]
    keys: Sequence[Needed]


def execution_role(
    parent: pulumi.Resource, spec: AppSpec, tags: Tags, cluster_arn: pulumi.Output[str], needs: Needs
) -> pulumi.Output[str]:
    """Make the role that ECS starts tasks with, and return its ARN, known once its rights are there."""
    role = _role(parent, spec, "execution", tags, cluster_arn)
    rights = [(kind, needed) for kind, group in enumerate(needs) for needed in group]
    if not rights:
        return role.arn

    def statements(part: range) -> pulumi.Output[list[Statement]]:
        chosen = [rights[index] for index in part]
        by_kind = [[needed.arn for kind, needed in chosen if kind == wanted] for wanted in range(len(needs))]
        return computed(execution_statements, *by_kind)

    parts = resources_layout([needed.longest or needed.arn for _, needed in rights])
    return _allowed(parent, f"{spec.name}-execution-policy", role, parts, statements, tags)


def task_role(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    tags: Tags,
    cluster_arn: pulumi.Output[str],
) -> pulumi.Output[str] | None:
    """Make the task role when there is something to allow, or when it is asked for: code without one has no
    credentials that could leak."""
    plain = [exec_statement()] if spec.execute_command else []
    plain += [tracing_statement()] if spec.tracing else []
    statements = [*_statements(args), *plain]
    if not statements and not args.get("task_role"):
        return None
    role = _role(parent, spec, "task", tags, cluster_arn)
    if not statements:
        return role.arn

    def chosen(part: range) -> pulumi.Output[list[Statement]]:
        return computed(lambda *known: list(known), *(statements[index] for index in part))

    parts = statements_layout([*sketched_statements(args), *plain])
    return _allowed(parent, f"{spec.name}-task-policy", role, parts, chosen, tags)


def _statements(args: ContainerAppArgs) -> list[pulumi.Input[Statement]]:
    granted = [
        pulumi.Output.from_input(grant["arn"]).apply(
            lambda arn, grant=grant: grant_statement(grant["service"], grant["access"], arn)
        )
        for grant in args.get("grants", [])
    ]
    further = [
        pulumi.Output.all(*statement["resources"]).apply(
            lambda resources, actions=statement["actions"]: cast(
                "Statement", {"Effect": "Allow", "Action": actions, "Resource": resources}
            )
        )
        for statement in args.get("statements", [])
    ]
    return [*granted, *further]


def _role(
    parent: pulumi.Resource, spec: AppSpec, what: str, tags: Tags, cluster_arn: pulumi.Output[str]
) -> aws.iam.Role:
    return aws.iam.Role(
        logical_name(spec.name, what, 64),
        assume_role_policy=cluster_arn.apply(lambda arn: trust_policy("ecs-tasks.amazonaws.com", arn)),
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _allowed(
    parent: pulumi.Resource,
    name: str,
    role: aws.iam.Role,
    parts: Layout,
    statements: Callable[[range], pulumi.Output[list[Statement]]],
    tags: Tags,
) -> pulumi.Output[str]:
    """Give a role its rights, and return its ARN, known once they are there: a task must not start before.

    Other rights come in a new policy beside the old one, which is deleted last: until the rollout was
    verified, tasks of the old revision run, are started again, or are what a rollback goes back to.

    Raises:
        RunError: they do not fit into the policies that a role can have.
    """
    child = pulumi.ResourceOptions(parent=parent, protect=False)
    replaced = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(replace_on_changes=["policy"]))
    if wrong := too_large(parts):
        raise pulumi.RunError(f"{name}: its rights {wrong}")

    def document(part: range) -> pulumi.Output[str]:
        return statements(part).apply(lambda known: _fitting(name, known, parts.managed))

    if not parts.managed:
        rights: list[Any] = [
            aws.iam.RolePolicy(name, role=role.name, policy=document(parts.parts[0]), opts=replaced)
        ]
    else:
        rights = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{number}",
                role=role.name,
                policy_arn=aws.iam.Policy(
                    f"{name}-{number}", policy=document(part), tags=tags, opts=replaced
                ).arn,
                opts=child,
            )
            for number, part in enumerate(parts.parts, 1)
        ]
    return pulumi.Output.all(*(right.urn for right in rights)).apply(lambda _: role.arn)


def _fitting(name: str, statements: list[Statement], managed: bool) -> str:
    document, wrong = fitting_policy(statements, managed=managed)
    if wrong:
        raise pulumi.RunError(f"{name}: {wrong}: allow less, or use wildcards")
    return document
