"""Checks of the volumes of a task, by themselves and against its containers."""

from collections.abc import Mapping
from typing import Any

from .arguments import mapping
from .choices import EbsType
from .container_checks import path_of
from .names import CONTAINER_NAME, check_pattern
from .problems import Problems
from .task import Task

LONGEST_DIRECTORY = 99
"""API reference, RootDirectory: its path has at most 100 characters, with the slash."""


def check_volumes(args: Mapping[str, Any], problems: Problems) -> None:
    """Check each volume by itself."""
    for name, volume in mapping(args.get("volumes")).items():
        where = f"volumes.{name}"
        check_pattern(where, name, *CONTAINER_NAME, problems)
        is_new = "efs" in volume and "file_system_id" not in volume["efs"]
        if is_new and len(name) > LONGEST_DIRECTORY:
            wrong = f"must be at most {LONGEST_DIRECTORY} characters: it is a directory's name in EFS"
            problems.add(where, name, wrong)
        if "ebs" in volume:
            _check_ebs(f"{where}.ebs", volume["ebs"], problems)


def _check_ebs(where: str, args: Mapping[str, Any], problems: Problems) -> None:
    if "size" not in args and "snapshot_id" not in args:
        problems.say(f"{where}.size", "is required without snapshot_id")
    if args.get("type") in (EbsType.IO1, EbsType.IO2) and "iops" not in args:
        problems.say(f"{where}.iops", f"is required for type {args['type']}")


def check_task_volumes(task: Task, args: Mapping[str, Any], problems: Problems) -> None:
    """Check volumes against the containers that mount them, and against where they run."""
    names = {volume.name for volume in task.volumes}
    mounted: set[str] = set()
    for container in task.containers:
        paths: set[str] = set()
        for index, mount in enumerate(container.mounts):
            where = f"{path_of(task, container)}mounts[{index}]"
            mounted.add(mount.volume)
            if mount.volume not in names:
                problems.add(f"{where}.volume", mount.volume, f"must be one of volumes: {', '.join(names)}")
            if mount.path in paths:
                problems.add(f"{where}.path", mount.path, "is the path of another volume")
            paths.add(mount.path)
    for volume in task.volumes:
        where = f"volumes.{volume.name}"
        if volume.name not in mounted:
            problems.say(where, "is not mounted by a container")
        if volume.host_path is not None and task.capacity != "ec2":
            problems.say(f"{where}.host_path", f"needs capacity ec2, not {task.capacity}")
    ebs = [volume.name for volume in task.volumes if volume.ebs]
    if len(ebs) > 1:
        problems.say(
            f"volumes.{ebs[1]}.ebs", f"is a second EBS volume beside {ebs[0]}; a task has at most one"
        )
    if task.makes_file_system and "network" not in args:
        problems.say("network", "is required for volumes in the app's own EFS file system")
    if "file_system" in args and not task.makes_file_system:
        problems.say("file_system", "needs a volume with `efs` and without file_system_id")
    if task.ephemeral_storage is not None and not task.is_fargate:
        wrong = "is for Fargate; instances have the cluster's ec2.volume_size"
        problems.add("ephemeral_storage", task.ephemeral_storage, wrong)
