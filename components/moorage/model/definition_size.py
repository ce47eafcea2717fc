"""The size of a task definition ("Amazon ECS service quotas"), which all its parameters count towards."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from .choices import CapacityKind
from .task import Task

_LIMIT = 65_536

_UNKNOWN = "x" * 256
"""Stands for a value that is an Output: no tag's value is longer, and few ARNs are."""

_NOT_SENT = ("skipDestroy", "tagsAll", "trackLatest", "region")
"""Inputs of Pulumi's resource that are not parameters of RegisterTaskDefinition, or repeat one."""


def compatibility(capacity: CapacityKind) -> str:
    """Return the value of `requiresCompatibilities` for a kind of capacity."""
    match capacity:
        case CapacityKind.FARGATE | CapacityKind.FARGATE_SPOT:
            return "FARGATE"
        case CapacityKind.EC2:
            return "EC2"
        case CapacityKind.MANAGED_INSTANCES:
            return "MANAGED_INSTANCES"


def other_parameters(task: Task, tags: object, volumes: Sequence[Any] = ()) -> dict[str, Any]:
    """Return the parameters beside the containers (API reference, RegisterTaskDefinition); the ARNs of the
    two roles are not known before they exist."""
    return {
        "family": task.family,
        "requiresCompatibilities": [compatibility(task.capacity)],
        "networkMode": task.network_mode,
        "cpu": str(task.cpu),
        "memory": str(task.memory),
        "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": task.arch.upper()},
        "ephemeralStorage": {"sizeInGiB": 200},
        "taskRoleArn": _UNKNOWN,
        "executionRoleArn": _UNKNOWN,
        "volumes": list(volumes),
        "tags": tags,
    }


def wrong_size(definitions: str, others: Mapping[str, Any]) -> str:
    """Return why ECS refuses a task definition for its size; an empty string if it does not.

    Args:
        definitions: the containers, as JSON.
        others: the other parameters of RegisterTaskDefinition; the tags by key. A value that JSON cannot
            represent is an Output.
    """
    size = len(definitions.encode()) + len('"containerDefinitions":,') + _size(_sent(others))
    if size <= _LIMIT:
        return ""
    part = largest_part(definitions, others)
    return (
        f"its task definition has {size:,} bytes, most of them in `{part}`; the limit is 64 KiB "
        "(65,536 bytes); put large values into the image, a secret or a bucket"
    )


def largest_part(definitions: str, others: Mapping[str, Any]) -> str:
    """Return the parameter, of the task or of its containers together, that has the most bytes."""
    containers = cast("Iterable[dict[str, Any]]", json.loads(definitions))
    sizes = {key: _size(value) for key, value in _sent(others).items()}
    for container in containers:
        for key, value in container.items():
            sizes[key] = sizes.get(key, 0) + _size(value)
    return max(sizes, key=lambda key: sizes[key])


def _sent(others: Mapping[str, Any]) -> dict[str, Any]:
    sent = {key: value for key, value in others.items() if key not in (*_NOT_SENT, "containerDefinitions")}
    tags = sent.get("tags")
    if isinstance(tags, Mapping):
        pairs = cast("Mapping[str, Any]", tags).items()
        sent["tags"] = [{"key": key, "value": value} for key, value in pairs]
    return sent


def _size(value: Any) -> int:
    return len(json.dumps(value, default=lambda _: _UNKNOWN, separators=(",", ":")).encode())
