"""A compose file on Amazon ECS."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import pulumi

from moorage.compose_file.names import service_logical
from moorage.model.texts import is_scalar, text_of
from moorage.resources.app.component import ContainerApp
from moorage.resources.checking import arguments, checking
from moorage.resources.inputs import plain_inputs
from moorage.resources.outputs import declare
from moorage.resources.secrets import known_secrets

from .args import ComposeAppArgs

if TYPE_CHECKING:
    from .apps import App

_IMAGE = "moorage:index:ContainerImage"


class ComposeApp(pulumi.ComponentResource):
    """The services of a compose file on Amazon ECS, with the settings of an ecs-params file: each is a
    `ContainerApp`, or all are one."""

    urls: pulumi.Output[dict[str, str]]
    """The URLs of services behind the load balancer, by service, known once their rollouts are verified."""
    addresses: pulumi.Output[dict[str, str]]
    """The same as `urls`, known without waiting for a rollout."""
    service_names: pulumi.Output[dict[str, str]]
    """The names of the ECS services, by service of the file."""
    task_definition_arns: pulumi.Output[dict[str, str]]
    """The task definitions that were deployed, by service of the file."""

    def __init__(self, name: str, args: ComposeAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Read the files and declare their services.

        Raises:
            ValueError: an argument is wrong, or a key of a file is not supported; the text lists every
                problem with its file and line.
        """
        # Most programs have no compose file, and do not load its reader.
        from .shared import SharedResources
        from .translation import compose_apps

        args = arguments(name, args)
        values = cast("Mapping[str, Any]", args.get("env", {}))
        known = {key: text_of(value) for key, value in values.items() if is_scalar(value)}
        with checking():
            composition, apps = compose_apps(name, args, {**os.environ, **known}, known_secrets(values))
        super().__init__("moorage:index:ComposeApp", name, plain_inputs(args), opts)
        for text in composition.files.report.warnings:
            pulumi.log.warn(text, resource=self)
        for text in composition.files.report.notes:
            pulumi.log.info(text, resource=self)
        shared = SharedResources(self, composition, apps)
        made: dict[str, ContainerApp] = {}
        balanced: dict[str, ContainerApp] = {}
        for app in apps:
            running = ContainerApp(app.name, shared.arguments(app, made), _options(self, name, app))
            made |= dict.fromkeys(app.names, running)
            if "load_balancer" in app.args:
                balanced[app.target.name] = running
        declare(
            self,
            {
                "urls": {service: app.url for service, app in balanced.items()},
                "addresses": {service: app.address for service, app in balanced.items()},
                "service_names": {service: app.service_name for service, app in made.items()},
                "task_definition_arns": {service: app.task_definition_arn for service, app in made.items()},
            },
        )


def _options(parent: ComposeApp, name: str, app: "App") -> pulumi.ResourceOptions:
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
