"""The resources of `moorage_apps.py`, written by hand with pulumi_aws.

Grouped, they stand in the same components, with the same inputs and outputs; flat, there are none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

ANYWHERE = "0.0.0.0/0"


class Group:
    """A component, or nothing at all."""

    def __init__(self, grouped: bool, kind: str, name: str, inputs: Mapping[str, Any]) -> None:
        """Register the component if there are to be any."""
        self.component = pulumi.ComponentResource(f"moorage:index:{kind}", name, inputs) if grouped else None
        self.child = pulumi.ResourceOptions(parent=self.component)

    def outputs(self, **outputs: Any) -> None:
        """Register the component's outputs."""
        if self.component:
            self.component.register_outputs(outputs)


def program(count: int, grouped: bool = True) -> None:
    network = Group(grouped, "Network", "bench", {})
    vpc = aws.ec2.get_vpc_output(default=True)
    subnets = aws.ec2.get_subnets_output(
        filters=[
            {"name": "vpc-id", "values": [vpc.id]},
            {"name": "default-for-az", "values": ["true"]},
        ]
    )
    network.outputs(vpcId=vpc.id, publicSubnetIds=subnets.ids, privateSubnetIds=[])
    tags = tags_of("bench")
    capacities = Group(grouped, "EcsCluster", "bench", {})
    cluster = aws.ecs.Cluster(
        "bench",
        settings=[{"name": "containerInsights", "value": "disabled"}],
        tags=tags,
        opts=capacities.child,
    )
    capacity = aws.ecs.ClusterCapacityProviders(
        "bench-capacity",
        cluster_name=cluster.name,
        capacity_providers=["FARGATE", "FARGATE_SPOT"],
        opts=capacities.child,
    )
    cluster_arn = pulumi.Output.all(cluster.arn, capacity.urn).apply(lambda known: str(known[0]))
    empty = ("capacityProvider", "securityGroupId", "namespaceArn", "servicesGroupId")
    capacities.outputs(
        **dict.fromkeys((*empty, "execLogGroupArn", "execKeyArn"), ""),
        arn=cluster_arn,
        name=cluster.name,
        preset="dev",
    )
    entry = Group(grouped, "LoadBalancer", "bench", {})
    group = aws.ec2.SecurityGroup(
        "bench-alb", description="Load balancer bench", vpc_id=vpc.id, tags=tags, opts=entry.child
    )
    aws.vpc.SecurityGroupIngressRule(
        "bench-alb-in-80",
        security_group_id=group.id,
        description="Clients",
        ip_protocol="tcp",
        from_port=80,
        to_port=80,
        cidr_ipv4=ANYWHERE,
        tags=tags,
        opts=entry.child,
    )
    aws.vpc.SecurityGroupEgressRule(
        "bench-alb-out",
        security_group_id=group.id,
        description="Targets",
        ip_protocol="-1",
        cidr_ipv4=ANYWHERE,
        tags=tags,
        opts=entry.child,
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
        opts=entry.child,
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
        opts=entry.child,
    )
    address = pulumi.Output.concat("http://", balancer.dns_name)
    entry.outputs(
        dnsName=balancer.dns_name,
        url=address,
        listenerArn=listener.arn,
        securityGroupId=group.id,
        arnSuffix=balancer.arn_suffix,
        arn=balancer.arn,
        certificateArn="",
        listenerArns={},
        preset="dev",
    )
    for index in range(count):
        url = app(grouped, index, vpc.id, subnets.ids, cluster, capacity, group, listener, address)
        pulumi.export(f"url-{index}", url)


