"""Build contexts: a normalised copy of a folder, and the tag that follows from everything that makes an
image.

docker-build compares file modes, the context's path and every build option, and pushes again when one
differs, which a registry with immutable tags refuses. So the provider is given a copy whose modes, times and
relative path are the same in every checkout, and the tag is a hash of all that it compares.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

STAGING = ".build"
"""The folder in the project that holds the copies."""

_STATE = ".moorage"
"""The folder in the project that holds what a local run remembers."""

_TAG_LENGTH = 20


def stage(context: Path, dockerfile: str, destination: Path) -> str:
    """Make `destination` a normalised copy of `context` and return the SHA-256 of what is in it.

    Files that .dockerignore leaves out are left out, as are empty folders; modes are 0644 or 0755 by the
    owner's x bit, as git keeps them, times are 0. What is unchanged is not written again.

    Args:
        context: the folder.
        dockerfile: the Dockerfile's path in it; it and the patterns are always copied, as Docker does.
        destination: the copy's folder, made when it is not there.
    """
    digest = hashlib.sha256()
    kept: set[Path] = set()
    destination.mkdir(parents=True, exist_ok=True)
    ours = {destination.parent.resolve(), destination.parent.resolve().parent / _STATE}
    for relative in _files(context, _ignored(context, dockerfile), dockerfile, ours):
        source, copy = context / relative, destination / relative
        kept.add(copy)
        kept.update(copy.parents)
        _make_folder(copy.parent, destination)
        if source.is_symlink():
            mode, content = "link", os.readlink(source).encode()
            _copy_link(content.decode(), copy)
        else:
            executable = bool(source.stat().st_mode & 0o100)
            mode, content = ("exec" if executable else "file"), source.read_bytes()
            _copy_file(content, 0o755 if executable else 0o644, copy)
        digest.update(f"{relative.as_posix()}\0{mode}\0{len(content)}\0".encode())
        digest.update(content)
    _tidy(destination, kept)
    return digest.hexdigest()


def content_tag(context_digest: str, options: Mapping[str, Any]) -> str:
    """Return the image's tag: a hash of the context's digest and of every build option that docker-build
    compares."""
    text = json.dumps({"context": context_digest, **options}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_TAG_LENGTH]


def _files(context: Path, ignored: "_Ignore", dockerfile: str, ours: set[Path]) -> Iterator[Path]:
    """Yield the files and links to copy, relative to the context, in an order that is the same everywhere.

    The folders `ours` are left out: a context that holds the project would copy the copies into themselves.
    """
    always = (dockerfile, f"{dockerfile}.dockerignore", ".dockerignore")
    root = context.resolve()
    for folder, folders, files in os.walk(context):
        base = Path(folder).relative_to(context)
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        folders[:] = sorted(
            name
            for name in folders
            if name not in links
            and root / base / name not in ours
            and not (ignored.matches((base / name).as_posix()) and not ignored.may_keep_below)
        )
        for name in sorted(files + links):
            relative = base / name
            path = relative.as_posix()
            if path in always or not ignored.matches(path):
                source = context / relative
                if source.is_symlink() or source.is_file():
                    yield relative


def _make_folder(folder: Path, destination: Path) -> None:
    """Make a folder of the copy, in place of what was there; never through a link, which leads out of it."""
    if folder != destination:
        _make_folder(folder.parent, destination)
        if folder.is_symlink() or folder.is_file():
            folder.unlink()
    folder.mkdir(exist_ok=True)


def _copy_file(content: bytes, mode: int, copy: Path) -> None:
    if copy.is_symlink() or copy.is_dir():
        _remove(copy)
    if not copy.exists() or copy.read_bytes() != content:
        copy.write_bytes(content)
    copy.chmod(mode)
    os.utime(copy, (0, 0))


def _copy_link(target: str, copy: Path) -> None:
    if copy.is_symlink() and os.readlink(copy) == target:
        return
    if copy.is_symlink() or copy.exists():
        _remove(copy)
    copy.symlink_to(target)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _tidy(destination: Path, kept: set[Path]) -> None:
    for folder, folders, files in os.walk(destination, topdown=False):
        for name in files + folders:
            path = Path(folder) / name
            if path not in kept:
                _remove(path)
            elif path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
                os.utime(path, (0, 0))
    destination.chmod(0o755)
    os.utime(destination, (0, 0))


class _Ignore:
    """The patterns of a .dockerignore file: the last one that matches decides ("Build context", .dockerignore
    files)."""

    def __init__(self, lines: list[str]) -> None:
        self._patterns: list[tuple[re.Pattern[str], bool]] = []
        for line in lines:
            text = line.strip()
            if not text or line.startswith("#"):
                continue
            keep = text.startswith("!")
            text = os.path.normpath(text[1:].strip() if keep else text).lstrip("/")
            if text != ".":
                self._patterns.append((re.compile(_regex(text)), not keep))
        self.may_keep_below = any(not ignored for _, ignored in self._patterns)

    def matches(self, path: str) -> bool:
        ignored = False
        for pattern, ignore in self._patterns:
            if pattern.fullmatch(path):
                ignored = ignore
        return ignored


def _regex(pattern: str) -> str:
    """Return a regular expression for a pattern, which matches a path and everything below it."""
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        rest = pattern[position:]
        if rest.startswith("**"):
            # Docker takes `**` and `**/` for the same, unless it is the end, or the start of plain text.
            position += 3 if rest.startswith("**/") else 2
            anything = position >= len(pattern) or (position == 2 and not re.search(r"[*?[\\]", pattern[2:]))
            parts.append(".*" if anything else "(?:.*/)?")
        elif rest[0] == "*":
            parts.append("[^/]*")
            position += 1
        elif rest[0] == "?":
            parts.append("[^/]")
            position += 1
        elif rest[0] == "[" and "]" in rest:
            end = rest.index("]")
            parts.append(rest[: end + 1])
            position += end + 1
        elif rest[0] == "\\" and len(rest) > 1:
            parts.append(re.escape(rest[1]))
            position += 2
        else:
            parts.append(re.escape(rest[0]))
            position += 1
    return f"{''.join(parts)}(?:/.*)?"


def _ignored(context: Path, dockerfile: str) -> _Ignore:
    """Read the patterns: from `<Dockerfile>.dockerignore` when there is one, else from .dockerignore."""
    for name in (f"{dockerfile}.dockerignore", ".dockerignore"):
        file = context / name
        if file.is_file():
            return _Ignore(file.read_text(encoding="utf-8-sig").splitlines())
    return _Ignore([])
