"""What a compose file's services share: log groups, a file system, and the way to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from moorage.compose_file.names import (
    discovery_name,
    dns_alias,
    log_group_arn,
    port_name,
    service_logical,
    volume_name,
)
from moorage.compose_file.services import ComposeService
from moorage.compose_file.tasks import TaskPlan, Volume
from moorage.model.presets import Preset
from moorage.resources.tags import Tags

if TYPE_CHECKING:
    from moorage.resources.network import NetworkRef

_NFS = 2049


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group that containers write to."""

    name: pulumi.Output[str]
    region: pulumi.Output[str]
    arn: pulumi.Output[str]


def log_groups(
    parent: pulumi.Resource,
    name: str,
    services: Mapping[str, ComposeService],
    days: int,
    cluster_arn: pulumi.Output[str],
    tags: Tags,
) -> dict[str, LogGroup]:
    """Make the log groups that services name, and one for those that name none; return each service's."""
    made: dict[tuple[str | None, str | None], LogGroup] = {}
    found: dict[str, LogGroup] = {}
    for service, plan in services.items():
        if plan.log is None:
            continue
        key = (plan.log.group, plan.log.region)
        if key not in made and plan.log.group is not None and not plan.log.create:
            made[key] = _existing(plan.log.group, plan.log.region, cluster_arn)
        elif key not in made:
            suffix = "-".join(part for part in key if part)
            group = aws.cloudwatch.LogGroup(
                service_logical(f"{name}-logs", suffix) if suffix else f"{name}-logs",
                name=plan.log.group,
                region=plan.log.region,
                retention_in_days=days,
                tags=tags,
                opts=pulumi.ResourceOptions(parent=parent),
            )
            made[key] = LogGroup(group.name, group.region, group.arn)
        found[service] = made[key]
    return found


def _existing(group: str, region: str | None, cluster_arn: pulumi.Output[str]) -> LogGroup:
    place = cluster_arn.apply(lambda arn: region or arn.split(":")[3])
    arn = pulumi.Output.all(place, cluster_arn).apply(lambda known: log_group_arn(group, *known))
    return LogGroup(pulumi.Output.from_input(group), place, arn)


