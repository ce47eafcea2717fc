"""A watcher of the components that a program declares: `moorage plan --explain` records their arguments."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

watcher: ContextVar[Callable[[str, Any], Any] | None] = ContextVar("moorage_watcher", default=None)
"""Is called with the name and the arguments of each component, and returns the arguments to use."""
