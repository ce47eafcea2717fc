"""What JSON or UTF-8 cannot hold is refused in any argument, with its name, before anything is made."""

import math
from collections.abc import Callable
from typing import Any

import pytest

Refused = Callable[..., list[str]]

APP: Any = {
    "cluster": {"arn": "arn:aws:ecs:us-east-1:123456789012:cluster/main", "name": "main"},
    "network": {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1"]},
    "image": "x:1",
}
HALF = "must be valid Unicode; it has half of a surrogate pair"


NUL = "must not have the character NUL, which ends a string in Linux"
KEY = "environment: the key {} must be a string of valid Unicode without NUL"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
        (10**400, "a number of hundreds of digits"),
        (-(10**5000), "a number of hundreds of digits"),
    ],
    ids=["inf", "-inf", "nan", "400 digits", "5000 digits"],
)
def test_numbers(refused: Refused, preview: bool, value: Any, shown: str) -> None:
    assert refused("ContainerApp", {**APP, "port": value}, preview=preview) == [
        f"port: {shown}: must be an integer"
    ]
    assert refused("ContainerApp", {**APP, "alarms": {"latency": value}}, preview=preview) == [
        f"alarms.latency: {shown}: must be a number"
    ]


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ({"environment": {"A": "\ud800"}}, f"environment.A: {HALF}"),
        ({"image": "x:\udfff"}, f"image: {HALF}"),
        ({"command": ["a", "\udcff"]}, f"command[1]: {HALF}"),
        ({"tags": {"a": "\ud800"}}, f"tags.a: {HALF}"),
        ({"environment": {"\ud800": "a"}}, KEY.format("'\\ud800'")),
        ({"environment": {"A": "a\0b"}}, f"environment.A: {NUL}"),
        ({"secret_values": {"A": "\0"}}, f"secret_values.A: {NUL}"),
        ({"command": ["a", "\0"]}, f"command[1]: {NUL}"),
        ({"environment": {"A\0": "a"}}, KEY.format("'A\\x00'")),
        ({"environment": {1: "a"}}, KEY.format(1)),
        ({1: "a"}, "arguments: the key 1 must be a string"),
        ({"local": {None: "a"}}, "local: the key None must be a string"),
    ],
)  # fmt: skip
def test_texts_and_keys(refused: Refused, args: Any, line: str) -> None:
    assert refused("ContainerApp", {**APP, **args}) == [line]


@pytest.mark.parametrize("component", ["Network", "EcsCluster", "LoadBalancer", "ContainerImage", "Job"])
def test_keys_of_every_component(refused: Refused, component: str) -> None:
    assert "arguments: the key 1 must be a string" in refused(component, {1: "a"})
