"""The resources of a task: images, log group, secrets, volumes and roles."""

from __future__ import annotations

from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from moorage.model.container_settings import built_image, stored_secret
from moorage.model.containers import LOG_GROUP, LOG_REGION, Container
from moorage.model.firelens import ACCOUNT, PARTITION
from moorage.model.iam import is_in_ecr, repository_of
from moorage.model.image_reference import wrong_reference
from moorage.model.later import is_later, key_of
from moorage.model.tags import APP_TAG
from moorage.resources.image.args import ContainerImageArgs
from moorage.resources.image.component import ContainerImage
from moorage.resources.inputs import checked_later, computed
from moorage.resources.outputs import output_of
from moorage.resources.secrets import stored_secrets
from moorage.resources.wiring import merged

from .file_system import made_file_system
from .roles import execution_role, task_role
from .wiring import Wiring


class TaskParts(NamedTuple):
    """The resources that task definitions refer to."""

    wiring: Wiring
    log_group: pulumi.Output[str]
    """The name of the log group of its own container; empty if its logs go elsewhere."""
    log_group_arn: pulumi.Output[str]
    """The ARN of the log group that was made; empty without one."""
    task_role: pulumi.Output[str] | None
    execution_role: pulumi.Output[str]
    mounted: list[pulumi.Resource]
    """The resources that a task must wait for to mount its volumes."""

    @property
    def outputs(self) -> dict[str, pulumi.Output[str]]:
        """The outputs that an app and a job share."""
        role = self.task_role if self.task_role is not None else output_of("")
        return {
            "log_group_name": self.log_group,
            "log_group_arn": self.log_group_arn,
            "task_role_arn": role,
            "task_role_name": role.apply(lambda arn: arn.rpartition("/")[2]),
            "execution_role_arn": self.execution_role,
        }


def task_parts(wiring: Wiring, clients: pulumi.Input[str]) -> TaskParts:
    """Make images, log group, stored secrets, file system and roles; `clients` is the tasks' group."""
    values = wiring.values
    images = [_image(wiring, container) for container in wiring.task.containers]
    repositories = [repository for repository in images if repository is not None]
    group_arns: list[pulumi.Input[str]] = []
    made = _log_group(wiring)
    if made is not None:
        group_arns.append(made.arn)
        values[key_of(LOG_GROUP)] = made.name
    values[key_of(LOG_REGION)] = made.region if made else _part(wiring, 3)
    if wiring.task.log_targets:
        # The parts of the ARNs of a log router's destinations.
        values[key_of(PARTITION)], values[key_of(ACCOUNT)] = _part(wiring, 1), _part(wiring, 4)
        values["log group arn"] = made.arn if made else ""
    group_arns += [_existing_group(wiring, group) for group in wiring.task.log_groups]
    secrets = wiring.passed.secret_values
    stored = stored_secrets(wiring.parent, wiring.name, secrets, wiring.preset, wiring.tags)
    values.update({key_of(stored_secret(name)): arn for name, arn in stored.items()})
    mounted = made_file_system(wiring, clients)
    execution = execution_role(wiring, group_arns, repositories)
    written = wiring.task.own.log_options.get("awslogs-group", "")
    return TaskParts(
        wiring=wiring,
        log_group=output_of(wiring.input(written)),
        log_group_arn=made.arn if made else output_of(""),
        task_role=task_role(wiring),
        execution_role=execution,
        mounted=mounted,
    )


def _part(wiring: Wiring, index: int) -> pulumi.Output[str]:
    """Return a part of the cluster's ARN."""
    return wiring.cluster_arn.apply(lambda arn: arn.split(":")[index])


def _log_group(wiring: Wiring) -> aws.cloudwatch.LogGroup | None:
    task = wiring.task
    if not task.makes_log_group:
        return None
    return aws.cloudwatch.LogGroup(
        f"{task.name}-logs",
        name=task.log_group_name,
        retention_in_days=task.log_retention_days,
        **wiring.common,
    )


def _existing_group(wiring: Wiring, group: str) -> pulumi.Output[str]:
    """Return the ARN of an existing log group that containers write to."""
    written = [container.log_options for container in wiring.task.containers]
    region = next(options["awslogs-region"] for options in written if options.get("awslogs-group") == group)

    def arn(cluster: str, name: str, place: str) -> str:
        _, partition, _, _, account, _ = cluster.split(":", 5)
        return f"arn:{partition}:logs:{place}:{account}:log-group:{name}"

    return computed(arn, wiring.cluster["arn"], wiring.input(group), wiring.input(region))


def _image(wiring: Wiring, container: Container) -> pulumi.Output[str | None] | None:
    """Build a container's image if it has a build; return the ARN of its ECR repository, None if public."""
    task, passed, own = wiring.task, wiring.passed, container is wiring.task.own
    build = passed.builds.get(container.name)
    if build is None:
        image = wiring.input(container.image)
        if isinstance(image, str) and not is_in_ecr(image):
            return None
        if is_later(container.image):
            where = "image" if own else f"containers.{container.name}.image"
            image = checked_later(f"{task.name}: {where}", image, wrong_reference)
            wiring.values[key_of(container.image)] = image
        return computed(repository_of, image, wiring.cluster["arn"])
    image_args: ContainerImageArgs = {
        "build": build,
        "arch": wiring.task.arch.value,
        "preset": wiring.preset,
        "tags": merged({} if own else {APP_TAG: task.name}, passed.tags),
    }
    if own and passed.repository_name is not None:
        image_args["repository_name"] = passed.repository_name
    name = task.name if own else f"{task.name}-{container.name}"
    built = ContainerImage(name, image_args, wiring.child)
    wiring.values[key_of(built_image(container.name))] = built.uri
    return built.repository_arn
