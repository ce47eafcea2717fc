"""The job that runs before an app is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from moorage.model.app import AppSpec
from moorage.model.job import pre_deploy_spec
from moorage.resources.tags import Tags

from .pre_deploy_run import TAG, gated
from .run_task import run_parameters
from .task_definition import task_definition

if TYPE_CHECKING:
    from .args import ContainerAppArgs, PreDeployArgs
    from .task import TaskParts


def pre_deploy(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    wanted: PreDeployArgs,
    parts: TaskParts,
    definition: pulumi.Output[str],
    group: pulumi.Input[str],
    tags: Tags,
) -> pulumi.Output[str]:
    """Make an app's pre-deploy job, and return the ARN of its task definition for the service, known once the
    job has succeeded.

    Args:
        parent: the app.
        spec: what its arguments describe.
        args: its arguments.
        wanted: those of the job.
        parts: its image, log group, secrets and roles, which the job shares.
        definition: the ARN of its task definition.
        group: its tasks' security group.
        tags: tags on the job's task definition.
    """
    job = pre_deploy_spec(spec, wanted)
    environment = {**args.get("environment", {}), **wanted.get("environment", {})}
    of_job: ContainerAppArgs = {**args, "environment": environment}
    definitions = parts.definitions(job.task, of_job)
    revision = task_definition(
        parent, job.task, definitions, parts.task_role, parts.execution_role, tags, foreign_tags=[TAG]
    )
    run = run_parameters(job.task, args, revision.arn, group)
    return gated(parent, job, value=definition, run=run, log_group=parts.logs.name)
