"""The AMI, script and volumes of a cluster's instances, and their replacement."""

import base64
import json
import tomllib
from typing import Any

import pytest
from support.fixtures import GraphOf, Lines

import moorage
from moorage.graph import view
from moorage.offline import UNKNOWN, evaluate
from moorage.plan import cost
from moorage.plan.preflight import check
from moorage.plan.wording import capacity

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:autoscaling/group:Group"
CLUSTER = "aws:ecs/cluster:Cluster"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
AMI = "ami-0123456789abcdef0"


def test_a_given_ami(graph_of: GraphOf, preview: bool) -> None:
    plain = graph_of("ec2", preview=preview).one(TEMPLATE).inputs
    found = graph_of("ec2", ec2={"ami": AMI}, preview=preview).one(TEMPLATE).inputs
    assert found == plain | {"imageId": AMI}


def test_gpus_on_arm64_need_a_given_ami(graph_of: GraphOf, refused: Lines) -> None:
    ec2 = {"instance_types": ["g5g.xlarge"], "ami": AMI}
    app = {"gpu": 1, "cpu": 1024, "memory": 2048}
    graph = graph_of("ec2", arch="arm64", ec2=ec2, apps={"web": app})
    assert graph.one(TEMPLATE).inputs["imageId"] == AMI
    cluster = {
        "arn": "arn:aws:ecs:us-east-1:123456789012:cluster/main",
        "name": "main",
        "capacity": "ec2",
        "arch": "arm64",
        "capacity_provider": "main",
        "security_group_id": "sg-1",
    }
    (line,) = refused("ContainerApp", {"cluster": cluster, "image": "nginx:1", **app})
    assert line.startswith("gpu: 1: the cluster has no GPUs")


def test_further_lines_of_the_script(graph_of: GraphOf, preview: bool) -> None:
    script = "echo vm.max_map_count=262144 > /etc/sysctl.d/90-search.conf\nsysctl --system\n"
    plain = graph_of("ec2", preview=preview).one(TEMPLATE).inputs["userData"]
    found = graph_of("ec2", ec2={"user_data": script}, preview=preview).one(TEMPLATE).inputs["userData"]
    assert base64.b64decode(found).decode() == base64.b64decode(plain).decode() + script


def test_a_script_that_is_an_output(preview: bool) -> None:
    def program() -> None:
        net = moorage.Network("net", {})
        late = net.vpc_id.apply(lambda vpc: f"echo {vpc}\n")
        moorage.EcsCluster("main", {"network": net.ref, "capacity": "ec2", "ec2": {"user_data": late}})

    found = evaluate(program, preview=preview).one(TEMPLATE).inputs["userData"]
    assert base64.b64decode(found).decode().splitlines()[-1].startswith("echo vpc-")


def test_further_volumes_are_encrypted_and_in_the_bill(graph_of: GraphOf, preview: bool) -> None:
    graph = graph_of("ec2", ec2={"volumes": [{"device": "/dev/sdf", "size": 100}]}, preview=preview)
    root, further = graph.one(TEMPLATE).inputs["blockDeviceMappings"]
    assert (root["deviceName"], further["deviceName"]) == ("/dev/xvda", "/dev/sdf")
    assert further["ebs"] == root["ebs"] | {"volumeSize": 100}
    if not preview:
        lines = [line.what for line in cost.monthly(view(graph), "us-east-1").lines]
        assert any(line.startswith("100 GB volumes of") for line in lines)


