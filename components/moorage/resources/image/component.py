"""An image built from a folder and pushed to an ECR repository."""

import pulumi

from moorage.resources.outputs import declare

from .args import ContainerImageArgs


class ContainerImage(pulumi.ComponentResource):
    """An ECR repository and the image in it, built from a folder.

    The tag is a hash of the folder and of every build option, and tags are immutable: the same content is
    built once, other content gets another tag, and the image of a running task never changes.
    """

    uri: pulumi.Output[str]
    """The image's reference by its content tag, for a task definition."""
    digest: pulumi.Output[str]
    """The digest of the pushed image."""
    repository_url: pulumi.Output[str]
    """The repository's address."""
    repository_arn: pulumi.Output[str]
    """The repository's ARN."""
    preset: pulumi.Output[str]
    """Its preset. A policy pack sees outputs only, and what it accepts depends on the preset."""

    def __init__(
        self, name: str, args: ContainerImageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare repository and image; stage a copy of the context under `.build/` of the project.

        Raises:
            ValueError: an argument is unknown, missing or wrong; the text lists every problem.
        """
        from moorage.resources.checking import checked_arguments

        from .assembly import assembled, checked  # With the model, which the first image loads.

        inputs, options, (spec, passed) = checked_arguments(self, name, args, opts, checked)
        super().__init__("moorage:index:ContainerImage", name, inputs, options)
        declare(self, assembled(self, name, spec, passed))
