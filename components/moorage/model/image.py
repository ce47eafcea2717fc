"""An image's arguments with every default filled in."""

from dataclasses import dataclass

from .choices import Architecture, PresetName
from .fields.values import Values


@dataclass(frozen=True, slots=True)
class Build:
    """How an image is built."""

    context: str
    dockerfile: str
    target: str | None
    args: dict[str, str] | None
    revision: str | None
    docker_host: str


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """An image, every choice made."""

    preset: PresetName
    arch: Architecture
    repository_name: str | None
    keep_images: int
    build: Build


def image_spec(values: Values) -> ImageSpec:
    """Return the image that the arguments describe."""
    return ImageSpec(
        preset=values["preset"],
        arch=values["arch"],
        repository_name=values["repository_name"],
        keep_images=values["keep_images"],
        build=Build(
            context=values["build.context"],
            dockerfile=values["build.dockerfile"],
            target=values["build.target"],
            args=values["build.args"],
            revision=values["build.revision"],
            docker_host=values["build.docker_host"],
        ),
    )
