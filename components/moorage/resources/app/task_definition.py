"""The task definition of an app or a job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.model.containers import definitions_json
from moorage.model.definition_size import compatibility, other_parameters, wrong_size
from moorage.model.instance_types import ECS_ARCHITECTURE
from moorage.model.names import shorten
from moorage.model.task_checks import SECRET_IN_ENVIRONMENT
from moorage.model.tracing import app_containers
from moorage.resources.inputs import computed, is_plain
from moorage.resources.secrets import refuse_secrets
from moorage.resources.tags import Tags

if TYPE_CHECKING:
    from .args import ContainerAppArgs


def task_definition(
    parent: pulumi.Resource,
    spec: AppSpec,
    container_definitions: pulumi.Output[str],
    task_role: pulumi.Input[str] | None,
    execution_role: pulumi.Input[str],
    tags: Tags,
    volumes: Sequence[aws.ecs.TaskDefinitionVolumeArgsDict] = (),
    ephemeral_storage: int | None = None,
    foreign_tags: Sequence[str] = (),
) -> aws.ecs.TaskDefinition:
    """Make a task definition.

    Args:
        parent: the component it belongs to.
        spec: the app, for family, size, networking and architecture.
        container_definitions: its containers, as JSON.
        task_role: the ARN of the role of the containers' code, if there is one.
        execution_role: the ARN of the role that ECS starts the task with.
        tags: its tags.
        volumes: what its containers may mount.
        ephemeral_storage: GiB of the task's own disk on Fargate; None for the 20 that are free.
        foreign_tags: keys of tags that are put on it otherwise, and stay.

    Raises:
        RunError: a value that was not known before makes it too large to be registered.
    """
    # Roles, tags and volumes that are Outputs count by an estimate: waited for, they would hide the
    # containers from a preview.
    others = other_parameters(spec, tags, volumes)

    def registrable(definitions: str) -> str:
        if wrong := wrong_size(definitions, others):
            raise pulumi.RunError(f"{spec.name}: {wrong}")
        return definitions

    return aws.ecs.TaskDefinition(
        f"{spec.name}-task",
        family=spec.family,
        requires_compatibilities=[compatibility(spec.capacity)],
        network_mode=spec.network_mode,
        cpu=str(spec.cpu),
        memory=str(spec.memory),
        runtime_platform={
            "operating_system_family": "LINUX",
            "cpu_architecture": ECS_ARCHITECTURE[spec.arch],
        },
        task_role_arn=task_role,
        execution_role_arn=execution_role,
        container_definitions=container_definitions.apply(registrable),
        volumes=list(volumes) or None,
        ephemeral_storage={"size_in_gib": ephemeral_storage} if ephemeral_storage else None,
        # A rollback needs the old revision.
        skip_destroy=True,
        tags=tags,
        # A protected app must still be deployable: each deployment replaces its task definition.
        opts=pulumi.ResourceOptions(
            parent=parent,
            protect=False,
            ignore_changes=[f'{field}["{key}"]' for key in foreign_tags for field in ("tags", "tagsAll")]
            or None,
        ),
    )


def app_definitions(
    spec: AppSpec,
    image: pulumi.Input[str],
    args: ContainerAppArgs,
    secrets: dict[str, pulumi.Output[str]],
    logs: aws.cloudwatch.LogGroup,
) -> pulumi.Output[str]:
    """Return an app's containers as JSON; a secret in its environment ends the program."""
    environment = args.get("environment", {})
    checked = None if is_plain(environment) else refuse_secrets(spec.name, environment, SECRET_IN_ENVIRONMENT)

    def definitions(
        uri: str, variables: dict[str, str], references: dict[str, str], group: str, region: str, _: None
    ) -> str:
        return definitions_json(app_containers(spec, uri, variables, references, group, region))

    return computed(definitions, image, environment, secrets, logs.name, logs.region, checked)


def task_family(name: str) -> str:
    """Return the family of an app's task definitions: project, stack and name."""
    # Projects and stacks may have dots in their names, families may not.
    return shorten(f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}".replace(".", "-"), 255)
