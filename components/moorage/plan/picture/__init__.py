"""A stack as a picture."""

from moorage.plan.picture.svg import svg

__all__ = ["svg"]
