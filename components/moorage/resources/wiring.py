"""A component as the functions that make its resources take it."""

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import pulumi

from .tags import Tags

Model = TypeVar("Model")


class Owner(NamedTuple):
    """The component that resources belong to."""

    parent: pulumi.Resource
    name: str
    tags: Tags

    @property
    def child(self) -> pulumi.ResourceOptions:
        """The options of its resources."""
        return pulumi.ResourceOptions(parent=self.parent)


@dataclass(frozen=True)
class Wiring(Generic[Model]):
    """A component's parent, model and tags; a component adds its references to others."""

    parent: pulumi.ComponentResource
    name: str
    model: Model
    tags: Tags

    @property
    def owner(self) -> Owner:
        """The component as an owner of resources."""
        return Owner(self.parent, self.name, self.tags)

    @property
    def child(self) -> pulumi.ResourceOptions:
        """The options of its resources."""
        return self.owner.child
