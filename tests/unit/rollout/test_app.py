"""What an app's arguments and outputs say of its rollouts."""

from typing import Any

import pulumi
import pytest
from support.fixtures import Lines

import moorage
from moorage.offline import evaluate

APP: dict[str, Any] = {
    "cluster": {"arn": "arn:aws:ecs:eu-central-1:1:cluster/main", "name": "main"},
    "network": {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1", "subnet-2"]},
    "image": "nginx:1",
}


def test_the_address_does_not_wait_for_the_service(preview: bool) -> None:
    known: dict[str, set[str]] = {}

    async def program() -> None:
        balancer = moorage.LoadBalancer("web", {"network": APP["network"]})
        app = moorage.ContainerApp("notes", {**APP, "load_balancer": balancer.ref, "rules": [{"path": "/n"}]})
        for name in ("url", "address"):
            known[name] = {type(one).__name__ for one in await getattr(app, name).resources()}
        pulumi.export("same", pulumi.Output.all(app.url, app.address).apply(lambda both: both[0] == both[1]))

    graph = evaluate(program, preview=preview)

    assert "Service" in known["url"]
    assert "Service" not in known["address"]
    assert preview or graph.outputs["same"] is True


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({"rollout_timeout": 59}, "rollout_timeout: 59: must be from 60 to 86400 seconds"),
        ({"rollout_timeout": 86401}, "rollout_timeout: 86401: must be from 60 to 86400 seconds"),
        (
            {"rollout_timeout": 600, "verify": False},
            "rollout_timeout: 600: needs verify",
        ),
        ({"verify": "no"}, "verify: 'no': must be true or false"),
    ],
    ids=str,
)
def test_wrong_arguments(refused: Lines, args: dict[str, Any], problem: str) -> None:
    assert refused("ContainerApp", {**APP, **args}) == [problem]


@pytest.mark.parametrize(
    "args",
    [{}, {"verify": True}, {"verify": False}, {"rollout_timeout": 60}, {"rollout_timeout": 86400}],
    ids=str,
)
def test_right_arguments(args: dict[str, Any], preview: bool) -> None:
    graph = evaluate(lambda: moorage.ContainerApp("notes", {**APP, **args}), preview=preview)

    assert [one for one in graph if one.type == "aws:ecs/service:Service"]
