import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support.fixtures import Findings, Found, MadeProgram
from support.preflight_cases import private_dns
from support.preflight_programs import World

from moorage import ContainerApp, EcsCluster, Network
from moorage.graph import view
from moorage.offline import evaluate
from moorage.plan.cost import monthly
from moorage.plan.wording import network as facts

NO_ADDRESS = {
    "service": lambda world: {
        "network_configuration": {"subnets": world.subnets, "security_groups": [world.task_group.id]}
    }
}
PRIVATE = {"out": None}
NAT = {"out": lambda world: {"gateway_id": None, "nat_gateway_id": world_nat(world).id}}
ENDPOINTS = ("ecr.api", "ecr.dkr")


def world_nat(world: World) -> Any:
    return aws.ec2.NatGateway("nat", subnet_id="subnet-elsewhere", connectivity_type="private")


def endpoint(world: World, service: str) -> None:
    gateway = service == "s3"
    aws.ec2.VpcEndpoint(
        service,
        vpc_id=world.vpc.id,
        service_name=f"com.amazonaws.us-east-1.{service}",
        vpc_endpoint_type="Gateway" if gateway else "Interface",
        route_table_ids=[world.table.id] if gateway else None,
    )


def endpoints(*services: str) -> Any:
    return lambda world: [endpoint(world, service) for service in services]


def test_fargate_in_public_subnets_needs_a_public_address(
    fargate: MadeProgram, findings: Findings, preview: bool
) -> None:
    (finding,) = findings(fargate(**NO_ADDRESS), preview)
    assert (finding.severity, finding.rule) == ("error", "preflight/public-without-address")
    assert "subnet-a and subnet-b" in finding.message
    assert "ecr.api, ecr.dkr and s3" in finding.message
    assert "`private_egress`" in finding.fix


@pytest.mark.parametrize("image", ["nginx", "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1"])
@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("where", ["default subnet", "existing subnet"])
def test_the_public_subnets_of_the_picture_are_those_of_the_preflight(
    where: str, image: str, public: bool, found: Found, preview: bool
) -> None:
    """Endpoints outside the stack are unknown, but reach only AWS."""

    def program() -> None:
        subnet: Any = "subnet-1"
        if where == "default subnet":
            subnet = aws.ec2.DefaultSubnet("a", availability_zone="us-east-1a").id
        else:
            aws.lb.LoadBalancer("alb", subnets=["subnet-1", "subnet-2"])
        definition = aws.ecs.TaskDefinition(
            "task",
            family="task",
            cpu="256",
            memory="512",
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            container_definitions=json.dumps([{"name": "web", "image": image}]),
        )
        aws.ecs.Service(
            "web",
            launch_type="FARGATE",
            task_definition=definition.arn,
            network_configuration={"subnets": [subnet], "assign_public_ip": public},
        )

    expected = image == "nginx" and not public
    rules = [rule for _, rule, _ in found(program, preview)]
    assert ("public-without-address" in rules) is expected


def test_private_tasks_without_a_way_out(fargate: MadeProgram, findings: Findings, preview: bool) -> None:
    (finding,) = findings(fargate(**PRIVATE), preview)
    assert (finding.severity, finding.rule) == ("error", "preflight/private-without-egress")
    assert "endpoints for ecr.api, ecr.dkr and s3" in finding.fix


@pytest.mark.parametrize("changes", [NAT, NAT | NO_ADDRESS])
def test_nat_is_a_way_out(fargate: MadeProgram, found: Found, preview: bool, changes: dict[str, Any]) -> None:
    assert found(fargate(**changes), preview) == []


@pytest.mark.parametrize(
    "route",
    [
        {"transit_gateway_id": "tgw-1"},
        {"network_interface_id": "eni-1"},
        {"vpc_endpoint_id": "vpce-1"},
        {"gateway_id": "vgw-1"},
    ],
)
def test_another_network_is_not_known_here(
    fargate: MadeProgram, found: Found, preview: bool, route: Any
) -> None:
    assert found(fargate(out={"gateway_id": None} | route, **NO_ADDRESS), preview) == []


