"""Preflight rules."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from moorage.graph import View
from moorage.offline import Resource
from moorage.plan.finding import Finding, FindingSeverity, RuleRecord


@dataclass(frozen=True, slots=True)
class Fault:
    """A resource that breaks a rule."""

    resource: Resource
    message: str
    """The problem, with the value."""
    fix: str = ""
    """The fix, if it depends on the resource; else empty."""
    severity: FindingSeverity | None = None
    """The severity, if it is lower than the rule's."""


Check = Callable[[View], Iterable[Fault]]


@dataclass(frozen=True, slots=True)
class Rule(RuleRecord):
    """A preflight rule: the decorator of the function that checks it."""

    check: Check = lambda _: ()

    def __call__(self, check: Check) -> "Rule":
        """Return the rule with its check."""
        return replace(self, check=check)

    def findings(self, view: View) -> Iterator[Finding]:
        """Yield its findings in a stack."""
        for fault in self.check(view):
            severity = fault.severity or self.severity
            yield Finding(self.id, severity, fault.resource.urn, fault.message, fault.fix or self.fix)
