"""The port and the health check's path that a Dockerfile and a compose file name."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from moorage.compose_file.nodes import Node
from moorage.compose_file.project import NAMES
from moorage.compose_file.yaml_reader import load_file
from moorage.model.dockerfile import Stage, expand

from .location import Location

T = TypeVar("T")

_URL = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::(\d{1,5}))?(/[^\s\"'`|;&)\]]*)?"
)
"""A URL of the container itself, with its port and its path."""
_PUBLISHED = re.compile(r"(?:.*:)?(\d{1,5})(?:/tcp)?", re.ASCII)
"""A port in a compose file (Compose Specification: "ports", short syntax); the container's is the last."""


class Hint(NamedTuple, Generic[T]):
    """A value, and what names it."""

    value: T
    source: str


@dataclass(frozen=True, slots=True)
class Detected:
    """The port and the health check's path, as far as they are known."""

    port: Hint[int] | None
    candidates: Sequence[int]
    """The ports that EXPOSE names, if nothing says which of them is the app's."""
    health_path: Hint[str] | None


def detect(location: Location) -> Detected:
    """Return what the Dockerfile and the compose file of a project say.

    Raises:
        MoorageError: a file cannot be read.
    """
    stage = location.stage
    checks = [Hint(expand(stage.health_check, stage.env.get) or stage.health_check, "HEALTHCHECK")]
    published: list[Hint[int]] = []
    for service in _services(location):
        where = Path(service.where.file).name
        published += [Hint(port, f"ports in {where}") for port in _published(service)]
        checks.append(Hint(_health_test(service), f"healthcheck in {where}"))
    urls = [Hint(url, check.source) for check in checks for url in _URL.finditer(check.value)]
    others = [
        *_of_environment(stage),
        *(Hint(int(url.value[1]), url.source) for url in urls if url.value[1]),
        *published,
    ]
    ports = list(dict.fromkeys(stage.exposed))
    if len(ports) == 1:
        port: Hint[int] | None = Hint(ports[0], "EXPOSE")
    else:
        port = next((hint for hint in others if not ports or hint.value in ports), None)
    path = next((Hint(url.value[2] or "/", url.source) for url in urls), None)
    return Detected(port, [] if port else ports, path)


def local_command(stage: Stage, port: int) -> list[str]:
    """Return the image's command with `$PORT` and `$HOST` in place of its port and of 0.0.0.0.

    Empty if the command does not name the port. As processes, tasks have different ports of one machine.
    """
    words = [*stage.entry_point, *stage.command]
    number = re.compile(rf"(?<![\w.$]){port}(?![\w.])")
    if not any(map(number.search, words)):
        return []
    return [number.sub("$PORT", word).replace("0.0.0.0", "$HOST") for word in words]


def _of_environment(stage: Stage) -> Iterator[Hint[int]]:
    value = stage.env.get("PORT", "")
    if re.fullmatch(r"\d{1,5}", value, re.ASCII) and "PORT" not in stage.unknown:
        yield Hint(int(value), "ENV PORT")


def _services(location: Location) -> Iterator[Node]:
    """Yield the services of a compose file, beside the Dockerfile or above it, that build the Dockerfile."""
    for folder in dict.fromkeys((location.dockerfile.parent, location.context, location.project)):
        file = next((folder / name for name in NAMES if (folder / name).is_file()), None)
        for document in load_file(file) if file else ():
            yield from (
                service
                for service in document.mapped("services").values()
                if _built(service, folder) == location.dockerfile
            )


def _built(service: Node, folder: Path) -> Path | None:
    """Return the Dockerfile that a service builds; None if it builds none."""
    build = service.get("build")
    if build is None:
        return None
    context = build.get("context") if isinstance(build.value, dict) else build
    dockerfile = build.get("dockerfile")
    path = folder / (context.text() if context else ".") / (dockerfile.text() if dockerfile else "Dockerfile")
    return Path(os.path.normpath(path))


def _published(service: Node) -> Iterator[int]:
    for node in service.listed("ports"):
        target = node.get("target")
        if match := _PUBLISHED.fullmatch(target.text() if target else node.text()):
            yield int(match[1])


def _health_test(service: Node) -> str:
    check = service.get("healthcheck")
    test = check.get("test") if check else None
    if test is None:
        return ""
    return " ".join(item.text() for item in test.items()) if isinstance(test.value, list) else test.text()
