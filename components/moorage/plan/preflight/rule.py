"""Preflight rules."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from moorage.graph import View
from moorage.offline import Resource
from moorage.plan.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class Fault:
    """A resource that breaks a rule."""

    resource: Resource
    message: str
    """What is wrong, with the value."""
    fix: str = ""
    """What to do, where that depends on the resource; empty where the rule says it."""
    severity: Severity | None = None
    """The severity, where it is less than the rule's."""


Check = Callable[[View], Iterable[Fault]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the preflight."""

    id: str
    """Such as `preflight/spot-only`: what findings, exceptions and the documentation call it."""
    title: str
    """What it finds."""
    source: str
    """The titles of the pages of AWS's documentation, or of another one that is named, that it follows."""
    fix: str
    """What to do, with the argument to change."""
    check: Check
    severity: Severity = Severity.ERROR
    may_warn: bool = False
    """Whether some of its findings are only warnings."""
    acceptable: bool = True
    """Whether a stack may accept its findings. It cannot where values of the program contradict each other,
    so that AWS refuses the deployment whatever the reason is."""

    def findings(self, view: View) -> Iterator[Finding]:
        """Yield what it finds in a stack."""
        for fault in self.check(view):
            severity = fault.severity or self.severity
            yield Finding(self.id, severity, fault.resource.urn, fault.message, fault.fix or self.fix)


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them."""
    unique = list(dict.fromkeys(names))
    return unique[0] if len(unique) == 1 else f"{', '.join(unique[:-1])} and {unique[-1]}"
