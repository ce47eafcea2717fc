"""A compose file on Amazon ECS."""

import os

import pulumi

from moorage.resources.checking import arguments, checking
from moorage.resources.compose.args import ComposeAppArgs
from moorage.resources.inputs import plain_inputs
from moorage.resources.secrets import known_secrets


class ComposeApp(pulumi.ComponentResource):
    """The services of a compose file on Amazon ECS, with what an ecs-params file adds."""

    urls: pulumi.Output[dict[str, str]]
    """Where services answer behind the load balancer, by service, known once their rollouts were verified.
    Those that it does not lead to are not in it."""
    addresses: pulumi.Output[dict[str, str]]
    """The same, known without waiting for a rollout."""
    service_names: pulumi.Output[dict[str, str]]
    """The names of the ECS services, by service of the file."""
    task_definition_arns: pulumi.Output[dict[str, str]]
    """The revisions that were asked for, by service of the file."""

    def __init__(self, name: str, args: ComposeAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Read the files and declare what runs.

        Raises:
            ValueError: an argument is wrong, or a key of a file cannot be honoured; the text lists every
                problem with its file and line.
        """
        # Most programs have no compose file: they do not pay for reading one.
        from .plan import compose_plan
        from .resources import ComposeResources, texts

        args = arguments(name, args)
        values = args.get("env", {})
        known = {key: value for key, value in values.items() if isinstance(value, str)}
        with checking():
            plan = compose_plan(name, ComposeAppArgs, args, {**os.environ, **known}, known_secrets(values))
        super().__init__("moorage:index:ComposeApp", name, plain_inputs(args), opts)
        for text in plan.files.report.warnings:
            pulumi.log.warn(text, resource=self)
        for text in plan.files.report.notes:
            pulumi.log.info(text, resource=self)
        made = ComposeResources(self, name, args, plan).make()
        self.urls = texts(made.urls)
        self.addresses = texts(made.addresses)
        self.service_names = texts(made.names)
        self.task_definition_arns = texts(made.definitions)
        self.register_outputs(
            {
                "urls": self.urls,
                "addresses": self.addresses,
                "serviceNames": self.service_names,
                "taskDefinitionArns": self.task_definition_arns,
            }
        )
