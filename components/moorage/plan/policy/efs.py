"""Amazon EFS."""

from moorage.graph import View
from moorage.graph.types import SUBNET
from moorage.offline import UNKNOWN, Resource

from .control import Breach, Control, ControlSeverity, on, one_of, value

FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
BACKUP_POLICY = "aws:efs/backupPolicy:BackupPolicy"
ACCESS_POINT = "aws:efs/accessPoint:AccessPoint"
MOUNT_TARGET = "aws:efs/mountTarget:MountTarget"


def _encrypted(system: Resource, view: View) -> Breach | None:
    return None if on(value(system, "encrypted")) else Breach("is not encrypted", "set encrypted to true")


def _backed_up(system: Resource, view: View) -> Breach | None:
    for policy in view.links.users(system, "fileSystemId", BACKUP_POLICY):
        if one_of(value(policy, "backupPolicy", "status"), ("ENABLED",)):
            return None
    return Breach("is not backed up", "preset: prod, or add an aws.efs.BackupPolicy with status ENABLED")


def _rooted(point: Resource, view: View) -> Breach | None:
    path = value(point, "rootDirectory", "path", default="/")
    if path is UNKNOWN or path != "/":
        return None
    return Breach("exposes the whole file system", "set rootDirectory.path to a folder")


def _identified(point: Resource, view: View) -> Breach | None:
    if value(point, "posixUser") is not None:
        return None
    return Breach(
        "accepts any user id of clients",
        "set posixUser; in a compose file x-moorage: {storage: efs, user: ...} of the volume",
    )


def _private(target: Resource, view: View) -> Breach | None:
    subnet = view.links.first(target, "subnetId", SUBNET)
    if subnet is None or value(subnet, "mapPublicIpOnLaunch") is not True:
        return None
    return Breach(
        "is in a subnet that assigns public addresses",
        "set subnetId to a subnet whose mapPublicIpOnLaunch is false",
    )


_IDENTITY = (
    "on Fargate a `user` of numbers that all services with the volume have; anywhere "
    "`x-moorage: {storage: efs, user: ...}`; else accepted"
)

CONTROLS = (
    Control(
        "EFS.1",
        "Elastic File System should be configured to encrypt file data at-rest using AWS KMS",
        ControlSeverity.MEDIUM,
        (FILE_SYSTEM,),
        _encrypted,
        "always encrypted",
    ),
    Control(
        "EFS.2",
        "Amazon EFS volumes should be in backup plans",
        ControlSeverity.MEDIUM,
        (FILE_SYSTEM,),
        _backed_up,
        "preset `prod`",
    ),
    Control(
        "EFS.3",
        "EFS access points should enforce a root directory",
        ControlSeverity.MEDIUM,
        (ACCESS_POINT,),
        _rooted,
        "a directory for each volume",
    ),
    Control(
        "EFS.4",
        "EFS access points should enforce a user identity",
        ControlSeverity.MEDIUM,
        (ACCESS_POINT,),
        _identified,
        _IDENTITY,
    ),
    Control(
        "EFS.6",
        "EFS mount targets should not be associated with subnets that assign public IP addresses on launch",
        ControlSeverity.MEDIUM,
        (MOUNT_TARGET,),
        _private,
        "subnets that assign none",
    ),
    Control(
        "EFS.7",
        "EFS file systems should have automatic backups enabled",
        ControlSeverity.MEDIUM,
        (FILE_SYSTEM,),
        _backed_up,
        "preset `prod`",
    ),
    Control(
        "EFS.8",
        "EFS file systems should be encrypted at rest",
        ControlSeverity.MEDIUM,
        (FILE_SYSTEM,),
        _encrypted,
        "always encrypted",
    ),
)