@pytest.mark.parametrize(
    ("arch", "types", "variant"),
    [
        ("x86_64", ["t3.small"], "aws-ecs-2/x86_64"),
        ("arm64", ["t4g.small"], "aws-ecs-2/arm64"),
        ("x86_64", ["g5.xlarge"], "aws-ecs-2-nvidia/x86_64"),
        ("arm64", ["g5g.xlarge"], "aws-ecs-2-nvidia/arm64"),
    ],
)
def test_bottlerocket(graph_of: GraphOf, preview: bool, arch: str, types: list[str], variant: str) -> None:
    ec2 = {"os": "bottlerocket", "instance_types": types, "volume_size": 50}
    graph = graph_of("ec2", arch=arch, ec2=ec2, preview=preview)
    found = graph.one(TEMPLATE).inputs
    assert found["imageId"] == f"resolve:ssm:/aws/service/bottlerocket/{variant}/latest/image_id"
    own, data = found["blockDeviceMappings"]
    # The first holds the operating system, and is as large as its image.
    common = {"volumeType": "gp3", "encrypted": "true", "deleteOnTermination": "true"}
    assert own == {"deviceName": "/dev/xvda", "ebs": common}
    assert data == {"deviceName": "/dev/xvdb", "ebs": common | {"volumeSize": 50}}
    settings = tomllib.loads(base64.b64decode(found["userData"]).decode())["settings"]
    assert settings["ecs"]["cluster"] == graph.one(CLUSTER).outputs["name"]
    assert view(graph).serving[0].clusters == {settings["ecs"]["cluster"]}


def test_tasks_use_gpus_on_bottlerocket_with_graviton(graph_of: GraphOf) -> None:
    ec2 = {"os": "bottlerocket", "instance_types": ["g5g.xlarge"]}
    app = {"gpu": 1, "cpu": 1024, "memory": 2048}
    graph = graph_of("ec2", arch="arm64", ec2=ec2, apps={"web": app})
    assert not [item for item in check(view(graph)) if item.rule.startswith("preflight/gpu")]


def test_further_settings_of_bottlerocket(graph_of: GraphOf, refused: Lines, preview: bool) -> None:
    ec2 = {"os": "bottlerocket", "user_data": "allow-privileged-containers = true\n"}
    found = graph_of("ec2", ec2=ec2, preview=preview).one(TEMPLATE).inputs["userData"]
    settings = tomllib.loads(base64.b64decode(found).decode())["settings"]["ecs"]
    assert settings["allow-privileged-containers"] is True
    network = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a"]}
    for text in ("yum install -y htop\n", 'cluster = "other"\n', "[settings.ecs]\n"):
        args = {"network": network, "capacity": "ec2", "ec2": {"os": "bottlerocket", "user_data": text}}
        (line,) = refused("EcsCluster", args)
        assert line.startswith("ec2.user_data: is not TOML, in which Bottlerocket has its settings, or")


def test_a_warm_pool(graph_of: GraphOf, preview: bool) -> None:
    plain = graph_of("ec2", preview=preview)
    assert "warmPool" not in plain.one(GROUP).inputs
    graph = graph_of("ec2", ec2={"warm_pool": {}}, preview=preview)
    assert graph.one(GROUP).inputs["warmPool"] == {"poolState": "Stopped", "minSize": 0}
    assert b"ECS_WARM_POOLS_CHECK=true" in base64.b64decode(graph.one(TEMPLATE).inputs["userData"])
    pool = {"state": "running", "min_size": 1, "max_group_prepared_capacity": 2}
    graph = graph_of("ec2", ec2={"os": "bottlerocket", "warm_pool": pool}, preview=preview)
    assert graph.one(GROUP).inputs["warmPool"] == {
        "poolState": "Running",
        "minSize": 1,
        "maxGroupPreparedCapacity": 2,
    }
    assert b"should-wait = true" in base64.b64decode(graph.one(TEMPLATE).inputs["userData"])
    (found,) = view(graph).clusters
    assert capacity(found) == ["EC2 (1 to 3 t3.small, Bottlerocket, running warm pool)"]


@pytest.mark.parametrize(("preset", "days"), [("dev", 30), ("prod", 90)])
def test_the_logs_of_the_ecs_agents(graph_of: GraphOf, preview: bool, preset: str, days: int) -> None:
    assert not graph_of("ec2", apps={}, preview=preview).of_type(LOG_GROUP)
    graph = graph_of("ec2", apps={}, preset=preset, ec2={"agent_logs": {}}, preview=preview)
    (group,) = graph.of_type(LOG_GROUP)
    assert (group.name, group.inputs["retentionInDays"]) == ("main-agent", days)
    text = graph.one(TEMPLATE).inputs["userData"]
    assert f'"log_group_name": "{group.outputs["name"]}"'.encode() in base64.b64decode(text)
    rights = graph.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"]
    if preview:
        assert rights is UNKNOWN
    else:
        arn = group.outputs["arn"]
        assert json.loads(rights)["Statement"][-1] == {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            "Resource": [arn, f"{arn}:*"],
        }


