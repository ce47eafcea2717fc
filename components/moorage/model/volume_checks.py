"""Checks of the volumes of a task, by themselves and against its containers."""

import posixpath
from collections.abc import Mapping
from typing import Any, NamedTuple

from .arguments import in_range, mapping
from .choices import CapacityKind, EbsType
from .container_checks import path_of
from .fields.values import Values
from .fields.volumes import EBS_TABLE
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


class _EbsLimits(NamedTuple):
    """The limits of a type of EBS volume ("Amazon EBS volume types")."""

    smallest: int
    """GiB, as `largest`."""
    largest: int
    iops: tuple[int, int] | None = None
    """The range of IOPS; None for a type on which they cannot be set."""
    iops_per_gib: int = 0


_EBS_LIMITS: dict[EbsType, _EbsLimits] = {
    EbsType.GP3: _EbsLimits(1, 65_536, (3_000, 80_000), 500),
    EbsType.GP2: _EbsLimits(1, 16_384),
    EbsType.IO2: _EbsLimits(4, 65_536, (100, 256_000), 1_000),
    EbsType.IO1: _EbsLimits(4, 16_384, (100, 64_000), 50),
    EbsType.ST1: _EbsLimits(125, 16_384),
    EbsType.SC1: _EbsLimits(125, 16_384),
    EbsType.STANDARD: _EbsLimits(1, 1_024),
}
_GP3_IOPS = 3_000
"""The IOPS of a gp3 volume that has none of its own."""
_GP3_IOPS_PER_MIB = 4
"""IOPS that each MiB per second of a gp3 volume needs."""


def _check_ebs(where: str, args: Mapping[str, Any], problems: Problems) -> None:
    kind, size, iops = Values(EBS_TABLE, args)["type"], args.get("size"), args.get("iops")
    limits = _EBS_LIMITS[kind]
    if size is None and "snapshot_id" not in args:
        problems.say(f"{where}.size", "is required without snapshot_id")
    if problems.concerns(where):
        return
    in_range(f"{where}.size", size, limits.smallest, limits.largest, problems, f"GiB for type {kind}")
    if iops is None:
        if kind in (EbsType.IO1, EbsType.IO2):
            problems.say(f"{where}.iops", f"is required for type {kind}")
    elif limits.iops is None:
        problems.add(f"{where}.iops", iops, f"cannot be set for type {kind}; use gp3, io1 or io2")
    else:
        # A volume may always have the lowest number.
        most = limits.iops[1] if size is None else min(limits.iops[1], size * limits.iops_per_gib)
        unit = f"for type {kind}" + (f" with {size} GiB" if size is not None else "")
        in_range(f"{where}.iops", iops, limits.iops[0], max(limits.iops[0], most), problems, unit)
    throughput = args.get("throughput")
    needed = (throughput or 0) * _GP3_IOPS_PER_MIB
    if kind is EbsType.GP3 and needed > (iops or _GP3_IOPS):
        problems.add(f"{where}.throughput", throughput, f"needs at least {needed} `iops`")


def _normal(path: str) -> str:
    """Return an absolute path without what does not change its place: `/d` for `/d/` and `//d/.`."""
    return posixpath.normpath(f"/{path.lstrip('/')}")


def check_task_volumes(task: Task, args: Mapping[str, Any], problems: Problems) -> None:
    """Check volumes against the containers that mount them, and against where they run."""
    names = {volume.name for volume in task.volumes}
    mounted: set[str] = set()
    for container in task.containers:
        paths = {_normal(entry["containerPath"]) for entry in container.linux.get("tmpfs", ())}
        for index, mount in enumerate(container.mounts):
            where = f"{path_of(task, container)}mounts[{index}]"
            mounted.add(mount.volume)
            if mount.volume not in names:
                declared = f"must be one of `volumes`: {', '.join(sorted(names))}"
                wrong = declared if names else "is not declared; add it to `volumes`, which is empty"
                problems.add(f"{where}.volume", mount.volume, wrong)
            path = _normal(mount.path)
            if path in paths:
                problems.add(f"{where}.path", mount.path, "is the path of another volume")
            paths.add(path)
    for volume in task.volumes:
        where = f"volumes.{volume.name}"
        if volume.name not in mounted:
            problems.say(where, "is not mounted by a container")
        if volume.host_path is not None and task.capacity is not CapacityKind.EC2:
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
