"""Bind mounts of compose services: files and folders of the project become part of the image."""

import os
import posixpath
import re
from pathlib import Path
from typing import Any

from moorage.compose_file.keys.listening import built_stage
from moorage.compose_file.nodes import Node
from moorage.compose_file.services import ComposeService, Mount
from moorage.model.build_context import BuildContext
from moorage.model.later import is_later
from moorage.model.volumes import posix_user

_UNCHANGED = {
    "/etc/localtime": "the clock of a task is in UTC; set TZ in the environment",
    "/etc/timezone": "the clock of a task is in UTC; set TZ in the environment",
}
"""Paths of a machine that are ignored, each with the reason."""

_REFUSED = (
    (r".*/(docker|containerd|podman)\.sock", "a task cannot reach the container engine that runs it"),
    (r"/(proc|sys|dev|run|var/run)(/.*)?", "a task does not see the machine that runs it"),
    (r"/lib/modules(/.*)?|/usr/src(/.*)?|/boot(/.*)?", "a task cannot load modules of the kernel"),
    (r"/var/lib/docker(/.*)?|/var/log(/.*)?", "a task does not see the machine that runs it"),
    (r"/", "a task does not see the machine that runs it"),
)

_DATA = re.compile(r"/(var/lib|bitnami)/.+|/data/db|/usr/share/[^/]+/data")
"""Folders in which common images keep their data: a folder of the project there has those of a developer."""

_LOST = "the container's own; what it writes there is lost with its task"


def bind(service: ComposeService, item: Node, target: str, read_only: bool) -> None:
    """Add what a bind mount shows to the image, unless it has it, or it is the data of the service."""
    source = item.text_of("source")
    shown = item.with_value(f"{source}:{target}")
    if not source or is_later(source):
        service.refuse(shown, "volumes", "requires a source that is known when the program runs")
        return
    place = os.path.normpath(source)
    if place in _UNCHANGED:
        service.warn(shown, "volumes", f"{place} is ignored: {_UNCHANGED[place]}")
    elif why := _refused(place, target, service.context.project.folder):
        service.refuse(shown, "volumes", why)
    elif _is_data(place, target, read_only):
        text = f"{target} starts empty and is deleted with the task; a named volume can stay"
        service.warn(item, "volumes", text)
        service.mounts.append(Mount(None, target, read_only, item))
    elif _is_built_in(service, place, target):
        text = f"{shown.text()} adds nothing: the Dockerfile copies the same files there"
        service.note(item, "volumes", text)
        service.sources.append(target)
    else:
        _add(service, item, place, target, read_only)


def _add(service: ComposeService, item: Node, place: str, target: str, read_only: bool) -> None:
    """Add a file or folder to the image."""
    owner = None if read_only else posix_user(service.node.text_of("user"))
    added = {"source": place, "path": target, "owner": f"{owner[0]}:{owner[1]}" if owner else None}
    add_file(service, added, item, "volumes")
    if os.path.isdir(place):
        service.sources.append(target)
        text = f"{place} is copied into the image, beside what the image has in {target}"
        service.note(item, "volumes", text)
    folder = service.args.get("build", {}).get("context")
    is_source = folder is not None and Path(os.path.abspath(place)).is_relative_to(os.path.abspath(folder))
    if not read_only and not is_source:
        service.warn(item, "volumes", f"{target} is {_LOST}; use a named volume for what must stay")


def add_file(service: ComposeService, added: dict[str, Any], item: Node, key: str) -> None:
    """Add a file, in the form of a build's `files`, to the service's image."""
    service.add("build.files", {name: value for name, value in added.items() if value}, item, key)


def finish(service: ComposeService) -> None:
    """Build an image with the files that were added, and keep what it has below them."""
    build: dict[str, Any] = service.args.get("build", {})
    if "files" in build and "context" not in build and "image" in service.args:
        build["image"] = service.args.pop("image")
        service.places["build.image"] = service.places["image"]
        if is_later(build["image"]):
            key, node = service.places["build.files"]
            text = "needs an image that is known when the program runs: the files are copied into it"
            service.refuse(node.with_value(None), key, text)
            del build["image"]
    for mount in list(service.mounts):
        outer = next((path for path in service.sources if _is_below(mount.path, path)), None)
        if outer is not None and _is_own(service, mount):
            text = f"{mount.path} adds nothing: the image keeps what it has below {outer}"
            service.note(service.node.find(["volumes"]), "volumes", text)
            service.mounts.remove(mount)


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(f"{folder.rstrip('/')}/")


def _is_own(service: ComposeService, mount: Mount) -> bool:
    """Return whether a volume is anonymous, or of one service and not asked to stay."""
    if mount.volume is None:
        return True
    project = service.context.project
    node = project.volumes.get(mount.volume)
    users = [
        name
        for name, other in project.services.items()
        if any(item.text_of("source") == mount.volume for item in other.listed("volumes"))
    ]
    return users == [service.name] and (node is None or not node.entries())


def _refused(place: str, target: str, project: Path) -> str:
    """Return why a path cannot be mounted; empty if it can be."""
    for pattern, why in _REFUSED:
        if re.fullmatch(pattern, place):
            return f"is not possible on ECS: {why}"
    inside = (Path(), project)
    path = Path(os.path.abspath(place))
    if os.path.isabs(place) and not any(path.is_relative_to(folder.absolute()) for folder in inside):
        return "is not in the project's folder; copy it there, or use a named volume"
    if os.path.exists(place) and not os.path.isdir(place) and not os.path.isfile(place):
        return "is not a file or folder"
    if not os.path.isabs(target):
        return "must have an absolute path in the container"
    if not os.path.exists(place) and os.path.splitext(place)[1]:
        return "does not exist; Docker would make a folder of that name"
    return ""


def _is_data(place: str, target: str, read_only: bool) -> bool:
    """Return whether a mount is for what the container writes: a folder that is empty or not there, or one
    in which images keep their data."""
    if os.path.isfile(place):
        return False
    if not read_only and _DATA.fullmatch(posixpath.normpath(target)):
        return True
    try:
        return not os.path.isdir(place) or {*os.listdir(place)} <= {".gitkeep", ".gitignore", ".keep"}
    except PermissionError:
        # A container made it for its own user.
        return True


def _is_built_in(service: ComposeService, place: str, target: str) -> bool:
    """Return whether the Dockerfile copies a file or folder of the context to the same path."""
    build = service.args.get("build", {})
    folder, stage = build.get("context"), built_stage(build)
    if folder is None or stage is None:
        return False
    relative = os.path.relpath(place, folder).replace(os.sep, "/")
    if relative.startswith(".."):
        return False
    try:
        if relative != "." and not BuildContext(Path(folder), build["dockerfile"]).sends(relative):
            return False
    except ValueError:
        # The checks of the build report it.
        return False
    mount_point = posixpath.normpath(target)
    while stage is not None:
        for copy in stage.copies:
            places = [_arrives(folder, source, copy.destination, relative) for source in copy.sources]
            if mount_point in places:
                return True
        stage = stage.parent
    return False


def _arrives(folder: str, source: str, destination: str | None, relative: str) -> str | None:
    """Return where a COPY of `source` puts the path `relative` of the context; None if it does not."""
    if destination is None:
        return None
    source = posixpath.normpath(source.lstrip("/") or ".")
    if os.path.isdir(os.path.join(folder, source)):
        inner = posixpath.relpath(relative, source)
        return None if inner.startswith("..") else posixpath.normpath(posixpath.join(destination, inner))
    if source != relative:
        return None
    name = posixpath.basename(source)
    return destination + name if destination.endswith("/") else destination
