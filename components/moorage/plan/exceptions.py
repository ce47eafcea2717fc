"""Accepted findings: exceptions of presets and of the stack's configuration."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any, cast

from moorage.graph import View
from moorage.model.presets import PRESETS
from moorage.offline import Resource, ResourceGraph

from .finding import Finding
from .presets import PRESET_EXCEPTIONS, Presets

KEY = "moorage:policyExceptions"
"""The stack's configuration key: a list of `{controls, rules, reason, resource}`."""


@dataclass(frozen=True, slots=True)
class RuleException:
    """Findings that a stack accepts, with the reason."""

    rules: tuple[str, ...]
    """The ids of controls and preflight rules."""
    reason: str
    resource: str = "*"
    """The name of the resource, with the wildcards `*` and `?`."""
    place: str = KEY
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


def review(view: View, findings: Iterable[Finding], exceptions: Sequence[RuleException]) -> Review:
    """Separate the findings that the stack or a preset accepts."""
    presets = Presets(view.links)
    still_open: list[Finding] = []
    accepted: list[Accepted] = []
    for finding in findings:
        acceptance = _accepted(finding, view.graph.by_urn(finding.resource), exceptions, presets)
        if acceptance:
            accepted.append(acceptance)
        else:
            still_open.append(finding)
    return Review(tuple(still_open), tuple(accepted))


def _accepted(
    finding: Finding, resource: Resource, exceptions: Sequence[RuleException], presets: Presets
) -> Accepted | None:
    exception = next((each for each in exceptions if each.covers(finding.rule, resource)), None)
    if exception is not None:
        return Accepted(finding, "the stack", exception.reason)
    preset = presets.of(resource) or ""
    base = PRESETS[preset].base if preset in PRESETS else ""
    reason = PRESET_EXCEPTIONS.get(base, {}).get(finding.rule)
    return Accepted(finding, preset, reason) if reason else None


def unused(
    graph: ResourceGraph, findings: Iterable[Finding], exceptions: Iterable[RuleException]
) -> Iterator[str]:
    """Yield a warning for each exception, or rule of it, that matches no finding, accepted or not."""
    found = [(finding.rule, graph.by_urn(finding.resource)) for finding in findings]
    for each in exceptions:
        if not any(map(each.names, graph)):
            near = get_close_matches(each.resource, {resource.name for resource in graph}, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "correct the name, or remove the exception"
            yield f"{each.place}.resource: {each.resource!r} matches no resource; {hint}"
            continue
        for rule in each.rules:
            if not any(each.covers(rule, resource) for other, resource in found if other == rule):
                of = "" if each.resource == "*" else f" for {each.resource!r}"
                yield f"{each.place}: {rule} has no finding{of}, so this matches nothing; remove it"


@dataclass(frozen=True, slots=True)
class Acceptable:
    """The ids that an exception can name."""

    controls: frozenset[str]
    rules: frozenset[str]
    refused: frozenset[str]
    """The preflight rules whose findings cannot be accepted."""


def parse(config: Mapping[str, str], known: Acceptable) -> tuple[RuleException, ...]:
    """Return the exceptions in a stack's configuration.

    Args:
        config: its values by full key.
        known: the ids that an exception can name.

    Raises:
        ValueError: the value is invalid, or names a rule that cannot be accepted.
    """
    text = config.get(KEY)
    if not text:
        return ()
    try:
        given: Any = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, list):
        raise ValueError(f"{KEY}: must be a list of exceptions with controls or rules, and a reason")
    entries = {f"{KEY}[{index}]": entry for index, entry in enumerate(cast("list[Any]", given))}
    if problems := [text for place, entry in entries.items() for text in _problems(place, entry, known)]:
        raise ValueError("\n".join(problems))
    return tuple(
        RuleException(
            (*_ids(entry, "controls"), *_ids(entry, "rules")),
            entry["reason"].strip(),
            entry.get("resource", "*"),
            place,
        )
        for place, entry in entries.items()
    )


def _problems(place: str, entry: Any, known: Acceptable) -> Iterator[str]:
    fields = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    if not fields or set(fields) - {"controls", "rules", "reason", "resource"}:
        yield f"{place}: must be an object with controls or rules, a reason and optionally a resource"
        return
    lists = {field: fields.get(field, []) for field in ("controls", "rules")}
    yield from (
        f"{place}.{field}: must be a list" for field, ids in lists.items() if not isinstance(ids, list)
    )
    if not any(lists.values()):
        yield f"{place}: controls or rules is required: a list of ids such as ECS.5"
    for field, allowed in (("controls", known.controls), ("rules", known.rules | known.refused)):
        for id_ in _ids(fields, field):
            if id_ not in allowed:
                yield f"{place}.{field}: {id_!r}: unknown id; run `moorage plan --rules` for the list"
            elif id_ in known.refused:
                text = "cannot be accepted, because the deployment fails; fix the program"
                yield f"{place}.rules: {id_} {text}"
    reason, resource = fields.get("reason"), fields.get("resource", "*")
    if not isinstance(reason, str) or not reason.strip():
        yield f"{place}.reason: required; explain why the finding is accepted"
    if not isinstance(resource, str) or not resource:
        yield f"{place}.resource: must be the name of a resource"


def _ids(fields: Mapping[str, Any], field: str) -> tuple[str, ...]:
    given = fields.get(field)
    return tuple(map(str, cast("list[Any]", given))) if isinstance(given, list) else ()
