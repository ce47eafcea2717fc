"""One view of ECS over a resource graph."""

from .view import View, view

__all__ = ["View", "view"]
