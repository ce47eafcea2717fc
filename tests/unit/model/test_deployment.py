"""Deployment strategies: what follows from the arguments, without resources."""

from collections.abc import Mapping
from typing import Any

import pytest

from moorage.model.deployment import Deployment, deployment, priority_of_tests
from moorage.model.fields.app import CONTAINER_APP
from moorage.model.fields.values import Values
from moorage.model.listener_rules import Rule, rule_priority


def chosen(args: Mapping[str, Any]) -> Deployment:
    return deployment(Values(CONTAINER_APP, args))


def test_defaults_are_those_of_aws() -> None:
    # API reference, CanaryConfiguration and LinearConfiguration.
    canary, linear = chosen({"deployment": "canary"}), chosen({"deployment": "linear"})
    assert (canary.percent, canary.step) == (5, 10)
    assert (linear.percent, linear.step) == (10, 6)
    assert not chosen({}).two_groups


@pytest.mark.parametrize(
    ("args", "minutes"),
    [
        ({}, 0),
        ({"deployment_options": {"second_target_group": True}}, 0),
        ({"deployment": "blue_green", "deployment_options": {"bake_minutes": 7}}, 7),
        ({"deployment": "canary", "deployment_options": {"canary_minutes": 3, "bake_minutes": 7}}, 10),
        # 50 % and 100 %: it does not wait after the last step.
        ({"deployment": "linear", "deployment_options": {"step_percent": 50, "step_minutes": 4}}, 9),
        ({"deployment": "linear", "deployment_options": {"step_percent": 30, "step_minutes": 4}}, 17),
        ({"deployment": "linear", "deployment_options": {"step_percent": 100, "step_minutes": 4}}, 5),
    ],
    ids=str,
)
def test_how_long_it_waits_on_purpose(args: dict[str, object], minutes: int) -> None:
    assert chosen(args).minutes == minutes


@pytest.mark.parametrize(
    "rule",
    [Rule(None, None), Rule("a.example.com", "/x"), Rule("*.example.com", "/x/*"), Rule(None, "/x", 7)],
    ids=str,
)
def test_test_requests_are_looked_at_right_before(rule: Rule) -> None:
    assert priority_of_tests("web", rule) == rule_priority("web", rule) - 1
