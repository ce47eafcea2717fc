"""How the rules say what they found."""

from collections.abc import Sequence

from moorage.offline import Resource
from moorage.plan.finding import ERROR, WARNING, Finding


def error(rule: str, resource: Resource, message: str, fix: str) -> Finding:
    """Return a finding of something that cannot work, or that AWS refuses."""
    return Finding(f"preflight/{rule}", ERROR, resource.urn, message, fix)


def warning(rule: str, resource: Resource, message: str, fix: str) -> Finding:
    """Return a finding of something that works and that somebody should know."""
    return Finding(f"preflight/{rule}", WARNING, resource.urn, message, fix)


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them."""
    unique = list(dict.fromkeys(names))
    return unique[0] if len(unique) == 1 else f"{', '.join(unique[:-1])} and {unique[-1]}"
