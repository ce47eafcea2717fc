"""An image built from a folder and pushed to an ECR repository."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from moorage.model.build_context import STAGING, check, content_tag, stage
from moorage.model.dockerfile import read
from moorage.model.fields.checks import checked
from moorage.model.fields.image import BUILD, CONTAINER_IMAGE, DOCKER_HOST
from moorage.model.fields.values import Values
from moorage.model.image import ImageSpec, image_spec
from moorage.model.instance_types import DOCKER_PLATFORM
from moorage.model.names import LONGEST_APP_NAME, check_logical_name, logical_name
from moorage.model.presets import PRESETS
from moorage.model.problems import Problems
from moorage.model.tags import check_tags

from .checking import arguments, checking
from .inputs import declared_outputs, plain_inputs
from .overrides import check_overrides, with_overrides
from .program import shared, shared_parent
from .wiring import Wiring, tags_for

if TYPE_CHECKING:
    import pulumi_docker_build as docker_build


class BuildArgs(TypedDict):
    """The build of an image."""

    context: str
    """The folder that is sent to the builder, relative to the project, without what its .dockerignore
    excludes."""
    dockerfile: NotRequired[str]
    """The Dockerfile's path from the context; it may be elsewhere, such as `../docker/Dockerfile`. Default:
    `Dockerfile`."""
    target: NotRequired[str]
    """The stage to build. Default: the last one."""
    args: NotRequired[dict[str, str]]
    """Build arguments (`ARG` in the Dockerfile). They stay in the image's history: never pass secrets.
    Default: none."""
    secrets: NotRequired[dict[str, pulumi.Input[str]]]
    """Build secrets by id (`RUN --mount=type=secret,id=...`). A changed value alone does not build; see
    `revision`. Default: none."""
    revision: NotRequired[str]
    """Any string; another one builds and pushes again although the folder did not change. Default: none."""
    docker_host: NotRequired[str]
    """The Docker daemon that builds, the same for all who deploy the stack: it is part of the stack's state,
    and another one builds every image again. The environment's DOCKER_HOST is not used. Default:
    `unix:///var/run/docker.sock`."""


class ContainerImageArgs(TypedDict):
    """Arguments of `ContainerImage`."""

    build: BuildArgs
    """Its build."""
    arch: NotRequired[str]
    """The architecture of the capacity it runs on, `x86_64` or `arm64`. Default: `x86_64`."""
    repository_name: NotRequired[str]
    """A fixed name for the ECR repository. It can clash, and replacing such a repository deletes it first.
    Default: a generated name."""
    keep_images: NotRequired[int]
    """How many images the repository keeps, 1 to 1000; older ones expire, and cannot be rolled back to.
    Default: 30."""
    preset: NotRequired[str]
    """`dev`: images are deleted with the stack; or `prod`: they are not. Default: `dev`."""
    overrides: NotRequired[dict[str, dict[str, Any]]]
    """Inputs of the resources it makes, by short names and pulumi_aws's names of inputs (docs/overrides.md);
    objects are merged, everything else is replaced. Default: none."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags on everything that takes them. Default: only moorage's own."""


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
        args = arguments(name, args)
        with checking():
            values = _checked(name, args)
        super().__init__(
            "moorage:index:ContainerImage", name, plain_inputs(args), with_overrides(self, name, args, opts)
        )
        wiring = ImageWiring(
            self, name, image_spec(values), tags_for(name, values["tags"]), values["build.secrets"]
        )
        preset = PRESETS[wiring.model.preset]

        repository = aws.ecr.Repository(
            logical_name(name, "repo", 256).lower(),
            name=wiring.model.repository_name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            force_delete=preset.force_delete,
            tags=wiring.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=preset.protect),
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-repo-lifecycle",
            repository=repository.name,
            policy=_keep_policy(wiring.model.keep_images),
            opts=wiring.child,
        )
        image, tag = _build(wiring, repository)
        # The URN is known in a preview, which then shows the new tag; through it a task waits for the image.
        self.uri = pulumi.Output.all(repository.repository_url, image.urn).apply(
            lambda known: f"{known[0]}:{tag}"
        )
        self.digest = image.digest
        self.repository_url = repository.repository_url
        self.repository_arn = repository.arn
        self.preset = pulumi.Output.from_input(wiring.model.preset.value)
        self.register_outputs(declared_outputs(self))


@dataclass(frozen=True)
class ImageWiring(Wiring[ImageSpec]):
    """An image with the secrets of its build."""

    secrets: Mapping[str, pulumi.Input[str]] | None


