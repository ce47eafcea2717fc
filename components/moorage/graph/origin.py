"""Base classes of the view's objects for one resource."""

from dataclasses import dataclass

from moorage.offline import Resource


@dataclass(frozen=True, slots=True)
class FromResource:
    """An object of the view for a resource of the stack."""

    resource: Resource

    @property
    def urn(self) -> str:
        """Return the URN of the resource."""
        return self.resource.urn


@dataclass(frozen=True, slots=True)
class MaybeFromResource:
    """An object of the view for a resource of the stack or an existing one."""

    resource: Resource | None
    """None for an existing resource outside the stack."""

    @property
    def urn(self) -> str:
        """Return the URN of the resource; empty without one."""
        return self.resource.urn if self.resource else ""
