"""An image as the functions that make its resources take it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from moorage.model.fields.values import Values
from moorage.model.image import ImageSpec, image_spec
from moorage.resources.wiring import Wiring, tags_for


@dataclass(frozen=True)
class ImageWiring(Wiring[ImageSpec]):
    """An image with the secrets of its build."""

    secrets: Mapping[str, pulumi.Input[str]] | None


def image_wiring(image: pulumi.ComponentResource, name: str, values: Values) -> ImageWiring:
    """Return the wiring of an image with these checked arguments."""
    return ImageWiring(
        image, name, image_spec(values), tags_for(name, values["tags"]), values["build.secrets"]
    )
