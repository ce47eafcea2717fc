"""Findings that are accepted, with the reason: by a preset, or by whoever runs the stack."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, cast

from moorage.offline import Resource

KEY = "moorage:policyExceptions"
"""The stack's configuration key: a list of `{controls, reason, resource}`."""

_TLS = "TLS ends at the load balancer; behind it traffic stays in the VPC, and tasks take no other"
_ROTATION = "the value comes from the stack's configuration: a new one there is rotated in by the next up"
_PUBLIC = "without a NAT gateway tasks and instances need addresses of their own to reach AWS"
_IDENTITY = "images give files to users of their own, which one identity for all would forbid"
_TRIED = "a place to try things must go away in one destroy"

PRESET_EXCEPTIONS: Mapping[str, Mapping[str, str]] = {
    "dev": {
        "AutoScaling.6": "a fallback for an instance type is for who serves customers",
        "DynamoDB.2": "its data can be lost",
        "DynamoDB.6": _TRIED,
        "EC2.25": _PUBLIC,
        "ECS.2": _PUBLIC,
        "ECS.5": "ECS Exec writes to the root file system",
        "ECS.12": "Container Insights costs per metric",
        "ECS.19": _TRIED,
        "EFS.2": "its data can be lost",
        "EFS.4": _IDENTITY,
        "EFS.7": "its data can be lost",
        "ELB.1": "HTTPS needs a domain of one's own",
        "ELB.5": "access logs cost, and nobody reads them",
        "ELB.6": _TRIED,
        "ELB.18": "HTTPS needs a domain of one's own",
        "ELB.21": _TLS,
        "ELB.22": _TLS,
        "SecretsManager.1": _ROTATION,
        "SecretsManager.4": _ROTATION,
    },
    "prod": {
        "EFS.4": _IDENTITY,
        "ELB.21": _TLS,
        "ELB.22": _TLS,
        "SecretsManager.1": _ROTATION,
        "SecretsManager.4": _ROTATION,
    },
}
"""Why a preset does not hold to a control, by preset and control."""


@dataclass(frozen=True, slots=True)
class PolicyException:
    """What somebody accepted, and why."""

    controls: tuple[str, ...]
    reason: str
    resource: str = "*"
    """The name of the resource, `*` and `?` as wildcards."""

    def covers(self, control: str, resource: Resource) -> bool:
        """Return whether a control is accepted for a resource."""
        return control in self.controls and fnmatchcase(resource.name, self.resource)


def exceptions_in(config: Mapping[str, str], known: frozenset[str]) -> tuple[PolicyException, ...]:
    """Return what a stack's configuration accepts.

    Args:
        config: its values by full key.
        known: the ids of all controls.

    Raises:
        ValueError: the value is not of the form above, or names a control that is not there.
    """
    text = config.get(KEY)
    if not text:
        return ()
    try:
        given: Any = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, list):
        raise ValueError(f"{KEY}: must be a list of exceptions, each with controls and reason")
    entries = cast("list[Any]", given)
    return tuple(_exception(f"{KEY}[{index}]", entry, known) for index, entry in enumerate(entries))


def _exception(place: str, entry: Any, known: frozenset[str]) -> PolicyException:
    fields = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    unknown = sorted(set(fields) - {"controls", "reason", "resource"})
    if not fields or unknown:
        raise ValueError(f"{place}: must have controls and reason, may have resource, and nothing else")
    controls, reason, resource = fields.get("controls"), fields.get("reason"), fields.get("resource", "*")
    names = cast("list[Any]", controls) if isinstance(controls, list) else []
    for name in names:
        if name not in known:
            raise ValueError(f"{place}.controls: {name!r} is no control that is checked; see docs/policy.md")
    if not names:
        raise ValueError(f"{place}.controls: must be a list of controls such as ECS.5")
    if not isinstance(reason, str) or not reason.strip():
        raise ValueError(f"{place}.reason: must say why")
    if not isinstance(resource, str) or not resource:
        raise ValueError(f"{place}.resource: must be a resource's name")
    return PolicyException(tuple(names), reason.strip(), resource)
