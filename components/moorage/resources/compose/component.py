"""A compose file on Amazon ECS."""

import pulumi

from moorage.resources.outputs import declare

from .args import ComposeAppArgs


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
        from moorage.resources.checking import checked_arguments

        from .assembly import assembled, checked  # With the reader of compose files.

        inputs, options, (composition, apps) = checked_arguments(self, name, args, opts, checked)
        super().__init__("moorage:index:ComposeApp", name, inputs, options)
        declare(self, assembled(self, composition, apps))
