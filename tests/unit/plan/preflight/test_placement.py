from typing import Any

import pulumi_aws as aws
import pytest
from support.fixtures import Findings, Found, MadeProgram
from support.preflight_programs import World, scaled

from moorage.plan.preflight.instance_types import instance_type

SERVICE = {"deployment_circuit_breaker": {"enable": True, "rollback": True}}


def test_what_an_instance_has() -> None:
    small = instance_type("t3.small")
    assert small is not None
    assert (small.cpu, small.installed, small.interfaces) == (2048, 2048, 3)
    assert 1950 < small.memory < 2000
    assert instance_type("m7i-flex.large") is not None
    assert instance_type("t99.huge") is None


def test_a_task_larger_than_any_instance(instances: MadeProgram, findings: Findings, preview: bool) -> None:
    for task in ({"memory": "2048"}, {"cpu": "4096"}):
        (finding,) = findings(instances(task=task), preview)
        assert (finding.severity, finding.rule) == ("error", "preflight/task-larger-than-instance")
        assert "t3.small" in finding.message
        assert "`ec2.instance_types`" in finding.fix
    assert findings(instances(task={"memory": "1900"}, service={"desired_count": 1}), preview) == []


def mixed(*types: str) -> Any:
    def group(world: World) -> dict[str, Any]:
        return {
            "launch_template": None,
            "mixed_instances_policy": {
                "launch_template": {
                    "launch_template_specification": {"launch_template_name": "made-elsewhere"},
                    "overrides": [{"instance_type": each} for each in types],
                }
            },
        }

    return group


def test_several_instance_types(instances: MadeProgram, found: Found, preview: bool) -> None:
    task, once = {"memory": "3072"}, {"desired_count": 1}
    both = instances(task=task, service=once, instances=mixed("t3.small", "t3.medium"))
    assert found(both, preview) == [("warning", "task-larger-than-instance", "service")]
    large = instances(task=task, service=once, instances=mixed("t3.medium", "t3.large"))
    assert found(large, preview) == []


def test_a_type_that_is_not_in_the_table_is_not_judged(
    instances: MadeProgram, found: Found, preview: bool
) -> None:
    huge = {"memory": "9999999"}
    assert found(instances(task=huge, template={"instance_type": "t99.huge"}), preview) == []
    assert found(instances(task=huge, instances=mixed("t3.small", "t99.huge")), preview) == []


AMI = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id"


@pytest.mark.parametrize(
    ("gpus", "count", "instance_type", "expected"),
    [
        ("4", 1, "g5.xlarge", "task-larger-than-instance: 4 GPUs a task, and a g5.xlarge has 1"),
        ("1", 4, "g5.xlarge", "tasks-do-not-fit: 1 GPU a task, and a g5.xlarge has 1"),
        ("3", 4, "g5.12xlarge", "tasks-do-not-fit: 3 GPUs a task, and a g5.12xlarge has 4"),
        ("1", 3, "g5.xlarge", "surge-does-not-fit: 1 GPU a task, and a g5.xlarge has 1"),
        ("1", 6, "g5.12xlarge", ""),
        ("4", 1, "g5.12xlarge", ""),
        ("16", 9, "g99.xlarge", ""),
    ],
)
def test_gpus_that_do_not_fit(
    instances: MadeProgram,
    findings: Findings,
    preview: bool,
    gpus: str,
    count: int,
    instance_type: str,
    expected: str,
) -> None:
    changes = {
        "containers": {"resourceRequirements": [{"type": "GPU", "value": gpus}]},
        "template": {"instance_type": instance_type, "image_id": AMI},
        "service": {"desired_count": count},
    }
    errors = [one for one in findings(instances(**changes), preview) if one.severity == "error"]
    rule, _, message = expected.partition(": ")
    assert [one.rule.removeprefix("preflight/") for one in errors] == ([rule] if rule else [])
    assert all(message in one.message for one in errors)


def test_gpus_of_services_that_do_not_fit_together(
    instances: MadeProgram, found: Found, preview: bool
) -> None:
    changes = {
        "containers": {"resourceRequirements": [{"type": "GPU", "value": "1"}]},
        "template": {"instance_type": "g5.xlarge", "image_id": AMI},
        "service": {"desired_count": 2},
    }
    both = found(instances(second, **changes), preview)
    assert ("error", "tasks-do-not-fit", "instances") in both
    assert found(instances(**changes), preview) == [("warning", "surge-does-not-fit", "service")]


