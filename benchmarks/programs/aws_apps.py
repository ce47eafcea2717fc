"""The resources of `moorage_apps.py`, written by hand with pulumi_aws."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

ANYWHERE = "0.0.0.0/0"


def program(count: int) -> None:
    vpc = aws.ec2.get_vpc_output(default=True)
    subnets = aws.ec2.get_subnets_output(
        filters=[
            {"name": "vpc-id", "values": [vpc.id]},
            {"name": "default-for-az", "values": ["true"]},
        ]
    )
    tags = tags_of("bench")
    cluster = aws.ecs.Cluster(
        "bench", settings=[{"name": "containerInsights", "value": "disabled"}], tags=tags
    )
    capacity = aws.ecs.ClusterCapacityProviders(
        "bench-capacity", cluster_name=cluster.name, capacity_providers=["FARGATE", "FARGATE_SPOT"]
    )
    group = aws.ec2.SecurityGroup("bench-alb", description="Load balancer bench", vpc_id=vpc.id, tags=tags)
    aws.vpc.SecurityGroupIngressRule(
        "bench-alb-in-80",
        security_group_id=group.id,
        description="Clients",
        ip_protocol="tcp",
        from_port=80,
        to_port=80,
        cidr_ipv4=ANYWHERE,
        tags=tags,
    )
    aws.vpc.SecurityGroupEgressRule(
        "bench-alb-out",
        security_group_id=group.id,
        description="Targets",
        ip_protocol="-1",
        cidr_ipv4=ANYWHERE,
        tags=tags,
    )
    balancer = aws.lb.LoadBalancer(
        "bench-alb",
        load_balancer_type="application",
        internal=False,
        security_groups=[group.id],
        subnets=subnets.ids,
        idle_timeout=60,
        enable_deletion_protection=False,
        drop_invalid_header_fields=True,
        desync_mitigation_mode="defensive",
        tags=tags,
    )
    listener = aws.lb.Listener(
        "bench-http",
        load_balancer_arn=balancer.arn,
        port=80,
        protocol="HTTP",
        default_actions=[
            {
                "type": "fixed-response",
                "fixed_response": {
                    "content_type": "text/plain",
                    "message_body": "Not found\n",
                    "status_code": "404",
                },
            }
        ],
        tags=tags,
    )
    for index in range(count):
        app(index, vpc.id, subnets.ids, cluster, capacity, group, listener)
        url = balancer.dns_name.apply(lambda host, index=index: f"http://{host}/app-{index}")
        pulumi.export(f"url-{index}", url)


def app(
    index: int,
    vpc_id: pulumi.Output[str],
    subnet_ids: pulumi.Output[Sequence[str]],
    cluster: aws.ecs.Cluster,
    capacity: aws.ecs.ClusterCapacityProviders,
    balancer_group: aws.ec2.SecurityGroup,
    listener: aws.lb.Listener,
) -> None:
    name = f"app-{index}"
    tags = tags_of(name)
    logs = aws.cloudwatch.LogGroup(f"{name}-logs", retention_in_days=30, tags=tags)
    trust = cluster.arn.apply(trust_policy)
    execution_role = aws.iam.Role(f"{name}-execution", assume_role_policy=trust, tags=tags)
    execution_policy = aws.iam.RolePolicy(
        f"{name}-execution-policy",
        role=execution_role.name,
        policy=logs.arn.apply(lambda arn: policy(["logs:CreateLogStream", "logs:PutLogEvents"], f"{arn}:*")),
    )
    task_role = aws.iam.Role(f"{name}-task", assume_role_policy=trust, tags=tags)
    channels = [
        f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data")
    ]
    aws.iam.RolePolicy(f"{name}-task-policy", role=task_role.name, policy=policy(channels, "*"))
    task_definition = aws.ecs.TaskDefinition(
        f"{name}-task",
        family=f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}",
        requires_compatibilities=["FARGATE"],
        network_mode="awsvpc",
        cpu="256",
        memory="512",
        runtime_platform={"operating_system_family": "LINUX", "cpu_architecture": "X86_64"},
        task_role_arn=task_role.arn,
        execution_role_arn=execution_role.arn,
        container_definitions=pulumi.Output.all(logs.name, logs.region).apply(
            lambda known: container_definitions(name, {"LOG_LEVEL": "info", "GREETING": "hello"}, *known)
        ),
        skip_destroy=True,
        tags=tags,
    )
    group = aws.ec2.SecurityGroup(f"{name}-tasks", description=f"Tasks of {name}", vpc_id=vpc_id, tags=tags)
    aws.vpc.SecurityGroupEgressRule(
        f"{name}-tasks-out",
        security_group_id=group.id,
        description="Images, AWS APIs and what the app calls",
        ip_protocol="-1",
        cidr_ipv4=ANYWHERE,
        tags=tags,
    )
    aws.vpc.SecurityGroupIngressRule(
        f"{name}-tasks-in",
        security_group_id=group.id,
        description="The load balancer",
        ip_protocol="tcp",
        from_port=80,
        to_port=80,
        referenced_security_group_id=balancer_group.id,
        tags=tags,
    )
    targets = aws.lb.TargetGroup(
        f"{name}-tg",
        port=80,
        protocol="HTTP",
        target_type="ip",
        vpc_id=vpc_id,
        deregistration_delay=30,
        health_check={
            "path": "/healthz",
            "port": "traffic-port",
            "protocol": "HTTP",
            "interval": 5,
            "timeout": 4,
            "healthy_threshold": 2,
            "unhealthy_threshold": 2,
            "matcher": "200-399",
        },
        tags=tags,
    )
    rule = aws.lb.ListenerRule(
        f"{name}-rule",
        listener_arn=listener.arn,
        priority=index + 1,
        conditions=[{"path_pattern": {"values": [f"/{name}/*"]}}],
        actions=[{"type": "forward", "target_group_arn": targets.arn}],
        tags=tags,
    )
    aws.ecs.Service(
        name,
        cluster=cluster.arn,
        task_definition=task_definition.arn,
        desired_count=2,
        scheduling_strategy="REPLICA",
        capacity_provider_strategies=[{"capacity_provider": "FARGATE", "base": 0, "weight": 1}],
        force_new_deployment=True,
        deployment_minimum_healthy_percent=100,
        deployment_maximum_percent=200,
        deployment_circuit_breaker={"enable": True, "rollback": True},
        network_configuration={
            "subnets": subnet_ids,
            "security_groups": [group.id],
            "assign_public_ip": True,
        },
        load_balancers=[{"target_group_arn": targets.arn, "container_name": name, "container_port": 80}],
        health_check_grace_period_seconds=60,
        enable_execute_command=True,
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        tags=tags,
        opts=pulumi.ResourceOptions(depends_on=[capacity, rule, execution_policy]),
    )


def tags_of(name: str) -> dict[str, str]:
    return {"moorage:app": name, "moorage:stack": pulumi.get_stack()}


def trust_policy(cluster_arn: str) -> str:
    _, partition, _, region, account, *_ = cluster_arn.split(":")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:{partition}:ecs:{region}:{account}:*"},
            "StringEquals": {"aws:SourceAccount": account},
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)


def policy(actions: Sequence[str], resource: str) -> str:
    statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": [resource]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)


def container_definitions(name: str, environment: Mapping[str, str], log_group: str, region: str) -> str:
    container: dict[str, Any] = {
        "name": name,
        "image": "nginx:1.29",
        "essential": True,
        "portMappings": [{"containerPort": 80, "protocol": "tcp"}],
        "environment": [{"name": key, "value": value} for key, value in sorted(environment.items())],
        "stopTimeout": 25,
        "linuxParameters": {"initProcessEnabled": True},
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group,
                "awslogs-region": region,
                "awslogs-stream-prefix": name,
                "mode": "non-blocking",
            },
        },
    }
    return json.dumps([container], sort_keys=True, separators=(",", ":"))
