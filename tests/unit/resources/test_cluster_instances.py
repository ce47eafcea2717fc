"""The AMI, script and volumes of a cluster's instances, and their replacement."""

import base64
from typing import Any

import pytest
from support.fixtures import GraphOf, Lines

import moorage
from moorage.graph import view
from moorage.offline import evaluate
from moorage.plan import cost

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:autoscaling/group:Group"
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
    ],
)
def test_wrong_arguments(refused: Lines, ec2: dict[str, Any], line: str) -> None:
    network = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a"]}
    assert refused("EcsCluster", {"network": network, "capacity": "ec2", "ec2": ec2}) == [line]


@pytest.mark.parametrize("argument", ["ami", "user_data", "volumes", "instance_refresh"])
def test_managed_instances_have_none_of_them(refused: Lines, argument: str) -> None:
    values: dict[str, Any] = {
        "ami": AMI,
        "user_data": "true\n",
        "volumes": [{"device": "/dev/sdf", "size": 1}],
        "instance_refresh": True,
    }
    network = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a"]}
    args = {"network": network, "capacity": "managed_instances", "ec2": {argument: values[argument]}}
    (line,) = refused("EcsCluster", args)
    assert line.startswith(f"ec2.{argument}: ")
    assert line.endswith("cannot be combined with capacity managed_instances, which decides it itself")
