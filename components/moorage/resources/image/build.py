"""The build of an image with docker-build, and its push to an ECR repository."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pulumi
import pulumi_aws as aws

from moorage.model.added_files import CONTEXT, ONLY_FILES, copies, stage_files
from moorage.model.build_context import STAGING, content_tag, copy_content, stage, stage_dockerfile
from moorage.model.choices import LayerCache
from moorage.model.fields.image import CACHE_TAG, DOCKER_HOST
from moorage.model.image import Build
from moorage.resources.inputs import present
from moorage.resources.program import shared, shared_parent

from .push import repeated_push
from .wiring import ImageWiring

if TYPE_CHECKING:
    import pulumi_docker_build as docker_build


def build_image(wiring: ImageWiring, repository: aws.ecr.Repository) -> tuple[docker_build.Image, str]:
    """Declare the image's build and push; return it and its tag."""
    import pulumi_docker_build as docker_build  # A fifth of the library's import time, for builds only.

    build = wiring.model.build
    staged = _staged(wiring.name, build)
    secrets = wiring.passed.secrets
    secret_names = sorted(secrets or ()) or None
    options: dict[str, Any] = {
        "dockerfile": Path(os.path.relpath(staged.dockerfile, staged.context)).as_posix(),
        "target": staged.target,
        "args": build.args,
        "platform": build.platforms[0],
        "secrets": secret_names,
        "revision": build.revision,
        **_further_options(build),
    }
    tag = content_tag(staged.digest, options)
    files = {"named": {CONTEXT: {"location": staged.files.as_posix()}}} if staged.files else {}
    image = docker_build.Image(
        f"{wiring.name}-build",
        context={"location": staged.context.as_posix(), **files},  # pyright: ignore
        dockerfile={"location": staged.dockerfile.as_posix()},
        target=staged.target,
        build_args=build.args,
        secrets=secrets,
        ignore_secrets_in_diff_calculation=secret_names,
        platforms=[docker_build.Platform(platform) for platform in build.platforms],
        tags=[_tagged(repository, name) for name in (tag, *build.pushed_tags)],
        push=True,
        build_on_preview=False,
        registries=[_registry(wiring, repository)],
        **_cache(build, repository),
        **present(ssh=[{"id": name} for name in build.ssh] or None),
        opts=pulumi.ResourceOptions(
            parent=wiring.parent,
            provider=_docker(wiring),
            # Tasks, or a rollback, may still need the image; the lifecycle policy expires it.
            retain_on_delete=True,
            hooks=repeated_push(wiring.parent, wiring.name, tag, repository.arn),
        ),
    )
    return image, tag


class _Staged(NamedTuple):
    """The copies that a build is fed from."""

    context: Path
    dockerfile: Path
    target: str | None
    files: Path | None
    """The context of the files that are added to it."""
    digest: str


def _staged(name: str, build: Build) -> _Staged:
    """Stage a build context and the files that are added to the image."""
    context = Path(STAGING) / name
    if build.mirror is not None:
        digest, dockerfile = stage_dockerfile(f"FROM {build.mirror}\n", context)
        return _Staged(context, dockerfile, None, None, digest)
    if build.context is None:
        digest = hashlib.sha256(stage_files(build.files, context).encode())
        dockerfile = context.with_name(f"{name}.Dockerfile")
        text = f"{ONLY_FILES}\nFROM {build.image}\n{copies(build.files, None)}"
        copy_content(text.encode(), dockerfile, 0o644, digest)
        Path(f"{dockerfile}.dockerignore").unlink(missing_ok=True)
        return _Staged(context, dockerfile, None, None, digest.hexdigest())
    if not build.files:
        digest, dockerfile = stage(Path(build.context), build.dockerfile, context)
        return _Staged(context, dockerfile, build.target, None, digest)
    files = context.with_name(f"{name}.files")
    # The files are added to the target, or else to the last stage.
    added = (f"FROM {build.target}\n" if build.target else "") + copies(build.files, CONTEXT)
    digest, dockerfile = stage(Path(build.context), build.dockerfile, context, added=added)
    both = hashlib.sha256(f"{digest} {stage_files(build.files, files)}".encode()).hexdigest()
    return _Staged(context, dockerfile, None, files, both)


def _registry(wiring: ImageWiring, repository: aws.ecr.Repository) -> docker_build.RegistryArgsDict:
    provider = wiring.parent.get_provider("aws:ecr/repository:Repository")
    # The token is for one account and region.
    token = shared(
        f"ecr-token-{id(provider) if provider else ''}",
        lambda: aws.ecr.get_authorization_token_output(opts=pulumi.InvokeOptions(provider=provider)),
    )
    return {
        "address": repository.repository_url.apply(lambda url: url.split("/")[0]),
        "username": token.user_name,
        "password": token.password,
    }


def _further_options(build: Build) -> dict[str, Any]:
    """Return the options that are in the tag only when they are used, so that other tags stay."""
    return present(
        platforms=build.platforms if len(build.platforms) > 1 else None,
        ssh=build.ssh or None,
        cache=None if build.cache is LayerCache.NONE else build.cache.value,
        tags=build.tags or None,
    )


def _tagged(repository: aws.ecr.Repository, tag: str) -> pulumi.Output[str]:
    return repository.repository_url.apply(lambda url: f"{url}:{tag}")


def _cache(build: Build, repository: aws.ecr.Repository) -> dict[str, Any]:
    """Return the inputs of the layer cache.

    A registry's is an image manifest, the form that ECR takes (AWS Containers blog, "Announcing remote cache
    support in Amazon ECR for BuildKit clients"). A build fails neither without a cache to read nor when its
    own cannot be written.
    """
    if build.cache is LayerCache.NONE:
        return {}
    ref = _tagged(repository, CACHE_TAG)
    registry = {"ref": ref, "mode": "max", "image_manifest": True, "oci_media_types": True}
    to: dict[str, Any] = {"registry": {**registry, "ignore_error": True}}
    if build.cache is LayerCache.INLINE:
        to = {"inline": {}}
    return {"cache_from": [{"registry": {"ref": ref}}], "cache_to": [to]}


def tag_mutability(build: Build) -> dict[str, Any]:
    """Return the repository's inputs for tags: immutable but for those that move (ECR: "Preventing image tags
    from being overwritten")."""
    if not build.moving_tags:
        return {"image_tag_mutability": "IMMUTABLE"}
    return {
        "image_tag_mutability": "IMMUTABLE_WITH_EXCLUSION",
        "image_tag_mutability_exclusion_filters": [
            {"filter": tag, "filter_type": "WILDCARD"} for tag in build.moving_tags
        ],
    }


def _docker(wiring: ImageWiring) -> pulumi.ProviderResource:
    """Return the caller's docker-build provider, else the program's for the daemon's address."""
    import pulumi_docker_build as docker_build

    inherited = wiring.parent.get_provider("docker-build:index:Image")
    if inherited is not None:
        return inherited
    host = wiring.model.build.docker_host
    suffix = "" if host == DOCKER_HOST else f"-{hashlib.sha256(host.encode()).hexdigest()[:6]}"
    parent = shared_parent(wiring.parent)
    provider = f"docker-build{suffix}" if parent is None else f"{wiring.name}-docker-build"
    return shared(
        provider,
        lambda: docker_build.Provider(provider, host=host, opts=pulumi.ResourceOptions(parent=parent)),
    )