def _build(wiring: ImageWiring, repository: "aws.ecr.Repository") -> "tuple[docker_build.Image, str]":
    """Declare the image's build and push; return it and its tag."""
    import pulumi_docker_build as docker_build  # A fifth of the library's import time, for builds only.

    build, platform = wiring.model.build, DOCKER_PLATFORM[wiring.model.arch]
    staged = Path(STAGING) / wiring.name
    digest, dockerfile = stage(Path(build.context), build.dockerfile, staged)
    secrets = sorted(wiring.secrets or ()) or None
    options: dict[str, Any] = {
        "dockerfile": Path(os.path.relpath(dockerfile, staged)).as_posix(),
        "target": build.target,
        "args": build.args,
        "platform": platform,
        "secrets": secrets,
        "revision": build.revision,
    }
    tag = content_tag(digest, options)
    provider = wiring.parent.get_provider("aws:ecr/repository:Repository")
    # The token is for one account and region.
    token = shared(
        f"ecr-token-{id(provider) if provider else ''}",
        lambda: aws.ecr.get_authorization_token_output(opts=pulumi.InvokeOptions(provider=provider)),
    )
    image = docker_build.Image(
        f"{wiring.name}-build",
        context={"location": staged.as_posix()},
        dockerfile={"location": dockerfile.as_posix()},
        target=build.target,
        build_args=build.args,
        secrets=wiring.secrets,
        ignore_secrets_in_diff_calculation=secrets,
        platforms=[docker_build.Platform(platform)],
        tags=[repository.repository_url.apply(lambda url: f"{url}:{tag}")],
        push=True,
        build_on_preview=False,
        registries=[
            {
                "address": repository.repository_url.apply(lambda url: url.split("/")[0]),
                "username": token.user_name,
                "password": token.password,
            }
        ],
        # Tasks, or a rollback, may still need the image; the lifecycle policy expires it.
        opts=pulumi.ResourceOptions(parent=wiring.parent, provider=_docker(wiring), retain_on_delete=True),
    )
    return image, tag


def _docker(wiring: ImageWiring) -> pulumi.ProviderResource:
    """Return the caller's docker-build provider, else the program's for the daemon's address."""
    import pulumi_docker_build as docker_build

    given = wiring.parent.get_provider("docker-build:index:Image")
    if given is not None:
        return given
    host = wiring.model.build.docker_host
    suffix = "" if host == DOCKER_HOST else f"-{hashlib.sha256(host.encode()).hexdigest()[:6]}"
    parent = shared_parent(wiring.parent)
    provider = f"docker-build{suffix}" if parent is None else f"{wiring.name}-docker-build"
    return shared(
        provider,
        lambda: docker_build.Provider(provider, host=host, opts=pulumi.ResourceOptions(parent=parent)),
    )


def _checked(name: str, args: ContainerImageArgs) -> Values:
    """Check all arguments and return them with their defaults; raise a ValueError with every problem."""
    problems = Problems("ContainerImage", name)
    check_logical_name(name, problems, LONGEST_APP_NAME)
    values = checked(ContainerImageArgs, CONTAINER_IMAGE, args, problems)
    check_build("build", values.given("build"), problems)
    check_overrides("ContainerImage", values.args, ["repository"], problems)
    check_tags("tags", values.given("tags") or {}, problems)
    problems.raise_if_any()
    return values


def check_images(args: Mapping[str, Any], good: Mapping[str, Any], problems: Problems) -> None:
    """Check where the images of an app or a job come from."""
    containers: Mapping[str, Mapping[str, Any]] = good.get("containers", {})
    for where, settings in {
        "": args,
        **{f"containers.{name}.": of for name, of in containers.items()},
    }.items():
        if "image" not in settings and "build" not in settings:
            problems.say(
                f"{where}image", "is required without build; give an image reference, or a folder to build"
            )
    check_build("build", good.get("build"), problems)
    for name, settings in containers.items():
        check_build(f"containers.{name}.build", settings.get("build"), problems)


def check_build(where: str, build: Mapping[str, Any] | None, problems: Problems) -> None:
    """Check the files of the build that the argument `where` gives, if any."""
    if not build:
        return
    context, dockerfile = Path(build["context"]), build.get("dockerfile", BUILD["dockerfile"].default)
    if not os.path.isdir(context):
        problems.add(f"{where}.context", str(context), "is not a folder of the project")
    elif not os.path.isfile(context / dockerfile):
        problems.add(f"{where}.dockerfile", dockerfile, f"is not a file in {str(context)!r}")
    else:
        _check_files(where, context, dockerfile, problems)


def _check_files(where: str, context: Path, dockerfile: str, problems: Problems) -> None:
    """Check for what Docker refuses before it builds: a file it cannot send, a Dockerfile it cannot parse."""
    try:
        check(context, dockerfile)
    except ValueError as error:
        problems.say(f"{where}.context", str(error))
    file = os.path.normpath(context / dockerfile)
    try:
        read(Path(file).read_text(encoding="utf-8", errors="replace"))
    except ValueError as error:
        problems.say(f"{where}.dockerfile", f"{file}, {error}")
    except OSError as error:
        problems.say(f"{where}.dockerfile", f"{file}: {(error.strerror or str(error)).lower()}")


def _keep_policy(count: int) -> str:
    rule = {
        "rulePriority": 1,
        "description": f"Keep the last {count} images",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count},
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]}, sort_keys=True)
