"""An image's arguments with every default resolved."""

from dataclasses import dataclass

from .added_files import AddedFile, added_files
from .choices import Architecture
from .fields.values import Values
from .lookup import described


@dataclass(frozen=True, slots=True)
class Build:
    """The build of an image."""

    context: str | None
    """None for an image that only files are added to."""
    image: str | None
    """The image that files are added to."""
    files: tuple[AddedFile, ...]
    dockerfile: str
    target: str | None
    args: dict[str, str] | None
    revision: str | None
    docker_host: str


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """An image with every default resolved."""

    preset: str
    arch: Architecture
    repository_name: str | None
    keep_images: int
    build: Build


def image_spec(values: Values) -> ImageSpec:
    """Return the image that the arguments describe."""
    build = described(Build, values, "build.", files=added_files(values["build.files"] or ()))
    return described(ImageSpec, values, build=build)
