"""Generated programs of the provider's own resources: every way to say what a service runs on and how it is
reached, and none where that is allowed; with a second service and a job."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from hypothesis import strategies as st
from support.plain_ecs import (
    cluster_with_default,
    group_of_instances,
    scalable_target,
    scheduled_action,
    service,
    task_definition,
)

ANYWHERE = "0.0.0.0/0"
FARGATE = {"capacity_provider": "FARGATE", "base": 1}
SPOT = {"capacity_provider": "FARGATE_SPOT", "weight": 1}

DEFAULTS: dict[str, list[dict[str, Any]]] = {"none": [], "spot": [SPOT], "mix": [FARGATE, SPOT]}
OWN: dict[str, dict[str, Any]] = {
    "default": {},
    "fargate": {"launch_type": "FARGATE"},
    "ec2": {"launch_type": "EC2"},
    "spot": {"capacity_provider_strategies": [SPOT]},
    "mix": {"capacity_provider_strategies": [FARGATE, SPOT]},
    "weighted": {"capacity_provider_strategies": [{**FARGATE, "weight": 1}, {**SPOT, "weight": 2}]},
}


@dataclass(frozen=True)
class Program:
    """The choices that make a program of the service `web`."""

    default: str
    """The default strategy of its cluster."""
    own: str
    """The launch settings of the service itself, a key of OWN."""
    count: int | None
    scaled: tuple[int, int] | None
    scheduled: tuple[int, int] | None
    """The bounds that a schedule sets, where it is scaled."""
    worker: int | None
    """The desired count of a second service, if there is one."""
    job: str | None
    """The launch type of a job, if there is one."""
    subnet: str
    """`existing`, or `gateway`, `main` (the VPC's main table routes to one), or
    `none`."""
    zone: str | None
    """The Availability Zone of a subnet of the stack, if the program sets it."""
    address: bool | None
    ingress: str
    """Of its security group: `anywhere`, or `inside` the network; or `existing` for one of another stack."""
    balancer: str | None
    """The module that it is made with: `lb` or `alb`."""
    internal: bool | None
    weight: int | None

    @property
    def starts_outside(self) -> bool:
        """Return whether the desired count is set, and outside the bounds of autoscaling."""
        if self.scaled is None or self.count is None:
            return False
        return not self.scaled[0] <= self.count <= self.scaled[1]

    def __call__(self) -> None:
        """Make the resources."""
        strategies = DEFAULTS[self.default]
        cluster = (
            cluster_with_default("main", ["FARGATE", "FARGATE_SPOT"], strategies)
            if strategies
            else aws.ecs.Cluster("main")
        )
        group_of_instances("main", cluster, minimum=1, maximum=3)
        network: Any = {
            "subnets": [self._subnet()],
            "assign_public_ip": self.address,
            "security_groups": [self._security_group()],
        }
        targets = self._target() if self.balancer else None
        made = service(
            cluster=cluster.arn,
            desired_count=self.count,
            network_configuration=network,
            load_balancers=targets,
            **OWN[self.own],
        )
        if self.scaled:
            path = pulumi.Output.concat("service/", cluster.name, "/", made.name)
            scalable_target("scaled", path, minimum=self.scaled[0], maximum=self.scaled[1])
            if self.scheduled:
                scheduled_action("night", path, minimum=self.scheduled[0], maximum=self.scheduled[1])
        if self.worker is not None:
            inside: Any = {"subnets": ["subnet-1"]}
            service(
                "worker",
                cluster=cluster.arn,
                desired_count=self.worker,
                launch_type="FARGATE",
                network_configuration=inside,
            )
        if self.job:
            task = task_definition("job", requires_compatibilities=["EC2", "FARGATE"])
            rule = aws.cloudwatch.EventRule("nightly", schedule_expression="rate(1 day)")
            run: Any = {"task_definition_arn": task.arn, "launch_type": self.job}
            aws.cloudwatch.EventTarget("nightly", rule=rule.name, arn=cluster.arn, ecs_target=run)

    def _subnet(self) -> pulumi.Input[str]:
        if self.subnet == "existing":
            return "subnet-1"
        vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16")
        made = aws.ec2.Subnet(
            "net",
            vpc_id=vpc.id,
            cidr_block="10.0.1.0/24",
            availability_zone=self.zone,
            map_public_ip_on_launch=True,
        )
        gateway = aws.ec2.InternetGateway("net", vpc_id=vpc.id)
        routes: Any = [{"cidr_block": ANYWHERE, "gateway_id": gateway.id}]
        if self.subnet == "main":
            aws.ec2.DefaultRouteTable("net", default_route_table_id=vpc.default_route_table_id, routes=routes)
        else:
            table = aws.ec2.RouteTable(
                "net", vpc_id=vpc.id, routes=routes if self.subnet == "gateway" else None
            )
            aws.ec2.RouteTableAssociation("net", subnet_id=made.id, route_table_id=table.id)
        return made.id

    def _security_group(self) -> pulumi.Input[str]:
        if self.ingress == "existing":
            return "sg-1"
        block = ANYWHERE if self.ingress == "anywhere" else "10.0.0.0/8"
        rule: Any = {"protocol": "tcp", "from_port": 80, "to_port": 80, "cidr_blocks": [block]}
        return aws.ec2.SecurityGroup("web", ingress=[rule]).id

    def _target(self) -> list[dict[str, Any]]:
        module: Any = {"lb": aws.lb, "alb": aws.alb}[self.balancer or ""]
        balancer = module.LoadBalancer("front", internal=self.internal, subnets=["subnet-8", "subnet-9"])
        group, other = (
            module.TargetGroup(name, port=80, protocol="HTTP", target_type="ip", vpc_id="vpc-1")
            for name in ("web", "other")
        )
        groups = [{"arn": group.arn, "weight": self.weight}, {"arn": other.arn, "weight": 1}]
        module.Listener(
            "http",
            load_balancer_arn=balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[{"type": "forward", "forward": {"target_groups": groups}}],
        )
        return [{"target_group_arn": group.arn, "container_name": "web", "container_port": 80}]


programs = st.builds(
    Program,
    default=st.sampled_from(sorted(DEFAULTS)),
    own=st.sampled_from(sorted(OWN)),
    count=st.none() | st.integers(0, 9),
    scaled=st.none() | st.tuples(st.integers(0, 3), st.integers(3, 9)),
    scheduled=st.none() | st.tuples(st.integers(0, 5), st.integers(5, 12)),
    worker=st.none() | st.integers(0, 3),
    job=st.sampled_from([None, "EC2", "FARGATE"]),
    subnet=st.sampled_from(["existing", "gateway", "main", "none"]),
    zone=st.sampled_from([None, "us-east-1a"]),
    address=st.none() | st.booleans(),
    ingress=st.sampled_from(["anywhere", "inside", "existing"]),
    balancer=st.sampled_from([None, "lb", "alb"]),
    internal=st.none() | st.booleans(),
    weight=st.none() | st.integers(0, 2),
)
