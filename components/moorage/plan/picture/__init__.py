"""A stack as a picture, and a plan as a page."""

from moorage.plan.picture.page import html
from moorage.plan.picture.svg import svg

__all__ = ["html", "svg"]
