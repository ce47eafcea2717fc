"""A repository and the image in it, from checked arguments."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

from moorage.model.fields.checks import checked as checked_values
from moorage.model.fields.image import CONTAINER_IMAGE
from moorage.model.image import ImageSpec, expiry_rules, image_spec, pull_policy
from moorage.model.names import LONGEST_APP_NAME, check_logical_name, logical_name
from moorage.model.presets import PRESETS
from moorage.model.problems import Problems
from moorage.model.tags import check_tags
from moorage.resources.outputs import Outputs
from moorage.resources.overrides import check_overrides
from moorage.resources.wiring import Wired, tags_for

from .args import ContainerImageArgs
from .build import build_image, tag_mutability
from .checks import check_build
from .scan import scanned
from .wiring import Passed


def assembled(component: pulumi.ComponentResource, name: str, spec: ImageSpec, passed: Passed) -> Outputs:
    """Make the repository and the image; return their outputs."""
    wiring = Wired(component, name, spec, tags_for(name, passed.tags), passed)
    preset = PRESETS[spec.preset]

    repository = aws.ecr.Repository(
        logical_name(name, "repo", 256).lower(),
        name=spec.repository_name,
        **tag_mutability(spec.build),
        image_scanning_configuration={"scan_on_push": True},
        force_delete=preset.force_delete,
        tags=wiring.tags,
        opts=pulumi.ResourceOptions(parent=component, protect=preset.protect),
    )
    aws.ecr.LifecyclePolicy(
        f"{name}-repo-lifecycle",
        repository=repository.name,
        policy=json.dumps({"rules": expiry_rules(spec)}, sort_keys=True),
        opts=wiring.child,
    )
    if accounts := spec.pull_accounts:
        aws.ecr.RepositoryPolicy(
            f"{name}-repo-policy",
            repository=repository.name,
            policy=repository.arn.apply(lambda arn: pull_policy(arn, accounts)),
            opts=wiring.child,
        )
    image, tag = build_image(wiring, repository)
    # The URN is known in a preview, which then shows the new tag; through it a task waits for the image.
    uri = pulumi.Output.all(repository.repository_url, image.urn).apply(lambda args: f"{args[0]}:{tag}")
    if spec.build.scan is not None:
        uri = scanned(component, name, spec.build.scan, uri, repository.arn)
    return {
        "uri": uri,
        "digest": image.digest,
        "repository_url": repository.repository_url,
        "repository_arn": repository.arn,
        "preset": str(spec.preset),
    }


def checked(name: str, args: ContainerImageArgs) -> tuple[ImageSpec, Passed]:
    """Check all arguments and return the image and what is passed beside it; raise a ValueError with every
    problem."""
    problems = Problems("ContainerImage", name)
    check_logical_name(name, problems, LONGEST_APP_NAME)
    values = checked_values(ContainerImageArgs, CONTAINER_IMAGE, args, problems)
    check_build("build", values.given("build"), problems)
    check_overrides("ContainerImage", values.args, ["repository"], problems)
    check_tags("tags", values.given("tags") or {}, problems)
    problems.raise_if_any()
    return image_spec(values), Passed(secrets=values["build.secrets"], tags=values["tags"])
