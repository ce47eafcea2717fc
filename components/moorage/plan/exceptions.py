"""Accepted findings: exceptions of presets and of the stack's configuration."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, cast

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

    def covers(self, rule: str, resource: Resource) -> bool:
        """Return whether it accepts findings of a rule for a resource."""
        return rule in self.rules and fnmatchcase(resource.name, self.resource)


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


def review(graph: ResourceGraph, findings: Iterable[Finding], exceptions: Sequence[RuleException]) -> Review:
    """Separate the findings that the stack or a preset accepts."""
    presets = Presets(graph)
    found = list(findings)
    accepted = [_accepted(each, graph.by_urn(each.resource), exceptions, presets) for each in found]
    still_open = [finding for finding, acceptance in zip(found, accepted, strict=True) if not acceptance]
    return Review(tuple(still_open), tuple(each for each in accepted if each))


def _accepted(
    finding: Finding, resource: Resource, exceptions: Sequence[RuleException], presets: Presets
) -> Accepted | None:
    given = next((each for each in exceptions if each.covers(finding.rule, resource)), None)
    if given is not None:
        return Accepted(finding, "the stack", given.reason)
    preset = presets.of(resource) or ""
    base = PRESETS[preset].base if preset in PRESETS else ""
    reason = PRESET_EXCEPTIONS.get(base, {}).get(finding.rule)
    return Accepted(finding, preset, reason) if reason else None


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
    entries = cast("list[Any]", given)
    return tuple(_exception(f"{KEY}[{index}]", entry, known) for index, entry in enumerate(entries))


def _exception(place: str, entry: Any, known: Acceptable) -> RuleException:
    fields = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    if not fields or set(fields) - {"controls", "rules", "reason", "resource"}:
        raise ValueError(
            f"{place}: must be an object with controls or rules, a reason and optionally a resource"
        )
    controls, rules = _ids(place, "controls", fields), _ids(place, "rules", fields)
    if not controls and not rules:
        raise ValueError(f"{place}: controls or rules is required: a list of ids such as ECS.5")
    for field, ids, allowed in (
        ("controls", controls, known.controls),
        ("rules", rules, known.rules | known.refused),
    ):
        for id_ in ids:
            if id_ not in allowed:
                raise ValueError(
                    f"{place}.{field}: {id_!r}: unknown id; run `moorage plan --rules` for the list"
                )
            if id_ in known.refused:
                raise ValueError(
                    f"{place}.rules: {id_} cannot be accepted, because the deployment fails; fix the program"
                )
    reason, resource = fields.get("reason"), fields.get("resource", "*")
    if not isinstance(reason, str) or not reason.strip():
        raise ValueError(f"{place}.reason: required; explain why the finding is accepted")
    if not isinstance(resource, str) or not resource:
        raise ValueError(f"{place}.resource: must be the name of a resource")
    return RuleException((*controls, *rules), reason.strip(), resource)


def _ids(place: str, field: str, fields: Mapping[str, Any]) -> tuple[str, ...]:
    given = fields.get(field, [])
    if not isinstance(given, list):
        raise ValueError(f"{place}.{field}: must be a list")
    return tuple(map(str, cast("list[Any]", given)))
