"""An image built from a folder and pushed to an ECR repository."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from moorage.model.added_files import check_files
from moorage.model.build_context import check
from moorage.model.dockerfile import read
from moorage.model.fields.checks import checked
from moorage.model.fields.image import BUILD, CONTAINER_IMAGE
from moorage.model.fields.values import Values
from moorage.model.image import expiry_rules, image_spec, pull_policy
from moorage.model.image_reference import wrong_reference
from moorage.model.names import LONGEST_APP_NAME, check_logical_name, logical_name
from moorage.model.presets import PRESETS
from moorage.model.problems import Problems
from moorage.model.tags import check_tags

from .checking import arguments, checking
from .image_build import ImageWiring, build_image, tag_mutability
from .image_scan import scanned
from .inputs import declared_outputs, plain_inputs
from .overrides import check_overrides, with_overrides
from .wiring import tags_for


class ScanArgs(TypedDict):
    """The scan that an image must pass before it is deployed."""

    fail_on: NotRequired[str]
    """The lowest severity of a finding that fails `up`: `INFORMATIONAL`, `LOW`, `MEDIUM`, `HIGH` or
    `CRITICAL`. Default: `CRITICAL`."""
    ignore: NotRequired[list[str]]
    """Names of accepted findings, such as `CVE-2024-6119`. Default: none."""
    timeout: NotRequired[int]
    """Seconds to wait for the scan, from 30 to 3600. Default: 600."""


class BuildFileArgs(TypedDict):
    """A file or folder of the project that is copied into an image."""

    path: str
    """The absolute path in the image. A folder is added to one that the image has."""
    source: NotRequired[str]
    """The file or folder, relative to the project; of a folder what its .dockerignore does not exclude. Give
    this or `content`. Default: none."""
    content: NotRequired[str]
    """The content of a file. It is in the image, so no secret. Default: none."""
    owner: NotRequired[str]
    """The user that owns it, by number, with an optional group after `:`. Default: root."""
    mode: NotRequired[str]
    """The permissions of a file in octal, such as `444`. Default: as in `source`: 755 for what its owner may
    execute, else 644."""


class BuildArgs(TypedDict):
    """The build of an image."""

    context: NotRequired[str]
    """The folder that is sent to the builder, relative to the project, without what its .dockerignore
    excludes. Default: required without `image` and `mirror`."""
    image: NotRequired[str]
    """The image that `files` are added to, instead of a Dockerfile. Default: none."""
    files: NotRequired[list[BuildFileArgs]]
    """Files and folders that are copied into the image last, part of its content tag. Default: none."""
    mirror: NotRequired[str]
    """Instead of a folder: the reference of an image, with its digest, such as `nginx:1.27@sha256:...`, whose
    copy is in the ECR repository. Its layers are those of the original, for the platform of the tasks and
    `platforms`. Default: none."""
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
    platforms: NotRequired[list[str]]
    """Further platforms, `linux/amd64` or `linux/arm64`, in one index beside that of the tasks, for those who
    run the image elsewhere. Another list builds again. Default: only that of the tasks."""
    ssh: NotRequired[list[str]]
    """Ids for `RUN --mount=type=ssh,id=...`, such as `default`. Each is the SSH agent of the machine that
    deploys, previews or runs locally, at its SSH_AUTH_SOCK. Another list builds again. Default: none."""
    cache: NotRequired[str]
    """The layers that a build takes from earlier ones on other machines, such as those of CI. `registry`: of
    all stages, in the ECR repository under the tag `cache`; `inline`: of the last stage, in the image itself;
    `none`: only those of the builder. Part of the image's tag, so the same on every machine; another value
    builds again. Default: `none`."""
    tags: NotRequired[list[str]]
    """Up to 4 tags beside the content tag, such as `latest`, which each build moves to its image; tasks do
    not use them. All other tags remain immutable. Another list builds again. Default: only the content
    tag."""
    scan: NotRequired[ScanArgs]
    """At every `up`, wait for ECR's scan of the image, basic or enhanced, and fail with its findings before
    anything is deployed with it. Needs the rights `ecr:BatchGetImage` and `ecr:DescribeImageScanFindings`.
    Not in a preview, and not run locally. Default: the image is scanned, and deployed whatever is found."""
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
    pull_accounts: NotRequired[list[str]]
    """Ids of other AWS accounts that may pull the image. Their roles also need the right; an app there has it
    with the image's reference. Changed in place. Default: none."""
    preset: NotRequired[str]
    """`dev`: images are deleted with the stack; `prod`: they are not; or a preset of the configuration
    `moorage:presets`. Default: `dev`."""
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
            **tag_mutability(wiring.model.build),
            image_scanning_configuration={"scan_on_push": True},
            force_delete=preset.force_delete,
            tags=wiring.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=preset.protect),
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
        self.uri = pulumi.Output.all(repository.repository_url, image.urn).apply(
            lambda known: f"{known[0]}:{tag}"
        )
        if wiring.model.build.scan is not None:
            self.uri = scanned(self, name, wiring.model.build.scan, self.uri, repository.arn)
        self.digest = image.digest
        self.repository_url = repository.repository_url
        self.repository_arn = repository.arn
        self.preset = pulumi.Output.from_input(str(wiring.model.preset))
        self.register_outputs(declared_outputs(self))


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
    if build is None or "mirror" in build:
        return
    check_files(f"{where}.files", build.get("files", ()), problems)
    if "image" in build:
        if wrong := wrong_reference(build["image"]):
            problems.add(f"{where}.image", build["image"], wrong)
        return
    if "context" not in build:
        if not problems.concerns(where):
            problems.say(f"{where}.context", "is required without image or mirror; give a folder to build")
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
