"""A stack as a picture, and a plan as a page."""

from .page import html
from .svg import svg

__all__ = ["html", "svg"]
