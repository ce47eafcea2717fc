from typing import Any

import pytest
from support.fixtures import Findings, Found, MadeProgram


def web(**changes: Any) -> dict[str, Any]:
    return {"containers": changes}


TASK_ERRORS = [
    ({"task": {"cpu": "256", "memory": "4096"}}, "fargate-size"),
    ({"task": {"cpu": "300"}}, "fargate-size"),
    ({"task": {"cpu": None}}, "fargate-size"),
    ({"task": {"memory": None}}, "fargate-size"),
    ({"task": {"cpu": "4 vCPU", "memory": "4 GB"}}, "fargate-size"),
    (web(memory=1024), "containers-exceed-task"),
    (web(cpu=512), "containers-exceed-task"),
]


@pytest.mark.parametrize(("changes", "rule"), TASK_ERRORS)
def test_task_definitions_that_aws_refuses(
    fargate: MadeProgram, found: Found, preview: bool, changes: dict[str, Any], rule: str
) -> None:
    assert found(fargate(**changes), preview) == [("error", rule, "task")]


@pytest.mark.parametrize(
    "changes",
    [
        {"task": {"cpu": ".25 vCPU", "memory": "0.5 GB"}},
        {"task": {"cpu": "1024", "memory": "8192"}},
        web(memory=512),
        web(memoryReservation=512, cpu=256),
    ],
)
def test_task_definitions_that_aws_takes(
    fargate: MadeProgram, found: Found, preview: bool, changes: dict[str, Any]
) -> None:
    assert found(fargate(**changes), preview) == []


def test_containers_that_exceed_their_task_together(
    instances: MadeProgram, findings: Findings, preview: bool
) -> None:
    side = {"name": "side", "image": "nginx:1", "memoryReservation": 300}
    program = instances(
        containers=lambda world: [
            {"name": "web", "image": "nginx:1", "memory": 300, "portMappings": [{"containerPort": 8080}]},
            side,
        ]
    )
    (finding,) = findings(program, preview)
    assert finding.message == "its containers reserve 600 MiB in total, the task has 512"
    assert "`memory`" in finding.fix


def test_a_task_on_instances_must_say_how_much_memory_it_has(
    instances: MadeProgram, found: Found, preview: bool
) -> None:
    without = {"task": {"memory": None}}
    assert found(instances(**without), preview) == [("error", "no-memory", "task")]
    assert found(instances(containers={"memoryReservation": 128}, **without), preview) == []


def test_networking_that_fargate_or_the_service_does_not_take(
    fargate: MadeProgram, instances: MadeProgram, found: Found, preview: bool
) -> None:
    bridge = fargate(task={"network_mode": "bridge"}, group={"target_type": "instance"})
    assert ("error", "network-mode", "task") in found(bridge, preview)
    assert ("error", "network-mode", "service") in found(bridge, preview)
    missing = fargate(service={"network_configuration": None})
    assert found(missing, preview) == [("error", "network-mode", "service")]
    needless = instances(service=lambda world: {"network_configuration": {"subnets": world.subnets}})
    assert found(needless, preview) == [("error", "network-mode", "service")]


def test_definitions_that_are_not_known_are_not_judged(fargate: MadeProgram, found: Found) -> None:
    unknown = {"task": lambda world: {"container_definitions": world.cluster.arn.apply(definitions)}}
    assert found(fargate(**unknown)) == [("error", "containers-exceed-task", "task")]
    assert found(fargate(**unknown), preview=True) == []


def definitions(_: str) -> str:
    return '[{"name": "web", "image": "nginx:1", "cpu": 512, "portMappings": [{"containerPort": 8080}]}]'


FIRELENS = {"logConfiguration": {"logDriver": "awsfirelens", "options": {"Name": "cloudwatch_logs"}}}
ROUTER = {"name": "router", "image": "r:1", "firelensConfiguration": {"type": "fluentbit"}}


def test_logs_that_go_to_firelens_need_a_router(instances: MadeProgram, found: Found, preview: bool) -> None:
    """ "Send Amazon ECS logs to an AWS service or AWS Partner": the task has a container that routes them."""
    assert found(instances(containers=FIRELENS), preview) == [("error", "firelens-router", "task")]
    web = {"name": "web", "image": "nginx:1", "portMappings": [{"containerPort": 8080}], **FIRELENS}
    assert found(instances(containers=lambda world: [web, ROUTER]), preview) == []


GPU = {"resourceRequirements": [{"type": "GPU", "value": "1"}]}
AMI = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id"


def test_gpus_are_where_tasks_run(
    fargate: MadeProgram, instances: MadeProgram, found: Found, preview: bool
) -> None:
    wrong = [("error", "gpu", "service")]
    cards = {"instance_type": "g5.12xlarge"}
    assert found(fargate(containers=GPU), preview) == wrong
    assert found(instances(containers=GPU), preview) == wrong
    assert found(instances(containers=GPU, template=cards), preview) == wrong
    assert found(instances(containers=GPU, template={**cards, "image_id": AMI}), preview) == []


def test_gpus_on_bottlerocket_need_its_variant(instances: MadeProgram, found: Found, preview: bool) -> None:
    variant = "resolve:ssm:/aws/service/bottlerocket/{}/x86_64/latest/image_id"
    for name, expected in (("aws-ecs-2", [("error", "gpu", "service")]), ("aws-ecs-2-nvidia", [])):
        template = {"instance_type": "g5.12xlarge", "image_id": variant.format(name)}
        assert found(instances(containers=GPU, template=template), preview) == expected


def test_files_on_bottlerocket(instances: MadeProgram, found: Found, preview: bool) -> None:
    bottlerocket = {"image_id": "resolve:ssm:/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id"}
    plain = {"file_system_id": "fs-1"}
    access = {"authorization_config": {"access_point_id": "fsap-1"}}
    for further, wrong in (({}, False), ({"transit_encryption": "ENABLED"}, True), (access, True)):
        volumes = [{"name": "files", "efs_volume_configuration": {**plain, **further}}]
        expected = [("error", "efs-on-bottlerocket", "service")] if wrong else []
        assert found(instances(task={"volumes": volumes}, template=bottlerocket), preview) == expected
        assert found(instances(task={"volumes": volumes}), preview) == []


def test_a_task_definition_of_more_than_64_kib(fargate: MadeProgram, found: Found, preview: bool) -> None:
    long = web(environment=[{"name": "LONG", "value": "x" * 66_000}])
    assert found(fargate(**long), preview) == [("error", "definition-size", "task")]
