"""Routes and addresses of tasks, instances and load balancers."""

from collections import Counter
from collections.abc import Iterable, Iterator

from moorage.graph import (
    BalancerKind,
    ComputeKind,
    EndpointKind,
    NetworkKind,
    Service,
    Subnet,
    Task,
    View,
    WayOut,
)
from moorage.graph.types import SUBNET, VPC
from moorage.graph.values import known
from moorage.model.choices import LogDriver
from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import entries, text
from moorage.plan.finding import FindingSeverity
from moorage.plan.text import listed

from .rule import Fault, Rule
from .tasks import logging, registry, running

_EVERYWHERE = "the internet"
_AGENT = frozenset({"ecs", "ecs-agent", "ecs-telemetry"})
_IPV6_RANGES = ("ipv6CidrBlock", "ipv6IpamPoolId", "ipv6Native")
_ENDPOINTS = "Amazon ECS interface VPC endpoints"


@Rule(
    "preflight/private-without-egress",
    "Fargate tasks, of services, schedules or state machines, in subnets without a route out, and "
    "without endpoints for what they need to start: `ecr.api`, `ecr.dkr` and `s3` for images in ECR, "
    "`logs`, `secretsmanager` or `ssm`",
    f"{_ENDPOINTS}; Amazon ECR interface VPC endpoints",
    "give the subnets a route to a NAT gateway, or the endpoints that are named (`endpoints` of the "
    "Network); or remove `private_egress` from the Network",
)
def _without_route(view: View) -> Iterator[Fault]:
    for resource, subnets, services in _cut_off(view, WayOut.NONE):
        endpoints = f"or endpoints for {listed(services)}: `endpoints` of the Network"
        if _EVERYWHERE in services:
            endpoints = "endpoints cannot help, as the image is on the internet"
        yield Fault(
            resource,
            f"tasks in {listed(subnets)} cannot start: there is no route out, and the tasks need "
            f"{listed(services)}",
            f"give these subnets a route to a NAT gateway ({endpoints}), or remove `private_egress` from the "
            "Network, for tasks in its public subnets",
        )


@Rule(
    "preflight/public-without-address",
    "Fargate tasks whose way out is an internet gateway, without a public address",
    "Fargate task networking",
    "set `assign_public_ip` of the network configuration, or place the tasks in subnets with a NAT "
    "gateway: `private_subnet_ids` and `private_egress` of the Network",
)
def _without_address(view: View) -> Iterator[Fault]:
    for resource, subnets, services in _cut_off(view, WayOut.INTERNET):
        yield Fault(
            resource,
            f"tasks in {listed(subnets)} cannot start: the route out is an internet gateway, which matches "
            f"only public addresses, and the tasks need {listed(services)}",
        )


def _cut_off(view: View, way: WayOut) -> Iterator[tuple[Resource, list[str], list[str]]]:
    """Yield services and runs on Fargate with the subnets, of this way out, from which tasks cannot start,
    and the unreachable services that they need."""
    for runner in (*view.services, *view.runs):
        task, public = known(runner.task), runner.network.address
        if runner.capacity.kind is not ComputeKind.FARGATE or task is None or public is UNKNOWN:
            continue
        needs = _needs(view, task)
        subnets: list[str] = []
        missing: set[str] = set()
        for subnet in _subnets(view, runner.network.subnets):
            # Unknown endpoints can be for any service of AWS, but not for the internet.
            reached = needs - {_EVERYWHERE} if subnet.endpoints is UNKNOWN else subnet.endpoints
            if subnet.way_out is way and not needs <= reached:
                subnets.append(subnet.name)
                missing |= needs - reached
        if subnets and not (way is WayOut.INTERNET and public):
            yield runner.resource, subnets, sorted(missing)


def _subnets(view: View, keys: Iterable[str]) -> list[Subnet]:
    return [view.subnets[key] for key in keys if key in view.subnets]


