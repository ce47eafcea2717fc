"""Checks of the images of an app or a job, and of a build: its folder, its Dockerfile and the files that are
added."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from moorage.model.fields.image import BUILD
from moorage.model.image_reference import wrong_reference
from moorage.model.problems import Problems


def check_images(args: Mapping[str, Any], good: Mapping[str, Any], problems: Problems) -> None:
    """Check where the images of an app or a job come from."""
    containers: Mapping[str, Mapping[str, Any]] = good.get("containers", {})
    further = {f"containers.{name}.": settings for name, settings in containers.items()}
    for where, settings in {"": args, **further}.items():
        if "image" not in settings and "build" not in settings:
            problems.say(
                f"{where}image", "is required without build; give an image reference, or a folder to build"
            )
    builds = {where: of["build"] for where, of in {"": good, **further}.items() if "build" in of}
    for where, build in builds.items():
        check_build(f"{where}build", build, problems)


def check_build(where: str, build: Mapping[str, Any] | None, problems: Problems) -> None:
    """Check the files of the build that the argument `where` gives, if any."""
    if build is None or "mirror" in build:
        return
    from moorage.model.added_files import check_files  # For builds only.

    check_files(f"{where}.files", build.get("files", ()), problems)
    if "image" in build:
        if wrong := wrong_reference(build["image"]):
            problems.add(f"{where}.image", build["image"], wrong)
        return
    if "context" not in build:
        if not problems.concerns(where):
            problems.say(f"{where}.context", "is required without image or mirror; give a folder to build")
        return
    context, dockerfile = Path(build["context"]), build.get("dockerfile", BUILD["dockerfile"].default)
    if not os.path.isdir(context):
        problems.add(f"{where}.context", str(context), "is not a folder of the project")
    elif not os.path.isfile(context / dockerfile):
        problems.add(f"{where}.dockerfile", dockerfile, f"is not a file in {str(context)!r}")
    else:
        _check_folder(where, context, dockerfile, problems)


def _check_folder(where: str, context: Path, dockerfile: str, problems: Problems) -> None:
    """Check for what Docker refuses before it builds: a file it cannot send, a Dockerfile it cannot parse."""
    from moorage.model.build_context import check
    from moorage.model.dockerfile import read

    try:
        check(context, dockerfile)
    except ValueError as error:
        problems.say(f"{where}.context", str(error))
    file = os.path.normpath(context / dockerfile)
    try:
        read(Path(file).read_text(encoding="utf-8", errors="replace"))
    except ValueError as error:
        problems.say(f"{where}.dockerfile", f"{file}, {error}")
    except OSError as error:
        problems.say(f"{where}.dockerfile", f"{file}: {(error.strerror or str(error)).lower()}")
