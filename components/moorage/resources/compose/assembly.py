"""The apps of a compose file, and what they share: from the file and the arguments of a `ComposeApp`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any, cast

import pulumi

from moorage.compose_file.names import service_logical
from moorage.compose_file.project import Source
from moorage.compose_file.services import Target
from moorage.compose_file.translation import Translation, translate
from moorage.model.app_checks import check_values
from moorage.model.choices import NetworkMode, TaskLayout
from moorage.model.compose import ComposeSpec, compose_spec
from moorage.model.fields.checks import checked as checked_values
from moorage.model.fields.compose import COMPOSE_APP
from moorage.model.fields.values import Values
from moorage.model.later import later
from moorage.model.problems import Problems
from moorage.model.texts import is_scalar, text_of
from moorage.resources.app.component import ContainerApp
from moorage.resources.outputs import Outputs
from moorage.resources.secrets import known_secrets

from .apps import App, Composition, app_of
from .args import ComposeAppArgs
from .checks import check_apps
from .service_arguments import ServiceArguments, check_services, service_arguments
from .shared import SharedResources

_IMAGE = "moorage:index:ContainerImage"


def checked(name: str, args: ComposeAppArgs) -> tuple[Composition, list[App]]:
    """Check all arguments and the files; return the model and its apps.

    Raises:
        ValueError: an argument is wrong, or a key of a file is not supported; the text lists every problem
            with its file and line.
    """
    values = cast("Mapping[str, Any]", args.get("env", {}))
    known = {key: text_of(value) for key, value in values.items() if is_scalar(value)}
    return compose_apps(name, args, {**os.environ, **known}, known_secrets(values))


def assembled(component: pulumi.ComponentResource, composition: Composition, apps: Sequence[App]) -> Outputs:
    """Make the apps and the resources that they share; return their outputs."""
    for text in composition.files.report.warnings:
        pulumi.log.warn(text, resource=component)
    for text in composition.files.report.notes:
        pulumi.log.info(text, resource=component)
    shared = SharedResources(component, composition, apps)
    made: dict[str, ContainerApp] = {}
    balanced: dict[str, ContainerApp] = {}
    for app in apps:
        running = ContainerApp(
            app.name, shared.arguments(app, made), _options(component, composition.name, app)
        )
        made |= dict.fromkeys(app.names, running)
        if "load_balancer" in app.args:
            balanced[app.target.name] = running
    return {
        "urls": {service: app.url for service, app in balanced.items()},
        "addresses": {service: app.address for service, app in balanced.items()},
        "service_names": {service: app.service_name for service, app in made.items()},
        "task_definition_arns": {service: app.task_definition_arn for service, app in made.items()},
    }


def _options(parent: pulumi.Resource, name: str, app: App) -> pulumi.ResourceOptions:
    """Return the options of an app. Its resources were children of the component before each service was a
    `ContainerApp`: they have aliases."""
    images = {app.name: service_logical(name, app.target.name)}
    images |= {
        f"{app.name}-{service.container}": service_logical(name, service.name)
        for service in app.task.services
        if service is not app.target
    }

    def kept(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not isinstance(args.opts.parent, ContainerApp):
            return None
        former = images.get(args.name, args.name) if args.type_ == _IMAGE else args.name
        alias = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=former, parent=parent)])
        return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, alias))

    return pulumi.ResourceOptions(parent=parent, transformations=[kept])


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
    values = checked_values(ComposeAppArgs, COMPOSE_APP, args, problems)
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
        if any(protocol == "tcp" for _, protocol in service.published)
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
