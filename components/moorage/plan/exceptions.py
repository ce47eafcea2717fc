"""Findings that are accepted, with the reason: by a preset, or in the stack's configuration."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, cast

from moorage.offline import Resource, ResourceGraph

from .finding import Finding
from .presets import PRESET_EXCEPTIONS, Presets

KEY = "moorage:policyExceptions"
"""The stack's configuration key: a list of `{controls, rules, reason, resource}`."""


@dataclass(frozen=True, slots=True)
class RuleException:
    """Findings that a stack accepts, and why."""

    rules: tuple[str, ...]
    """The ids of controls and preflight rules."""
    reason: str
    resource: str = "*"
    """The name of the resource, `*` and `?` as wildcards."""

    def covers(self, rule: str, resource: Resource) -> bool:
        """Return whether findings of a rule are accepted for a resource."""
        return rule in self.rules and fnmatchcase(resource.name, self.resource)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding that is accepted."""

    finding: Finding
    by: str
    """The preset, or `the stack`."""
    reason: str


@dataclass(frozen=True, slots=True)
class Review:
    """Findings, apart by whether they are accepted."""

    findings: tuple[Finding, ...]
    """Those that are open."""
    accepted: tuple[Accepted, ...]


def review(graph: ResourceGraph, findings: Iterable[Finding], exceptions: Sequence[RuleException]) -> Review:
    """Return which findings the stack or a preset accepts."""
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
    reason = PRESET_EXCEPTIONS.get(preset, {}).get(finding.rule)
    return Accepted(finding, preset, reason) if reason else None


@dataclass(frozen=True, slots=True)
class Acceptable:
    """The ids that an exception may name."""

    controls: frozenset[str]
    rules: frozenset[str]
    refused: frozenset[str]
    """The preflight rules whose findings cannot be accepted."""


def parse(config: Mapping[str, str], known: Acceptable) -> tuple[RuleException, ...]:
    """Return the exceptions in a stack's configuration.

    Args:
        config: its values by full key.
        known: the ids that an exception may name.

    Raises:
        ValueError: the value does not have the form above, or names a rule that cannot be accepted.
    """
    text = config.get(KEY)
    if not text:
        return ()
    try:
        given: Any = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, list):
        raise ValueError(f"{KEY}: must be a list of exceptions, each with controls or rules, and reason")
    entries = cast("list[Any]", given)
    return tuple(_exception(f"{KEY}[{index}]", entry, known) for index, entry in enumerate(entries))


def _exception(place: str, entry: Any, known: Acceptable) -> RuleException:
    fields = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    if not fields or set(fields) - {"controls", "rules", "reason", "resource"}:
        raise ValueError(
            f"{place}: must be an object with controls or rules, reason and, if wanted, resource"
        )
    controls, rules = _ids(place, "controls", fields), _ids(place, "rules", fields)
    if not controls and not rules:
        raise ValueError(f"{place}: must have a list of controls such as ECS.5, or of rules")
    for field, ids, allowed in (
        ("controls", controls, known.controls),
        ("rules", rules, known.rules | known.refused),
    ):
        for id_ in ids:
            if id_ not in allowed:
                raise ValueError(
                    f"{place}.{field}: {id_!r} is not one of them; `moorage plan --rules` lists them"
                )
            if id_ in known.refused:
                raise ValueError(
                    f"{place}.rules: {id_} cannot be accepted: the deployment fails; correct the program"
                )
    reason, resource = fields.get("reason"), fields.get("resource", "*")
    if not isinstance(reason, str) or not reason.strip():
        raise ValueError(f"{place}.reason: must say why")
    if not isinstance(resource, str) or not resource:
        raise ValueError(f"{place}.resource: must be a resource's name")
    return RuleException((*controls, *rules), reason.strip(), resource)


def _ids(place: str, field: str, fields: Mapping[str, Any]) -> tuple[str, ...]:
    given = fields.get(field, [])
    if not isinstance(given, list):
        raise ValueError(f"{place}.{field}: must be a list")
    return tuple(map(str, cast("list[Any]", given)))
