"""The region of a project: that of the source, where it names one."""

import re
from typing import Any, cast

from moorage.compose_file.nodes import Node, Where

from .project import Call, Project

_REGION = r"([a-z]{2}(?:-[a-z]+)+-[0-9])"
_ARN = re.compile(rf"\barn:aws[a-z-]*:[a-z0-9-]+:{_REGION}:")
_REGISTRY = re.compile(rf"\.dkr[.-]ecr(?:-fips)?\.{_REGION}\.(?:amazonaws\.com|on\.aws)")
_KEYS = ("region", "awslogs-region")
_OPEN = ("environment", "labels", "dockerLabels", "tags")
"""Keys whose values are the user's: an app may use another region."""


def regions_in(value: Any, key: str = "") -> set[str]:
    """Return the regions of ARNs, of ECR's registries and of log groups in a value."""
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        inner = [regions_in(item, name) for name, item in entries.items() if name not in _OPEN]
        return set[str]().union(*inner)
    if isinstance(value, list | tuple):
        return set[str]().union(*(regions_in(item, key) for item in cast("list[Any]", value)))
    if isinstance(value, Call):
        return regions_in(value.positional) | regions_in(dict(value.named))
    if not isinstance(value, str):
        return set()
    if key in _KEYS:
        return {value} if re.fullmatch(_REGION, value) else set()
    return {*_ARN.findall(value), *_REGISTRY.findall(value)}


def settle_region(project: Project, asked: str | None) -> None:
    """Give a project the region that its source names, unless one is `asked` for; report a difference."""
    arguments = [item.by_stack[stack] for item in project.declarations for stack in project.stacks]
    named = sorted(regions_in(arguments) | project.regions)
    if asked is None and len(named) == 1:
        project.region = named[0]
    elif set(named) - {project.region}:
        text = f"the source names {' and '.join(named)}, and the project is in {project.region}"
        change = f"{text}: change `aws:region` in Pulumi.yaml, or what is in another region"
        project.report.approximated(Node(None, Where(project.source, 0)), "aws:region", change)
