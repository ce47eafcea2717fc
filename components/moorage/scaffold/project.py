"""Writing a new project: files are added, never overwritten."""

import os
from dataclasses import dataclass
from pathlib import Path

from moorage.errors import MoorageError
from moorage.model.build_context import BuildContext

from .content import IGNORED, Settings, files_of
from .location import Location

_PROJECTS = ("Pulumi.yaml", "Pulumi.yml")


@dataclass(frozen=True, slots=True)
class Written:
    """The files that were made, and those to which lines were added."""

    made: list[Path]
    added_to: list[Path]


def check_free(folder: Path) -> None:
    """Check that a folder is not a Pulumi project.

    Raises:
        MoorageError: it is one.
    """
    if any((folder / name).exists() for name in _PROJECTS):
        raise MoorageError(
            f"{folder} is already a Pulumi project",
            hint="add a ContainerApp to its program, or choose another folder with --dir",
        )


def write(settings: Settings, location: Location) -> Written:
    """Write the files of a project, and the lines with which git and the image ignore what is not theirs.

    Raises:
        MoorageError: a file exists; nothing was written.
    """
    files = {location.project / name: text for name, text in files_of(settings, location).items()}
    if existing := [path.name for path in files if os.path.lexists(path)]:
        raise MoorageError(
            f"{location.project} already has {', '.join(existing)}; no file is overwritten",
            hint="choose another folder with --dir",
        )
    location.project.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    lines = {location.project / ".gitignore": IGNORED, **_ignored_by_the_image(location)}
    made, added_to = list(files), list[Path]()
    for path, additions in lines.items():
        existed = path.exists()
        if _add(path, additions):
            (added_to if existed else made).append(path)
    return Written(made, added_to)


def _ignored_by_the_image(location: Location) -> dict[Path, tuple[str, ...]]:
    """Return the lines that keep the project out of the build context, if it is in it."""
    if not location.project.is_relative_to(location.context):
        return {}
    context = BuildContext(location.context, location.dockerfile.relative_to(location.context).as_posix())
    inside = location.project.relative_to(location.context).as_posix()
    return {context.ignore_file: (f"{inside}/",)} if context.sends(inside) else {}


def _add(path: Path, lines: tuple[str, ...]) -> bool:
    """Add the lines that a file does not have; return whether there were any."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    missing = [line for line in lines if line not in text.splitlines()]
    with path.open("a", encoding="utf-8") as file:
        file.write(
            "".join(f"{line}\n" for line in (["", *missing] if text and text[-1] != "\n" else missing))
        )
    return bool(missing)
