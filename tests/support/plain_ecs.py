"""Programs of the provider's own resources, without moorage's components."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

IN_SUBNET: Mapping[str, Any] = {"subnets": ["subnet-1"], "assign_public_ip": True}
"""A network configuration in a subnet that exists already, with a public address."""


def task_definition(name: str = "web", /, **args: Any) -> aws.ecs.TaskDefinition:
    """Make a task definition for Fargate with one container that listens on port 80."""
    containers = [{"name": "web", "image": "nginx", "portMappings": [{"containerPort": 80}]}]
    given: dict[str, Any] = {
        "family": name,
        "cpu": "256",
        "memory": "512",
        "network_mode": "awsvpc",
        "requires_compatibilities": ["FARGATE"],
        "container_definitions": json.dumps(containers),
    }
    return aws.ecs.TaskDefinition(name, **{**given, **args})


def service(logical: str = "web", /, **args: Any) -> aws.ecs.Service:
    """Make a service, with a task definition of its own unless it is given one."""
    if "task_definition" not in args:
        args["task_definition"] = task_definition(logical).arn
    return aws.ecs.Service(logical, **args)


def cluster_with_default(
    name: str, providers: Sequence[str], strategies: Sequence[Mapping[str, Any]]
) -> aws.ecs.Cluster:
    """Make a cluster with capacity providers and a default strategy."""
    cluster = aws.ecs.Cluster(name)
    default: Any = list(strategies)
    aws.ecs.ClusterCapacityProviders(
        name,
        cluster_name=cluster.name,
        capacity_providers=list(providers),
        default_capacity_provider_strategies=default,
    )
    return cluster


def group_of_instances(
    name: str, cluster: aws.ecs.Cluster, *, minimum: int, maximum: int
) -> aws.ec2.LaunchTemplate:
    """Make an Auto Scaling group whose instances join a cluster by their user data."""
    data = cluster.name.apply(lambda name: f"echo ECS_CLUSTER={name} >> /etc/ecs/ecs.config")
    template = aws.ec2.LaunchTemplate(name, instance_type="t3.small", user_data=data)
    aws.autoscaling.Group(
        name,
        min_size=minimum,
        max_size=maximum,
        launch_template={"id": template.id},
        vpc_zone_identifiers=["subnet-1"],
    )
    return template


def scalable_target(name: str, resource_id: pulumi.Input[str], *, minimum: int = 1, maximum: int = 2) -> None:
    """Let Application Auto Scaling change a service's desired count."""
    aws.appautoscaling.Target(
        name,
        min_capacity=minimum,
        max_capacity=maximum,
        resource_id=resource_id,
        scalable_dimension="ecs:service:DesiredCount",
        service_namespace="ecs",
    )


def scheduled_action(name: str, resource_id: pulumi.Input[str], *, minimum: int, maximum: int) -> None:
    """Change the bounds of a service's desired count every evening."""
    aws.appautoscaling.ScheduledAction(
        name,
        resource_id=resource_id,
        scalable_dimension="ecs:service:DesiredCount",
        service_namespace="ecs",
        schedule="cron(0 20 * * ? *)",
        scalable_target_action={"min_capacity": minimum, "max_capacity": maximum},
    )