def test_routes_inside_the_table(fargate: MadeProgram, found: Found, preview: bool) -> None:
    def table(world: World) -> dict[str, Any]:
        return {"routes": [{"cidr_block": "0.0.0.0/0", "gateway_id": world.gateway.id}]}

    assert found(fargate(**PRIVATE, table=table), preview) == []
    rules = found(fargate(**PRIVATE, **NO_ADDRESS, table=table), preview)
    assert rules == [("error", "public-without-address", "service")]
    nat = {"routes": [{"cidr_block": "0.0.0.0/0", "nat_gateway_id": "nat-1"}]}
    assert found(fargate(**PRIVATE, **NO_ADDRESS, table=nat), preview) == []


def test_a_subnet_without_a_table_has_the_main_one(fargate: MadeProgram, found: Found, preview: bool) -> None:
    alone = {"subnet_a_table": None}
    assert found(fargate(**alone), preview) == [("error", "private-without-egress", "service")]

    def main_table(world: World) -> None:
        aws.ec2.MainRouteTableAssociation("main", vpc_id=world.vpc.id, route_table_id=world.table.id)

    assert found(fargate(main_table, **alone), preview) == []


@pytest.mark.parametrize(
    ("containers", "needed"),
    [
        ({}, ("ecr.api", "ecr.dkr", "s3")),
        (
            {"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "logs"}}},
            ("ecr.api", "ecr.dkr", "s3", "logs"),
        ),
        (
            {
                "secrets": [
                    {"name": "A", "valueFrom": "arn:aws:secretsmanager:us-east-1:1:secret:a"},
                    {"name": "B", "valueFrom": "/b"},
                ]
            },
            ("ecr.api", "ecr.dkr", "s3", "secretsmanager", "ssm"),
        ),
    ],
)
def test_endpoints_for_what_is_used(
    fargate: MadeProgram,
    findings: Findings,
    preview: bool,
    containers: dict[str, Any],
    needed: tuple[str, ...],
) -> None:
    # The policy of the role is another theme's.
    changes = PRIVATE | {"containers": containers, "task": {"execution_role_arn": "arn:aws:iam::1:role/r"}}
    assert findings(fargate(endpoints(*needed), **changes), preview) == []
    for missing in needed:
        rest = [service for service in needed if service != missing]
        (finding,) = findings(fargate(endpoints(*rest), **changes), preview)
        assert finding.rule == "preflight/private-without-egress"
        assert finding.message.endswith(f"the tasks need {missing}")


def test_endpoints_cannot_help_with_a_public_image(
    fargate: MadeProgram, findings: Findings, preview: bool
) -> None:
    public = {"containers": {"image": "nginx:1"}}
    (finding,) = findings(fargate(endpoints(*ENDPOINTS, "s3"), **PRIVATE, **public), preview)
    assert "endpoints cannot help" in finding.fix
    own = {"containers": {"image": "registry.internal.example:5000/web:1"}}
    assert findings(fargate(**PRIVATE, **own), preview) == []


def test_an_s3_endpoint_of_another_table_does_not_help(
    fargate: MadeProgram, found: Found, preview: bool
) -> None:
    def elsewhere(world: World) -> None:
        endpoints(*ENDPOINTS)(world)
        other = aws.ec2.RouteTable("other", vpc_id=world.vpc.id)
        service = "com.amazonaws.us-east-1.s3"
        gateway = aws.ec2.VpcEndpoint(
            "s3", vpc_id=world.vpc.id, service_name=service, route_table_ids=[other.id]
        )
        if world.changes.get("further"):
            aws.ec2.VpcEndpointRouteTableAssociation(
                "further", route_table_id=world.table.id, vpc_endpoint_id=gateway.id
            )

    assert found(fargate(elsewhere, **PRIVATE), preview) == [("error", "private-without-egress", "service")]
    assert found(fargate(elsewhere, further=True, **PRIVATE), preview) == []


def test_a_network_of_another_stack_is_not_judged(fargate: MadeProgram, found: Found, preview: bool) -> None:
    given = {"network_configuration": {"subnets": ["subnet-1"], "security_groups": ["sg-1"]}}
    assert found(fargate(service=given), preview) == []
    assert (
        found(fargate(subnet_a={"vpc_id": "vpc-1"}, subnet_b={"vpc_id": "vpc-1"}, **NO_ADDRESS), preview)
        == []
    )


AWSVPC = {
    "task": {"network_mode": "awsvpc"},
    "group": {"target_type": "ip"},
    "ingress": {"from_port": 8080, "to_port": 8080},
}


def with_network(**more: Any) -> dict[str, Any]:
    def service(world: World) -> dict[str, Any]:
        return {
            "network_configuration": {
                "subnets": world.subnets,
                "security_groups": [world.task_group.id],
                **more,
            }
        }

    return {**AWSVPC, "service": service}


def test_awsvpc_tasks_on_instances_in_public_subnets(
    instances: MadeProgram, found: Found, preview: bool
) -> None:
    quiet = found(instances(**with_network()), preview)
    assert quiet == [("warning", "awsvpc-without-internet", "service")]
    calling = with_network() | {
        "task": {"network_mode": "awsvpc", "task_role_arn": "arn:aws:iam::1:role/app"}
    }
    assert found(instances(**calling), preview) == [("error", "awsvpc-without-internet", "service")]
    assert found(instances(**with_network(), **NAT), preview) == []


def test_public_addresses_are_for_fargate_only(instances: MadeProgram, found: Found, preview: bool) -> None:
    assert found(instances(**with_network(assign_public_ip=True), **NAT), preview) == [
        ("error", "public-ip-on-instances", "service")
    ]


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({"out": None}, False),
        ({"template": {"network_interfaces": [{"associate_public_ip_address": "false"}]}}, False),
        ({"template": {"network_interfaces": [{"associate_public_ip_address": "true"}]}}, True),
        ({"subnet_a": {"map_public_ip_on_launch": False}}, False),
        ({"subnet_a": {"map_public_ip_on_launch": False}, **NAT}, True),
    ],
)
def test_instances_must_reach_ecs(
    instances: MadeProgram, found: Found, preview: bool, changes: dict[str, Any], good: bool
) -> None:
    expected = [] if good else [("error", "instances-without-egress", "instances")]
    assert found(instances(**changes), preview) == expected
    if not good:
        agent = endpoints("ecs", "ecs-agent", "ecs-telemetry")
        assert found(instances(agent, **changes), preview) == []