def _needs(view: View, task: Task) -> set[str]:
    """Return the known services that a Fargate task's network must reach for its start.

    AWS pages: "Amazon ECS interface VPC endpoints", considerations for Fargate; "Amazon ECR interface VPC
    endpoints".
    """
    ecr = {"ecr.api", "ecr.dkr", "s3"}
    if task.containers is UNKNOWN:
        repository = "aws:ecr/repository:Repository"
        return ecr if view.links.sources(task.resource, "containerDefinitions", repository) else set()
    needs: set[str] = set()
    for container in task.containers:
        where = registry(str(container.definition.get("image", "")))
        needs |= ecr if where == "ecr" else {_EVERYWHERE} if where == "public" else set()
        if logging(container.definition)[0] == LogDriver.AWSLOGS:
            needs.add("logs")
        for secret in entries(container.definition.get("secrets")):
            value = text(secret.get("valueFrom")) or ""
            needs.add("secretsmanager" if ":secretsmanager:" in value else "ssm")
    return needs


def _awsvpc_on_instances(view: View) -> Iterator[tuple[Service, Task]]:
    for service, task in running(view):
        if service.capacity.kind is ComputeKind.EC2 and task.network_mode is NetworkKind.AWSVPC:
            yield service, task


@Rule(
    "preflight/awsvpc-without-internet",
    "awsvpc tasks on EC2 instances in public subnets: an error when they have a task role, and so call AWS",
    "Task networking with the awsvpc network mode",
    "use `network_mode` bridge, whose tasks reach the internet by their instance, or subnets with a NAT "
    "gateway: `private_subnet_ids` and `private_egress` of the Network",
    may_warn=True,
)
def _instances_without_internet(view: View) -> Iterator[Fault]:
    for service, task in _awsvpc_on_instances(view):
        subnets = _subnets(view, service.network.subnets)
        public = [subnet.name for subnet in subnets if subnet.way_out is WayOut.INTERNET]
        if not public:
            continue
        message = (
            f"tasks in {listed(public)} have no way to the internet: awsvpc tasks on instances get no public "
            "address, and the route out is an internet gateway"
        )
        if task.task_role is None:
            yield Fault(service.resource, message, severity=FindingSeverity.WARNING)
        else:
            yield Fault(service.resource, f"{message}; with a task role they are meant to call AWS")


@Rule(
    "preflight/public-ip-on-instances",
    "a public address for tasks on EC2 instances",
    "API reference, AwsVpcConfiguration",
    "remove `assign_public_ip`; for tasks that answer clients directly use `network_mode` bridge with a "
    "`host_port`",
    acceptable=False,
)
def _addresses_on_instances(view: View) -> Iterator[Fault]:
    for service, _ in _awsvpc_on_instances(view):
        if service.network.asks_address is True:
            yield Fault(
                service.resource,
                "assigns public addresses to tasks on EC2 instances, which AWS does for Fargate only",
            )


@Rule(
    "preflight/instances-without-egress",
    "instances of a cluster that reach ECS neither by a route that takes their addresses nor by "
    "endpoints for `ecs`, `ecs-agent` and `ecs-telemetry`",
    _ENDPOINTS,
    "give the subnets a route to a NAT gateway, or the endpoints (`endpoints` of the Network); or remove "
    "`private_egress` from the Network, for instances with public addresses in its public subnets",
)
def _instances_without_agent(view: View) -> Iterator[Fault]:
    """Check that instances can join their cluster."""
    for group in view.serving:
        if group.template is not None:
            subnets = _subnets(view, group.subnets)
            yield from _cannot_join(
                group.resource, [(subnet, group.gives_address(subnet)) for subnet in subnets]
            )
    for provider in view.providers.values():
        if provider.resource is not None and provider.kind is ComputeKind.MANAGED_INSTANCES:
            subnets = _subnets(view, provider.managed_subnets)
            yield from _cannot_join(provider.resource, [(subnet, UNKNOWN) for subnet in subnets])


def _cannot_join(resource: Resource, subnets: list[tuple[Subnet, bool | Unknown]]) -> Iterator[Fault]:
    """Check instances in subnets, each with or without a public address."""
    cut_off = [
        subnet.name
        for subnet, public in subnets
        if (subnet.way_out is WayOut.NONE or (subnet.way_out is WayOut.INTERNET and public is False))
        and subnet.endpoints is not UNKNOWN
        and not subnet.endpoints >= _AGENT
    ]
    if cut_off:
        yield Fault(
            resource,
            f"instances in {listed(cut_off)} cannot join the cluster: they have no way to ECS, neither a "
            "route out that takes their addresses nor endpoints for ecs, ecs-agent and ecs-telemetry",
        )


