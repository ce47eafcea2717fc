"""Build contexts: a normalised copy of a folder, and the image tag that follows from its content.

docker-build compares file modes, the context's path and every build option, and pushes again when one
differs, which a registry with immutable tags refuses. So the provider gets a copy whose modes, times and
relative path are the same in every checkout, and the tag is a hash of all that it compares.
"""

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from moorage.errors import MoorageError

from .dockerignore import Ignore, Matches, ancestry, read

STAGING = ".build"
"""The folder in the project that holds the copies."""

_STATE = ".moorage"
"""The folder in the project that holds the state of a local run."""

_TAG_LENGTH = 20
_CHUNK = 1 << 20


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


class ContextError(MoorageError, ValueError):
    """A file or folder that cannot be sent to a builder; the text names it."""


class Entry(NamedTuple):
    """An entry of a build context: a file, a link or an empty folder."""

    path: str
    """Relative to the context, with slashes."""
    kind: str
    """`file`, `exec`, `link` or `dir`, as the digest has it."""


class BuildContext:
    """A folder and a Dockerfile, in it or elsewhere, as `docker build -f` takes them."""

    def __init__(self, folder: Path, dockerfile: str, skipped: frozenset[Path] = frozenset()) -> None:
        """Read the patterns of `<Dockerfile>.dockerignore` if there is one, else of .dockerignore.

        Raises:
            ValueError: a line of the file is not a pattern, or the patterns are not in a file.
        """
        self.folder, self._skipped = folder, skipped
        self.file = folder / dockerfile
        self.dockerfile = Path(os.path.relpath(self.file, folder)).as_posix()
        self._root = folder.resolve()
        lexically = not self.dockerfile.startswith("../")
        self.inside = lexically and self.file.resolve().is_relative_to(self._root)
        """True if the Dockerfile is in the context."""
        own = Path(f"{self.file}.dockerignore")
        patterns = _patterns(own)
        self.own_ignore_file = own if patterns else None
        self.ignore_file = self.own_ignore_file or folder / ".dockerignore"
        self.ignore = patterns or _patterns(self.ignore_file) or Ignore()
        self._always = self._builders_own()

    def entries(self) -> Iterator[Entry]:
        """Yield the entries that Docker sends, the Dockerfile and the patterns, in a fixed order.

        Folders are among them only when nothing in them is sent; sockets, pipes and devices are skipped.

        Raises:
            ContextError: a name is not UTF-8, or a folder cannot be read.
            PatternError: a path meets a pattern that Docker refuses.
        """
        return self._below("", self.ignore.nothing, False)

    def sends(self, path: str) -> bool:
        """Return whether a path that exists, or an entry below it, is sent."""
        ignored, matches = self.ignore.matches_along(path)
        if not ignored:
            return True
        folder = self.folder / path
        if not folder.is_dir() or folder.is_symlink():
            return False
        return any(entry.path not in self._always for entry in self._below(f"{path}/", matches, True))

    def _builders_own(self) -> frozenset[str]:
        """Return the paths that are always in the copy, with their folders."""
        own = [".dockerignore"]
        if self.inside:
            real = self.file.resolve().relative_to(self._root).as_posix()
            own += [real, self.dockerfile, f"{self.dockerfile}.dockerignore"]
        return frozenset(part for path in own for part in ancestry(path))

    def _below(self, base: str, parent: Matches, hidden: bool) -> Iterator[Entry]:
        """Yield the entries that are sent of a folder; `base` ends with a slash except for the root."""
        folders: list[str] = []
        for dir_entry in self._listed(base, hidden):
            path = base + dir_entry.name
            if dir_entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif dir_entry.is_symlink() or dir_entry.is_file(follow_symlinks=False):
                ignored, _ = self.ignore.matches(path, parent)
                if not ignored or path in self._always:
                    yield self._entry(path, dir_entry)
        for path in folders:
            if self._skipped and self._root / path in self._skipped:
                continue
            ignored, matches = self.ignore.matches(path, parent)
            if ignored and path not in self._always and not self.ignore.may_keep_below(path):
                continue
            empty = True
            for entry in self._below(f"{path}/", matches, ignored):
                empty = False
                yield entry
            if empty and not ignored:
                yield Entry(self._checked(path), "dir")

    def _listed(self, base: str, hidden: bool) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.folder / base) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except PermissionError as error:
            if hidden:
                return []
            raise ContextError(_unreadable(self.folder / base, error)) from None

    def _entry(self, path: str, dir_entry: os.DirEntry[str]) -> Entry:
        self._checked(path)
        if dir_entry.is_symlink():
            return Entry(path, "link")
        return Entry(path, "exec" if dir_entry.stat().st_mode & 0o100 else "file")

    def _checked(self, path: str) -> str:
        try:
            path.encode()
        except UnicodeEncodeError:
            name = os.fsencode(self.folder / path).decode(errors="backslashreplace")
            wrong = f"{name}: its name is not UTF-8; rename it, or exclude it in .dockerignore"
            raise ContextError(wrong) from None
        return path


