"""The volumes of a task, and the EFS file system that is made for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

import pulumi
import pulumi_aws as aws

from moorage.model.later import key_of, later
from moorage.model.names import shorten
from moorage.model.presets import Preset
from moorage.model.task_rights import file_system_arn, mounted_with_rights
from moorage.model.volumes import EfsVolume, FileSystem, Volume
from moorage.resources.inputs import computed, present
from moorage.resources.network.subnets import task_subnets
from moorage.resources.security_groups import bare_group
from moorage.resources.wiring import Owner

from .wiring import Wiring

_NFS = 2049


class FilePlace(NamedTuple):
    """The location of a file system, and its clients."""

    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Those of its tasks; the first ones are in different zones."""
    clients: Mapping[str, pulumi.Input[str]]
    """The security groups of its tasks, by a name for each ingress rule."""


def made_file_system(wiring: Wiring, client: pulumi.Input[str]) -> list[pulumi.Resource]:
    """Make the file system of a task's volumes that name none, if any; `client` is the tasks' security group.

    Return the resources that a task must wait for.
    """
    task, values = wiring.task, wiring.values
    for volume in task.volumes:
        if volume.efs and volume.efs.file_system_id is not None:
            values[key_of(file_system_arn(volume))] = computed(
                _file_system_arn, wiring.cluster["arn"], wiring.input(volume.efs.file_system_id)
            )
    volumes = [volume for volume in task.volumes if volume.efs and volume.efs.made]
    if not volumes or wiring.network is None:
        return []
    network = wiring.network
    place = FilePlace(
        network["vpc_id"],
        task_subnets(network) if task.private else network["public_subnet_ids"],
        {"tasks": client},
    )
    made, points, mounted = file_system(wiring, volumes, place, task.file_system, task.preset)
    values.update({"file system": made.arn, "file system id": made.id})
    values.update({f"access point {name}": point for name, point in points.items()})
    return mounted


def _file_system_arn(cluster: str, file_system_id: str) -> str:
    _, partition, _, region, account, _ = cluster.split(":", 5)
    return f"arn:{partition}:elasticfilesystem:{region}:{account}:file-system/{file_system_id}"


def file_system(
    owner: Owner, volumes: Sequence[Volume], place: FilePlace, settings: FileSystem, preset: Preset
) -> tuple[aws.efs.FileSystem, dict[str, pulumi.Output[str]], list[pulumi.Resource]]:
    """Make an encrypted file system with an access point for each volume.

    Return it, the access points' ids by volume, and the resources that a task must wait for to mount it.
    """
    name, tags, child = owner.name, owner.tags, owner.child
    system = aws.efs.FileSystem(
        f"{name}-files",
        encrypted=True,
        throughput_mode="elastic",
        tags=tags,
        opts=pulumi.ResourceOptions(parent=owner.parent, protect=preset.protect),
    )
    if settings.backups:
        aws.efs.BackupPolicy(
            f"{name}-files-backups", file_system_id=system.id, backup_policy={"status": "ENABLED"}, opts=child
        )
    points = {volume.name: _access_point(owner, system, volume) for volume in volumes}
    return system, points, _reached(owner, system, place, settings.zones)


def _reached(owner: Owner, system: aws.efs.FileSystem, place: FilePlace, zones: int) -> list[pulumi.Resource]:
    """Make a file system's mount targets and their security group."""
    name, tags, child = owner.name, owner.tags, owner.child
    group = bare_group(owner, "files", f"File system of {name}", place.vpc_id)
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
        for client, client_group in place.clients.items()
    ]
    subnets = cast("pulumi.Output[list[str]]", pulumi.Output.from_input(place.subnet_ids))
    targets = [
        aws.efs.MountTarget(
            f"{name}-files-{index + 1}",
            file_system_id=system.id,
            subnet_id=subnets.apply(lambda ids, i=index: _subnet(ids, i)),
            security_groups=[group.id],
            opts=child,
        )
        for index in range(zones)
    ]
    return [*ingress, *targets]


def _subnet(ids: Sequence[str], index: int) -> str:
    if index >= len(ids):
        raise pulumi.RunError(
            f"file_system.zones: must be at most {len(ids)}, the number of subnets for the file system"
        )
    return ids[index]


def _access_point(owner: Owner, system: aws.efs.FileSystem, volume: Volume) -> pulumi.Output[str]:
    user = volume.efs.user if volume.efs else None
    owned = volume.efs.owner if volume.efs else None
    return aws.efs.AccessPoint(
        shorten(f"{owner.name}-files-{re.sub('[^A-Za-z0-9]+', '-', volume.name).strip('-')}", 100),
        file_system_id=system.id,
        posix_user={"uid": user.user, "gid": user.group} if user else None,
        root_directory={
            "path": f"/{volume.name}",
            # As in a Docker volume, any user of the containers can write to it.
            "creation_info": {
                "owner_uid": owned.user if owned else 0,
                "owner_gid": owned.group if owned else 0,
                "permissions": "0755" if owned else "1777",
            },
        },
        **owner.common,
    ).id


def task_volumes(wiring: Wiring) -> list[aws.ecs.TaskDefinitionVolumeArgsDict]:
    """Return the volumes of a task definition."""
    return [_volume(wiring, volume) for volume in wiring.task.volumes]


def _volume(wiring: Wiring, volume: Volume) -> aws.ecs.TaskDefinitionVolumeArgsDict:
    return present(
        name=volume.name,
        host_path=wiring.optional(volume.host_path),
        configure_at_launch=True if volume.ebs else None,
        efs_volume_configuration=_efs(wiring, volume, volume.efs) if volume.efs else None,
    )


def _efs(
    wiring: Wiring, volume: Volume, efs: EfsVolume
) -> aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationArgsDict:
    file_system_id, access_point_id, iam = efs.file_system_id, efs.access_point_id, efs.iam
    if file_system_id is None:
        file_system_id, access_point_id = later("file system id"), later(f"access point {volume.name}")
        iam = mounted_with_rights(wiring.task, volume)
    authorization = present(
        access_point_id=wiring.optional(access_point_id or None),
        iam=None if iam is None else "ENABLED" if iam else "DISABLED",
    )
    return present(
        file_system_id=wiring.input(file_system_id),
        transit_encryption="ENABLED",
        root_directory=wiring.optional(efs.root_directory or None),
        authorization_config=authorization or None,
    )
