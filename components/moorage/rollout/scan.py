"""Following the scan of an image to its findings."""

from collections.abc import Sequence
from dataclasses import dataclass

from moorage.model.choices import Severity
from moorage.model.image import ScanGate

from .ask import Loop, Patient
from .scan_aws import EcrScans, Scan, ScanStatus, Vulnerability

PAUSE = 5.0
"""Seconds between two looks at a scan."""

_SHOWN = 20
"""Findings in a report."""

_ENDED = (ScanStatus.COMPLETE, ScanStatus.ACTIVE, ScanStatus.SCAN_ELIGIBILITY_EXPIRED)
"""States with findings: of basic scanning, and of enhanced scanning while and after it repeats."""
_GOING = (ScanStatus.PENDING, ScanStatus.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Following:
    """A scan to follow."""

    scans: EcrScans
    image: str
    """The image's reference, in messages."""
    gate: ScanGate
    loop: Loop

    async def problem(self) -> str | None:
        """Return why the image must not be deployed; None if its scan passes.

        Raises:
            AskError: AWS does not tell.
        """
        end = self.loop.now() + self.gate.timeout
        patient = Patient(self.loop, end)
        digests = await patient(self.scans.manifests, self.image.rpartition(":")[2])
        if not digests:
            return f"{self.image} is not in the repository; set `build.revision` to push it again"
        findings: dict[Vulnerability, None] = {}
        for digest in digests:
            scan = await self._ended(digest, patient, end)
            if isinstance(scan, str):
                return scan
            findings |= dict.fromkeys(scan.findings)
        return self._verdict(list(findings))

    async def _ended(self, digest: str, patient: Patient, end: float) -> Scan | str:
        """Return the scan with its findings, or why there are none."""
        while True:
            scan = await patient(self.scans.scan, digest)
            if scan is not None and scan.status in _ENDED:
                return scan
            if scan is not None and scan.status not in _GOING:
                return _not_scanned(f"{scan.status}, {scan.description}".rstrip(" .,"))
            if self.loop.now() >= end:
                return _not_scanned(f"no result after {self.gate.timeout} s (`build.scan.timeout`)")
            self.loop.say("waiting for the scan of the image")
            await self.loop.sleep(PAUSE)

    def _verdict(self, findings: Sequence[Vulnerability]) -> str | None:
        ranks = {severity.value: rank for rank, severity in enumerate(Severity)}
        least = ranks[self.gate.fail_on]
        grave = [
            finding
            for finding in sorted(findings, key=lambda one: (-ranks.get(one.severity, -1), one))
            if ranks.get(finding.severity, -1) >= least and finding.name not in self.gate.ignore
        ]
        if not grave:
            return None
        count = "a vulnerability" if len(grave) == 1 else f"{len(grave)} vulnerabilities"
        lines = [f"the scan of {self.image} found {count} of severity {self.gate.fail_on} or above:"]
        lines += [f"  {finding}" for finding in grave[:_SHOWN]]
        lines += [f"  and {len(grave) - _SHOWN} more"] if len(grave) > _SHOWN else []
        lines.append(
            "what to do: update the base image or the packages, with another `build.revision` if no file "
            "changes; or accept a finding in `build.scan.ignore`"
        )
        return "\n".join(lines)


def _not_scanned(why: str) -> str:
    return f"the image was not scanned: {why}; to deploy it all the same, remove `build.scan`"
