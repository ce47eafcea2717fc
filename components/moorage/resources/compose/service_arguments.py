"""What a service is given beside what a compose file says in Compose's own keys: by `x-moorage` in it, and by
the component's `services`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from moorage.compose_file.coercion import coerced
from moorage.compose_file.services import ComposeService
from moorage.model.arguments import check_arguments
from moorage.model.problems import Problem, Problems
from moorage.resources.app.args import ServiceArgs

_ADDED = ("grants", "statements", "security_group_ids", "after")
"""Lists that arguments of a service add to."""

_REPLACED = {
    "image": ("build",),
    "build": ("image",),
    "autoscaling": ("count",),
    "daemon": ("count",),
    "deployment": ("minimum_healthy_percent", "maximum_percent"),
}
"""What arguments of a service go before, when the file says it."""


@dataclass(frozen=True, slots=True)
class ServiceArguments:
    """The arguments that a service is given."""

    in_file: dict[str, Any]
    """Those of `x-moorage`."""
    in_program: dict[str, Any]
    """Those of the component's `services`."""

    def __contains__(self, name: str) -> bool:
        """Return whether an argument is given."""
        return name in self.in_file or name in self.in_program


def service_arguments(
    service: ComposeService, services: Mapping[str, Any], problems: Problems
) -> ServiceArguments:
    """Return a service's arguments of `x-moorage` and of `services`, the component's argument."""
    in_program = cast("dict[str, Any]", services.get(service.name, {}))
    node = service.node.get("x-moorage")
    if node is None:
        return ServiceArguments({}, in_program)
    path = f"{service.path}.x-moorage"
    if not isinstance(node.value, dict):
        problems.add(f"{node.where}: {path}", node.plain(), "must be a mapping of arguments of ContainerApp")
        return ServiceArguments({}, in_program)
    found = Problems("", "")
    in_file = check_arguments(ServiceArgs, coerced(node.plain(), ServiceArgs), found)
    for problem in found:
        problems.say(f"{node.find(steps(problem.field)).where}: {path}.{problem.field}", described(problem))
    return ServiceArguments(in_file, in_program)


def check_services(
    services: Mapping[str, Any], known: Mapping[str, ComposeService], problems: Problems
) -> None:
    """Check that the services that are given arguments are in the file."""
    for service in services:
        if service not in known:
            near = difflib.get_close_matches(service, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            problems.say(f"services.{service}", f"there is no such service in the compose file{hint}")


def merged(base: Mapping[str, Any], over: Mapping[str, Any], top: bool = True) -> dict[str, Any]:
    """Return arguments with others that go before them: objects are merged, lists of rights added."""
    replaced = {key for name in over for key in _REPLACED.get(name, ())} if top else set[str]()
    result = {key: value for key, value in base.items() if key not in replaced}
    for key, value in over.items():
        known = result.get(key)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            result[key] = merged(
                cast("Mapping[str, Any]", known), cast("Mapping[str, Any]", value), top=False
            )
        elif key in _ADDED and isinstance(known, list):
            result[key] = [*cast("list[Any]", known), *value]
        else:
            result[key] = value
    return result


def steps(field: str) -> list[str | int]:
    """Return the keys and indexes of a field."""
    parts = cast("list[str]", re.findall(r"[^.\[\]]+", field))
    return [int(part) if part.isdigit() else part for part in parts]


def described(problem: Problem) -> str:
    """Return what is wrong, without the field."""
    return f"{problem.value}: {problem.text}" if problem.value else problem.text
