"""The arguments of a service beside Compose's own keys: `x-moorage` in the file, and the component's
`services`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from moorage.compose_file.coercion import coerced
from moorage.compose_file.services import ComposeService, steps
from moorage.model.arguments import check_arguments
from moorage.model.problems import Problem, Problems
from moorage.resources.app.args import ServiceArgs

Args = Mapping[str, Any]

ADDED = (
    *("grants", "statements", "policy_arns", "connections", "alarm_names"),
    *("security_group_ids", "after"),
)
"""Lists that are added to."""

_REPLACED = {
    "image": ("build",),
    "build": ("image",),
    "autoscaling": ("count",),
    "daemon": ("count",),
    "deployment": ("minimum_healthy_percent", "maximum_percent"),
}
"""Arguments from the file that an argument of a service replaces."""


@dataclass(frozen=True, slots=True)
class ServiceArguments:
    """The further arguments of a service."""

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
    """Return a service's arguments in `x-moorage` and in `services`, the component's argument."""
    in_program = cast("dict[str, Any]", services.get(service.name, {}))
    node = service.node.get("x-moorage")
    if node is None:
        return ServiceArguments({}, in_program)
    path = f"{service.path}.x-moorage"
    if not isinstance(node.value, dict):
        problems.add(f"{node.where}: {path}", node.plain(), "must be a mapping of ContainerApp's arguments")
        return ServiceArguments({}, in_program)
    file_problems = Problems("", "")
    in_file = check_arguments(ServiceArgs, coerced(node.plain(), ServiceArgs), file_problems)
    for problem in file_problems:
        problems.say(f"{node.find(steps(problem.field)).where}: {path}.{problem.field}", described(problem))
    return ServiceArguments(in_file, in_program)


def check_services(
    services: Mapping[str, Any], declared: Mapping[str, ComposeService], problems: Problems
) -> None:
    """Check that the services with arguments are in the file."""
    for service in services:
        if service not in declared:
            near = difflib.get_close_matches(service, declared, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            problems.say(f"services.{service}", f"is not a service of the compose file{hint}")


def merged(base: Args, over: Args, top: bool = True) -> dict[str, Any]:
    """Return arguments with others that override them: objects are merged, lists in `ADDED` concatenated."""
    if top and "image" in over and "files" in base.get("build", {}):
        # The files of the project are added to another image.
        own = {"image": over["image"], "files": base["build"]["files"]}
        base = {**base, "build": {}}
        over = {**{key: value for key, value in over.items() if key != "image"}, "build": own}
    replaced = {key for name in over for key in _REPLACED.get(name, ())} if top else set[str]()
    result = {key: value for key, value in base.items() if key not in replaced}
    for key, value in over.items():
        base_value = result.get(key)
        if key == "log" and _driver(value) not in (None, _driver(base_value)):
            result[key] = value
        elif isinstance(value, Mapping) and isinstance(base_value, Mapping):
            result[key] = merged(cast("Args", base_value), cast("Args", value), top=False)
        elif key in ADDED and isinstance(base_value, list):
            result[key] = [*cast("list[Any]", base_value), *value]
        else:
            result[key] = value
    return result


def _driver(log: Any) -> str | None:
    """Return the log driver that `log` names; what belongs to another one cannot be merged with it."""
    if not isinstance(log, Mapping):
        return None
    logs = cast("Args", log)
    named = "awsfirelens" if "firelens" in logs else logs.get("driver")
    return named or ("awslogs" if "group" in logs else None)


def described(problem: Problem) -> str:
    """Return a problem without its field."""
    return f"{problem.value}: {problem.text}" if problem.value else problem.text
