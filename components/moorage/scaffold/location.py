"""The Dockerfile of a new project, its build context, and the project's folder."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from moorage.errors import MoorageError, UsageError
from moorage.model.build_context import BuildContext
from moorage.model.dockerfile import SOURCE, DockerfileError, Stage, read, review, stages, target_of

_DEPTH = 3
"""Levels of subfolders that are searched."""
_SKIPPED = frozenset({"node_modules", "vendor", "venv", "__pycache__"})
"""Folders with the files of others; those with a dot at the beginning are skipped too."""
BESIDE = "infra"
"""The project's folder in a folder that is itself the build context."""


@dataclass(frozen=True, slots=True)
class Location:
    """The place of a new project, and the Dockerfile it builds."""

    dockerfile: Path
    context: Path
    """The build context: the folder of the Dockerfile, or one above it."""
    project: Path
    """The folder of Pulumi.yaml."""

    @property
    def build(self) -> dict[str, str]:
        """The argument `build` of the app, with paths relative to the project."""
        name = self.dockerfile.relative_to(self.context).as_posix()
        build = {"context": Path(os.path.relpath(self.context, self.project)).as_posix()}
        return build if name == "Dockerfile" else {**build, "dockerfile": name}

    @property
    def stage(self) -> Stage:
        """The stage of the Dockerfile that is built.

        Raises:
            MoorageError: the Dockerfile cannot be read.
        """
        try:
            return target_of(stages(read(self.dockerfile.read_text(encoding="utf-8")), {}), None)
        except UnicodeDecodeError:
            raise MoorageError(f"{self.dockerfile}: is not UTF-8 text") from None
        except DockerfileError as error:
            raise MoorageError(f"{self.dockerfile}: {error}") from None


def dockerfiles(folder: Path) -> list[Path]:
    """Return the Dockerfile of a folder, else those of its subfolders."""
    own = folder / "Dockerfile"
    return [own] if os.path.isfile(own) else sorted(_below(folder, _DEPTH))


def _below(folder: Path, depth: int) -> Iterator[Path]:
    """Yield the Dockerfiles in the subfolders that this user can read."""
    try:
        entries = [*os.scandir(folder)]
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _SKIPPED or not entry.is_dir(follow_symlinks=False):
            continue
        file = Path(entry.path, "Dockerfile")
        if os.path.isfile(file):
            yield file
        elif depth > 1:
            yield from _below(Path(entry.path), depth - 1)


def locate(folder: Path, dockerfile: Path, project: Path | None) -> Location:
    """Return the location of a new project for a Dockerfile in `folder`, which is absolute.

    The project is `folder`, or its subfolder `infra` if `folder` is the build context: the image
    then has none of Pulumi's files, and the app keeps its own requirements.txt.

    Raises:
        UsageError: the Dockerfile is not in the folder, or the project would be the build context.
    """
    if not dockerfile.is_relative_to(folder):
        raise UsageError(
            f"{dockerfile} is not in {folder}",
            hint="pass the folder that holds both, as `moorage new FOLDER`",
        )
    # Files that the Dockerfile copies are in the folder, not in its own.
    needs_folder = _missing(dockerfile.parent, dockerfile) and not _missing(folder, dockerfile)
    context = folder if needs_folder else dockerfile.parent
    project = project or (folder / BESIDE if context == folder else folder)
    if project == context:
        raise UsageError(
            f"--dir: {project} is the build context, and everything in it would be part of the image",
            hint=f"choose another folder, such as {Path(context.name, BESIDE)}",
        )
    return Location(dockerfile, context, project)


def _missing(context: Path, dockerfile: Path) -> list[str]:
    text = dockerfile.read_text(encoding="utf-8", errors="replace")
    build_context = BuildContext(context, dockerfile.relative_to(context).as_posix())
    return [fault.text for fault in review(text, build_context, None, {}) if fault.kind == SOURCE]
