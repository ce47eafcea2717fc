"""A repository and the image in it, from checked arguments."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

from moorage.model.fields.checks import checked as checked_values
from moorage.model.fields.image import CONTAINER_IMAGE
from moorage.model.fields.values import Values
from moorage.model.image import expiry_rules, image_spec, pull_policy
from moorage.model.names import LONGEST_APP_NAME, check_logical_name, logical_name
from moorage.model.presets import PRESETS
from moorage.model.problems import Problems
from moorage.model.tags import check_tags
from moorage.resources.outputs import Outputs
from moorage.resources.overrides import check_overrides
from moorage.resources.wiring import wired

from .args import ContainerImageArgs
from .build import build_image, tag_mutability
from .checks import check_build
from .scan import scanned


def assembled(component: pulumi.ComponentResource, name: str, values: Values) -> Outputs:
    """Make the repository and the image; return their outputs."""
    wiring = wired(component, name, image_spec(values), values)
    preset = PRESETS[wiring.model.preset]

    repository = aws.ecr.Repository(
        logical_name(name, "repo", 256).lower(),
        name=wiring.model.repository_name,
        **tag_mutability(wiring.model.build),
        image_scanning_configuration={"scan_on_push": True},
        force_delete=preset.force_delete,
        tags=wiring.tags,
        opts=pulumi.ResourceOptions(parent=component, protect=preset.protect),
    )
    aws.ecr.LifecyclePolicy(
        f"{name}-repo-lifecycle",
        repository=repository.name,
        policy=json.dumps({"rules": expiry_rules(wiring.model)}, sort_keys=True),
        opts=wiring.child,
    )
    if accounts := wiring.model.pull_accounts:
        aws.ecr.RepositoryPolicy(
            f"{name}-repo-policy",
            repository=repository.name,
            policy=repository.arn.apply(lambda arn: pull_policy(arn, accounts)),
            opts=wiring.child,
        )
    image, tag = build_image(wiring, repository)
    # The URN is known in a preview, which then shows the new tag; through it a task waits for the image.
    uri = pulumi.Output.all(repository.repository_url, image.urn).apply(lambda args: f"{args[0]}:{tag}")
    if wiring.model.build.scan is not None:
        uri = scanned(component, name, wiring.model.build.scan, uri, repository.arn)
    return {
        "uri": uri,
        "digest": image.digest,
        "repository_url": repository.repository_url,
        "repository_arn": repository.arn,
        "preset": str(wiring.model.preset),
    }


def checked(name: str, args: ContainerImageArgs) -> Values:
    """Check all arguments and return them with their defaults; raise a ValueError with every problem."""
    problems = Problems("ContainerImage", name)
    check_logical_name(name, problems, LONGEST_APP_NAME)
    values = checked_values(ContainerImageArgs, CONTAINER_IMAGE, args, problems)
    check_build("build", values.given("build"), problems)
    check_overrides("ContainerImage", values.args, ["repository"], problems)
    check_tags("tags", values.given("tags") or {}, problems)
    problems.raise_if_any()
    return values