def test_a_desired_count_that_does_not_fit(instances: MadeProgram, findings: Findings, preview: bool) -> None:
    (finding,) = findings(instances(task={"memory": "1024"}, service={"desired_count": 4}), preview)
    assert (finding.severity, finding.rule) == ("error", "preflight/tasks-do-not-fit")
    assert "desired count 4, of which 3 fit" in finding.message
    assert "at most 3 instances" in finding.message
    assert "`ec2.max_size`" in finding.fix


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ({"desired_count": 3}, "error"),
        ({"desired_count": 2}, "warning"),
        ({"desired_count": 1}, None),
        ({"desired_count": 3, "deployment_minimum_healthy_percent": 50}, None),
        ({"desired_count": 3, "scheduling_strategy": "DAEMON"}, None),
        ({"desired_count": 3, "deployment_controller": {"type": "EXTERNAL"}}, None),
        ({"desired_count": 2, "deployment_configuration": {"strategy": "BLUE_GREEN"}}, "error"),
        ({"desired_count": 1, "deployment_configuration": {"strategy": "CANARY"}}, None),
    ],
)
@pytest.mark.parametrize("why", ["size", "host port", "placement", "interfaces"])
def test_a_rollout_that_does_not_fit(
    instances: MadeProgram,
    found: Found,
    preview: bool,
    service: dict[str, Any],
    expected: str | None,
    why: str,
) -> None:
    changes: dict[str, Any] = {"service": service}
    if why == "size":
        changes["task"] = {"memory": "1024"}
    elif why == "host port":
        changes["containers"] = {"portMappings": [{"containerPort": 8080, "hostPort": 40000}]}
    elif why == "placement":
        changes["service"] = service | {"placement_constraints": [{"type": "distinctInstance"}]}
    else:
        changes |= {
            "task": {"network_mode": "awsvpc"},
            "template": {"instance_type": "t3.micro"},
            "group": {"target_type": "ip"},
            "ingress": {"from_port": 8080, "to_port": 8080},
            "out": {"gateway_id": None, "nat_gateway_id": "nat-1"},
            "service": lambda world: service | {"network_configuration": {"subnets": world.subnets}},
        }
    wanted = [] if expected is None else [(expected, "surge-does-not-fit", "service")]
    assert found(instances(**changes), preview) == wanted


def test_trunking_gives_more_network_interfaces(instances: MadeProgram, found: Found, preview: bool) -> None:
    changes: dict[str, Any] = {
        "task": {"network_mode": "awsvpc", "memory": "128"},
        "group": {"target_type": "ip"},
        "out": {"gateway_id": None, "nat_gateway_id": "nat-1"},
        "service": lambda world: {
            "desired_count": 7,
            "network_configuration": {"subnets": world.subnets},
        },
    }
    assert found(instances(**changes), preview) == [("error", "tasks-do-not-fit", "service")]

    def trunking(world: World) -> None:
        aws.ecs.AccountSettingDefault("trunking", name="awsvpcTrunking", value="enabled")

    assert found(instances(trunking, **changes), preview) == []


def second(world: World, **inputs: Any) -> None:
    more = {"capacity_provider_strategies": world.strategies, "desired_count": 2, **SERVICE, **inputs}
    aws.ecs.Service("second", cluster=world.cluster.arn, task_definition=world.definition.arn, **more)


@pytest.mark.parametrize(("size", "good"), [(4, True), (3, False)])
def test_two_services_on_one_host_port(
    instances: MadeProgram, found: Found, preview: bool, size: int, good: bool
) -> None:
    program = instances(
        second,
        instances={"max_size": size},
        containers={"portMappings": [{"containerPort": 8080, "hostPort": 40000}]},
        service={"deployment_minimum_healthy_percent": 0},
    )
    expected = [] if good else [("error", "host-ports-clash", "second")]
    errors = [entry for entry in found(program, preview) if entry[0] == "error"]
    assert errors == expected


@pytest.mark.parametrize(("memory", "good"), [("1300", False), ("650", True)])
def test_services_that_do_not_fit_together(
    instances: MadeProgram, findings: Findings, preview: bool, memory: str, good: bool
) -> None:
    found = findings(instances(second, task={"memory": memory}), preview)
    errors = [finding for finding in found if finding.severity == "error"]
    assert [(finding.rule, finding.resource.rsplit("::")[-1]) for finding in errors] == (
        [] if good else [("preflight/tasks-do-not-fit", "instances")]
    )


def test_a_daemon_takes_room_on_each_instance(instances: MadeProgram, found: Found, preview: bool) -> None:
    def daemon(world: World) -> None:
        second(
            world,
            scheduling_strategy="DAEMON",
            desired_count=None,
            capacity_provider_strategies=None,
            launch_type="EC2",
        )

    def program(more: Any = None) -> Any:
        def association(world: World) -> None:
            aws.ecs.ClusterCapacityProviders(
                "association",
                cluster_name=world.cluster.name,
                capacity_providers=[world.strategies[0]["capacity_provider"]],
            )
            if more:
                more(world)

        return instances(association, task={"memory": "1000"}, service={"desired_count": 1})

    assert found(program(), preview) == []
    assert found(program(daemon), preview) == [("error", "task-larger-than-instance", "service")]


def test_instances_that_join_a_cluster_by_their_user_data(
    instances: MadeProgram, found: Found, preview: bool
) -> None:
    launched = {"capacity_provider_strategies": None, "launch_type": "EC2"}
    cluster, task = {"name": "main"}, {"memory": "4096"}
    joining = {"user_data": "#!/bin/bash\necho ECS_CLUSTER=main >> /etc/ecs/ecs.config\n"}
    program = instances(service=launched, cluster=cluster, task=task, template=joining, provider={})
    assert found(program, preview) == [("error", "task-larger-than-instance", "service")]
    other = {"user_data": "#!/bin/bash\necho ECS_CLUSTER=another >> /etc/ecs/ecs.config\n"}
    assert found(instances(service=launched, cluster=cluster, task=task, template=other), preview) == []


def test_autoscaling_beyond_the_instances(instances: MadeProgram, findings: Findings, preview: bool) -> None:
    (finding,) = findings(instances(scaled(2, 10), task={"memory": "900"}), preview)
    assert (finding.severity, finding.rule) == ("warning", "preflight/autoscaling-above-capacity")
    assert "scales to 10 tasks, of which 6 fit" in finding.message
    assert findings(instances(scaled(2, 6), task={"memory": "900"}), preview) == []