def _patterns(file: Path) -> Ignore | None:
    """Return the patterns of a file; None when it does not exist.

    A folder is an error, as for the classic `docker build`, and so is a pipe: BuildKit treats both as absent,
    and would send more than intended.

    Raises:
        ContextError: it is not a regular file, or cannot be read.
        PatternError: Docker refuses a line.
    """
    try:
        mode = file.stat().st_mode
        if stat.S_ISREG(mode):
            return read(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ContextError(_unreadable(file, error)) from None
    kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
    raise ContextError(f"{file}: {kind}; patterns must be in a regular file; write one, or remove it")


def check(folder: Path, dockerfile: str) -> None:
    """Check that every entry of a context can be sent.

    Raises:
        ValueError: one cannot; the text names the file, and the line of a wrong pattern.
    """
    for entry in BuildContext(folder, dockerfile, _ours(Path())).entries():
        if entry.kind != "link" and not os.access(folder / entry.path, os.R_OK):
            raise ContextError(_unreadable(folder / entry.path, PermissionError(0, "permission denied")))


def _ours(project: Path) -> frozenset[Path]:
    """Return the folders that are never sent; a context that holds the project would copy its own copies."""
    return frozenset({project.resolve() / STAGING, project.resolve() / _STATE})


def _unreadable(path: Path, error: OSError) -> str:
    reason = (error.strerror or str(error)).lower()
    return f"{path}: {reason}; make it readable, or exclude it in .dockerignore"


def stage(
    folder: Path, dockerfile: str, destination: Path, *, project: Path | None = None, added: str = ""
) -> tuple[str, Path]:
    """Make `destination` a normalised copy of a context; return the SHA-256 of its content, and the path of
    the Dockerfile in the copy, to which the instructions `added` are added.

    Modes are 0644 or 0755 by the owner's x bit, as in git; times are 0. Unchanged files are not written
    again. A Dockerfile outside the context is copied beside the copy.

    Raises:
        ValueError: a file cannot be sent, or a pattern is wrong.
    """
    context = BuildContext(folder, dockerfile, _ours(project or destination.parent.parent))
    digest = hashlib.sha256()
    destination.mkdir(parents=True, exist_ok=True)
    kept: set[str] = set()
    links: list[str] = []
    for entry in context.entries():
        source, copy = os.path.join(folder, entry.path), os.path.join(destination, entry.path)
        _make_folders(os.path.dirname(copy), str(destination), kept)
        if entry.kind == "dir":
            _make_folders(copy, str(destination), kept)
            digest.update(_header(entry, 0))
            continue
        kept.add(copy)
        if entry.kind == "link":
            links.append(entry.path)
            target = os.readlink(source)
            digest.update(_header(entry, len(os.fsencode(target))) + os.fsencode(target))
            _copy_link(target, copy)
        else:
            _copy_file(source, entry, copy, digest)
    tidy(destination, kept)
    _add_what_links_reach(destination, links, digest)
    place = _place_of_dockerfile(context, destination, added, digest)
    return digest.hexdigest(), place


def stage_dockerfile(content: str, destination: Path) -> tuple[str, Path]:
    """Make `destination` a context with nothing but a Dockerfile; return as `stage` does."""
    place = destination / "Dockerfile"
    destination.mkdir(parents=True, exist_ok=True)
    copy_content(content.encode(), place, 0o644, hashlib.sha256())
    tidy(destination, {str(place)})
    return hashlib.sha256(content.encode()).hexdigest(), place


def content_tag(context_digest: str, options: Mapping[str, Any]) -> str:
    """Return the image's tag: a hash of the context's digest and of docker-build's options."""
    text = json.dumps({"context": context_digest, **options}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_TAG_LENGTH]


def _header(entry: Entry, size: int) -> bytes:
    return f"{entry.path}\0{entry.kind}\0{size}\0".encode()


def _place_of_dockerfile(context: BuildContext, destination: Path, added: str, digest: _Digest) -> Path:
    """Return the path of the copied Dockerfile; copy one that is outside the context or has instructions
    added, and its own patterns."""
    if context.inside and not added:
        return destination / context.dockerfile
    # No component's name has a dot, so no other copy is there.
    place = destination.with_name(f"{destination.name}.Dockerfile")
    if added:
        # A file may end without a line break.
        text = context.file.read_bytes() + b"\n" + added.encode()
        copy_content(text, place, 0o644, digest)
    else:
        _copy_file(str(context.file), Entry("../Dockerfile", "file"), str(place), digest)
    patterns = Path(f"{place}.dockerignore")
    if context.own_ignore_file is None:
        patterns.unlink(missing_ok=True)
    else:
        entry = Entry("../Dockerfile.dockerignore", "file")
        _copy_file(str(context.own_ignore_file), entry, str(patterns), digest)
    return place


def _add_what_links_reach(destination: Path, links: list[str], digest: _Digest) -> None:
    """Add the targets outside the copy that its links name: docker-build reads them."""
    root = destination.resolve()
    for path in links:
        real = (destination / path).resolve()
        if not real.is_relative_to(root) and real.exists():
            digest.update(f"{path}\0outside\0".encode())
            if real.is_file():
                with real.open("rb") as content:
                    digest.update(hashlib.file_digest(content, "sha256").digest())


def _make_folders(folder: str, destination: str, kept: set[str]) -> None:
    """Make a folder of the copy in place of a file or a link; a link would leave the copy."""
    if folder in kept or folder == destination:
        return
    _make_folders(os.path.dirname(folder), destination, kept)
    if os.path.islink(folder) or os.path.isfile(folder):
        os.unlink(folder)
    os.makedirs(folder, exist_ok=True)
    kept.add(folder)


def _copy_file(source: str, entry: Entry, copy: str, digest: _Digest) -> None:
    """Copy a file that has changed, and add its path, mode and content to the digest."""
    _make_room(copy)
    with open(source, "rb") as content:
        size = os.fstat(content.fileno()).st_size
        digest.update(_header(entry, size))
        may_be_same = os.path.exists(copy) and os.path.getsize(copy) == size
        with open(copy, "rb" if may_be_same else "wb") as other:
            same = True
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
                if may_be_same:
                    same = same and other.read(_CHUNK) == chunk
                else:
                    other.write(chunk)
    if not same:
        shutil.copyfile(source, copy)
    _normalise(copy, 0o755 if entry.kind == "exec" else 0o644)


def copy_file(source: Path, copy: Path, mode: int | None, digest: _Digest) -> None:
    """Copy a file, with its own mode or another, and add name, mode and content of the copy to the digest."""
    kind = "exec" if os.stat(source).st_mode & 0o100 else "file"
    _copy_file(str(source), Entry(copy.name, kind), str(copy), digest)
    if mode is not None:
        digest.update(oct(mode).encode())
        _normalise(str(copy), mode)


def copy_content(content: bytes, copy: Path, mode: int, digest: _Digest) -> None:
    """Write a file, and add its name, mode and content to the digest."""
    digest.update(f"{copy.name}\0{mode:o}\0{len(content)}\0".encode() + content)
    _make_room(str(copy))
    if not copy.exists() or copy.read_bytes() != content:
        copy.unlink(missing_ok=True)
        copy.write_bytes(content)
    _normalise(str(copy), mode)


def _normalise(path: str, mode: int) -> None:
    now = os.stat(path)
    if now.st_mode & 0o7777 != mode:
        os.chmod(path, mode)
    if now.st_mtime_ns != 0:
        os.utime(path, (0, 0))


def _copy_link(target: str, copy: str) -> None:
    if os.path.islink(copy) and os.readlink(copy) == target:
        return
    if os.path.lexists(copy):
        _remove(copy)
    os.symlink(target, copy)


def _make_room(path: str) -> None:
    """Remove a folder or a link that is in the place of a file."""
    if os.path.islink(path) or os.path.isdir(path):
        _remove(path)


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def tidy(destination: Path, kept: set[str]) -> None:
    """Remove what is not to be kept in a folder of copies."""
    for folder, folders, files in os.walk(destination, topdown=False):
        for name in files + folders:
            path = os.path.join(folder, name)
            if path not in kept:
                _remove(path)
        _normalise(folder, 0o755)
