"""What can be wrong with the volumes of a task, by themselves and with its containers."""

from collections.abc import Mapping
from typing import Any

from .arguments import mapping
from .choices import EbsType
from .container_checks import path_of
from .names import check_pattern
from .problems import Problems
from .task import Task
from .volumes import posix_user

VOLUME_NAME = (r"[A-Za-z0-9_-]{1,255}", "1 to 255 letters, digits, hyphens and underscores")
"""API reference, Volume."""

LONGEST_DIRECTORY = 99
"""API reference, RootDirectory: its path has at most 100 characters, the slash among them."""

MAX_POSIX_ID = 2**32 - 1
"""EFS API reference, PosixUser."""

_MADE_ONLY = ("owner", "user")


def check_volumes(args: Mapping[str, Any], problems: Problems) -> None:
    """Check each volume, and the file system that is made for them, by itself."""
    for name, volume in mapping(args.get("volumes")).items():
        where = f"volumes.{name}"
        check_pattern(where, name, *VOLUME_NAME, problems)
        if "efs" in volume:
            _check_efs(f"{where}.efs", name, volume["efs"], problems)
        if "ebs" in volume:
            _check_ebs(f"{where}.ebs", volume["ebs"], problems)


def _check_efs(where: str, name: str, args: Mapping[str, Any], problems: Problems) -> None:
    if "file_system_id" not in args and len(name) > LONGEST_DIRECTORY:
        text = f"must be at most {LONGEST_DIRECTORY} characters: it is a directory's name in EFS"
        problems.add(f"volumes.{name}", name, text)
    for field in _MADE_ONLY:
        if field not in args:
            continue
        user = posix_user(args[field])
        if user is None or max(user) > MAX_POSIX_ID:
            text = f"must be numbers up to {MAX_POSIX_ID}: a user, or a user and a group such as 1000:1000"
            problems.add(f"{where}.{field}", args[field], text)


def _check_ebs(where: str, args: Mapping[str, Any], problems: Problems) -> None:
    if "size" not in args and "snapshot_id" not in args:
        problems.say(f"{where}.size", "is required without snapshot_id")
    if args.get("type") in (EbsType.IO1, EbsType.IO2) and "iops" not in args:
        problems.say(f"{where}.iops", f"is required for type {args['type']}")


def check_task_volumes(task: Task, args: Mapping[str, Any], problems: Problems) -> None:
    """Check what volumes mean for the containers that mount them, and for where they run."""
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
                problems.add(f"{where}.path", mount.path, "another volume is mounted there too")
            paths.add(mount.path)
    for volume in task.volumes:
        where = f"volumes.{volume.name}"
        if volume.name not in mounted:
            problems.say(where, "no container mounts it")
        if volume.host_path is not None and task.capacity != "ec2":
            problems.say(f"{where}.host_path", f"needs capacity ec2, not {task.capacity}")
    ebs = [volume.name for volume in task.volumes if volume.ebs]
    if len(ebs) > 1:
        problems.say(f"volumes.{ebs[1]}.ebs", f"{ebs[0]} is one already: a task has one EBS volume")
    if task.makes_file_system and "network" not in args:
        problems.say("network", "is required for volumes in an EFS file system that is made")
    if "file_system" in args and not task.makes_file_system:
        problems.say("file_system", "needs a volume with `efs` and without file_system_id")
    if task.ephemeral_storage is not None and not task.is_fargate:
        text = "is for Fargate; instances have the cluster's ec2.volume_size"
        problems.add("ephemeral_storage", task.ephemeral_storage, text)
