"""What can be wrong with the volumes of a task, by themselves and with its containers."""

from collections.abc import Mapping
from typing import Any, cast

from .arguments import in_range, one_of
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

_EBS_TYPES = ("gp3", "gp2", "io2", "io1", "st1", "sc1", "standard")

_MADE_ONLY, _GIVEN_ONLY = ("owner", "user"), ("access_point_id", "root_directory", "iam")


def check_volumes(args: Mapping[str, Any], problems: Problems) -> None:
    """Check each volume, and the file system that is made for them, by itself."""
    in_range("file_system.zones", _mapping(args.get("file_system")).get("zones"), 1, 6, problems)
    for name, volume in _mapping(args.get("volumes")).items():
        where = f"volumes.{name}"
        check_pattern(where, name, *VOLUME_NAME, problems)
        if len({*volume} & {"efs", "ebs", "host_path"}) > 1:
            problems.say(where, "give one of efs, ebs and host_path")
        if "efs" in volume:
            _check_efs(f"{where}.efs", name, volume["efs"], problems)
        if "ebs" in volume:
            _check_ebs(f"{where}.ebs", volume["ebs"], problems)
        check_pattern(f"{where}.host_path", volume.get("host_path"), r"/.*", "an absolute path", problems)


def _check_efs(where: str, name: str, args: Mapping[str, Any], problems: Problems) -> None:
    made = "file_system_id" not in args
    check_pattern(
        f"{where}.file_system_id", args.get("file_system_id"), r"fs-[0-9a-f]{8,40}", "fs-...", problems
    )
    check_pattern(
        f"{where}.access_point_id", args.get("access_point_id"), r"fsap-[0-9a-f]{8,40}", "fsap-...", problems
    )
    for field in _GIVEN_ONLY if made else _MADE_ONLY:
        if field in args:
            other = "a file_system_id" if made else "a file system that is made, without file_system_id"
            problems.say(f"{where}.{field}", f"is for {other}")
    if "root_directory" in args and "access_point_id" in args:
        problems.say(f"{where}.root_directory", "cannot be combined with access_point_id, which has its own")
    if made and len(name) > LONGEST_DIRECTORY:
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
    kind = args.get("type", "gp3")
    one_of(f"{where}.type", kind, _EBS_TYPES, problems)
    one_of(f"{where}.file_system", args.get("file_system"), ("xfs", "ext4", "ext3"), problems)
    in_range(f"{where}.size", args.get("size"), 1, 65536, problems, "GiB")
    in_range(f"{where}.iops", args.get("iops"), 100, 256000, problems)
    in_range(f"{where}.throughput", args.get("throughput"), 125, 2000, problems, "MiB per second")
    if "size" not in args and "snapshot_id" not in args:
        problems.say(f"{where}.size", "is required without snapshot_id")
    if "throughput" in args and kind != "gp3":
        problems.add(f"{where}.throughput", args["throughput"], f"is for type gp3, not {kind}")
    if kind in ("io1", "io2") and "iops" not in args:
        problems.say(f"{where}.iops", f"is required for type {kind}")


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
    in_range("ephemeral_storage", task.ephemeral_storage, 21, 200, problems, "GiB")


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
