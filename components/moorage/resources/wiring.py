"""What the functions that make a component's resources take."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import pulumi

from .roles import RoleOwner
from .tags import Tags

Model = TypeVar("Model")


@dataclass(frozen=True)
class Wiring(Generic[Model]):
    """A component's parent, model and tags; a component adds its references to others."""

    parent: pulumi.ComponentResource
    name: str
    model: Model
    tags: Tags

    @property
    def child(self) -> pulumi.ResourceOptions:
        """The options of a resource in the component."""
        return pulumi.ResourceOptions(parent=self.parent)

    @property
    def owner(self) -> RoleOwner:
        """The component as an owner of roles."""
        return RoleOwner(self.parent, self.name, self.tags)
