"""The images of an ECR repository, read and tagged with boto3."""

from collections.abc import Iterator, Mapping
from typing import Any

from moorage.model.arguments import objects

from .ask import Refused
from .aws import Asker, ignoring
from .login import Login

_MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


class EcrRepository:
    """One repository."""

    def __init__(self, arn: str, login: Login | None = None) -> None:
        """Use the repository with this ARN."""
        _, _, _, region, account, name = arn.split(":", 5)
        self._repository = {"registryId": account, "repositoryName": name.removeprefix("repository/")}
        self._ask = Asker(region, login)

    def request(self, operation: str, /, **parameters: Any) -> Any:
        """Send one request about the repository; return the answer."""
        return self._ask("ecr", operation, **self._repository, **parameters)

    def pages(self, operation: str, /, **parameters: Any) -> Iterator[Any]:
        """Yield the pages of an answer about the repository."""
        return self._ask.pages("ecr", operation, **self._repository, **parameters)

    def image(self, tag: str) -> Mapping[str, Any] | None:
        """Return the image with a tag and its manifest, if there is one."""
        answer = self.request(
            "batch_get_image", imageIds=[{"imageTag": tag}], acceptedMediaTypes=list(_MANIFESTS)
        )
        images: list[Mapping[str, Any]] = answer.get("images") or []
        return images[0] if images else None

    def free(self, tag: str) -> str | None:
        """Take a tag from its image, which gets another one; return that, or None without such an image.

        An image whose last tag is deleted is deleted itself (ECR API reference, BatchDeleteImage).
        """
        image = self.image(tag)
        if image is None:
            return None
        digest = str(image["imageId"]["imageDigest"])
        kept = f"{tag}-{digest.removeprefix('sha256:')[:12]}"
        # The tag exists where an `up` was interrupted between the two requests.
        with ignoring("AlreadyExistsException"):
            self.request(
                "put_image",
                imageManifest=image["imageManifest"],
                imageManifestMediaType=image["imageManifestMediaType"],
                imageDigest=digest,
                imageTag=kept,
            )
        answer = self.request("batch_delete_image", imageIds=[{"imageTag": tag}])
        for failure in objects(answer.get("failures")):
            raise Refused(f"ECR does not remove the tag {tag}: {failure.get('failureReason')}")
        return kept
