"""A preset of the configuration, in every component and in what reads presets."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moorage import ContainerApp, EcsCluster, LoadBalancer, Network
from moorage.offline import EvaluationError, evaluate
from moorage.plan.plan import plan

STAGING = {"extends": "prod", "log_retention_days": 14, "deletion_protection": False, "force_delete": True}
CONFIG = {"moorage:presets": json.dumps({"staging": STAGING})}
ZONE = {"domain": "notes.example.com", "zone_id": "Z0123456789EXAMPLE"}


def program() -> None:
    network = Network("net", {})
    cluster = EcsCluster("main", {"network": network.ref, "preset": "staging"})
    balancer = LoadBalancer("web", {"network": network.ref, "preset": "staging", **ZONE})  # pyright: ignore[reportArgumentType]
    ContainerApp(
        "api",
        {
            "cluster": cluster.ref,
            "network": network.ref,
            "load_balancer": balancer.ref,
            "image": "nginx:1",
            "secret_values": {"KEY": "value"},
        },
    )


@pytest.mark.parametrize("preview", [False, True])
def test_its_values_are_the_defaults(preview: bool) -> None:
    graph = evaluate(program, config=CONFIG, preview=preview)
    assert graph.one("aws:cloudwatch/logGroup:LogGroup").inputs["retentionInDays"] == 14
    balancer = graph.one("aws:lb/loadBalancer:LoadBalancer")
    assert balancer.inputs["enableDeletionProtection"] is False
    assert "accessLogs" in balancer.inputs
    assert not balancer.options.get("protect")
    (setting,) = graph.one("aws:ecs/cluster:Cluster").inputs["settings"]
    assert setting["value"] == "enabled"
    assert graph.one("aws:secretsmanager/secret:Secret").inputs["recoveryWindowInDays"] == 0
    assert graph.one("moorage:index:EcsCluster").outputs["preset"] == "staging"


def test_without_the_definition_it_is_refused() -> None:
    with pytest.raises(EvaluationError, match="preset: 'staging': must be one of dev, prod"):
        evaluate(program)


def test_a_wrong_definition_is_refused_before_anything_is_made() -> None:
    with pytest.raises(EvaluationError, match=r"staging\.log_retention_days: 15: must be one of 1, 3"):
        evaluate(program, config={"moorage:presets": '{"staging": {"log_retention_days": 15}}'})


def test_an_unknown_key_beside_it_is_refused_before_anything_is_made() -> None:
    with pytest.raises(EvaluationError, match="moorage:preset: unknown configuration key; did you mean"):
        evaluate(program, config={"moorage:preset": CONFIG["moorage:presets"]})


def test_explain_names_it() -> None:
    found = {each.kind: each for each in plan(program, config=CONFIG, explain=True).arguments}
    sources = {each.path: (each.value, each.source, each.of) for each in found["ContainerApp"].arguments}
    assert sources["log_retention_days"] == (14, "preset", "staging")
    assert sources["execute_command"] == (False, "preset", "staging")
    assert sources["cpu"][1] == "default"


def test_it_accepts_what_the_preset_it_extends_accepts() -> None:
    found = plan(program, config=CONFIG)
    by = {(each.finding.rule, each.by) for each in found.accepted}
    assert ("SecretsManager.4", "staging") in by
    assert {each.rule for each in found.findings} >= {"ELB.6"}
    assert "ECS.12" not in {each.finding.rule for each in found.accepted}


def test_a_stack_file_defines_it(project: Callable[..., Path]) -> None:
    folder = project(staging="  moorage:presets:\n    calm:\n      log_retention_days: 3\n")
    cluster: Any = evaluate(folder, stack="staging").one("aws:cloudwatch/logGroup:LogGroup")
    assert cluster.inputs["retentionInDays"] == 3


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Write a project whose app has the preset `calm`, and the configuration of its stacks."""

    def write(**stacks: str) -> Path:
        (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        (tmp_path / "__main__.py").write_text(
            "from moorage import ContainerApp, EcsCluster, Network\n"
            'cluster = EcsCluster("main", {"preset": "calm"})\n'
            'ContainerApp("api", {"cluster": cluster.ref, "network": Network("net", {}).ref, "image": "a"})\n'
        )
        for stack, lines in stacks.items():
            (tmp_path / f"Pulumi.{stack}.yaml").write_text(f"config:\n{lines}")
        return tmp_path

    return write