def app(
    grouped: bool,
    index: int,
    vpc_id: pulumi.Output[str],
    subnet_ids: pulumi.Output[Sequence[str]],
    cluster: aws.ecs.Cluster,
    capacity: aws.ecs.ClusterCapacityProviders,
    balancer_group: aws.ec2.SecurityGroup,
    listener: aws.lb.Listener,
    address: pulumi.Output[str],
) -> pulumi.Output[str]:
    name = f"app-{index}"
    tags = tags_of(name)
    environment = {"LOG_LEVEL": "info", "GREETING": "hello"}
    inputs = {
        "image": "nginx:1.29",
        "port": 80,
        "environment": environment,
        "rules": [{"path": f"/{name}/*", "priority": index + 1}],
        "health_check": {"path": "/healthz"},
        "count": 2,
    }
    group = Group(grouped, "ContainerApp", name, inputs)
    child = group.child
    logs = aws.cloudwatch.LogGroup(f"{name}-logs", retention_in_days=30, tags=tags, opts=child)
    trust = cluster.arn.apply(trust_policy)
    execution_role = aws.iam.Role(f"{name}-execution", assume_role_policy=trust, tags=tags, opts=child)
    execution_policy = aws.iam.RolePolicy(
        f"{name}-execution-policy",
        role=execution_role.name,
        policy=logs.arn.apply(lambda arn: policy(["logs:CreateLogStream", "logs:PutLogEvents"], f"{arn}:*")),
        opts=child,
    )
    task_role = aws.iam.Role(f"{name}-task", assume_role_policy=trust, tags=tags, opts=child)
    channels = [
        f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data")
    ]
    aws.iam.RolePolicy(f"{name}-task-policy", role=task_role.name, policy=policy(channels, "*"), opts=child)
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
            lambda known: container_definitions(name, environment, *known)
        ),
        skip_destroy=True,
        tags=tags,
        opts=child,
    )
    tasks = aws.ec2.SecurityGroup(
        f"{name}-tasks", description=f"Tasks of {name}", vpc_id=vpc_id, tags=tags, opts=child
    )
    aws.vpc.SecurityGroupEgressRule(
        f"{name}-tasks-out",
        security_group_id=tasks.id,
        description="Images, AWS APIs and what the app calls",
        ip_protocol="-1",
        cidr_ipv4=ANYWHERE,
        tags=tags,
        opts=child,
    )
    aws.vpc.SecurityGroupIngressRule(
        f"{name}-tasks-in-80",
        security_group_id=tasks.id,
        description="The load balancer",
        ip_protocol="tcp",
        from_port=80,
        to_port=80,
        referenced_security_group_id=balancer_group.id,
        tags=tags,
        opts=child,
    )
    targets = aws.lb.TargetGroup(
        f"{name}-tg",
        port=80,
        protocol="HTTP",
        target_type="ip",
        vpc_id=vpc_id,
        deregistration_delay=15,
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
        opts=child,
    )
    rule = aws.lb.ListenerRule(
        f"{name}-rule-{index + 1}",
        listener_arn=listener.arn,
        priority=index + 1,
        conditions=[{"path_pattern": {"values": [f"/{name}/*"]}}],
        actions=[{"type": "forward", "target_group_arn": targets.arn}],
        tags=tags,
        opts=child,
    )
    service = aws.ecs.Service(
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
        deployment_configuration={"strategy": "ROLLING"},
        network_configuration={
            "subnets": subnet_ids,
            "security_groups": [tasks.id],
            "assign_public_ip": True,
        },
        load_balancers=[{"target_group_arn": targets.arn, "container_name": name, "container_port": 80}],
        health_check_grace_period_seconds=60,
        enable_execute_command=True,
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        tags=tags,
        opts=pulumi.ResourceOptions(parent=group.component, depends_on=[capacity, rule, execution_policy]),
    )
    address = pulumi.Output.concat(address, "/", name)
    # Where the app answers is known once its service is there.
    url = pulumi.Output.all(address, service.id).apply(lambda known: str(known[0]))
    group.outputs(
        **dict.fromkeys(("queueUrl", "queueArn", "deadLetterQueueUrl", "deadLetterQueueArn"), ""),
        url=url,
        address=address,
        serviceName=service.name,
        taskDefinitionArn=task_definition.arn,
        securityGroupId=tasks.id,
        logGroupName=logs.name,
        logGroupArn=logs.arn,
        taskRoleArn=task_role.arn,
        taskRoleName=task_role.name,
        executionRoleArn=execution_role.arn,
        targetGroupArn=targets.arn,
        alarmTopicArn="",
    )
    return url


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
        "stopTimeout": 15,
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
