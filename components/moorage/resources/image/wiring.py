"""An image as the functions that make its resources take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pulumi

from moorage.model.image import ImageSpec
from moorage.resources.wiring import Tags, Wired


class Passed(NamedTuple):
    """The checked arguments of an image beside its model."""

    secrets: Mapping[str, pulumi.Input[str]] | None
    """The secrets of the build."""
    tags: Tags | None


ImageWiring = Wired[ImageSpec, Passed]