def services_group(
    parent: pulumi.Resource, name: str, network: NetworkRef, tags: Tags
) -> aws.ec2.SecurityGroup:
    """Make the security group by which the services reach each other, as on a network of Compose's."""
    group = aws.ec2.SecurityGroup(
        f"{name}-services",
        description=f"Services of {name} among each other",
        vpc_id=network["vpc_id"],
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    aws.vpc.SecurityGroupIngressRule(
        f"{name}-services-in",
        security_group_id=group.id,
        description="Each other",
        ip_protocol="-1",
        referenced_security_group_id=group.id,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return group


def namespace(parent: pulumi.Resource, name: str, tags: Tags) -> aws.servicediscovery.HttpNamespace:
    """Make the namespace in which the services are found by their names."""
    return aws.servicediscovery.HttpNamespace(
        f"{name}-services", tags=tags, opts=pulumi.ResourceOptions(parent=parent)
    )


def connect(
    plan: ComposeService, namespace_arn: pulumi.Output[str]
) -> aws.ecs.ServiceServiceConnectConfigurationArgsDict:
    """Return what a service offers in Service Connect: each of its TCP ports, under its own name."""
    ports = [port for port in plan.container.ports if port.protocol == "tcp"]
    found: aws.ecs.ServiceServiceConnectConfigurationArgsDict = {"enabled": True, "namespace": namespace_arn}
    if ports:
        found["services"] = [
            {
                "port_name": port.name or port_name(plan.name, port.container_port),
                "discovery_name": discovery_name(plan.name, port.container_port if index else None),
                "client_alias": [{"port": port.container_port, "dns_name": dns_alias(plan.name)}],
            }
            for index, port in enumerate(ports)
        ]
    return found


@dataclass(frozen=True, slots=True)
class FileSystem:
    """The app's file system, a directory of it for each volume, and what a service waits for."""

    volumes: dict[str, aws.ecs.TaskDefinitionVolumeArgsDict]
    arn: pulumi.Output[str]
    mounted: Sequence[pulumi.Resource]


def file_system(
    parent: pulumi.Resource,
    name: str,
    volumes: Sequence[Volume],
    network: NetworkRef,
    subnets: Sequence[pulumi.Output[str]],
    clients: Mapping[str, pulumi.Input[str]],
    preset: Preset,
    iam: str,
    tags: Tags,
) -> FileSystem:
    """Make an encrypted file system with an access point for each volume.

    Args:
        parent: the component it belongs to.
        name: the component's name.
        volumes: the volumes that are kept in it.
        network: where it is.
        subnets: one of each zone that tasks run in.
        clients: the security groups of those tasks, by a name for the rule that lets them in.
        preset: whether it is protected against deletion, and backed up.
        iam: ENABLED when the tasks' role may mount it, DISABLED when that role is somebody else's.
        tags: its tags.
    """
    child = pulumi.ResourceOptions(parent=parent)
    system = aws.efs.FileSystem(
        f"{name}-files",
        encrypted=True,
        throughput_mode="elastic",
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent, protect=preset.protect),
    )
    if preset.backups:
        aws.efs.BackupPolicy(
            f"{name}-files-backups",
            file_system_id=system.id,
            backup_policy={"status": "ENABLED"},
            opts=child,
        )
    group = aws.ec2.SecurityGroup(
        f"{name}-files",
        description=f"File system of {name}",
        vpc_id=network["vpc_id"],
        tags=tags,
        opts=child,
    )
    ingress = [
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-files-in-{client}",
            security_group_id=group.id,
            description="Tasks",
            ip_protocol="tcp",
            from_port=_NFS,
            to_port=_NFS,
            referenced_security_group_id=client_group,
            tags=tags,
            opts=child,
        )
        for client, client_group in clients.items()
    ]
    targets = [
        aws.efs.MountTarget(
            f"{name}-files-{index + 1}",
            file_system_id=system.id,
            subnet_id=subnet,
            security_groups=[group.id],
            opts=child,
        )
        for index, subnet in enumerate(subnets)
    ]
    configured: dict[str, aws.ecs.TaskDefinitionVolumeArgsDict] = {}
    for volume in volumes:
        owner = volume.owner or (0, 0)
        point = aws.efs.AccessPoint(
            service_logical(f"{name}-files", volume.name),
            file_system_id=system.id,
            posix_user={"uid": volume.identity[0], "gid": volume.identity[1]} if volume.identity else None,
            root_directory={
                "path": f"/{volume.name}",
                # As a volume of Docker's: whoever the containers run as can write to it.
                "creation_info": {
                    "owner_uid": owner[0],
                    "owner_gid": owner[1],
                    "permissions": "0755" if volume.owner else "1777",
                },
            },
            tags=tags,
            opts=child,
        )
        configured[volume.name] = {
            "name": volume_name(volume.name),
            "efs_volume_configuration": {
                "file_system_id": system.id,
                "transit_encryption": "ENABLED",
                "authorization_config": {"access_point_id": point.id, "iam": iam},
            },
        }
    return FileSystem(configured, system.arn, [*ingress, *targets])


def task_volumes(task: TaskPlan, files: FileSystem | None) -> list[aws.ecs.TaskDefinitionVolumeArgsDict]:
    """Return the volumes of a task definition."""
    found: list[aws.ecs.TaskDefinitionVolumeArgsDict] = []
    for name, volume in sorted(task.volumes.items()):
        if volume.storage == "efs" and files is not None:
            found.append(files.volumes[name])
        elif volume.storage == "task":
            found.append({"name": volume_name(name)})
        else:
            there: aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationArgsDict = {
                "file_system_id": volume.storage,
                "transit_encryption": "ENABLED",
            }
            if volume.root:
                there["root_directory"] = volume.root
            if volume.access_point:
                there["authorization_config"] = {"access_point_id": volume.access_point}
            found.append({"name": volume_name(name), "efs_volume_configuration": there})
    return found
