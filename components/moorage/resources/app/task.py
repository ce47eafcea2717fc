"""What the tasks of an app or a job stand on: image, log group, secrets and roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.model.arn_lengths import longest_log_group, longest_repository, longest_secrets
from moorage.model.iam import is_in_ecr, repository_of
from moorage.model.image_reference import wrong_reference
from moorage.model.secrets import resolve_reference
from moorage.resources.image import ContainerImage, ContainerImageArgs
from moorage.resources.inputs import checked_later, computed
from moorage.resources.tags import Tags

from .roles import Needed, Needs, execution_role, task_role
from .stored_secrets import stored_secrets
from .task_definition import app_definitions

if TYPE_CHECKING:
    from .args import ContainerAppArgs


@dataclass(frozen=True, slots=True)
class TaskParts:
    """What task definitions are made from."""

    image: pulumi.Input[str]
    logs: aws.cloudwatch.LogGroup
    secrets: dict[str, pulumi.Output[str]]
    """`valueFrom` references by variable."""
    task_role: pulumi.Output[str] | None
    execution_role: pulumi.Output[str]

    def definitions(self, spec: AppSpec, args: ContainerAppArgs) -> pulumi.Output[str]:
        """Return the containers as JSON; a secret in the environment ends the program."""
        return app_definitions(spec, self.image, args, self.secrets, self.logs)


def task_parts(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    tags: Tags,
    cluster_arn: pulumi.Output[str],
) -> TaskParts:
    """Make image, log group, stored secrets and roles.

    Args:
        parent: the component they belong to.
        spec: the app, or the job as one.
        args: its arguments.
        tags: tags on all of them.
        cluster_arn: the cluster's ARN.
    """
    image, repository_arn = _image(parent, spec.name, args)
    logs = aws.cloudwatch.LogGroup(
        f"{spec.name}-logs",
        name=args.get("log_group_name"),
        retention_in_days=spec.log_retention_days,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    preset = args["cluster"].get("preset", "dev")
    values = stored_secrets(parent, spec.name, args.get("secret_values", {}), preset, tags)
    references = {
        variable: pulumi.Output.all(reference, cluster_arn).apply(lambda known: resolve_reference(*known))
        for variable, reference in {**args.get("secrets", {}), **values}.items()
    }
    longest = longest_secrets(spec.name, args)
    needs = Needs(
        [Needed(logs.arn, longest_log_group(args.get("log_group_name")))],
        [] if repository_arn is None else [Needed(repository_arn, longest_repository(args.get("image")))],
        [Needed(reference.arn, longest[variable]) for variable, reference in references.items()],
        [Needed(arn) for arn in args.get("secrets_key_arns", [])],
    )
    execution = execution_role(parent, spec, tags, cluster_arn, needs)
    secrets = {variable: reference.value_from for variable, reference in references.items()}
    return TaskParts(image, logs, secrets, task_role(parent, spec, args, tags, cluster_arn), execution)


def _image(
    parent: pulumi.Resource, name: str, args: ContainerAppArgs
) -> tuple[pulumi.Input[str], pulumi.Output[str | None] | None]:
    """Return the image's reference, and the ARN of its repository in ECR, None if it is public."""
    if "build" not in args:
        image = args.get("image", "")
        if isinstance(image, str) and not is_in_ecr(image):
            return image, None
        image = checked_later(f"{name}: image", image, wrong_reference)
        return image, computed(repository_of, image, args["cluster"]["arn"])
    image_args: ContainerImageArgs = {
        "build": args["build"],
        "arch": args["cluster"].get("arch", "x86_64"),
        "preset": args["cluster"].get("preset", "dev"),
        "tags": args.get("tags", {}),
    }
    if "repository_name" in args:
        image_args["repository_name"] = args["repository_name"]
    built = ContainerImage(name, image_args, pulumi.ResourceOptions(parent=parent))
    return built.uri, built.repository_arn
