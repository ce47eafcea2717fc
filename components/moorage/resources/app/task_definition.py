"""The task definition of an app or a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from moorage.model.containers import definitions, definitions_text
from moorage.model.definition_size import compatibility, other_parameters, wrong_size
from moorage.model.instance_types import ECS_ARCHITECTURE
from moorage.model.later import is_later, key_of, keys_in, later
from moorage.model.names import shorten
from moorage.model.problems import Problems
from moorage.model.secrets import resolve_reference
from moorage.model.task_checks import SECRET_IN_ENVIRONMENT, check_variables
from moorage.resources.inputs import computed
from moorage.resources.secrets import refuse_secrets

from .file_system import task_volumes
from .task import TaskParts
from .wiring import Wiring, fill_known


def task_definition(
    parts: TaskParts, wiring: Wiring, foreign_tags: Sequence[str] = ()
) -> aws.ecs.TaskDefinition:
    """Make a task definition; the tags `foreign_tags` that others put on it stay.

    Raises:
        RunError: a value, once known, makes it too large to be registered, or is a secret.
    """
    task, tags = wiring.task, wiring.tags
    volumes = task_volumes(wiring)
    # Roles, tags and volumes that are Outputs are estimated: waiting would hide the containers in a preview.
    others = other_parameters(task, tags, volumes)
    architecture = ECS_ARCHITECTURE[task.arch]
    return aws.ecs.TaskDefinition(
        f"{task.name}-task",
        family=task.family,
        requires_compatibilities=[compatibility(task.capacity)],
        network_mode=task.network_mode,
        cpu=str(task.cpu),
        memory=str(task.memory),
        runtime_platform={"operating_system_family": "LINUX", "cpu_architecture": architecture},
        task_role_arn=parts.task_role,
        execution_role_arn=parts.execution_role,
        container_definitions=_definitions(wiring, others),
        volumes=volumes or None,
        ephemeral_storage={"size_in_gib": task.ephemeral_storage} if task.ephemeral_storage else None,
        # A rollback needs the old revision.
        skip_destroy=True,
        tags=tags,
        # A protected app must still be deployable: each deployment replaces its task definition.
        opts=pulumi.ResourceOptions(
            parent=wiring.parent,
            protect=False,
            ignore_changes=[f'{field}["{key}"]' for key in foreign_tags for field in ("tags", "tagsAll")]
            or None,
        ),
    )


def _definitions(wiring: Wiring, others: Mapping[str, Any]) -> pulumi.Output[str]:
    """Return a task's containers as JSON; end the program if a secret would be visible, or if with the
    `others` they are too large."""
    sketched = definitions(wiring.task.containers)
    keys = sorted(keys_in(sketched))
    referring = any(container.secrets or container.log_secrets for container in wiring.task.containers)
    checked = _shown(wiring, sketched)

    def text(resolved: list[str], cluster: str, _: None) -> str:
        values: dict[str, Any] = dict(zip(keys, resolved, strict=True))
        named = [_with_names(wiring.name, definition, values) for definition in sketched]
        made = fill_known(wiring.name, named, values)
        complete = definitions_text([_with_secrets(definition, cluster) for definition in made])
        if wrong := wrong_size(complete, others):
            raise pulumi.RunError(f"{wiring.name}: {wrong}")
        return complete

    return computed(
        text, [wiring.values[key] for key in keys], wiring.cluster["arn"] if referring else "", checked
    )


def _with_names(name: str, definition: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return a container definition with the variables of an environment whose names were not known before;
    end the program if they are wrong."""
    environment: list[dict[str, str]] = definition.get("environment", [])
    later_known = [pair["name"] for pair in environment if is_later(pair["name"])]
    if not later_known:
        return definition
    (where,) = map(key_of, later_known)
    variables = {pair["name"]: pair["value"] for pair in environment if pair["name"] not in later_known}
    problems, resolved = Problems("ContainerApp", name), values[where]
    if not isinstance(resolved, Mapping):
        raise pulumi.RunError(f"{name}: {where}: must be an object")
    together = {**cast("Mapping[str, Any]", resolved), **variables}
    secrets = {secret["name"]: "" for secret in definition.get("secrets", [])}
    check_variables({"environment": together, "secrets": secrets}, frozenset(), problems)
    if problems:
        raise pulumi.RunError(f"{name}: " + "; ".join(map(str, problems)))
    values |= {f"{where}.{variable}": value for variable, value in together.items()}
    named = {
        variable: variables.get(variable, later(f"{where}.{variable}"))
        for variable, value in sorted(together.items())
        if value is not None
    }
    return {**definition, "environment": [{"name": key, "value": item} for key, item in named.items()]}


def _with_secrets(definition: dict[str, Any], cluster: str) -> dict[str, Any]:
    """Return a container definition with `valueFrom` references as ECS takes them."""
    options = definition.get("logConfiguration", {}).get("secretOptions", [])
    for secret in (*definition.get("secrets", []), *options):
        secret["valueFrom"] = resolve_reference(secret["valueFrom"], cluster).value_from
    return definition


def _shown(wiring: Wiring, sketched: list[dict[str, Any]]) -> Any:
    """Return an awaitable check that no value in the definitions is a secret; None if that is known."""
    visible = [
        {key: value for key, value in definition.items() if key not in _REFERENCES} for definition in sketched
    ]
    passed = wiring.passed.values
    values = {key: passed[key] for key in keys_in(visible) & {*passed}}
    if not values:
        return None
    return refuse_secrets(type(wiring.parent).__name__, wiring.name, values, SECRET_IN_ENVIRONMENT)


_REFERENCES = ("image", "secrets", "repositoryCredentials")
"""Parts of a container definition that refer to a secret, or cannot hold one."""


def task_family(name: str) -> str:
    """Return the family of an app's task definitions: project, stack and name."""
    # Projects and stacks may have dots in their names, families may not.
    return shorten(f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}".replace(".", "-"), 255)
