"""An app that is deployed blue/green, with alarms and a dashboard, on this machine."""

from pathlib import Path
from typing import Any

import pytest

import moorage
from moorage.graph import view
from moorage.local.translate.program import translate
from moorage.offline import evaluate


@pytest.mark.parametrize("strategy", ["blue_green", "canary", "linear"])
def test_requests_go_to_the_group_that_the_tasks_are_in(strategy: str, tmp_path: Path) -> None:
    def program() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref})
        balancer = moorage.LoadBalancer("alb", {"network": network.ref})
        args: Any = {"deployment": strategy, "alarms": {}, "dashboard": True}
        shared: Any = {"cluster": cluster.ref, "network": network.ref, "load_balancer": balancer.ref}
        moorage.ContainerApp("web", {**shared, "image": "nginx:1", **args})

    stack = translate(view(evaluate(program)), tmp_path, {})

    assert stack.not_run == ()
    (service,) = stack.services
    (used,) = service.target_groups
    for listener in stack.listeners:
        for rule in listener.rules:
            (action,) = rule.actions
            weights = {group["arn"]: group["weight"] for group in action["forward"]["targetGroups"]}
            assert weights.pop(used.target_group_arn) == 100
            assert list(weights.values()) == [0]
    # The rule for test requests goes first, and matches no request here.
    first, second = (rule for listener in stack.listeners for rule in listener.rules)
    assert first.priority < second.priority
    assert first.conditions[:-1] == second.conditions
