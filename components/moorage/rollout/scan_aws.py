"""Scans of the images of an ECR repository, read with boto3."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moorage.model.arguments import mapping, objects

from .ask import Refused
from .aws import Asker
from .login import Login
from .scan import Finding, Scan

_MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


class EcrScans:
    """The scans of one repository."""

    def __init__(self, repository: str, login: Login | None = None) -> None:
        """Read the scans of a repository by its ARN."""
        _, _, _, region, account, name = repository.split(":", 5)
        self._repository = {"registryId": account, "repositoryName": name.removeprefix("repository/")}
        self._ask = Asker(region, login)

    def manifests(self, tag: str) -> list[str]:
        """Return the digests of an image, one for each platform: ECR does not scan an index."""
        answer = self._ask(
            "ecr",
            "batch_get_image",
            imageIds=[{"imageTag": tag}],
            acceptedMediaTypes=list(_MANIFESTS),
            **self._repository,
        )
        images: list[Mapping[str, Any]] = answer.get("images") or []
        if not images:
            return []
        parts = objects(json.loads(images[0]["imageManifest"]).get("manifests"))
        # Attestations are in an index too, for the architecture "unknown".
        of_platforms = [
            str(part["digest"])
            for part in parts
            if mapping(part.get("platform")).get("architecture") != "unknown"
        ]
        return of_platforms if parts else [str(images[0]["imageId"]["imageDigest"])]

    def scan(self, digest: str) -> Scan | None:
        """Return the scan of a digest; None before there is one."""
        status: Mapping[str, str] = {}
        findings: list[Finding] = []
        try:
            for page in self._ask.pages(
                "ecr",
                "describe_image_scan_findings",
                imageId={"imageDigest": digest},
                **self._repository,
            ):
                status = page.get("imageScanStatus") or {}
                findings += _findings(page.get("imageScanFindings") or {})
        except Refused as error:
            if "ScanNotFoundException" in str(error):
                return None
            raise
        return Scan(status.get("status", ""), status.get("description", ""), tuple(findings))


def _findings(page: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the findings of basic scanning, and those of enhanced scanning that are not suppressed (API
    reference, ImageScanFinding and EnhancedImageScanFinding)."""
    for basic in objects(page.get("findings")):
        attributes = {item["key"]: item.get("value", "") for item in objects(basic.get("attributes"))}
        package = f"{attributes.get('package_name', '')} {attributes.get('package_version', '')}".strip()
        yield Finding(basic.get("name", ""), basic.get("severity", ""), package, "")
    for enhanced in objects(page.get("enhancedFindings")):
        if enhanced.get("status", "ACTIVE") != "ACTIVE":
            continue
        details = mapping(enhanced.get("packageVulnerabilityDetails"))
        name = str(details.get("vulnerabilityId") or enhanced.get("title", ""))
        for package in objects(details.get("vulnerablePackages")) or [{}]:
            known = f"{package.get('name', '')} {package.get('version', '')}".strip()
            fixed = str(package.get("fixedInVersion", ""))
            # Inspector says NotAvailable where there is no fixed version.
            fixed_in = "" if fixed == "NotAvailable" else fixed
            yield Finding(name, enhanced.get("severity", ""), known, fixed_in)
