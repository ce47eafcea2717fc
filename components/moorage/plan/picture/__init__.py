"""The picture of a stack and the HTML page of a plan."""

from .page import html
from .svg import svg

__all__ = ["html", "svg"]
