"""The ways of requests to a service: by load balancers, and past them."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support.plain_ecs import IN_SUBNET, service, task_definition

from moorage.graph import BalancerKind, Service, view
from moorage.offline import UNKNOWN, evaluate

Forwarding = Callable[[aws.lb.TargetGroup], Any]


def only(program: Callable[[], object], preview: bool = False) -> Service:
    (found,) = view(evaluate(program, preview=preview)).services
    return found


def balanced(actions: Forwarding, *, module: ModuleType = aws.lb, internal: bool | None = None) -> None:
    """Make a service behind the listener of a load balancer, whose default actions are given."""
    balancer = module.LoadBalancer("front", internal=internal, subnets=["subnet-1", "subnet-2"])
    group = module.TargetGroup("web", port=80, protocol="HTTP", target_type="ip", vpc_id="vpc-1")
    module.Listener(
        "http", load_balancer_arn=balancer.arn, port=80, protocol="HTTP", default_actions=actions(group)
    )
    target: Any = {"target_group_arn": group.arn, "container_name": "web", "container_port": 80}
    network: Any = {"subnets": ["subnet-1"]}
    service(launch_type="FARGATE", load_balancers=[target], network_configuration=network)


def forward(group: aws.lb.TargetGroup) -> Any:
    return [{"type": "forward", "target_group_arn": group.arn}]


@pytest.mark.parametrize("module", [aws.lb, aws.alb], ids=["aws.lb", "aws.alb"])
def test_both_names_that_the_provider_has_for_load_balancers(module: ModuleType, preview: bool) -> None:
    def program() -> None:
        balanced(forward, module=module)

    stack = view(evaluate(program, preview=preview))
    (balancer,), (found,) = stack.balancers, stack.services
    assert (balancer.kind, balancer.internal) == (BalancerKind.APPLICATION, False)
    assert [(each.port, each.protocol) for each in balancer.listeners] == [(80, "HTTP")]
    assert [(route.balancer, route.port) for route in found.routes] == [(balancer.urn, 80)]
    assert (found.port, found.reachable) == (80, True)
    (target,) = found.targets
    assert target.group is not None
    assert target.group.balancers == (balancer.resource,)
    assert stack.balancing.complete


@pytest.mark.parametrize(("internal", "reachable"), [(True, False), (False, True), (None, True)])
def test_an_internal_load_balancer_is_not_reached_from_outside(
    internal: bool | None, reachable: bool, preview: bool
) -> None:
    assert only(lambda: balanced(forward, internal=internal), preview).reachable is reachable


@pytest.mark.parametrize(("weight", "ways"), [(0, 0), (1, 1), (None, 1)])
def test_a_target_group_without_weight_gets_no_requests(weight: int | None, ways: int, preview: bool) -> None:
    """Listener rules, "Weighted target groups": a weight of 0 gets no new requests."""

    def actions(group: aws.lb.TargetGroup) -> Any:
        other = aws.lb.TargetGroup("other", port=80, protocol="HTTP", vpc_id="vpc-1")
        groups = [{"arn": group.arn, "weight": weight}, {"arn": other.arn, "weight": 1}]
        return [{"type": "forward", "forward": {"target_groups": groups}}]

    found = only(lambda: balanced(actions), preview)
    # In a preview it is not known which of them has the weight.
    assert len(found.routes) == (1 if preview else ways)
    # ECS asks only whether the target group has a load balancer.
    assert found.targets[0].group is not None
    assert len(found.targets[0].group.balancers) == 1


def rule(condition: Any) -> None:
    """Make a service behind a rule of a listener that exists already."""
    group = aws.lb.TargetGroup("web", port=80, protocol="HTTP", target_type="ip", vpc_id="vpc-1")
    aws.lb.ListenerRule("r", listener_arn="arn:listener", conditions=condition, actions=forward(group))
    target: Any = {"target_group_arn": group.arn, "container_name": "web", "container_port": 80}
    network: Any = {"subnets": ["subnet-1"]}
    service(launch_type="FARGATE", load_balancers=[target], network_configuration=network)


def test_a_rule_of_a_listener_of_another_stack(preview: bool) -> None:
    found = only(lambda: rule([{"host_header": {"values": ["a.example.com"]}}]), preview)
    assert [(route.balancer, route.hosts) for route in found.routes] == [("", ("a.example.com",))]
    # Whether that load balancer is internal is not declared here.
    assert found.reachable is UNKNOWN


def test_a_secret_condition_is_one_and_is_not_shown(preview: bool) -> None:
    def program() -> None:
        rule([{"http_header": {"http_header_name": "X-Origin", "values": [pulumi.Output.secret("hunter2")]}}])

    (route,) = only(program, preview).routes
    assert route.other == ("header X-Origin",)


def test_a_host_that_is_not_known_yet_is_a_condition() -> None:
    def program() -> None:
        late = aws.sns.Topic("t").arn.apply(lambda _: "a.example.com")
        rule([{"host_header": {"values": [late]}}])

    assert [(route.hosts, route.other) for route in only(program, preview=True).routes] == [
        ((), ("a host not displayed",))
    ]
    assert [(route.hosts, route.other) for route in only(program).routes] == [(("a.example.com",), ())]


Ingress = Callable[[aws.ec2.SecurityGroup], object]


def inline(**rule: Any) -> Callable[[], aws.ec2.SecurityGroup]:
    return lambda: aws.ec2.SecurityGroup("g", ingress=[rule])


def apart(make: Ingress) -> Callable[[], aws.ec2.SecurityGroup]:
    def group() -> aws.ec2.SecurityGroup:
        made = aws.ec2.SecurityGroup("g")
        make(made)
        return made

    return group


def newer(**rule: Any) -> Callable[[], aws.ec2.SecurityGroup]:
    return apart(lambda group: aws.vpc.SecurityGroupIngressRule("r", security_group_id=group.id, **rule))


def older(**rule: Any) -> Callable[[], aws.ec2.SecurityGroup]:
    return apart(lambda group: aws.ec2.SecurityGroupRule("r", security_group_id=group.id, **rule))


ANYWHERE = {"cidr_blocks": ["0.0.0.0/0"]}
HTTP = {"from_port": 80, "to_port": 80}


@pytest.mark.parametrize(
    ("group", "ports"),
    [
        (inline(protocol="tcp", **HTTP, **ANYWHERE), (80,)),
        (inline(protocol="-1", from_port=0, to_port=0, **ANYWHERE), (80,)),
        (inline(protocol="udp", **HTTP, **ANYWHERE), ()),
        (inline(protocol="tcp", from_port=443, to_port=443, **ANYWHERE), ()),
        (inline(protocol="tcp", from_port=0, to_port=65535, ipv6_cidr_blocks=["::/0"]), (80,)),
        (inline(protocol="tcp", **HTTP, cidr_blocks=["10.0.0.0/8"]), ()),
        (newer(ip_protocol="tcp", **HTTP, cidr_ipv4="0.0.0.0/0"), (80,)),
        (newer(ip_protocol="-1", cidr_ipv6="::/0"), (80,)),
        (newer(ip_protocol="tcp", **HTTP, cidr_ipv4="10.0.0.0/8"), ()),
        (older(type="ingress", protocol="tcp", **HTTP, **ANYWHERE), (80,)),
        (older(type="egress", protocol="tcp", **HTTP, **ANYWHERE), ()),
    ],
    ids=lambda value: "",
)
def test_ports_that_every_address_reaches(
    group: Callable[[], aws.ec2.SecurityGroup], ports: tuple[int, ...], preview: bool
) -> None:
    def program() -> None:
        network: Any = {**IN_SUBNET, "security_groups": [group().id]}
        service(launch_type="FARGATE", network_configuration=network)

    found = only(program, preview)
    assert (found.open_ports, found.reachable) == (ports, bool(ports))


def test_a_public_address_in_a_subnet_without_a_gateway_is_not_reached(preview: bool) -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")
        subnet = aws.ec2.Subnet("s", vpc_id=vpc.id, cidr_block="10.0.1.0/24")
        group = inline(protocol="tcp", **HTTP, **ANYWHERE)()
        network: Any = {"subnets": [subnet.id], "assign_public_ip": True, "security_groups": [group.id]}
        service(launch_type="FARGATE", network_configuration=network)

    found = only(program, preview)
    assert (found.public, found.open_ports, found.reachable) == (True, (), False)


def test_security_groups_of_another_stack_are_not_known(preview: bool) -> None:
    def program() -> None:
        network: Any = {**IN_SUBNET, "security_groups": ["sg-1"]}
        service(launch_type="FARGATE", network_configuration=network)

    assert only(program, preview).reachable is UNKNOWN


def test_a_task_without_ports_takes_no_requests(preview: bool) -> None:
    def program() -> None:
        definition = task_definition(container_definitions='[{"name": "worker", "image": "worker"}]')
        service(launch_type="FARGATE", task_definition=definition.arn, network_configuration=IN_SUBNET)

    found = only(program, preview)
    assert (found.port, found.public, found.reachable) == (None, True, False)


def test_who_a_security_group_lets_in(preview: bool) -> None:
    def program() -> None:
        front, other = aws.ec2.SecurityGroup("front"), aws.ec2.SecurityGroup("other")
        newer_rule: Any = {"ip_protocol": "tcp", **HTTP, "referenced_security_group_id": front.id}
        aws.vpc.SecurityGroupIngressRule(
            "r", security_group_id=aws.ec2.SecurityGroup("apart").id, **newer_rule
        )
        rules: Any = [{"protocol": "tcp", **HTTP, "security_groups": [front.id]}]
        aws.ec2.SecurityGroup("inline", ingress=rules)
        aws.ec2.SecurityGroup("foreign", ingress=[{"protocol": "tcp", **HTTP, "security_groups": ["sg-1"]}])
        aws.ec2.SecurityGroup("itself", ingress=[{"protocol": "tcp", **HTTP, "self": True}])
        del other

    groups = {
        group.resource.name: group
        for group in view(evaluate(program, preview=preview)).security_groups.values()
    }
    front, other = groups["front"].urn, groups["other"].urn
    admitted = {
        name: [group.may_admit([who], (80, 80)) for who in (front, other, group.urn)]
        for name, group in groups.items()
    }
    assert admitted == {
        "front": [False, False, False],
        "other": [False, False, False],
        "apart": [True, False, False],
        "inline": [True, False, False],
        # Who is in a security group of another stack is not known.
        "foreign": [True, True, True],
        "itself": [False, False, True],
    }
    assert not groups["apart"].may_admit([front], (8080, 8080))


def test_fixed_ports_of_a_task_on_instances() -> None:
    def definition(mode: str, host: int) -> None:
        containers = (
            f'[{{"name": "w", "image": "w", "portMappings": [{{"containerPort": 80, "hostPort": {host}}}]}}]'
        )
        task_definition(f"{mode}-{host}", network_mode=mode, container_definitions=containers)

    def program() -> None:
        for mode in ("bridge", "host", "awsvpc"):
            for host in (0, 80):
                definition(mode, host)

    tasks = view(evaluate(program)).tasks.values()
    assert {task.family: task.host_ports for task in tasks} == {
        "bridge-0": frozenset(),
        "bridge-80": {(80, "tcp")},
        "host-0": {(80, "tcp")},
        "host-80": {(80, "tcp")},
        "awsvpc-0": frozenset(),
        "awsvpc-80": frozenset(),
    }


@pytest.mark.parametrize(("kind", "protocol"), [(None, "HTTP"), ("gateway", "GENEVE")])
def test_the_protocol_of_a_listener_that_omits_it(kind: str | None, protocol: str, preview: bool) -> None:
    def program() -> None:
        balancer = aws.lb.LoadBalancer("front", load_balancer_type=kind, subnets=["subnet-1"])
        aws.lb.Listener(
            "omits", load_balancer_arn=balancer.arn, port=80, default_actions=[{"type": "forward"}]
        )

    (listener,) = view(evaluate(program, preview=preview)).listeners
    assert listener.protocol == protocol


def test_the_protocol_of_an_existing_listener_is_unknown(preview: bool) -> None:
    graph = evaluate(lambda: aws.lb.Listener.get("other", "arn:aws:x") and None, preview=preview)
    (listener,) = view(graph).listeners
    assert listener.protocol is UNKNOWN