def test_a_balancer_in_one_zone(fargate: MadeProgram, findings: Findings, preview: bool) -> None:
    one = fargate(alb=lambda world: {"subnets": world.subnets[:1]})
    (finding,) = findings(one, preview)
    assert (finding.severity, finding.rule) == ("error", "preflight/balancer-zones")
    assert finding.message.startswith("has one subnet")
    (finding,) = findings(fargate(subnet_b={"availability_zone": "us-east-1a"}), preview)
    assert finding.message.startswith("has all its subnets in us-east-1a")
    network = fargate(alb=lambda world: {"subnets": world.subnets[:1], "load_balancer_type": "network"})
    assert findings(network, preview) == []


def test_targets_of_another_vpc(fargate: MadeProgram, found: Found, preview: bool) -> None:
    def other(world: World) -> dict[str, Any]:
        return {"vpc_id": aws.ec2.Vpc("other", cidr_block="10.1.0.0/16").id}

    assert found(fargate(group=other), preview) == [("error", "other-vpc", "service")]
    assert found(fargate(group={"vpc_id": "vpc-1"}), preview) == []


def test_an_awsx_vpc_without_gateways(found: Found) -> None:
    import pulumi_awsx as awsx

    def program(strategy: str) -> Any:
        def run() -> None:
            kind = "Isolated" if strategy == "None" else "Private"
            vpc = awsx.ec2.Vpc(
                "net",
                nat_gateways={"strategy": strategy},
                subnet_strategy="Auto",
                subnet_specs=[{"type": "Public"}, {"type": kind}],
            )
            subnets = vpc.isolated_subnet_ids if strategy == "None" else vpc.private_subnet_ids
            task = aws.ecs.TaskDefinition(
                "task",
                family="web",
                cpu="256",
                memory="512",
                network_mode="awsvpc",
                requires_compatibilities=["FARGATE"],
                container_definitions='[{"name": "web", "image": "nginx:1"}]',
            )
            aws.ecs.Service(
                "service",
                launch_type="FARGATE",
                task_definition=task.arn,
                deployment_circuit_breaker={"enable": True, "rollback": True},
                network_configuration={"subnets": subnets},
            )

        return run

    assert found(program("None")) == [("error", "private-without-egress", "service")]
    # A preview does not know the subnets.
    assert found(program("None"), preview=True) == []
    assert found(program("Single")) == []


