"""The rows of a task's volumes."""

import re
from collections.abc import Mapping
from typing import Any

from moorage.model.choices import EbsType, VolumeFileSystem
from moorage.model.problems import Problems

from .field import Exclude, Field, Fields, Form, Need, PerPreset, Range, Table, within
from .values import Derived, Values

_EXISTING = (Need(".file_system_id"),)
_NEW = (Exclude(".file_system_id", why="has its own"),)
_OTHER_KIND = "is another kind of volume"

POSIX_USER = r"([0-9]+)(?::([0-9]+))?"
_MAX_POSIX_ID = 2**32 - 1
"""EFS API reference, PosixUser."""


def _check_user(field: str, value: Any, problems: Problems) -> None:
    match = re.fullmatch(POSIX_USER, value)
    if match is None or max(int(number or 0) for number in match.groups()) > _MAX_POSIX_ID:
        form = "a user, or a user and a group such as 1000:1000"
        problems.add(field, value, f"must be numbers up to {_MAX_POSIX_ID}: {form}")


def _made(values: Values) -> dict[str, object] | None:
    """Return the file system for volumes in EFS that name none."""
    volumes: Mapping[str, Mapping[str, Any]] = values.given("volumes") or {}
    made = any("efs" in volume and "file_system_id" not in volume["efs"] for volume in volumes.values())
    return {} if made else None


_EFS: Fields = {
    "file_system_id": Field(words="one is made", form=Form(r"fs-[0-9a-f]{8,40}", "fs-...")),
    "access_point_id": Field(form=Form(r"fsap-[0-9a-f]{8,40}", "fsap-..."), needs=_EXISTING),
    "root_directory": Field("/", needs=_EXISTING, excludes=(Exclude(".access_point_id", why="has its own"),)),
    "iam": Field(False, needs=_EXISTING),
    "owner": Field(words="`user`; without it any user may write to it", check=_check_user, excludes=_NEW),
    "user": Field(words="those of the containers", check=_check_user, excludes=_NEW),
}

_EBS: Fields = {
    "size": Field(words="the snapshot's", range=Range(1, 65536, "GiB")),
    "type": Field(EbsType.GP3, choices=EbsType),
    "iops": Field(words="that of the type", range=Range(100, 256000)),
    "throughput": Field(
        125, range=Range(125, 2000, "MiB per second"), needs=(Need(".type", (EbsType.GP3,)),)
    ),
    "snapshot_id": Field(words="none, it is empty"),
    "file_system": Field(VolumeFileSystem.XFS, choices=VolumeFileSystem),
    "kms_key_id": Field(words="the AWS managed key"),
}

EBS_TABLE = Table(_EBS)

VOLUMES: Fields = {
    **within(
        "volumes.*",
        {
            **within("efs", _EFS),
            "ebs": Field(excludes=(Exclude(".efs", why=_OTHER_KIND),)),
            **within("ebs", _EBS),
            "host_path": Field(
                form=Form(r"/.*", "an absolute path"),
                excludes=(Exclude(".efs", why=_OTHER_KIND), Exclude(".ebs", why=_OTHER_KIND)),
            ),
        },
    ),
    "file_system": Field(Derived(_made), "as in each of its fields"),
    "file_system.zones": Field(2, range=Range(1, 6)),
    "file_system.backups": Field(PerPreset("backups")),
}
