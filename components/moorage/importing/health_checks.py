"""Health checks of load balancers, within the bounds of AWS."""

from typing import Any

from .bounds import bounded
from .tables import Function, Target, whole

_BOUNDS = {
    "interval": (5, 300),
    "timeout": (2, 120),
    "healthy_threshold": (2, 10),
    "unhealthy_threshold": (2, 10),
}
_INTERVAL = 10
"""Seconds between two checks where the source names none, as in Copilot."""


def checked(argument: str, read: Any = whole) -> Function[Target]:
    """Return a function for a number of the health check."""
    low, high = _BOUNDS[argument]
    return bounded(f"health_check.{argument}", low, high, "the load balancer", read)


def settle_timeout(arguments: dict[str, Any]) -> None:
    """Keep the interval of a health check above its timeout."""
    check = arguments.get("health_check", {})
    if "timeout" in check:
        check["interval"] = max(check.get("interval", _INTERVAL), check["timeout"] + 1)
