"""Faults of a build that are found without it."""

import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from moorage.model.build_context import BuildContext
from moorage.model.dockerignore import ancestry

from .checks import read
from .stages import Stage, reachable, stages, target_of
from .syntax import DockerfileError, Instruction

_ADDRESS = re.compile(r"(?:https?|git|ssh)://|git@|.*\.git(?:[#?]|$)")
_WILDCARD = re.compile(r"(?<!\\)[*?[]")

DOCKERFILE, TARGET, SOURCE = "dockerfile", "target", "source"


class Fault(NamedTuple):
    """A reason that a build fails."""

    kind: str
    """`dockerfile`, `target` or `source`."""
    text: str
    fix: str


def review(
    text: str, context: BuildContext, target: str | None, build_args: Mapping[str, str | None]
) -> Iterator[Fault]:
    """Yield the faults of a Dockerfile in a context; a build argument is None if it is not known yet."""
    try:
        file = read(text)
    except DockerfileError as error:
        yield Fault(DOCKERFILE, str(error), "correct the Dockerfile")
        return
    if not file.standard:
        return
    made = stages(file, build_args)
    try:
        stage = target_of(made, target)
    except ValueError as error:
        advice = "set `target` to one of the stages, or omit it for the last one"
        yield Fault(TARGET, f"target {error}", advice)
        return
    yield from _missing_sources(stage, context)


def _missing_sources(target: Stage, context: BuildContext) -> Iterator[Fault]:
    """Yield the sources of the stages of a `target` that are not in the context.

    Skipped are patterns, which may match nothing; addresses; names with unknown variables; paths through a
    link.
    """
    for stage in reachable(target):
        for copy in stage.copies:
            for source in copy.sources:
                is_address = copy.instruction.name == "ADD" and _ADDRESS.match(source)
                if not is_address and not _WILDCARD.search(source):
                    yield from _missing(copy.instruction, source, context)


def _missing(instruction: Instruction, source: str, context: BuildContext) -> Iterator[Fault]:
    # A source is a path from the root of the context; .. does not leave it.
    path = posixpath.normpath(f"/{source}").lstrip("/")
    if not path or any((context.folder / folder).is_symlink() for folder in ancestry(path)):
        return
    if os.path.lexists(context.folder / path) and context.sends(path):
        return
    wrong, fix = (
        "not in the build context",
        "add the file, or correct the path; it is relative to the context",
    )
    pattern = context.ignore.decides(path)
    if pattern is not None:
        file = "the Dockerfile's own .dockerignore" if context.own_ignore_file else ".dockerignore"
        wrong = f"excluded by {file} line {pattern.line} ({pattern.text})"
        fix = f"change that line, or add !{path} below it"
    elif source.startswith("..") or "/../" in source:
        wrong = f"{wrong}; .. does not leave it"
        fix = "build from a folder that holds it, as `context`"
    yield Fault(SOURCE, f"line {instruction.line}: {instruction.name} {source}: {wrong}", fix)
