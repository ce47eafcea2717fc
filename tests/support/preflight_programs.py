"""Programs of plain AWS resources, good as they are, of which a test changes one thing.

`on_fargate` and `on_instances` take for each resource, by the name it has here, the inputs that differ; None
removes an input.
"""

import json
from collections.abc import Callable
from typing import Any

import pulumi_aws as aws

Changes = dict[str, Any]
Program = Callable[[], None]

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1"
CONTAINER: Changes = {
    "name": "web",
    "image": IMAGE,
    "portMappings": [{"containerPort": 8080}],
    "stopTimeout": 20,
}


class World:
    """The resources of both kinds of programs: a VPC with two public subnets, a load balancer, a role."""

    definition: Any
    running: Any
    scaling: Any
    strategies: list[Any]

    def __init__(self, changes: Changes) -> None:
        self.changes = changes
        made = self.make
        self.vpc = made("vpc", aws.ec2.Vpc, cidr_block="10.0.0.0/16")
        self.gateway = made("igw", aws.ec2.InternetGateway, vpc_id=self.vpc.id)
        self.table = made("table", aws.ec2.RouteTable, vpc_id=self.vpc.id)
        made(
            "out",
            aws.ec2.Route,
            route_table_id=self.table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=self.gateway.id,
        )
        self.subnets = []
        for number, zone in enumerate("ab"):
            subnet = made(
                f"subnet-{zone}",
                aws.ec2.Subnet,
                vpc_id=self.vpc.id,
                availability_zone=f"us-east-1{zone}",
                cidr_block=f"10.0.{number}.0/24",
                map_public_ip_on_launch=True,
            )
            made(
                f"subnet-{zone}-table",
                aws.ec2.RouteTableAssociation,
                subnet_id=subnet.id,
                route_table_id=self.table.id,
            )
            self.subnets.append(subnet.id)
        self.alb_group = made("alb-group", aws.ec2.SecurityGroup, vpc_id=self.vpc.id)
        self.task_group = made("task-group", aws.ec2.SecurityGroup, vpc_id=self.vpc.id)
        self.alb = made(
            "alb",
            aws.lb.LoadBalancer,
            load_balancer_type="application",
            subnets=self.subnets,
            security_groups=[self.alb_group.id],
        )
        self.role = made("role", aws.iam.Role, assume_role_policy="{}")
        self.rights = made(
            "rights",
            aws.iam.RolePolicyAttachment,
            role=self.role.name,
            policy_arn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
        )
        self.cluster = made("cluster", aws.ecs.Cluster)

    def make(self, name: str, type_: Any, **inputs: Any) -> Any:
        """Make a resource, unless the test sets it to None."""
        changes = self.changes.get(name, {})
        if changes is None:
            return None
        more: Any = changes(self) if callable(changes) else changes
        changed = inputs | more
        return type_(name, **{key: value for key, value in changed.items() if value is not None})

    def balanced(self, kind: str, ports: tuple[int, int]) -> list[Any]:
        """Make target group, listener and ingress rule; return the service's load balancers."""
        group = self.make(
            "group",
            aws.lb.TargetGroup,
            port=80,
            protocol="HTTP",
            target_type=kind,
            vpc_id=self.vpc.id,
            deregistration_delay=30,
            health_check={"path": "/", "interval": 10, "timeout": 4},
        )
        self.target_group = group
        self.listener = self.make(
            "listener",
            aws.lb.Listener,
            load_balancer_arn=self.alb.arn,
            port=80,
            default_actions=[{"type": "forward", "target_group_arn": group.arn}],
        )
        self.make(
            "ingress",
            aws.vpc.SecurityGroupIngressRule,
            security_group_id=self.task_group.id,
            referenced_security_group_id=self.alb_group.id,
            ip_protocol="tcp",
            from_port=ports[0],
            to_port=ports[1],
        )
        return [{"target_group_arn": group.arn, "container_name": "web", "container_port": 8080}]

    def task(self, **inputs: Any) -> Any:
        """Make the task definition; `containers` are changes of its only container, or all of them."""
        containers = self.changes.get("containers", {})
        given: Any = containers(self) if callable(containers) else containers
        whole = given if isinstance(given, list) else [CONTAINER | given]
        kept = [{key: value for key, value in each.items() if value is not None} for each in whole]
        return self.make(
            "task",
            aws.ecs.TaskDefinition,
            family="web",
            execution_role_arn=self.role.arn,
            container_definitions=json.dumps(kept),
            **inputs,
        )

    def service(self, **inputs: Any) -> Any:
        """Make the service."""
        return self.make(
            "service",
            aws.ecs.Service,
            cluster=self.cluster.arn,
            desired_count=2,
            deployment_circuit_breaker={"enable": True, "rollback": True},
            **inputs,
        )


def on_fargate(more: Callable[[World], Any] | None = None, **changes: Any) -> Program:
    """Return a program with a service on Fargate in public subnets behind a load balancer."""

    def run() -> None:
        world = World({name.replace("_", "-"): value for name, value in changes.items()})
        balancers = world.balanced("ip", (8080, 8080))
        task = world.task(
            cpu="256",
            memory="512",
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
        )
        world.definition = task
        world.running = world.service(
            task_definition=task.arn,
            launch_type="FARGATE",
            load_balancers=balancers,
            network_configuration={
                "subnets": world.subnets,
                "security_groups": [world.task_group.id],
                "assign_public_ip": True,
            },
        )
        if more:
            more(world)

    return run


def on_instances(more: Callable[[World], Any] | None = None, **changes: Any) -> Program:
    """Return a program with two tasks with bridge networking on at most three t3.small instances, behind a
    load balancer."""

    def run() -> None:
        world = World({name.replace("_", "-"): value for name, value in changes.items()})
        template = world.make(
            "template",
            aws.ec2.LaunchTemplate,
            image_id="resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
            instance_type="t3.small",
            vpc_security_group_ids=[world.task_group.id],
        )
        world.scaling = world.make(
            "instances",
            aws.autoscaling.Group,
            min_size=1,
            max_size=3,
            vpc_zone_identifiers=world.subnets,
            launch_template={"id": template.id, "version": "$Latest"},
        )
        provider = world.make(
            "provider",
            aws.ecs.CapacityProvider,
            auto_scaling_group_provider={"auto_scaling_group_arn": world.scaling.arn},
        )
        world.strategies = [{"capacity_provider": provider.name, "weight": 1}]
        balancers = world.balanced("instance", (32768, 65535))
        task = world.task(memory="512", requires_compatibilities=["EC2"])
        world.definition = task
        world.running = world.service(
            task_definition=task.arn,
            capacity_provider_strategies=world.strategies,
            load_balancers=balancers,
        )
        if more:
            more(world)

    return run


def scaled(minimum: int, maximum: int) -> Callable[[World], None]:
    """Return the autoscaling of the service that runs."""

    def more(world: World) -> None:
        aws.appautoscaling.Target(
            "scaling",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=world.running.name.apply(lambda name: f"service/main/{name}"),
            min_capacity=minimum,
            max_capacity=maximum,
        )

    return more
