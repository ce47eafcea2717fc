"""Image builds: unknown stages, missing sources of COPY."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from moorage.graph import View
from moorage.model import dockerfile
from moorage.model.build_context import BuildContext
from moorage.offline import Resource
from moorage.offline.values import mapping, text

from .rule import Fault, Rule

_IMAGE = "docker-build:index:Image"


def _check(kind: str, view: View) -> Iterator[Fault]:
    """Check every locally built image for one kind of fault."""
    root = view.graph.folder or Path()
    for image in view.links.of_type(_IMAGE):
        for name, fault in _faults(image, root, view.links.by_urn(image.parent)):
            if fault.kind == kind:
                yield Fault(image, f"{name}, {fault.text}", fault.fix)


def _faults(image: Resource, root: Path, parent: Resource | None) -> Iterator[tuple[str, dockerfile.Fault]]:
    """Yield the Dockerfile's name in the program, and the fault."""
    location = text(mapping(image.inputs.get("context")).get("location"))
    source = mapping(image.inputs.get("dockerfile"))
    if location is None or not (root / location).is_dir() or not _dockerfile_is_known(image):
        return
    arguments = {name: text(value) for name, value in mapping(image.inputs.get("buildArgs")).items()}
    kinds = _decidable(image)
    folder = root / location
    file = root / (text(source.get("location")) or os.path.join(location, "Dockerfile"))
    inline = text(source.get("inline"))
    try:
        content = inline if inline is not None else file.read_text(encoding="utf-8", errors="replace")
        context = BuildContext(folder, os.path.relpath(file, folder))
        for fault in dockerfile.review(content, context, text(image.inputs.get("target")), arguments):
            if fault.kind in kinds:
                yield ("the inline Dockerfile" if inline is not None else _name(file, root, parent)), fault
    except (OSError, ValueError):
        # The component or resource checks the other arguments of the build.
        return


def _dockerfile_is_known(image: Resource) -> bool:
    source = image.inputs.get("dockerfile")
    if not isinstance(source, dict):
        return source is None
    return all(value is None or isinstance(value, str) for value in mapping(source).values())


def _decidable(image: Resource) -> tuple[str, ...]:
    """Return the kinds of faults that do not depend on unknown arguments."""
    target: Any = image.inputs.get("target")
    if not (target is None or isinstance(target, str)):
        return (dockerfile.DOCKERFILE,)
    arguments: Any = image.inputs.get("buildArgs")
    decidable = arguments is None or isinstance(arguments, dict)
    return (dockerfile.DOCKERFILE, dockerfile.TARGET, *([dockerfile.SOURCE] if decidable else []))


def _name(file: Path, root: Path, parent: Resource | None) -> str:
    build = mapping(parent.inputs.get("build")) if parent is not None else {}
    context = text(build.get("context"))
    if context is not None:
        return os.path.normpath(os.path.join(context, text(build.get("dockerfile")) or "Dockerfile"))
    return os.path.relpath(file, root)


_unbuildable = Rule(
    "preflight/dockerfile",
    "a Dockerfile that can never be built, such as one with an unknown instruction; images of moorage's "
    "components are refused when they are made",
    "Dockerfile reference",
    "fix the line of the Dockerfile",
)(partial(_check, dockerfile.DOCKERFILE))
_build_target = Rule(
    "preflight/build-target",
    "a `target` that is not a stage of the Dockerfile",
    "Dockerfile reference, FROM",
    "set `target` to one of the stages",
    acceptable=False,
)(partial(_check, dockerfile.TARGET))
_copy_source = Rule(
    "preflight/copy-source",
    "a source of `COPY` or `ADD`, in a stage that is built, that is not in the build context or that "
    "`.dockerignore` excludes",
    "Dockerfile reference, COPY; Build context",
    "fix the path, or the line of `.dockerignore`",
)(partial(_check, dockerfile.SOURCE))
