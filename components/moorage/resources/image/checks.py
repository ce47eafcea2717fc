"""Checks of the images of an app or a job."""

from collections.abc import Mapping
from typing import Any

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
    if builds:
        from .build_checks import check_build  # Reading Dockerfiles is for builds only.

        for where, build in builds.items():
            check_build(f"{where}build", build, problems)
