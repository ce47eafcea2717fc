"""The volumes of a task."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from .fields.values import Values
from .fields.volumes import EBS_TABLE, POSIX_USER
from .lookup import described

EFS_ACTIONS = (
    "elasticfilesystem:ClientMount",
    "elasticfilesystem:ClientRootAccess",
    "elasticfilesystem:ClientWrite",
)
"""The task role's actions on a file system that is mounted with its rights ("Using IAM to control file system
data access")."""


class PosixUser(NamedTuple):
    """User and group, by number."""

    user: int
    group: int


class EfsVolume(NamedTuple):
    """A directory of an EFS file system."""

    file_system_id: str | None
    """None for the app's own file system."""
    access_point_id: str | None
    root_directory: str | None
    iam: bool | None
    """True if it is mounted with the rights of the task role; None if that is not set."""
    owner: PosixUser | None
    """The owner of a new directory; None for one that every user may write to."""
    user: PosixUser | None
    """The user of every operation in a new directory; None for the users of the containers."""

    @property
    def made(self) -> bool:
        """True if it is in the file system of the app."""
        return self.file_system_id is None


class EbsVolume(NamedTuple):
    """An EBS volume that ECS creates for each task."""

    size: int | None
    """GiB."""
    type: str
    iops: int | None
    throughput: int | None
    """MiB per second."""
    snapshot_id: str | None
    file_system: str
    kms_key_id: str | None


class Volume(NamedTuple):
    """A volume; on the task's own disk unless it is one of the others."""

    name: str
    efs: EfsVolume | None = None
    ebs: EbsVolume | None = None
    host_path: str | None = None


class FileSystem(NamedTuple):
    """An app's own EFS file system."""

    zones: int
    """The number of its subnets."""
    backups: bool


def volumes(args: Mapping[str, Any] | None) -> tuple[Volume, ...]:
    """Return the volumes that arguments describe, by name."""
    named = sorted(cast("Mapping[str, Mapping[str, Any]]", args or {}).items())
    return tuple(
        Volume(name, _efs(volume.get("efs")), _ebs(volume.get("ebs")), volume.get("host_path"))
        for name, volume in named
    )


def _efs(args: Mapping[str, Any] | None) -> EfsVolume | None:
    if args is None:
        return None
    user = posix_user(args.get("user", ""))
    return EfsVolume(
        file_system_id=args.get("file_system_id"),
        access_point_id=args.get("access_point_id"),
        root_directory=args.get("root_directory"),
        iam=args.get("iam"),
        owner=posix_user(args.get("owner", "")) or user,
        user=user,
    )


def _ebs(args: Mapping[str, Any] | None) -> EbsVolume | None:
    if args is None:
        return None
    return described(EbsVolume, Values(EBS_TABLE, args), throughput=args.get("throughput"))


def posix_user(text: str) -> PosixUser | None:
    """Return the numbers of `1000:1000`, or of `1000`, whose group is 1000 too; None for names."""
    match = re.fullmatch(POSIX_USER, text)
    return PosixUser(int(match[1]), int(match[2] or match[1])) if match else None
