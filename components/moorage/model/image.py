"""An image's arguments with every default resolved."""

from dataclasses import dataclass

from .choices import Architecture
from .fields.values import Values
from .lookup import described


@dataclass(frozen=True, slots=True)
class Build:
    """The build of an image."""

    context: str
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
    return described(ImageSpec, values, build=described(Build, values, "build."))
