"""A component as the functions that make its resources take it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import pulumi

from moorage.model.tags import APP_TAG, STACK_TAG, wrong_tag_value

from .inputs import checked_later

Model = TypeVar("Model")

Tags = dict[str, pulumi.Input[str]]
"""Tags by key."""


@dataclass(frozen=True)
class Wiring(Generic[Model]):
    """A component's parent, model and tags; a component adds its references to others."""

    parent: pulumi.Resource
    name: str
    model: Model
    tags: Tags
    permissions_boundary: pulumi.Input[str] | None = field(default=None, kw_only=True)
    """That of the roles it makes."""

    @property
    def child(self) -> pulumi.ResourceOptions:
        """The options of its resources."""
        return pulumi.ResourceOptions(parent=self.parent)


Owner = Wiring[Any]
"""The component that resources belong to."""


def tags_for(name: str, tags: Mapping[str, pulumi.Input[str]] | None) -> Tags:
    """Return the user's tags, and those of the app and the stack.

    Raises:
        RunError: the value of a tag is an Output that, once known, AWS would refuse.
    """
    given = {
        key: checked_later(f"{name}: tags.{key}", value, wrong_tag_value)
        for key, value in (tags or {}).items()
    }
    return {APP_TAG: name, STACK_TAG: pulumi.get_stack(), **given}