def scheduled(how: str, public: bool) -> Any:
    """Run the task now and then."""

    def more(world: World) -> None:
        task = world.definition.arn
        network = {"subnets": world.subnets, "assign_public_ip": public}
        parameters = {
            "task_definition_arn": task,
            "launch_type": "FARGATE",
            "network_configuration": network,
        }
        if how == "event rule":
            arn = world.cluster.arn
            aws.cloudwatch.EventTarget("run", rule="nightly", arn=arn, ecs_target=parameters)  # pyright: ignore[reportArgumentType]
        elif how == "schedule":
            target: Any = {"arn": world.cluster.arn, "role_arn": world.role.arn, "ecs_parameters": parameters}
            window: Any = {"mode": "OFF"}
            aws.scheduler.Schedule(
                "run", schedule_expression="rate(1 day)", flexible_time_window=window, target=target
            )
        else:
            definition = pulumi.Output.all(task, *world.subnets).apply(
                lambda known: machine(known[0], known[1:], public)
            )
            aws.sfn.StateMachine("run", role_arn=world.role.arn, definition=definition)

    return more


def machine(task: str, subnets: list[str], public: bool) -> str:
    address = "ENABLED" if public else "DISABLED"
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Parameters": {
            "TaskDefinition": task,
            "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE"}],
            "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": subnets, "AssignPublicIp": address}},
        },
        "End": True,
    }
    branch = {"StartAt": "Run", "States": {"Run": state}}
    whole = {"Type": "Parallel", "Branches": [branch], "End": True}
    return json.dumps({"StartAt": "All", "States": {"All": whole}})


@pytest.mark.parametrize("how", ["event rule", "schedule", "state machine"])
def test_what_else_runs_tasks(fargate: MadeProgram, found: Found, preview: bool, how: str) -> None:
    hidden = preview and how == "state machine"
    expected = [] if hidden else [("error", "public-without-address", "run")]
    assert found(fargate(scheduled(how, False)), preview) == expected
    assert found(fargate(scheduled(how, True)), preview) == []


def closed_network(*endpoints: str) -> Any:
    """Return a program with an app in subnets without a route out."""

    def program() -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", enable_dns_hostnames=True)
        table = aws.ec2.RouteTable("private", vpc_id=vpc.id)
        ids: list[Any] = []
        for number, zone in enumerate("ab"):
            subnet = aws.ec2.Subnet(
                zone, vpc_id=vpc.id, availability_zone=f"us-east-1{zone}", cidr_block=f"10.0.{number}.0/24"
            )
            aws.ec2.RouteTableAssociation(zone, subnet_id=subnet.id, route_table_id=table.id)
            ids.append(subnet.id)
        network = Network(
            "net",
            {
                "vpc_id": vpc.id,
                "public_subnet_ids": ids,
                "private_subnet_ids": ids,
                "private_egress": True,
                "endpoints": list(endpoints),
                "route_table_ids": [table.id],
            },
        )
        image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1"
        cluster = EcsCluster("main", {"network": network.ref})
        ContainerApp("web", {"cluster": cluster.ref, "network": network.ref, "image": image})

    return program


def test_interface_endpoints_are_in_different_zones(
    fargate: MadeProgram, findings: Findings, preview: bool
) -> None:
    program = fargate(
        private_dns, vpc={"enable_dns_hostnames": True}, subnet_b={"availability_zone": "us-east-1a"}
    )
    (finding,) = [each for each in findings(program, preview) if each.rule == "preflight/interface-endpoints"]
    assert finding.message == (
        "is in several subnets of us-east-1a: an interface endpoint takes one for each zone"
    )


def test_the_endpoints_of_a_network_are_a_way_out_and_have_a_price(findings: Findings) -> None:
    (finding,) = [
        each
        for each in findings(closed_network("gateway"))
        if each.rule == "preflight/private-without-egress"
    ]
    assert "the tasks need ecr.api, ecr.dkr and logs" in finding.message
    assert "endpoints for ecr.api, ecr.dkr and logs: `endpoints` of the Network" in finding.fix
    program = closed_network("all")
    assert [each for each in findings(program) if "egress" in each.rule] == []
    seen = view(evaluate(program))
    (vpc,) = seen.networks
    assert facts(vpc)[-1] == (
        "endpoints for dynamodb, ecr.api, ecr.dkr, logs, s3, secretsmanager, ssm, ssmmessages"
    )
    hourly = [line for line in monthly(seen, "us-east-1").lines if line.unit == "zone-hour"]
    assert len(hourly) == 6
    assert sum(line.monthly or 0 for line in hourly) == pytest.approx(6 * 2 * 7.30)
