"""The files that a pipeline needs: it has only those of a checkout of the repository."""

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from moorage.errors import MoorageError

_HINT = (
    "write a place that other machines reach, such as 'moorage[local] @ "
    "git+https://HOST/OWNER/moorage@TAG#subdirectory=components' or the URL of a wheel, "
    "or a path within the repository"
)
_FILES = frozenset({"-r", "--requirement", "-c", "--constraint"})
_FOLDERS = frozenset({"-e", "--editable", "-f", "--find-links", "-i", "--index-url", "--extra-index-url"})
_OPTION = re.compile(rf"({'|'.join(sorted(_FILES | _FOLDERS, key=len, reverse=True))})[\s=]*(.+)")
"""An option of a requirements file that names a place (pip: "Requirements File Format")."""
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tar.bz2", ".tgz")
_PATHS = ("editable", "directory", "path", "virtual")
"""The sources of a package in uv.lock that are paths; the others are URLs, or a path of an index."""


class _Place(NamedTuple):
    """A file or a folder from which a package is installed."""

    named_in: str
    path: str
    folder: Path
    """The folder to which the path is relative."""


def check_files(root: Path, folder: Path, uv: bool, others: Sequence[Path]) -> None:
    """Check that a checkout of a repository has the files of its project.

    Args:
        root: the folder of the repository.
        folder: the folder of the project.
        uv: True if uv installs the program's dependencies, else pip.
        others: further files that the pipeline needs, if they exist.

    Raises:
        MoorageError: a dependency is a place of this machine, or git ignores a file.
    """
    needed = [*others, *(folder / name for name in ("Pulumi.yaml", "Pulumi.yml", "__main__.py"))]
    for place in _locked(root, folder) if uv else _required(folder / "requirements.txt", folder, set()):
        path = place.folder / place.path
        if Path(place.path).is_absolute() or not path.resolve().is_relative_to(root.resolve()):
            raise MoorageError(
                f"{place.named_in} is a place of this machine, and a pipeline installs from a checkout",
                hint=_HINT,
            )
        needed.append(path)
    if ignored := _ignored(root, [path for path in needed if path.exists()]):
        raise MoorageError(
            f"git ignores {', '.join(ignored)}, and the pipeline needs it",
            hint="remove it from .gitignore, and commit it",
        )


def _ignored(root: Path, paths: Sequence[Path]) -> list[str]:
    """Return the paths that git ignores, relative to the repository; none without git."""
    command = ["git", "-C", str(root), "check-ignore", "-z", "--stdin"]
    names = "\0".join(os.path.relpath(path, root) for path in paths)
    try:
        done = subprocess.run(command, input=names, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return []
    return [name for name in done.stdout.split("\0") if name]


def _required(file: Path, folder: Path, read: set[Path]) -> Iterator[_Place]:
    """Yield the places in a requirements file, and in those that it includes."""
    if not file.is_file():
        raise MoorageError(
            f"{file} not found, and the pipeline installs from it",
            hint="write the program's dependencies into it, of which moorage is one",
        )
    read.add(file)
    for number, line in _lines(file):
        match = _OPTION.fullmatch(line)
        option, value = match.groups() if match else ("", line)
        path = _path(value, is_path=option in _FILES or option in ("-e", "--editable"))
        if path is None:
            continue
        of = file.parent if option in _FILES else folder
        yield _Place(f"{file.name}:{number}: {line!r}", path, of)
        if option in _FILES and (included := (of / path).resolve()) not in read:
            yield from _required(included, folder, read)


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a requirements file with their numbers; without comments, joined at backslashes."""
    start, text = 1, ""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        text += re.sub(r"(^|\s+)#.*", "", line)
        if text.endswith("\\"):
            text = text[:-1]
            continue
        if text.strip():
            yield start, text.strip()
        start, text = number + 1, ""


def _path(value: str, *, is_path: bool) -> str | None:
    """Return the path in a requirement or a source; None if it names none, or one from a variable."""
    text = re.split(r"\s+;|\s+--", value)[0].strip("'\" ")
    if name := re.match(r"[\w.-]+\s*(?:\[[^]]*\])?\s*@\s*", text):
        text = text[name.end() :]
    scheme = urlsplit(text).scheme
    if "file" in scheme.split("+"):
        return url2pathname(urlsplit(text).path)
    if scheme or "${" in text:
        return None
    text = re.sub(r"(\[[^]]*\])?(#.*)?$", "", text, count=1)
    return text if is_path or text.startswith((".", "/")) or text.endswith(_ARCHIVES) else None


def _locked(root: Path, folder: Path) -> Iterator[_Place]:
    """Yield the places in the lock file of uv, that of the project or of the workspace around it."""
    folders = (path for path in (folder, *folder.parents) if path.is_relative_to(root))
    lock = next((file for path in folders if (file := path / "uv.lock").is_file()), None)
    if lock is None:
        raise MoorageError(
            f"{folder / 'uv.lock'} not found, and the pipeline installs from it", hint="run `uv lock`"
        )
    yield _Place(lock.name, lock.name, lock.parent)
    packages: list[dict[str, Any]] = tomllib.loads(lock.read_text(encoding="utf-8")).get("package", [])
    for package in packages:
        for kind, value in package.get("source", {}).items():
            path = _path(str(value), is_path=kind in _PATHS)
            if path is not None:
                yield _Place(f"{lock.name}: {package.get('name')}: {path}", path, lock.parent)
