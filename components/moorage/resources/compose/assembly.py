"""The apps of a compose file, and what they share, from checked arguments."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pulumi

from moorage.compose_file.names import service_logical
from moorage.model.texts import is_scalar, text_of
from moorage.resources.app.component import ContainerApp
from moorage.resources.outputs import Outputs
from moorage.resources.secrets import known_secrets

from .apps import App, Composition
from .args import ComposeAppArgs
from .shared import SharedResources
from .translation import compose_apps

_IMAGE = "moorage:index:ContainerImage"


def checked(name: str, args: ComposeAppArgs) -> tuple[Composition, list[App]]:
    """Check all arguments and the files; return the model and its apps.

    Raises:
        ValueError: an argument is wrong, or a key of a file is not supported; the text lists every problem
            with its file and line.
    """
    values = cast("Mapping[str, Any]", args.get("env", {}))
    variables = {key: text_of(value) for key, value in values.items() if is_scalar(value)}
    return compose_apps(name, args, {**os.environ, **variables}, known_secrets(values))


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
