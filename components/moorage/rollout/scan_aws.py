"""Scans of the images of an ECR repository, read with boto3."""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from moorage.model.arguments import mapping, objects

from .answers import part
from .aws import ignoring
from .ecr import EcrRepository
from .states import state_of


class ScanStatus(StrEnum):
    """`status` of an image scan (ECR API reference, ImageScanStatus)."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETE = "COMPLETE"
    ACTIVE = "ACTIVE"
    """Enhanced scanning has findings, and repeats."""
    SCAN_ELIGIBILITY_EXPIRED = "SCAN_ELIGIBILITY_EXPIRED"
    FAILED = "FAILED"
    UNSUPPORTED_IMAGE = "UNSUPPORTED_IMAGE"
    FINDINGS_UNAVAILABLE = "FINDINGS_UNAVAILABLE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    IMAGE_ARCHIVED = "IMAGE_ARCHIVED"
    IMAGE_SIZE_EXCEEDED = "IMAGE_SIZE_EXCEEDED"


class FindingStatus(StrEnum):
    """`status` of a finding of enhanced scanning (Inspector API reference, Finding)."""

    ACTIVE = "ACTIVE"
    SUPPRESSED = "SUPPRESSED"
    CLOSED = "CLOSED"


class Vulnerability(NamedTuple):
    """A vulnerability of an image."""

    name: str
    """Such as CVE-2024-6119."""
    severity: str
    package: str
    """With its version; empty if it is not known."""
    fixed_in: str

    def __str__(self) -> str:
        """Return the vulnerability in one line."""
        package = f" in {self.package}" if self.package else ""
        return f"{self.severity} {self.name}{package}{f', fixed in {self.fixed_in}' if self.fixed_in else ''}"


class Scan(NamedTuple):
    """A scan as it is now."""

    status: ScanStatus | str
    description: str
    findings: tuple[Vulnerability, ...] = ()


class EcrScans(EcrRepository):
    """The scans of one repository."""

    def manifests(self, tag: str) -> list[str]:
        """Return the digests of an image, one for each platform: ECR does not scan an index."""
        image = self.image(tag)
        if image is None:
            return []
        manifests = objects(json.loads(image["imageManifest"]).get("manifests"))
        # Attestations are in an index too, for the architecture "unknown".
        of_platforms = [
            str(manifest["digest"])
            for manifest in manifests
            if mapping(manifest.get("platform")).get("architecture") != "unknown"
        ]
        return of_platforms if manifests else [str(image["imageId"]["imageDigest"])]

    def scan(self, digest: str) -> Scan | None:
        """Return the scan of a digest; None before there is one."""
        with ignoring("ScanNotFoundException"):
            answers = self.pages("describe_image_scan_findings", imageId={"imageDigest": digest})
            pages: list[Mapping[str, Any]] = [{}, *answers]
            status = part(pages[-1], "imageScanStatus")
            findings = (finding for page in pages for finding in _findings(part(page, "imageScanFindings")))
            state = state_of(ScanStatus, status.get("status"))
            return Scan(state, status.get("description", ""), tuple(findings))
        return None


def _findings(page: Mapping[str, Any]) -> Iterator[Vulnerability]:
    """Yield the findings of basic scanning, and those of enhanced scanning that are not suppressed (API
    reference, ImageScanFinding and EnhancedImageScanFinding)."""
    for basic in objects(page.get("findings")):
        attributes = {item["key"]: item.get("value", "") for item in objects(basic.get("attributes"))}
        package = f"{attributes.get('package_name', '')} {attributes.get('package_version', '')}".strip()
        yield Vulnerability(basic.get("name", ""), basic.get("severity", ""), package, "")
    for enhanced in objects(page.get("enhancedFindings")):
        if enhanced.get("status", FindingStatus.ACTIVE) != FindingStatus.ACTIVE:
            continue
        details = mapping(enhanced.get("packageVulnerabilityDetails"))
        name = str(details.get("vulnerabilityId") or enhanced.get("title", ""))
        for package in objects(details.get("vulnerablePackages")) or [{}]:
            installed = f"{package.get('name', '')} {package.get('version', '')}".strip()
            fixed = str(package.get("fixedInVersion", ""))
            # Inspector says NotAvailable where there is no fixed version.
            fixed_in = "" if fixed == "NotAvailable" else fixed
            yield Vulnerability(name, enhanced.get("severity", ""), installed, fixed_in)
