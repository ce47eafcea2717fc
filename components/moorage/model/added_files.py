"""Files of the project that are copied into an image, beside what its Dockerfile copies."""

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from .build_context import check, copy_content, copy_file, stage, tidy
from .problems import Problems

CONTEXT = "moorage-files"
"""The name of the build context with the files."""

ONLY_FILES = "# Files of the project in an image."
"""The first line of a Dockerfile that only adds files to an image."""


class AddedFile(NamedTuple):
    """A file or folder that is copied into an image."""

    path: str
    source: str | None
    content: str | None
    owner: str | None
    mode: str | None


def stage_files(files: Sequence[AddedFile], destination: Path) -> str:
    """Make `destination` a folder that has the files by number; return the SHA-256 of their content.

    The content of folders is normalised as that of a build context.

    Raises:
        ValueError: a file cannot be sent.
    """
    digest, kept = sha256(), set[str]()
    destination.mkdir(parents=True, exist_ok=True)
    for number, file in enumerate(files):
        copy = destination / str(number)
        kept.add(str(copy))
        mode = int(file.mode, 8) if file.mode else None
        if file.source is None:
            copy_content((file.content or "").encode(), copy, mode or 0o644, digest)
        elif os.path.isdir(file.source):
            if copy.is_file():
                copy.unlink()
            content, _ = stage(Path(file.source), "Dockerfile", copy, project=Path())
            digest.update(content.encode())
            kept |= {str(path) for path in copy.rglob("*")}
        else:
            copy_file(Path(file.source), copy, mode, digest)
    tidy(destination, kept)
    return digest.hexdigest()


def copies(files: Sequence[AddedFile], origin: str | None) -> str:
    """Return the instructions of a Dockerfile that copy staged files, from the context `origin` if it is
    not the build's own."""
    lines: list[str] = []
    for number, file in enumerate(files):
        flags = [f"--from={origin}"] if origin else []
        flags += [f"--chown={file.owner}"] if file.owner else []
        path = file.path.replace("\\", "\\\\").replace("$", "\\$")
        lines.append(" ".join(["COPY", *flags, json.dumps([str(number), path])]))
    return "\n".join(lines) + "\n"


def copied(dockerfile: str) -> dict[str, str]:
    """Return the paths in the image of files that a Dockerfile copies from their own context, by number."""
    return {
        number: re.sub(r"\\(.)", r"\1", path)
        for line in dockerfile.splitlines()
        if line.startswith(f"COPY --from={CONTEXT} ")
        for number, path in [json.loads(line[line.index("[") :])]
    }


def put(source: Path, place: Path) -> None:
    """Copy a staged file, or the content of a folder, to a place that is made."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy2(source, place)


def check_files(where: str, files: Sequence[Mapping[str, Any]], problems: Problems) -> None:
    """Check the sources of the files of a build."""
    for index, file in enumerate(files):
        source, path = file.get("source"), f"{where}[{index}].source"
        if source is None:
            if "content" not in file:
                problems.say(f"{where}[{index}]", "requires source, a file or folder, or content")
        elif os.path.isdir(source):
            try:
                check(Path(source), "Dockerfile")
            except ValueError as error:
                problems.say(path, str(error))
        elif not os.path.isfile(source):
            problems.add(path, source, "is not a file or folder")
        elif not os.access(source, os.R_OK):
            problems.add(path, source, "cannot be read; make it readable")
