"""Sources of COPY and ADD that are not in a build context."""

import os
import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from moorage.model.build_context import BuildContext
from moorage.model.dockerignore import ancestry

from .stages import Stage, reachable

_ADDRESS = re.compile(r"(?:https?|git|ssh)://|git@|.*\.git(?:[#?]|$)")
_WILDCARD = re.compile(r"(?<!\\)[*?[]")


class Missing(NamedTuple):
    """A source that is not in the build context."""

    line: int
    text: str
    """The instruction's name and what is wrong."""
    fix: str


def missing_sources(target: Stage, context: BuildContext) -> Iterator[Missing]:
    """Yield the sources of the stages of a `target` that are not in the context.

    Skipped are patterns, which may match nothing; addresses; names with unknown variables; paths through a
    link.
    """
    for stage in reachable(target):
        for copy in stage.copies:
            name, line = copy.instruction.name, copy.instruction.line
            for source in copy.sources:
                if not _WILDCARD.search(source) and not (name == "ADD" and _ADDRESS.match(source)):
                    missing = _missing(name, line, source, context)
                    if missing is not None:
                        yield missing


def _missing(instruction: str, line: int, source: str, context: BuildContext) -> Missing | None:
    # A source is a path from the root of the context; .. does not leave it.
    path = posixpath.normpath(f"/{source}").lstrip("/")
    if not path or _through_link(context, path):
        return None
    if os.path.lexists(context.folder / path) and context.sends(path):
        return None
    pattern = context.ignore.decides(path)
    if pattern is not None:
        file = "the Dockerfile's own .dockerignore" if context.own_ignore_file else ".dockerignore"
        text = f"{instruction} {source}: excluded by {file} line {pattern.line} ({pattern.text})"
        return Missing(line, text, f"change that line, or add !{path} below it")
    text = f"{instruction} {source}: not in the build context"
    if source.startswith("..") or "/../" in source:
        fix = "build from a folder that holds it, as `context`"
        return Missing(line, f"{text}; .. does not leave it", fix)
    return Missing(line, text, "add the file, or correct the path; it is relative to the context")


def _through_link(context: BuildContext, path: str) -> bool:
    return any((context.folder / folder).is_symlink() for folder in ancestry(path))