@Rule(
    "preflight/interface-endpoints",
    "an interface endpoint with private DNS in a VPC without DNS hostnames, which are off in a new VPC, "
    "or in two subnets of one zone",
    "Access an AWS service using an interface VPC endpoint",
    "set `enable_dns_hostnames` of the VPC to true; give the Network subnets in different zones",
    acceptable=False,
)
def _interface_endpoints(view: View) -> Iterator[Fault]:
    vpcs = {vpc.urn: vpc for vpc in view.networks}
    for endpoint in view.endpoints:
        if endpoint.kind is not EndpointKind.INTERFACE:
            continue
        vpc = vpcs.get(endpoint.vpc.urn) if isinstance(endpoint.vpc, Resource) else None
        if vpc is not None and vpc.dns_names is False and endpoint.private_dns is True:
            yield Fault(
                endpoint.resource,
                f"has private DNS, but the VPC {vpc.name} does not have both DNS support and DNS hostnames",
                "set `enable_dns_hostnames` of the VPC to true",
            )
        zones = Counter(view.subnets[subnet.urn].zone for subnet in endpoint.subnets)
        if twice := sorted(zone for zone, count in zones.items() if zone and count > 1):
            yield Fault(
                endpoint.resource,
                f"is in several subnets of {listed(twice)}: an interface endpoint takes one for each zone",
                "give the Network `private_subnet_ids` in different zones",
            )


@Rule(
    "preflight/balancer-zones",
    "an Application Load Balancer in fewer than two zones",
    "Subnets for your load balancer",
    "give the Network `public_subnet_ids` in two zones or more (`private_subnet_ids`, if `internal`)",
)
def _zones(view: View) -> Iterator[Fault]:
    for balancer in view.balancers:
        count = known(balancer.subnet_count)
        if balancer.kind is not BalancerKind.APPLICATION or not count:
            continue
        zones = [subnet.zone for subnet in _subnets(view, balancer.subnets)]
        if count < 2:
            message = "has one subnet"
        elif len(zones) == count and all(zones) and len(set(zones)) < 2:
            message = f"has all its subnets in {zones[0]}"
        else:
            continue
        yield Fault(
            balancer.resource,
            f"{message}: an Application Load Balancer requires at least two Availability Zones",
        )


@Rule(
    "preflight/dual-stack-subnets",
    "a dual-stack load balancer in a subnet of the program without an IPv6 range",
    "IP address types for your Application Load Balancer",
    "give the subnets `ipv6_cidr_block`, or set the LoadBalancer's `ip_address_type` to ipv4",
)
def _without_ipv6(view: View) -> Iterator[Fault]:
    for balancer in view.balancers:
        if not (known(balancer.address_type) or "").startswith("dualstack"):
            continue
        names = [
            subnet.name
            for subnet in _subnets(view, balancer.subnets)
            if subnet.resource is not None and subnet.resource.type == SUBNET
            if not subnet.resource.external
            if not any(view.links.inputs(subnet.resource).get(name) for name in _IPV6_RANGES)
        ]
        if names:
            yield Fault(
                balancer.resource,
                f"has IPv6 addresses, but its subnets without an IPv6 range are {listed(names)}",
            )


@Rule(
    "preflight/other-vpc",
    "a service and its target group in two VPCs",
    "API reference, RegisterTargets",
    "give the app and its load balancer the same `network`",
    acceptable=False,
)
def _other_vpc(view: View) -> Iterator[Fault]:
    for service in view.services:
        vpcs = [subnet.vpc for subnet in _subnets(view, service.network.subnets)]
        for group in (target.group for target in service.targets if target.group):
            of_group = view.links.one(group.resource, "vpcId", group.inputs.get("vpcId"), VPC)
            other = next((vpc for vpc in vpcs if vpc and of_group and vpc.urn != of_group.urn), None)
            if other and of_group:
                yield Fault(
                    service.resource,
                    f"its tasks are in the VPC {other.name}, the target group {group.resource.name} is in "
                    f"{of_group.name}: AWS rejects targets of another VPC",
                )
