"""Waiting for an image's scan while a program runs against an engine over gRPC."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from support.aws_answers import Answer, Failure, denied
from support.engine import REGION, Engine, StartEngine, engines
from support.scripted_aws import Clock, ScriptedAws

import moorage
from moorage.offline import evaluate
from moorage.rollout import scan as scans
from moorage.rollout.ask import Loop

pytestmark = pytest.mark.usefixtures("folder")

DIGEST = "sha256:" + "a" * 64
TASK = "aws:ecs/taskDefinition:TaskDefinition"
PENDING = {"imageScanStatus": {"status": "PENDING"}}
COMPLETE = {"imageScanStatus": {"status": "COMPLETE", "description": "The scan was completed."}}
ENDING = "web: the image does not pass its scan, and is not deployed"


@pytest.fixture
def start(
    clock: Clock, scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StartEngine[Engine]]:
    """Start engines; scans are followed on a clock without waiting."""
    monkeypatch.setattr(Loop, "real", lambda say: Loop(say, asyncio.to_thread, clock.sleep, clock.now))
    scripted.answers["BatchGetImage"] = manifest({"config": {}})
    with engines(Engine) as start:
        yield start


def manifest(content: dict[str, Any]) -> Answer:
    return {"images": [{"imageManifest": json.dumps(content), "imageId": {"imageDigest": DIGEST}}]}


def basic(name: str, severity: str) -> Answer:
    attributes = [{"key": "package_version", "value": "3.0.1"}, {"key": "package_name", "value": "openssl"}]
    return {"name": name, "severity": severity, "attributes": attributes}


def enhanced(name: str, severity: str, status: str = "ACTIVE", fixed: str = "3.0.2") -> Answer:
    package = {"name": "openssl", "version": "3.0.1", "fixedInVersion": fixed}
    details = {"vulnerabilityId": name, "vulnerablePackages": [package]}
    return {"severity": severity, "status": status, "packageVulnerabilityDetails": details}


def found(*findings: Answer, status: str = "COMPLETE", key: str = "findings") -> Answer:
    return {"imageScanStatus": {"status": status}, "imageScanFindings": {key: list(findings)}}


def program(**scan: Any) -> Callable[[], None]:
    def run() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref})
        moorage.ContainerApp(
            "web",
            {
                "cluster": cluster.ref,
                "network": network.ref,
                "verify": False,
                "build": {"context": "app", "scan": scan},  # pyright: ignore[reportArgumentType]
            },
        )

    return run


def tasks(engine: Engine) -> list[Any]:
    return [one for one in engine.monitor.resources.values() if one.type == TASK]


def errors(engine: Engine) -> list[str]:
    return [line.text for line in engine.log if line.severity == "error"]


def test_the_task_definition_comes_after_the_scan(
    start: StartEngine[Engine], scripted: ScriptedAws, clock: Clock
) -> None:
    looks = iter([Failure("ScanNotFoundException"), PENDING, PENDING, found(basic("CVE-1", "HIGH"))])
    scripted.answers["DescribeImageScanFindings"] = lambda asked: next(looks)
    engine = start()
    engine.run(program())

    assert len(tasks(engine)) == 1
    assert errors(engine) == []
    assert {line.text for line in engine.log} == {"waiting for the scan of the image"}
    assert clock.now() == 3 * scans.PAUSE
    (asked,) = [asked for name, asked in scripted.calls if name == "BatchGetImage"]
    (repository,) = [
        one for one in engine.monitor.resources.values() if one.type == "aws:ecr/repository:Repository"
    ]
    assert (asked["registryId"], asked["repositoryName"]) == ("123456789012", repository.outputs["name"])
    (image,) = [one for one in engine.monitor.resources.values() if one.type == "docker-build:index:Image"]
    (reference,) = image.inputs["tags"]
    assert asked["imageIds"] == [{"imageTag": reference.rpartition(":")[2]}]
    last = scripted.calls[-1][1]
    assert last["imageId"] == {"imageDigest": DIGEST}


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        (
            found(basic("CVE-2", "HIGH"), basic("CVE-1", "CRITICAL"), basic("CVE-3", "MEDIUM")),
            ["  CRITICAL CVE-1 in openssl 3.0.1", "  HIGH CVE-2 in openssl 3.0.1"],
        ),
        (
            found(
                enhanced("CVE-5", "HIGH"),
                enhanced("CVE-4", "CRITICAL", fixed="NotAvailable"),
                enhanced("CVE-6", "CRITICAL", "SUPPRESSED"),
                enhanced("CVE-7", "UNTRIAGED"),
                status="ACTIVE",
                key="enhancedFindings",
            ),
            ["  CRITICAL CVE-4 in openssl 3.0.1", "  HIGH CVE-5 in openssl 3.0.1, fixed in 3.0.2"],
        ),
    ],
)
def test_findings_end_the_program_before_anything_is_deployed(
    start: StartEngine[Engine], scripted: ScriptedAws, answer: Answer, lines: list[str]
) -> None:
    scripted.answers["DescribeImageScanFindings"] = answer
    engine = start()
    with pytest.raises(pulumi.RunError, match=f"^{ENDING}$"):
        engine.run(program(fail_on="HIGH"))

    assert tasks(engine) == []
    (error,) = errors(engine)
    first, *listed, advice = error.splitlines()
    assert first.startswith("the scan of 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web-repo-")
    assert first.endswith(" found 2 vulnerabilities of severity HIGH or above:")
    assert listed == lines
    assert advice.startswith("what to do: update the base image or the packages, ")


def test_accepted_and_lower_findings_pass(start: StartEngine[Engine], scripted: ScriptedAws) -> None:
    scripted.answers["DescribeImageScanFindings"] = found(basic("CVE-1", "CRITICAL"), basic("CVE-2", "HIGH"))
    engine = start()
    engine.run(program(ignore=["CVE-1"]))

    assert len(tasks(engine)) == 1


def test_many_findings_are_counted(start: StartEngine[Engine], scripted: ScriptedAws) -> None:
    many = [basic(f"CVE-{number:02}", "CRITICAL") for number in range(25)]
    pages = iter([found(*many[:15]) | {"nextToken": "x"}, found(*many[15:])])
    scripted.answers["DescribeImageScanFindings"] = lambda asked: next(pages)
    engine = start()
    with pytest.raises(pulumi.RunError):
        engine.run(program())

    lines = errors(engine)[0].splitlines()
    assert lines[0].endswith("found 25 vulnerabilities of severity CRITICAL or above:")
    assert lines[20:22] == ["  CRITICAL CVE-19 in openssl 3.0.1", "  and 5 more"]


def test_each_platform_of_an_index_is_looked_at(start: StartEngine[Engine], scripted: ScriptedAws) -> None:
    parts = [
        {"digest": "sha256:1", "platform": {"architecture": "amd64"}},
        {"digest": "sha256:2", "platform": {"architecture": "arm64"}},
        {"digest": "sha256:3", "platform": {"architecture": "unknown"}},
    ]
    scripted.answers["BatchGetImage"] = manifest({"manifests": parts})
    scripted.answers["DescribeImageScanFindings"] = COMPLETE
    engine = start()
    engine.run(program())

    looked = [asked["imageId"] for name, asked in scripted.calls if name == "DescribeImageScanFindings"]
    assert looked == [{"imageDigest": "sha256:1"}, {"imageDigest": "sha256:2"}]
    assert len(tasks(engine)) == 1


UNSUPPORTED = {"imageScanStatus": {"status": "UNSUPPORTED_IMAGE", "description": "The OS is not supported."}}


@pytest.mark.parametrize(
    ("images", "answer", "text"),
    [
        (
            None,
            PENDING,
            "the image was not scanned: no result after 60 s (`build.scan.timeout`); to deploy it all",
        ),
        (
            None,
            UNSUPPORTED,
            "the image was not scanned: UNSUPPORTED_IMAGE, The OS is not supported; to deploy it all the",
        ),
        (
            None,
            {"imageScanStatus": {"status": "ADDED_LATER"}},
            "the image was not scanned: ADDED_LATER; to deploy it all the same, remove `build.scan`",
        ),
        ({"images": []}, PENDING, "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web-repo-"),
        (
            None,
            denied("ecr:DescribeImageScanFindings"),
            "whether 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web-repo-",
        ),
    ],
)
def test_an_image_whose_scan_is_not_known_is_not_deployed(
    start: StartEngine[Engine], scripted: ScriptedAws, images: Answer | None, answer: Any, text: str
) -> None:
    if images is not None:
        scripted.answers["BatchGetImage"] = images
    scripted.answers["DescribeImageScanFindings"] = answer
    engine = start()
    with pytest.raises(pulumi.RunError, match=f"^{ENDING}$"):
        engine.run(program(timeout=60))

    assert tasks(engine) == []
    (error,) = errors(engine)
    assert error.startswith(text)
    if isinstance(answer, Failure):
        assert "ecr:DescribeImageScanFindings is not allowed" in error
        assert error.endswith(
            "allow ecr:BatchGetImage, ecr:DescribeImageScanFindings; or deploy without `build.scan`"
        )


def test_nothing_is_asked_in_a_preview_or_offline(
    start: StartEngine[Engine], scripted: ScriptedAws, preview: bool
) -> None:
    start(preview=True).run(program())
    graph = evaluate(program(), preview=preview, config=REGION)

    assert len(graph.of_type(TASK)) == 1
    assert scripted.calls == []
