"""Amazon EFS."""

from moorage.graph import View
from moorage.graph.types import FILE_SYSTEM, SUBNET
from moorage.offline import Resource

from .control import ON, Control, breach_unless, one_of, refused, required, value

BACKUP_POLICY = "aws:efs/backupPolicy:BackupPolicy"
ACCESS_POINT = "aws:efs/accessPoint:AccessPoint"
MOUNT_TARGET = "aws:efs/mountTarget:MountTarget"


@breach_unless("is not backed up", "preset: prod, or add an aws.efs.BackupPolicy with status ENABLED")
def _is_backed_up(system: Resource, view: View) -> bool:
    policies = view.links.users(system, "fileSystemId", BACKUP_POLICY)
    return any(one_of(value(policy, "backupPolicy", "status"), ("ENABLED",)) for policy in policies)


@breach_unless(
    "is in a subnet that assigns public addresses",
    "set subnetId to a subnet whose mapPublicIpOnLaunch is false",
)
def _is_private(target: Resource, view: View) -> bool:
    subnet = view.links.first(target, "subnetId", SUBNET)
    return subnet is None or value(subnet, "mapPublicIpOnLaunch") is not True


_ENCRYPTED = required("encrypted", ON, "is not encrypted", "set encrypted to true")
_ROOTED = refused(
    "rootDirectory.path",
    ("/",),
    "exposes the whole file system",
    "set rootDirectory.path to a folder",
    default="/",
)
_IDENTIFIED = refused(
    "posixUser",
    (None,),
    "accepts any user id of clients",
    "set posixUser; in a compose file x-moorage: {storage: efs, user: ...} of the volume",
)
_IDENTITY = (
    "on Fargate a `user` of numbers that all services with the volume have; anywhere "
    "`x-moorage: {storage: efs, user: ...}`; else accepted"
)

CONTROLS = (
    Control("EFS.1", (FILE_SYSTEM,), _ENCRYPTED, "always encrypted"),
    Control("EFS.2", (FILE_SYSTEM,), _is_backed_up, "preset `prod`"),
    Control("EFS.3", (ACCESS_POINT,), _ROOTED, "a directory for each volume"),
    Control("EFS.4", (ACCESS_POINT,), _IDENTIFIED, _IDENTITY),
    Control("EFS.6", (MOUNT_TARGET,), _is_private, "subnets that assign none"),
    Control("EFS.7", (FILE_SYSTEM,), _is_backed_up, "preset `prod`"),
    Control("EFS.8", (FILE_SYSTEM,), _ENCRYPTED, "always encrypted"),
)
