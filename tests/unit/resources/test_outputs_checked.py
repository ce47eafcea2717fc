"""Values that are Outputs are checked once they are known, in a preview too, as strings are first."""

from typing import Any

import pulumi
import pytest

import moorage
from moorage.offline import EvaluationError, ResourceGraph, evaluate

NETWORK = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a", "subnet-b"]}
CLUSTER = {"arn": "arn:aws:ecs:us-east-1:123456789012:cluster/main", "name": "main"}
RUN: dict[str, Any] = {"cluster": CLUSTER, "network": NETWORK, "image": "nginx:1"}


def run(component: str, field: str, value: Any, preview: bool) -> ResourceGraph:
    def program() -> None:
        getattr(moorage, component)("web", {**RUN, field: value()})

    return evaluate(program, preview=preview)


@pytest.mark.parametrize("component", ["ContainerApp", "Job"])
@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("NGINX:1", "web: image: must be an image's reference"),
        ("nginx:a b", "web: image: the tag must be 1 to 128"),
        ("", "web: image: must be an image's reference"),
    ],
)
def test_an_image(component: str, image: str, why: str, preview: bool) -> None:
    with pytest.raises(EvaluationError, match=why):
        run(component, "image", lambda: pulumi.Output.from_input(image), preview)


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        ("v" * 257, "web: tags.team: the value must be from 0 to 256 characters, and has 257"),
        ("aws:x", "web: tags.team: the value must not begin with aws:"),
        ("a#b", "web: tags.team: the value must be letters, digits, spaces"),
    ],
)
def test_a_tag(tag: str, why: str, preview: bool) -> None:
    with pytest.raises(EvaluationError, match=why):
        run("ContainerApp", "tags", lambda: {"team": pulumi.Output.from_input(tag)}, preview)


def test_good_values(preview: bool) -> None:
    graph = run("ContainerApp", "image", lambda: pulumi.Output.from_input("nginx:2"), preview)
    definition = graph.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"]
    assert preview or '"image":"nginx:2"' in definition
    run("ContainerApp", "tags", lambda: {"team": pulumi.Output.from_input("v" * 256)}, preview)
