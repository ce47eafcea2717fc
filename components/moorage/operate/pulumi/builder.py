"""The Docker daemon that builds a stack's images, and its architecture."""

import http.client
import json
import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from moorage.model.dockerfile import read, runs_on_target, stages, target_of
from moorage.offline import EvaluationError, Resource, ResourceGraph
from moorage.offline.values import mapping, text, texts
from moorage.operate.place import NotFound, OperateError

from .check_result import CheckResult, failure, ok, warning
from .selected import PulumiStack
from .state import exported, resources_of

_IMAGE = "docker-build:index:Image"
_DEFAULT_HOST = "unix:///var/run/docker.sock"
_SECONDS = 3.0

_EMULATORS = {"amd64": "qemu-x86_64", "arm64": "qemu-aarch64"}
"""The kernel's names of the handlers of an architecture's programs (Linux: "binfmt_misc")."""
_HANDLERS = Path("/proc/sys/fs/binfmt_misc")


class NoDaemon(OperateError):
    """No Docker daemon answers at an address."""


def image_builder(stack: PulumiStack) -> Iterator[CheckResult]:
    """Check that the stack's images can be built.

    An image whose content tag is already in the stack's state is not built again, and needs no builder.
    """
    if _has_remote_builder():
        yield ok("buildx has a remote builder")
        return
    try:
        graph = stack.graph
    except EvaluationError:
        return  # The program may need values that only the engine has.
    images: dict[str, list[Resource]] = {}
    for image in graph.of_type(_IMAGE):
        images.setdefault(_host(graph, image), []).append(image)
    if not images:
        yield ok("the stack builds no image")
    for host in images:
        try:
            architecture = architecture_of(host)
        except NoDaemon as error:
            yield from _without_daemon(stack, images[host], f"no Docker daemon answers at {host} ({error})")
        else:
            yield ok(f"a Docker daemon answers at {host}{f', for {architecture}' if architecture else ''}")
            yield from _without_emulator(graph.folder or stack.folder, images[host], architecture)


def architecture_of(host: str) -> str:
    """Return the architecture of a Docker daemon, such as `amd64` (Docker Engine API: "SystemVersion").

    Empty if it is not known: a daemon behind SSH is not contacted, and one behind TCP is only connected to.

    Raises:
        NoDaemon: it does not answer.
    """
    address = urlsplit(host)
    try:
        if address.scheme == "unix":
            return _version(address.path).get("Arch") or ""
        if address.scheme == "tcp":
            socket.create_connection((address.hostname or "", address.port or 2375), _SECONDS).close()
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NoDaemon(getattr(error, "strerror", None) or str(error) or type(error).__name__) from error
    return ""


def _version(path: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection("localhost")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection.sock:
        connection.sock.settimeout(_SECONDS)
        connection.sock.connect(path)
        connection.request("GET", "/version")
        return mapping(json.loads(connection.getresponse().read()))


def _without_daemon(stack: PulumiStack, images: Sequence[Resource], problem: str) -> Iterator[CheckResult]:
    pushed = _pushed(stack)
    missing = [_name(image) for image in images if not _tags(image.inputs) & pushed]
    if missing:
        yield failure(
            f"{problem}, but the image of {', '.join(missing)} must be built",
            "start Docker, set `build.docker_host`, or set `image` to a built image",
        )


def _without_emulator(folder: Path, images: Sequence[Resource], architecture: str) -> Iterator[CheckResult]:
    """Warn of builds that run programs of another architecture without an emulator in this machine's kernel.

    It is a warning because the builder may have its own emulator, as BuildKit's container does.
    """
    if not architecture or not _HANDLERS.parent.is_dir():
        return
    for image in images:
        for platform in texts(image.inputs.get("platforms")):
            target = platform.split("/")[1]
            if (
                target == architecture
                or not _needs_emulator(folder, image.inputs)
                or (_HANDLERS / _EMULATORS.get(target, f"qemu-{target}")).exists()
            ):
                continue
            yield warning(
                f"the image of {_name(image)} is built for {platform} on {architecture}, but this machine "
                "has no emulator registered",
                "if the build fails with `exec format error`, set `arch` or register one: `docker run "
                f"--privileged --rm tonistiigi/binfmt --install {target}`",
            )


def _needs_emulator(folder: Path, inputs: dict[str, Any]) -> bool:
    """Return whether a build for another architecture runs its programs, as far as the Dockerfile shows."""
    location = text(mapping(inputs.get("dockerfile")).get("location"))
    build_args = {
        name: value for name, value in mapping(inputs.get("buildArgs")).items() if isinstance(value, str)
    }
    try:
        file = read((folder / (location or "Dockerfile")).read_text(encoding="utf-8"))
        return runs_on_target(target_of(stages(file, build_args), text(inputs.get("target"))))
    except (OSError, ValueError):
        return True


def _has_remote_builder() -> bool:
    """Return whether buildx has a builder that needs no Docker daemon (Docker: "Build drivers")."""
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "buildx" / "instances"
    for file in folder.glob("*"):
        try:
            driver = mapping(json.loads(file.read_bytes())).get("Driver")
        except (OSError, ValueError):
            continue
        if driver in ("remote", "kubernetes", "cloud"):
            return True
    return False


def _host(graph: ResourceGraph, image: Resource) -> str:
    provider = image.options.get("provider")
    host = graph.by_urn(provider).inputs.get("host") if isinstance(provider, str) else None
    return text(host) or os.environ.get("DOCKER_HOST") or _DEFAULT_HOST


def _pushed(stack: PulumiStack) -> set[str]:
    """Return the content tags of the images in the stack's state."""
    try:
        state = exported(stack.folder, stack.name)
    except NotFound:
        return set()
    images = (item for item in resources_of(state) if item.get("type") == _IMAGE and not item.get("delete"))
    return {tag for image in images for tag in _tags(mapping(image.get("inputs")))}


def _tags(inputs: dict[str, Any]) -> set[str]:
    return {tag.rpartition(":")[2] for tag in texts(inputs.get("tags"))}


def _name(image: Resource) -> str:
    return image.name.removesuffix("-build")
