"""Checks of the apps of a compose file; problems have their place in the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from moorage.compose_file.names import service_logical, volume_name
from moorage.compose_file.services import ComposeService, steps
from moorage.model.app import Exposure
from moorage.model.later import is_later, keys_in
from moorage.model.problems import Problem, Problems
from moorage.resources.app.args import ServiceArgs
from moorage.resources.app.assembly import checked_app
from moorage.resources.app.container_args import ContainerArgs
from moorage.resources.app.listener_rules import check_rules, listener_of
from moorage.resources.inputs import with_unknown
from moorage.resources.load_balancer.rules import TakenRules, taken_rules

from .apps import App, Composition, network_of
from .service_arguments import described

_OF_THE_COMPONENT = (
    *("cluster", "network", "network_mode", "load_balancer", "public", "subnets", "rules", "health_check"),
)
"""Arguments of an app whose problems are the component's."""

_CONTAINER = re.compile(r"containers\.([^.]+)\.(.+)")

_OF_THE_FILE = ("name", "containers")
"""Arguments of an app whose problems the checks of the file report."""

NOT_DESCRIBED = (
    *("secret_values", "build", "task_role_arn", "execution_role_arn", "security_group_ids"),
    "rules",
)
"""Arguments that are not visible in a described task."""

SECRET_IN_ENV = (
    "is a Pulumi secret, and every principal that may describe the task could read it; "
    "declare it in the compose file under `secrets:` with `environment:`"
)


def check_apps(
    of: Composition, apps: Sequence[App], secret_names: frozenset[str], problems: Problems
) -> None:
    """Check the apps, and report problems with their place in the file."""
    _check_names(of, problems)
    reported = [problem.field.partition(": ")[2] + "." for problem in problems]
    network = network_of(of)
    taken: dict[str | None, TakenRules] = {}
    for app in apps:
        of_app = Problems("ComposeApp", of.name)
        args = {**app.args, **({"network": network} if network else {})}
        spec, _, _ = checked_app(app.name, with_unknown(args, _is_stand_in), of_app)
        if spec.exposure is Exposure.LOAD_BALANCER and not of_app:
            listener = listener_of(spec, app.args["load_balancer"])
            rules = taken.setdefault(listener, dict(taken_rules(listener)))
            rules |= check_rules(app.name, spec, rules, of_app)
        # The problems of the file itself are nearer to what it says.
        paths = ("volumes.", *(f"{service.path}." for service in app.task.services))
        is_reported = any(path.startswith(paths) or path == "services." for path in reported)
        for problem in of_app:
            if problem.field in _OF_THE_COMPONENT or not (is_reported or problem.field in _OF_THE_FILE):
                problems.say(*_described(of, app, problem))
        _check_secrets(app, secret_names, problems)
    if of.spec.network is None and any(app.kept for app in apps):
        problems.say("network", "is required for volumes kept in EFS")


def _is_stand_in(value: Any) -> bool:
    return isinstance(value, str) and is_later(value)


def _described(of: Composition, app: App, problem: Problem) -> tuple[str, str]:
    """Return the place of a problem, and its text."""
    container = _CONTAINER.match(problem.field)
    argument = str(steps(container[2])[0]) if container else ""
    if argument in ServiceArgs.__annotations__ and argument not in ContainerArgs.__annotations__:
        text = f"belongs to the task, not to one of its containers; set it on service {app.target.name}"
        return _placed(of, app, problem.field), text
    replacing = next((service for service in app.task.services if "mounts" in of.further[service.name]), None)
    first, *others = steps(problem.field)
    volume = str(others[0]) if first == "volumes" and len(others) == 1 else ""
    if replacing is not None and volume in map(volume_name, app.task.volumes):
        text = f"volume {volume}: {described(problem)}; `mounts` replaces the mounts of the file"
        return _placed_argument(of, replacing, "mounts"), text
    return _placed(of, app, problem.field), described(problem)


def _placed(of: Composition, app: App, field: str) -> str:
    """Return a field of an app with its place in the file, if it comes from the file."""
    container = _CONTAINER.match(field)
    services = {item.container: item for item in app.task.services}
    if container and container[1] in services:
        return _placed_argument(of, services[container[1]], container[2], of_container=True)
    return _placed_argument(of, app.target, field)


def _placed_argument(
    of: Composition, service: ComposeService, field: str, *, of_container: bool = False
) -> str:
    """Return an argument of a service with its place in the file, if it comes from the file."""
    first, further = steps(field)[0], of.further[service.name]
    if first in further.in_program:
        return f"services.{service.name}.{field}"
    if first in further.in_file:
        node = service.node.find(["x-moorage", *steps(field)])
        return f"{node.where}: {service.path}.x-moorage.{field}"
    # The arguments of an app about its own container have a prefix, those of a further one do not.
    own = f"container_{field}" if of_container and f"container_{first}" in service.places else field
    return field if first in _OF_THE_COMPONENT else service.place(own)


def _check_secrets(app: App, secret_names: frozenset[str], problems: Problems) -> None:
    """Refuse a Pulumi secret that is visible in a described task."""
    containers = {service.container: service for service in app.task.services}
    for name, args in {app.target.container: app.args, **app.args.get("containers", {})}.items():
        readable = {key: value for key, value in args.items() if key not in (*NOT_DESCRIBED, "containers")}
        for variable in sorted(keys_in(readable) & secret_names):
            service = containers.get(name, app.target)
            problems.say(f"{service.node.where}: {service.path}", f"{variable} {SECRET_IN_ENV}")


def _check_names(of: Composition, problems: Problems) -> None:
    taken: dict[str, str] = {}
    for name, service in of.files.services.items():
        # Service Connect's names are lower-case.
        logical = service_logical(of.name, name).lower()
        if logical in taken:
            text = f"is {taken[logical]} too in lower-case letters, digits and hyphens; rename one of them"
            problems.say(f"{service.node.where}: {service.path}", text)
        taken[logical] = name
