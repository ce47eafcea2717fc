"""Accepted findings: exceptions of presets and of the stack's configuration."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase

from moorage.graph import View
from moorage.model.configuration import EXCEPTIONS_KEY
from moorage.model.presets import PRESETS
from moorage.offline import Resource

from .finding import Finding
from .presets import PRESET_EXCEPTIONS, Presets


@dataclass(frozen=True, slots=True)
class RuleException:
    """Findings that a stack accepts, with the reason."""

    rules: tuple[str, ...]
    """The ids of controls and of rules of preflight and previews."""
    reason: str
    resource: str = "*"
    """The name of the resource, with the wildcards `*` and `?`."""
    place: str = EXCEPTIONS_KEY
    """Its place in the configuration."""

    def covers(self, rule: str, resource: Resource) -> bool:
        """Return whether it accepts findings of a rule for a resource."""
        return rule in self.rules and self.names(resource)

    def names(self, resource: Resource) -> bool:
        """Return whether it is for a resource."""
        return fnmatchcase(resource.name, self.resource)


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted finding."""

    finding: Finding
    by: str
    """The preset, or `the stack`."""
    reason: str


@dataclass(frozen=True, slots=True)
class Review:
    """Open and accepted findings."""

    findings: tuple[Finding, ...]
    """The open findings."""
    accepted: tuple[Accepted, ...]


def review(
    view: View,
    findings: Iterable[Finding],
    exceptions: Sequence[RuleException],
    previewed: Iterable[Resource] = (),
) -> Review:
    """Separate the findings that the stack or a preset accepts; some are of resources in a preview only."""
    presets = Presets(view.links)
    resources = _by_urn([*previewed, *view.graph])
    still_open: list[Finding] = []
    accepted: list[Accepted] = []
    for finding in findings:
        resource = resources.get(finding.resource)
        acceptance = resource and _accepted(finding, resource, exceptions, presets)
        if acceptance:
            accepted.append(acceptance)
        else:
            still_open.append(finding)
    return Review(tuple(still_open), tuple(accepted))


def _accepted(
    finding: Finding, resource: Resource, exceptions: Sequence[RuleException], presets: Presets
) -> Accepted | None:
    exception = next((item for item in exceptions if item.covers(finding.rule, resource)), None)
    if exception is not None:
        return Accepted(finding, "the stack", exception.reason)
    preset = presets.of(resource) or ""
    base = PRESETS[preset].base if preset in PRESETS else ""
    reason = PRESET_EXCEPTIONS.get(base, {}).get(finding.rule)
    return Accepted(finding, preset, reason) if reason else None


def limited(exceptions: Iterable[RuleException], is_checked: Callable[[str], bool]) -> list[RuleException]:
    """Return the exceptions with those of their rules that are checked."""
    return [replace(exception, rules=tuple(filter(is_checked, exception.rules))) for exception in exceptions]


def _by_urn(resources: Iterable[Resource]) -> dict[str, Resource]:
    return {resource.urn: resource for resource in resources}


def unused(
    resources: Iterable[Resource], findings: Iterable[Finding], exceptions: Iterable[RuleException]
) -> Iterator[str]:
    """Yield a warning for each exception, or rule of it, that matches no finding, accepted or not."""
    by_urn = _by_urn(resources)
    pairs = [(finding.rule, by_urn[finding.resource]) for finding in findings if finding.resource in by_urn]
    for exception in exceptions:
        if not any(map(exception.names, by_urn.values())):
            near = get_close_matches(exception.resource, {resource.name for resource in by_urn.values()}, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "correct the name, or remove the exception"
            yield f"{exception.place}.resource: {exception.resource!r} matches no resource; {hint}"
            continue
        for rule in exception.rules:
            if not any(exception.covers(rule, resource) for other, resource in pairs if other == rule):
                of = "" if exception.resource == "*" else f" for {exception.resource!r}"
                yield f"{exception.place}: {rule} has no finding{of}, so this matches nothing; remove it"
