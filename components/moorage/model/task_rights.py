"""The rights of a task's two roles, as far as they are known before its resources exist."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from .choices import GrantAccess, GrantService
from .firelens import routing_statements
from .iam import (
    Statement,
    allow,
    exec_log_statements,
    exec_statement,
    grant_statement,
    repository_of,
    tracing_statement,
)
from .later import is_later, key_of, later
from .names import AUTO_NAME_LENGTH
from .secrets import resolve_reference, stored_name
from .task import Task, known
from .volumes import EFS_ACTIONS, Volume

_CLUSTER = "arn:aws-us-gov:ecs:ap-southeast-1:123456789012:cluster/x"
"""The longest partition and region of ECS ("Amazon ECS endpoints and quotas"): account and region may be
Outputs, and the policies of a role must be the same in a preview."""


def longest_log_group(name: Any) -> str | None:
    """Return the ARN of a log group; None when its name is not known."""
    known = isinstance(name, str)
    return f"arn:aws-us-gov:logs:ap-southeast-1:123456789012:log-group:{name}" if known else None


def longest_repository(image: Any) -> str | None:
    """Return the ARN of an image's repository; None when it is not known, or has none."""
    return repository_of(image, _CLUSTER) if isinstance(image, str) else None


def longest_secret(reference: Any) -> str | None:
    """Return the ARN of the secret of a reference; None when it is an Output."""
    return resolve_reference(reference, _CLUSTER).arn if isinstance(reference, str) else None


def longest_stored_secret(app: str, variable: str) -> str | None:
    """Return the ARN of the secret that stores an app's variable."""
    return longest_secret(stored_name(app, variable) + "x" * AUTO_NAME_LENGTH)


def file_system_arn(volume: Volume) -> str:
    """Return the stand-in for the ARN of a volume's file system."""
    if volume.efs is None or volume.efs.file_system_id is None:
        return later("file system")
    return later(f"file system of {volume.name}")


def task_statements(task: Task) -> list[Statement]:
    """Return the statements of the task role; an ARN may be a stand-in.

    Grants of an unknown service or access are skipped: their rows refuse them.
    """
    granted = [
        grant_statement(grant.service, grant.access, grant.arn)
        for grant in task.rights.grants
        if grant.service in tuple(GrantService) and grant.access in tuple(GrantAccess)
    ]
    further = [allow(statement.actions, statement.resources) for statement in task.rights.statements]
    with_rights = [volume for volume in task.volumes if mounted_with_rights(task, volume)]
    systems = sorted({file_system_arn(volume) for volume in with_rights})
    mounted = [allow(EFS_ACTIONS, [arn]) for arn in systems]
    routing = routing_statements(task.log_targets)
    plain = [exec_statement()] if task.execute_command else []
    if task.execute_command and task.exec_logs is not None:
        plain += exec_log_statements(*task.exec_logs)
    plain += [tracing_statement()] if task.tracing else []
    return [*granted, *further, *mounted, *routing, *plain]


def makes_task_role(task: Task) -> bool:
    """Return whether a task role is made: code without one has no credentials that could leak."""
    rights = task.rights
    reasons = rights.task_role or rights.policy_arns or task_statements(task)
    return rights.task_role_arn is None and bool(reasons)


def mounted_with_rights(task: Task, volume: Volume) -> bool:
    """Return whether a volume is mounted with the rights of the task role: one in the app's file system is,
    unless the role is another owner's."""
    if volume.efs is None:
        return False
    return task.rights.task_role_arn is None if volume.efs.made else bool(volume.efs.iam)


class Secret(NamedTuple):
    """A secret of a container, by reference."""

    reference: str
    longest: str | None
    """Its longest possible ARN; None when that is not known."""


def task_secrets(task: Task) -> list[Secret]:
    """Return every secret of a task's containers: variables, options of log drivers, credentials."""
    secrets: list[Secret] = []
    for container in task.containers:
        for variable, reference in (*container.secrets.items(), *container.log_secrets.items()):
            stored = is_later(reference) and key_of(reference) == f"stored {variable}"
            arn = longest_stored_secret(task.name, variable) if stored else longest_secret(known(reference))
            secrets.append(Secret(reference, arn))
        if credentials := container.repository_credentials:
            secrets.append(Secret(credentials, longest_secret(known(credentials))))
    return secrets


def execution_arns(task: Task) -> Sequence[str | None]:
    """Return the longest possible ARNs of the resources that ECS needs to start a task, in the order of the
    rights on them; None for one that is not known."""
    groups = [longest_log_group(known(group)) for group in task.log_groups]
    if task.makes_log_group:
        groups.insert(0, longest_log_group(task.log_group_name))
    images = [longest_repository(known(image)) for image in task_images(task)]
    return [
        *groups,
        *images,
        *(secret.longest for secret in task_secrets(task)),
        *(known(arn) for arn in task.rights.secrets_key_arns),
        *(known(arn) for container in task.containers for arn in container.env_file),
    ]


def task_images(task: Task) -> list[str]:
    """Return the images of a task that are or may be in a private repository of ECR."""
    images = [container.image for container in task.containers]
    return [image for image in images if known(image) is None or longest_repository(image)]