def test_a_share_of_the_instances_on_demand(graph_of: GraphOf, preview: bool) -> None:
    ec2 = {"purchase": "spot", "on_demand_base": 1, "on_demand_percentage": 25}
    policy = graph_of("ec2", ec2=ec2, preview=preview).one(GROUP).inputs["mixedInstancesPolicy"]
    assert policy["instancesDistribution"] == {
        "onDemandBaseCapacity": 1,
        "onDemandPercentageAboveBaseCapacity": 25,
        "onDemandAllocationStrategy": "prioritized",
        "spotAllocationStrategy": "price-capacity-optimized",
    }


def test_running_instances_are_replaced(graph_of: GraphOf, preview: bool) -> None:
    assert "instanceRefresh" not in graph_of("ec2", preview=preview).one(GROUP).inputs
    found = graph_of("ec2", ec2={"instance_refresh": True}, preview=preview).one(GROUP).inputs
    assert found["instanceRefresh"] == {
        "strategy": "Rolling",
        "preferences": {
            "minHealthyPercentage": 100,
            "maxHealthyPercentage": 110,
            "scaleInProtectedInstances": "Refresh",
        },
    }


@pytest.mark.parametrize(
    ("ec2", "line"),
    [
        ({"ami": "al2023"}, "ec2.ami: 'al2023': must be the id of an AMI, ami-..., or resolve:ssm:PARAMETER"),
        ({"user_data": "#" * 15_001}, "ec2.user_data: has 15,001 bytes; must be at most 15,000"),
        (
            {"volumes": [{"device": "/dev/sda", "size": 1}]},
            "ec2.volumes[0].device: '/dev/sda': must be a device other than the root's, such as /dev/sdf",
        ),
        (
            {"volumes": [{"device": "/dev/sdf", "size": 0}]},
            "ec2.volumes[0].size: 0: must be from 1 to 65536 GiB",
        ),
        (
            {"volumes": [{"device": "/dev/sdf", "size": 1}] * 2},
            "ec2.volumes[1].device: '/dev/sdf': is given twice",
        ),
        (
            {"os": "bottlerocket", "volumes": [{"device": "/dev/xvdb", "size": 1}]},
            "ec2.volumes[0].device: '/dev/xvdb': is the data volume of Bottlerocket",
        ),
        ({"os": "ubuntu"}, "ec2.os: 'ubuntu': must be one of amazon_linux, bottlerocket"),
        (
            {"purchase": "spot", "warm_pool": {"min_size": 1}},
            "ec2.warm_pool: cannot be combined with purchase spot, which has no warm pool",
        ),
        (
            {"warm_pool": {"state": "hibernated"}},
            "ec2.warm_pool.state: 'hibernated': must be one of stopped, running",
        ),
        (
            {"os": "bottlerocket", "agent_logs": {}},
            "ec2.agent_logs: cannot be combined with os bottlerocket, which has the agent's logs in its "
            "journal",
        ),
    ],
)
def test_wrong_arguments(refused: Lines, ec2: dict[str, Any], line: str) -> None:
    network = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a"]}
    assert refused("EcsCluster", {"network": network, "capacity": "ec2", "ec2": ec2}) == [line]


@pytest.mark.parametrize(
    "argument",
    ["os", "ami", "user_data", "volumes", "instance_refresh", "warm_pool", "agent_logs"],
)
def test_managed_instances_have_none_of_them(refused: Lines, argument: str) -> None:
    values: dict[str, Any] = {
        "os": "bottlerocket",
        "ami": AMI,
        "warm_pool": {},
        "agent_logs": {},
        "user_data": "true\n",
        "volumes": [{"device": "/dev/sdf", "size": 1}],
        "instance_refresh": True,
    }
    network = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a"]}
    args = {"network": network, "capacity": "managed_instances", "ec2": {argument: values[argument]}}
    (line,) = refused("EcsCluster", args)
    assert line.startswith(f"ec2.{argument}: ")
    assert line.endswith("cannot be combined with capacity managed_instances, which decides it itself")
