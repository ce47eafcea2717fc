"""The task role and the execution role of a task, each with least privilege."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from moorage.model.iam import Statement, execution_statements
from moorage.model.later import is_later, keys_in
from moorage.model.policies import Layout, fitting_policy, resources_layout, statements_layout, too_large
from moorage.model.secrets import resolve_reference
from moorage.model.task_rights import execution_arns, makes_task_role, task_secrets, task_statements
from moorage.resources.inputs import after, computed
from moorage.resources.outputs import output_of
from moorage.resources.roles import bare_role

from .wiring import Wiring


def execution_role(
    wiring: Wiring,
    log_groups: Sequence[pulumi.Input[str]],
    repositories: Sequence[pulumi.Output[str | None]],
) -> pulumi.Output[str]:
    """Return the ARN of the role with which ECS starts tasks, known once its policies are attached.

    `log_groups` and `repositories` are ARNs of what starting a task uses beside what is in its model; that of
    a repository may resolve to None, for a public image.
    """
    task = wiring.task
    if task.rights.execution_role_arn is not None:
        return output_of(wiring.input(task.rights.execution_role_arn))
    role = bare_role(wiring, "execution", wiring.trusting_tasks)
    files = [wiring.input(arn) for container in task.containers for arn in container.env_file]
    # In the order of `execution_arns`, and of the arguments of `execution_statements`.
    kinds: list[list[Any]] = [
        list(log_groups),
        list(repositories),
        [_secret_arn(wiring, secret.reference) for secret in task_secrets(task)],
        [wiring.input(arn) for arn in task.rights.secrets_key_arns],
        files,
    ]
    rights = [(kind, arn) for kind, arns in enumerate(kinds) for arn in arns]
    if not rights:
        return role.arn
    name, parts = f"{task.name}-execution-policy", resources_layout(execution_arns(task))

    def document(part: range) -> pulumi.Output[str]:
        chosen = [rights[index] for index in part]

        def text(*arns: Any) -> str:
            by_kind: list[list[Any]] = [[] for _ in kinds]
            for (kind, _), arn in zip(chosen, arns, strict=True):
                by_kind[kind].append(arn)
            return _fitting(name, execution_statements(*by_kind), parts.managed)

        return computed(text, *(arn for _, arn in chosen))

    return _allowed(wiring, name, role, parts, document)


def _secret_arn(wiring: Wiring, reference: str) -> pulumi.Output[str]:
    def arn(text: str, cluster: str) -> str:
        return resolve_reference(text, cluster).arn

    return computed(arn, wiring.input(reference), wiring.cluster["arn"])


def task_role(wiring: Wiring) -> pulumi.Output[str] | None:
    """Return the ARN of the task role, known once its policies are attached; None without one."""
    task = wiring.task
    if task.rights.task_role_arn is not None:
        return output_of(wiring.input(task.rights.task_role_arn))
    if not makes_task_role(task):
        return None
    statements = task_statements(task)
    role = bare_role(wiring, "task", wiring.trusting_tasks)
    attached = _attached(wiring, role)
    if not statements:
        return after(attached, role.arn)
    name, parts = f"{task.name}-task-policy", statements_layout(statements)

    def document(part: range) -> pulumi.Input[str]:
        chosen = [statements[index] for index in part]
        if not keys_in(chosen):
            return _fitting(name, chosen, parts.managed)
        return wiring.resolved(chosen).apply(lambda resolved: _fitting(name, resolved, parts.managed))

    return after(attached, _allowed(wiring, name, role, parts, document))


def _attached(wiring: Wiring, role: aws.iam.Role) -> list[aws.iam.RolePolicyAttachment]:
    """Attach `policy_arns`; a name holds the policy's, so that a removed one does not detach another."""
    return [
        aws.iam.RolePolicyAttachment(
            f"{wiring.name}-task-attached-{index if is_later(arn) else arn.rpartition('/')[2]}",
            role=role.name,
            policy_arn=wiring.input(arn),
            opts=pulumi.ResourceOptions(parent=wiring.parent, protect=False),
        )
        for index, arn in enumerate(wiring.task.rights.policy_arns)
    ]


def _allowed(
    wiring: Wiring,
    name: str,
    role: aws.iam.Role,
    parts: Layout,
    document: Callable[[range], pulumi.Input[str]],
) -> pulumi.Output[str]:
    """Attach a role's policies, and return its ARN, known once they are attached: a task must not start
    before.

    A changed policy is made beside the old one, which is deleted last: until the rollout is verified, tasks
    of the old revision run, are restarted, or come back with a rollback.

    Raises:
        RunError: the statements do not fit into the policies that a role can have.
    """
    child = pulumi.ResourceOptions(parent=wiring.parent, protect=False)
    replaced = pulumi.ResourceOptions(parent=wiring.parent, protect=False, replace_on_changes=["policy"])
    if wrong := too_large(parts):
        raise pulumi.RunError(f"{name}: its statements {wrong}")
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
                    f"{name}-{number}", policy=document(part), tags=wiring.tags, opts=replaced
                ).arn,
                opts=child,
            )
            for number, part in enumerate(parts.parts, 1)
        ]
    return after(rights, role.arn)


def _fitting(name: str, statements: list[Statement], managed: bool) -> str:
    # Several volumes may be in one file system.
    distinct = [item for index, item in enumerate(statements) if item not in statements[:index]]
    document, wrong = fitting_policy(distinct, managed=managed)
    if wrong:
        raise pulumi.RunError(f"{name}: {wrong}; allow less, or use wildcards")
    return document
