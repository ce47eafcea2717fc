"""Existing resources, whose settings a plan does not know: it prices and judges only the others."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Planned = Callable[..., tuple[int, str, str]]
Project = Callable[..., Path]

EXISTING = """
import pulumi_aws as aws

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012"
cluster = aws.ecs.Cluster.get("cluster", "shared")
provider = aws.ecs.CapacityProvider.get("provider", "shared")
task = aws.ecs.TaskDefinition.get("task", "arn:aws:ecs:eu-west-1:123456789012:task-definition/shared:7")
service = aws.ecs.Service.get("service", "arn:aws:ecs:eu-west-1:123456789012:service/shared/web")
role = aws.iam.Role.get("role", "shared")
vpc = aws.ec2.Vpc.get("vpc", "vpc-1")
subnets = [aws.ec2.Subnet.get(name, f"subnet-{name}") for name in "ab"]
group = aws.ec2.SecurityGroup.get("group", "sg-1")
gateway = aws.ec2.NatGateway.get("nat", "nat-1")
balancer = aws.lb.LoadBalancer.get("balancer", f"{ARN}:loadbalancer/app/shared/1")
listener = aws.lb.Listener.get("listener", f"{ARN}:listener/app/shared/1/2")
targets = aws.lb.TargetGroup.get("targets", f"{ARN}:targetgroup/shared/3")
files = aws.efs.FileSystem.get("files", "fs-1")
logs = aws.cloudwatch.LogGroup.get("logs", "shared")
instances = aws.autoscaling.Group.get("instances", "shared")
template = aws.ec2.LaunchTemplate.get("template", "lt-1")
queue = aws.sqs.Queue.get("queue", "https://sqs.eu-west-1.amazonaws.com/123456789012/shared")
key = aws.kms.Key.get("key", "shared")
zone = aws.route53.Zone.get("zone", "Z1")
secret = aws.secretsmanager.Secret.get("secret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s")
database = aws.rds.Instance.get("database", "shared")
"""

OWN = """
definition = aws.ecs.TaskDefinition(
    "own",
    family="own",
    cpu="256",
    memory="512",
    network_mode="awsvpc",
    requires_compatibilities=["FARGATE"],
    execution_role_arn=role.arn,
    container_definitions='[{"name": "web", "image": "nginx:1", "portMappings": [{"containerPort": 80}]}]',
    volumes=[{"name": "files", "efs_volume_configuration": {"file_system_id": files.id}}],
)
for name, task_definition in (("own", definition), ("shared", task)):
    aws.ecs.Service(
        name,
        cluster=cluster.arn,
        task_definition=task_definition.arn,
        desired_count=1,
        launch_type="FARGATE",
        platform_version="1.0.0",
        network_configuration={"subnets": [subnet.id for subnet in subnets], "security_groups": [group.id]},
        load_balancers=[{"target_group_arn": targets.arn, "container_name": "web", "container_port": 80}],
    )
aws.ecs.ClusterCapacityProviders("own", cluster_name=cluster.name, capacity_providers=[provider.name])
aws.ecs.CapacityProvider("own", auto_scaling_group_provider={"auto_scaling_group_arn": instances.arn})
aws.lb.ListenerRule(
    "own",
    listener_arn=listener.arn,
    actions=[{"type": "forward", "target_group_arn": targets.arn}],
    conditions=[{"path_pattern": {"values": ["/"]}}],
)
aws.lb.Listener(
    "own",
    load_balancer_arn=balancer.arn,
    port=443,
    default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
)
"""


@pytest.mark.parametrize("form", [(), ("--preview",)])
def test_what_exists_is_neither_priced_nor_judged(
    project: Project, planned: Planned, form: tuple[str, ...]
) -> None:
    folder = project(EXISTING, dev="  aws:region: eu-west-1")
    code, out, err = planned(folder, "--json", *form)
    assert (code, err) == (0, "")
    result = json.loads(out)
    assert (result["findings"], result["cost"]["lines"], result["cost"]["monthly"]) == ([], [], 0)


@pytest.mark.parametrize("form", [(), ("--preview",), ("--explain",), ("--markdown",), ("--html",)])
def test_own_resources_on_existing_ones(
    project: Project, planned: Planned, tmp_path: Path, form: tuple[str, ...]
) -> None:
    folder = project(EXISTING + OWN, dev="  aws:region: eu-west-1")
    page = tmp_path / "plan.html"
    code, out, err = planned(folder, *form, *([str(page)] if form == ("--html",) else []))
    assert (code, err) == (0, "")
    assert "task definition outside this stack" in (page.read_text() if page.exists() else out)


def test_the_platform_version_of_an_existing_task_definition(project: Project, planned: Planned) -> None:
    folder = project(EXISTING + OWN, dev="  aws:region: eu-west-1")
    # Windows has the version 1.0.0, and the existing task definition may be for Windows.
    found = json.loads(planned(folder, "--json")[1])["findings"]
    assert [each["resource"].rpartition("::")[2] for each in found if each["rule"] == "ECS.10"] == ["own"]
