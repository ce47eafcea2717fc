"""A compose file and the arguments of a `ComposeApp` as checked `ContainerApp`s."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Any

from moorage.compose_file.project import Source
from moorage.compose_file.services import Target
from moorage.compose_file.translation import Translation, translate
from moorage.model.app_checks import check_values
from moorage.model.choices import NetworkMode, Protocol, TaskLayout
from moorage.model.compose import ComposeSpec, compose_spec
from moorage.model.fields.checks import checked
from moorage.model.fields.compose import COMPOSE_APP
from moorage.model.fields.values import Values
from moorage.model.later import later
from moorage.model.problems import Problems

from .apps import App, Composition, app_of
from .args import ComposeAppArgs
from .checks import check_apps
from .service_arguments import ServiceArguments, check_services, service_arguments


def compose_apps(
    name: str, args: ComposeAppArgs, environment: Mapping[str, str], secret_names: frozenset[str]
) -> tuple[Composition, list[App]]:
    """Check all arguments and files; return the translated files, and the apps in the order of dependencies.

    `environment` are the variables whose values are known, `secret_names` those known to be secret.

    Raises:
        ValueError: something is wrong; the text lists every problem.
    """
    problems = Problems("ComposeApp", name)
    values = _values(name, args, problems)
    spec = compose_spec(values)
    later_known = {key: later(key) for key, value in spec.env.items() if not isinstance(value, str)}
    files = _files(name, values, {**environment, **later_known}, problems)
    further = {
        service.name: service_arguments(service, spec.services, problems)
        for service in files.services.values()
    }
    check_services(spec.services, files.services, problems)
    composition = Composition(name, spec, files, further, _rules(spec, files, further, problems))
    apps = [app_of(composition, task) for task in files.tasks]
    check_apps(composition, apps, secret_names, problems)
    problems.raise_if_any()
    return composition, _in_start_order(apps)


def _values(name: str, args: ComposeAppArgs, problems: Problems) -> Values:
    """Return the arguments that are valid by themselves."""
    values = checked(ComposeAppArgs, COMPOSE_APP, args, problems)
    check_values(name, {"tags": values["tags"] or {}}, frozenset(), problems)
    if "cluster" not in values.args:
        problems.raise_if_any()
    return values


def _files(name: str, values: Values, variables: Mapping[str, str], problems: Problems) -> Translation:
    """Read and translate the files."""
    one = values["task"] is TaskLayout.ONE
    target = Target(values["cluster.capacity"], values["cluster.arch"], NetworkMode.AWSVPC, one)
    source = Source(values["folder"], values["files"], values["profiles"], values["ecs_params"], variables)
    files = translate(name, target, source, problems)
    if files is None:
        problems.raise_if_any()
        raise AssertionError("files that cannot be read are a problem")
    return files


def _rules(
    spec: ComposeSpec, files: Translation, further: Mapping[str, ServiceArguments], problems: Problems
) -> dict[str, list[Mapping[str, Any]]]:
    """Return the listener rules by service; without any, all requests go to the only service with a port."""
    rules: dict[str, list[Mapping[str, Any]]] = {
        name: [] for name, arguments in further.items() if "rules" in arguments
    }
    published = [
        service.name
        for service in files.services.values()
        if any(protocol == Protocol.TCP for _, protocol in service.published)
    ]
    if spec.load_balancer is not None and spec.rules is None and not rules:
        if len(published) == 1:
            rules[published[0]] = [{}]
        elif not published:
            problems.say("load_balancer", "no service publishes a TCP port that it could forward to")
        else:
            problems.say("rules", f"is required, because {', '.join(published)} publish ports")
    for index, rule in enumerate(spec.rules or ()):
        service = rule["service"]
        if service in published:
            rules.setdefault(service, []).append(rule)
        else:
            problems.add(f"rules[{index}].service", service, "must be a service that publishes a TCP port")
    if spec.task is TaskLayout.ONE and len(rules) > 1:
        problems.say("rules", "must be of one service: the containers of one task are one target")
    return rules


def _in_start_order(apps: list[App]) -> list[App]:
    """Return the apps, each after those that it depends on."""
    of_service = {service: app.name for app in apps for service in app.names}
    sorter = TopologicalSorter[str]()
    for app in apps:
        others = {of_service[other] for other in app.depends_on if other in of_service}
        sorter.add(app.name, *sorted(others - {app.name}))
    by_name = {app.name: app for app in apps}
    return [by_name[name] for name in sorter.static_order()]
