"""An image's arguments with every default resolved."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from .added_files import AddedFile
from .choices import Architecture, LayerCache, Severity
from .fields.image import CACHE_TAG
from .fields.values import Values
from .iam import PULL, policy
from .instance_types import DOCKER_PLATFORM
from .lookup import described, described_each, described_if_given


class ScanGate(NamedTuple):
    """The scan that an image must pass before it is deployed."""

    fail_on: Severity
    ignore: tuple[str, ...]
    """Names of findings, such as CVE-2024-6119."""
    timeout: int


class Build(NamedTuple):
    """The build of an image."""

    context: str | None
    """None for a mirror, and for an image that only files are added to."""
    image: str | None
    """The image that files are added to."""
    files: tuple[AddedFile, ...]
    mirror: str | None
    dockerfile: str
    target: str | None
    args: dict[str, str] | None
    revision: str | None
    platforms: tuple[str, ...]
    """The platform of the tasks first."""
    ssh: tuple[str, ...]
    cache: LayerCache
    tags: tuple[str, ...]
    scan: ScanGate | None
    docker_host: str

    @property
    def moving_tags(self) -> tuple[str, ...]:
        """The tags that are not immutable."""
        return self.tags if self.cache is LayerCache.NONE else (*self.tags, CACHE_TAG)

    @property
    def pushed_tags(self) -> tuple[str, ...]:
        """The tags of the image beside its content tag; a cache in the image is found by one of them."""
        return self.moving_tags if self.cache is LayerCache.INLINE else self.tags

    @property
    def leaves_untagged(self) -> bool:
        """True if images without a tag remain: those that a tag moved from, or the parts of an index."""
        return bool(self.moving_tags) or len(self.platforms) > 1


class ImageSpec(NamedTuple):
    """An image with every default resolved."""

    preset: str
    arch: Architecture
    repository_name: str | None
    keep_images: int
    pull_accounts: tuple[str, ...]
    build: Build


def image_spec(values: Values) -> ImageSpec:
    """Return the image that the arguments describe."""
    build = described(
        Build,
        values,
        "build.",
        files=described_each(AddedFile, values, "build.files"),
        platforms=_platforms(values["arch"], values["build.platforms"] or ()),
        ssh=tuple(sorted(set(values["build.ssh"] or ()))),
        tags=tuple(sorted(set(values["build.tags"] or ()))),
        scan=described_if_given(ScanGate, values, "build.scan"),
    )
    accounts = tuple(sorted(set(values["pull_accounts"] or ())))
    return described(ImageSpec, values, build=build, pull_accounts=accounts)


def _platforms(arch: Architecture, further: Sequence[str]) -> tuple[str, ...]:
    own = DOCKER_PLATFORM[arch]
    return (own, *sorted({*further} - {own}))


def expiry_rules(image: ImageSpec) -> list[dict[str, Any]]:
    """Return the rules of the repository's lifecycle policy (ECR: "Lifecycle policy parameters").

    Images without a tag would count as kept ones where they remain, so there only tagged ones count. ECR does
    not expire an image of an index before the index.
    """
    count, kept = image.keep_images, {"tagStatus": "any"}
    untagged: list[dict[str, Any]] = []
    if image.build.leaves_untagged:
        kept = {"tagStatus": "tagged", "tagPatternList": ["*"]}
        count += image.build.cache is LayerCache.REGISTRY  # The cache is an image with a tag too.
        old = {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": 1,
        }
        untagged = [_rule(2, "Remove images without a tag", old)]
    selection = {**kept, "countType": "imageCountMoreThan", "countNumber": count}
    return [_rule(1, f"Keep the last {image.keep_images} images", selection), *untagged]


def pull_policy(repository_arn: str, accounts: Sequence[str]) -> str:
    """Return the repository's policy for other accounts (ECR: "Private repository policy examples")."""
    partition = repository_arn.split(":")[1]
    statement = {
        "Sid": "Pull",
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:{partition}:iam::{account}:root" for account in accounts]},
        "Action": list(PULL),
    }
    return policy([statement])


def _rule(priority: int, description: str, selection: dict[str, Any]) -> dict[str, Any]:
    return {
        "rulePriority": priority,
        "description": description,
        "selection": selection,
        "action": {"type": "expire"},
    }
