"""Builds of images: a stage that is not there, files that COPY does not find."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moorage.model.build_context import BuildContext
from moorage.model.dockerfile import DOCKERFILE, SOURCE, TARGET, Fault, review
from moorage.offline import Resource
from moorage.offline.values import mapping, text
from moorage.plan.finding import Finding

from .report import error
from .services import Services

_IMAGE = "docker-build:index:Image"


def check(services: Services) -> Iterator[Finding]:
    """Read the Dockerfile of every image that is built from a folder of this machine."""
    graph = services.stack.graph
    for image in graph.of_type(_IMAGE):
        parent = graph.by_urn(image.parent) if image.parent else None
        for name, fault in _faults(image, graph.folder or Path(), parent):
            message = f"{name}, {fault.text}"
            if fault.kind == DOCKERFILE:
                yield error("dockerfile", image, message, fault.fix)
            elif fault.kind == TARGET:
                yield error("build-target", image, message, fault.fix)
            else:
                yield error("copy-source", image, message, fault.fix)


def _faults(image: Resource, root: Path, parent: Resource | None) -> Iterator[tuple[str, Fault]]:
    """Yield the Dockerfile's name, as the program gives it, and what is wrong."""
    location = text(mapping(image.inputs.get("context")).get("location"))
    dockerfile = mapping(image.inputs.get("dockerfile"))
    if location is None or not (root / location).is_dir() or not _dockerfile_is_known(image):
        return
    arguments = {name: text(value) for name, value in mapping(image.inputs.get("buildArgs")).items()}
    judged = _judged(image)
    folder = root / location
    file = root / (text(dockerfile.get("location")) or os.path.join(location, "Dockerfile"))
    inline = text(dockerfile.get("inline"))
    try:
        content = inline if inline is not None else file.read_text(encoding="utf-8", errors="replace")
        context = BuildContext(folder, os.path.relpath(file, folder))
        for fault in review(content, context, text(image.inputs.get("target")), arguments):
            if fault.kind in judged:
                yield ("the inline Dockerfile" if inline is not None else _name(file, root, parent)), fault
    except (OSError, ValueError):
        # The build's own arguments are refused by what makes it.
        return


def _dockerfile_is_known(image: Resource) -> bool:
    given = image.inputs.get("dockerfile")
    if not isinstance(given, dict):
        return given is None
    return all(value is None or isinstance(value, str) for value in mapping(given).values())


def _judged(image: Resource) -> tuple[str, ...]:
    """Return the kinds of faults that do not depend on an argument that is not known yet."""
    target: Any = image.inputs.get("target")
    if not (target is None or isinstance(target, str)):
        return (DOCKERFILE,)
    arguments: Any = image.inputs.get("buildArgs")
    known = arguments is None or isinstance(arguments, dict)
    return (DOCKERFILE, TARGET, SOURCE) if known else (DOCKERFILE, TARGET)


def _name(file: Path, root: Path, parent: Resource | None) -> str:
    build = mapping(parent.inputs.get("build")) if parent is not None else {}
    context = text(build.get("context"))
    if context is not None:
        return os.path.normpath(os.path.join(context, text(build.get("dockerfile")) or "Dockerfile"))
    return os.path.relpath(file, root)
