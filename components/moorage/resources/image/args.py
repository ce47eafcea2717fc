"""Arguments of an image."""

from typing import Any, NotRequired, TypedDict

from moorage.resources import value_types as types


class ScanArgs(TypedDict):
    """The scan that an image must pass before it is deployed."""

    fail_on: NotRequired[types.Severity]
    """The lowest severity of a finding that fails `up`: `INFORMATIONAL`, `LOW`, `MEDIUM`, `HIGH` or
    `CRITICAL`. Default: `CRITICAL`."""
    ignore: NotRequired[list[str]]
    """Names of accepted findings, such as `CVE-2024-6119`. Default: none."""
    timeout: NotRequired[types.Integer]
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
    secrets: NotRequired[types.Strings]
    """Build secrets by id (`RUN --mount=type=secret,id=...`). A changed value alone does not build; see
    `revision`. Default: none."""
    revision: NotRequired[str]
    """Any string; another one builds and pushes again although the folder did not change. Default: none."""
    platforms: NotRequired[list[types.Platform]]
    """Further platforms, `linux/amd64` or `linux/arm64`, in one index beside that of the tasks, for those who
    run the image elsewhere. Another list builds again. Default: only that of the tasks."""
    ssh: NotRequired[list[str]]
    """Ids for `RUN --mount=type=ssh,id=...`, such as `default`. Each is the SSH agent of the machine that
    deploys, previews or runs locally, at its SSH_AUTH_SOCK. Another list builds again. Default: none."""
    cache: NotRequired[types.LayerCache]
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
    arch: NotRequired[types.Architecture]
    """The architecture of the capacity it runs on, `x86_64` or `arm64`. Default: `x86_64`."""
    repository_name: NotRequired[str]
    """A fixed name for the ECR repository. It can clash, and replacing such a repository deletes it first.
    Default: a generated name."""
    keep_images: NotRequired[types.Integer]
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
    tags: NotRequired[types.LaterStrings]
    """Tags on everything that takes them. Default: only moorage's own."""
