"""Base classes of the parts of the view that stand for one resource."""

from dataclasses import dataclass

from moorage.offline import Resource


@dataclass(frozen=True, slots=True)
class FromResource:
    """A part of the view that is made from a resource of the stack."""

    resource: Resource

    @property
    def urn(self) -> str:
        """The URN of the resource."""
        return self.resource.urn


@dataclass(frozen=True, slots=True)
class MaybeFromResource:
    """A part of the view that may also stand for what exists already."""

    resource: Resource | None
    """None for a resource that exists already and is not in the stack."""

    @property
    def urn(self) -> str:
        """The URN of the resource; empty where there is none."""
        return self.resource.urn if self.resource else ""
