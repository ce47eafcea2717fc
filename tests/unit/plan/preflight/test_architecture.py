from typing import Any

import pulumi_docker_build as docker_build
import pytest
from support.fixtures import Found, MadeProgram
from support.preflight_programs import World

ARM = {"runtime_platform": {"cpu_architecture": "ARM64", "operating_system_family": "LINUX"}}
AMI = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/{}recommended/image_id"


@pytest.mark.parametrize(
    ("instance_type", "ami", "task", "expected"),
    [
        ("t4g.small", AMI.format("arm64/"), ARM, []),
        ("t3.small", AMI.format(""), {}, []),
        ("t3.small", AMI.format(""), ARM, [("error", "architecture", "task")]),
        ("t4g.small", AMI.format(""), ARM, [("error", "architecture", "template")]),
        ("t3.small", AMI.format("arm64/"), {}, [("error", "architecture", "template")]),
        ("t3.small", "ami-0123456789", {}, []),
    ],
)
def test_instances_and_what_they_start(
    instances: MadeProgram,
    found: Found,
    preview: bool,
    instance_type: str,
    ami: str,
    task: Any,
    expected: Any,
) -> None:
    template = {"instance_type": instance_type, "image_id": ami}
    assert found(instances(template=template, task=task), preview) == expected


def built(*platforms: str) -> Any:
    """Let the task run an image that the program builds."""

    def task(world: World) -> dict[str, Any]:
        image = docker_build.Image(
            "image",
            push=False,
            tags=["example.com/web:1"],
            platforms=[*platforms] or None,  # pyright: ignore[reportArgumentType]
        )
        text = '[{"name": "web", "image": "REF", "portMappings": [{"containerPort": 8080}]}]'
        return {"container_definitions": image.ref.apply(lambda ref: text.replace("REF", ref))}

    return task


@pytest.mark.parametrize(
    ("platforms", "arm", "good"),
    [
        (["linux/amd64"], False, True),
        (["linux/arm64"], False, False),
        (["linux/arm64"], True, True),
        (["linux/amd64"], True, False),
        (["linux/amd64", "linux/arm64"], True, True),
        ([], True, True),
    ],
)
def test_an_image_for_another_architecture(
    fargate: MadeProgram, found: Found, preview: bool, platforms: list[str], arm: bool, good: bool
) -> None:
    def task(world: World) -> dict[str, Any]:
        return built(*platforms)(world) | (ARM if arm else {})

    expected = [] if good else [("error", "architecture", "task")]
    assert found(fargate(task=task), preview) == expected


def test_an_image_that_is_named_by_its_tag(fargate: MadeProgram, found: Found, preview: bool) -> None:
    def more(world: World) -> None:
        docker_build.Image("image", push=False, tags=["example.com/web:1"], platforms=["linux/arm64"])  # pyright: ignore[reportArgumentType]

    expected = [("error", "architecture", "task")]
    assert found(fargate(more, containers={"image": "example.com/web:1"}), preview) == expected
    assert found(fargate(more, containers={"image": "example.com/web:2"}), preview) == []


def test_an_image_against_the_instances(instances: MadeProgram, found: Found, preview: bool) -> None:
    assert found(instances(task=built("linux/arm64")), preview) == [("error", "architecture", "task")]
    assert found(instances(task=built("linux/amd64")), preview) == []
