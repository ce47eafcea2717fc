"""The storage of the named volumes of a project."""

import re
from enum import StrEnum
from typing import NamedTuple

from moorage.model.later import is_later
from moorage.model.volumes import PosixUser, posix_user

from .ecs_params import EcsParams
from .nodes import Node
from .services import ComposeService, Context

_MAX_POSIX_ID = 2**32 - 1
"""EFS API reference, PosixUser."""

_IN_FILE_SYSTEM = ("root_directory", "access_point_id")
_VOLUME_KEYS = ("storage", "user", "file_system_id", *_IN_FILE_SYSTEM)


class VolumeStorage(StrEnum):
    """The storage of a volume: the task's own disk, which is deleted with it, or EFS."""

    TASK = "task"
    EFS = "efs"


class Volume(NamedTuple):
    """A volume of tasks."""

    name: str
    storage: VolumeStorage
    file_system_id: str | None = None
    """An existing file system; None for a directory of the app's."""
    owner: PosixUser | None = None
    """The user and group of a new directory; None if any user may write to it."""
    identity: PosixUser | None = None
    """The user and group of all access; None for those of the containers."""
    root: str | None = None
    """The directory in an existing file system."""
    access_point: str | None = None

    @property
    def made(self) -> bool:
        """True if it is in the file system of the app."""
        return self.storage is VolumeStorage.EFS and self.file_system_id is None


def project_volumes(together: list[set[str]], context: Context, params: EcsParams) -> dict[str, Volume]:
    """Return the storage of each named volume; `together` has the names of each task's services."""
    users: dict[str, list[ComposeService]] = {}
    for service in context.services.values():
        for mount in service.mounts:
            if mount.volume is not None and service not in users.setdefault(mount.volume, []):
                users[mount.volume].append(service)
    volumes: dict[str, Volume] = {}
    for item in params.efs_volumes:
        named, system = item.text_of("name"), item.text_of("filesystem_id")
        if not named or not system:
            context.report.refuse(item, "task_definition.efs_volumes", "requires name and filesystem_id")
            continue
        places = (node.text() if node else None for node in map(item.get, ("root_directory", "access_point")))
        volumes[named] = Volume(named, VolumeStorage.EFS, system, None, None, *places)
    for name, services in users.items():
        if name in context.project.volumes and name not in volumes:
            shared = not any({service.name for service in services} <= task for task in together)
            volumes[name] = _volume(name, services, shared, context)
    return volumes


def _volume(name: str, services: list[ComposeService], shared: bool, context: Context) -> Volume:
    """Return the storage of a volume; it is `shared` if the services are not all in one task."""
    node = context.project.volumes[name]
    report, path = context.report, f"volumes.{name}"
    storage = _storage(node, path, context)
    external, ours = node.get("external"), node.section("x-moorage")
    existing, places = ours.get("file_system_id"), [ours.get(key) for key in _IN_FILE_SYSTEM]
    if existing is not None or (external is not None and external.value is not False):
        named = existing or node.get("name")
        system = named.text() if named else name
        if not re.fullmatch(r"fs-[0-9a-f]{8,40}", system) and not is_later(system):
            text = "must be an EFS file system; set `x-moorage: {file_system_id: fs-...}` to its id"
            report.refuse(named or node, path, text)
        if storage is VolumeStorage.TASK:
            report.refuse(node, path, "cannot be combined with `storage: task`")
        root, point = (place.text() if place else None for place in places)
        return Volume(name, VolumeStorage.EFS, system, root=root, access_point=point)
    for key, place in zip(_IN_FILE_SYSTEM, places, strict=True):
        if place is not None:
            report.refuse(place, f"{path}.x-moorage.{key}", "needs file_system_id")
    if shared and storage is VolumeStorage.TASK:
        names = ", ".join(service.name for service in services)
        report.refuse(node, path, f"must be `efs`, because {names} share it and tasks do not share disks")
    identity = _identity(node, path, context)
    if shared or storage is VolumeStorage.EFS:
        users = {service.args.get("user", "") for service in services}
        owner = identity or (posix_user(users.pop()) if len(users) == 1 else None)
        # Root gives files to other users; on instances Docker copies an image's files with their owners.
        lent = any("volumes_from" in service.args for service in context.services.values())
        keeps = owner is not None and owner[0] != 0 and context.target.fargate and not lent
        return Volume(name, VolumeStorage.EFS, None, owner, identity or (owner if keeps else None))
    if identity is not None:
        report.refuse(node, f"{path}.x-moorage.user", "needs `storage: efs`")
    if storage is None:
        text = "is on the task's own disk and deleted with the task; `x-moorage: {storage: efs}` keeps it"
        report.warn(node, path, text)
    return Volume(name, VolumeStorage.TASK)


def _identity(node: Node, path: str, context: Context) -> PosixUser | None:
    """Return the user of all access to a volume, as the file has it."""
    user = node.section("x-moorage").get("user")
    if user is None:
        return None
    identity = posix_user(user.text())
    if identity is None:
        context.report.refuse(user, f"{path}.x-moorage.user", "must be a numeric user, or user:group")
    elif max(identity) > _MAX_POSIX_ID:
        context.report.refuse(user, f"{path}.x-moorage.user", f"must be numbers up to {_MAX_POSIX_ID}")
    return identity


def _storage(node: Node, path: str, context: Context) -> VolumeStorage | None:
    """Return the storage of a volume in the file; None for the default."""
    report, ours = context.report, node.section("x-moorage")
    storage, driver, options = ours.get("storage"), node.get("driver"), node.section("driver_opts")
    if storage is not None and storage.text() not in list(VolumeStorage):
        report.refuse(storage, f"{path}.x-moorage.storage", "must be efs or task")
        storage = None
    for key, entry in ours.entries().items():
        if key not in _VOLUME_KEYS:
            text = f"unknown key of a volume; must be one of {', '.join(_VOLUME_KEYS)}"
            report.refuse(entry, f"{path}.x-moorage.{key}", text)
    if driver is not None and driver.text() not in ("local", "efs"):
        report.refuse(driver, f"{path}.driver", "must be local or efs")
    if options.text_of("type") == "efs":
        return VolumeStorage.EFS
    if options.entries():
        text = "must be `type: efs`; ECS does not mount other file systems"
        report.refuse(options, f"{path}.driver_opts", text)
    if storage is not None:
        return VolumeStorage(storage.text())
    return VolumeStorage.EFS if driver is not None and driver.text() == "efs" else None
