"""Whether tasks and instances reach what they need to start, and stand in one VPC."""

from collections.abc import Iterator
from typing import Any, cast

from moorage.offline import Resource
from moorage.offline.values import entries, mapping, text
from moorage.plan.finding import Finding
from moorage.plan.types import CAPACITY_PROVIDER, LOAD_BALANCER, SUBNET, VPC

from .images import EVERYWHERE, registry
from .report import error, listed, warning
from .routes import Routes
from .runs import Run, fargate_runs
from .services import Group, Service, Services, Task
from .stack import Stack

_AGENT = {"ecs", "ecs-agent", "ecs-telemetry"}


def check(services: Services) -> Iterator[Finding]:
    """Look at services, groups of instances and load balancers."""
    stack = services.stack
    routes = Routes(stack)
    for run in fargate_runs(services):
        yield from _fargate(stack, routes, run)
    for service in services.all:
        if service.capacity.kind == "ec2":
            yield from _tasks_on_instances(stack, routes, service)
        yield from _one_vpc(stack, routes, service)
    for group in services.serving:
        yield from _instances(stack, routes, group)
    for provider in stack.of_type(CAPACITY_PROVIDER):
        yield from _managed_instances(stack, routes, provider)
    for balancer in stack.of_type(LOAD_BALANCER):
        yield from _zones(stack, balancer)


def _subnets(stack: Stack, service: Service) -> list[Resource]:
    given = service.network.get("subnets")
    return stack.many(service.resource, "networkConfiguration", given, SUBNET)[0]


def _fargate(stack: Stack, routes: Routes, run: Run) -> Iterator[Finding]:
    needs = _needs(stack, run.task)
    cut_off: dict[str, list[str]] = {"none": [], "internet": []}
    missing: set[str] = set()
    for subnet in run.subnets:
        way, endpoints = routes.way_out(subnet), routes.reached_by_endpoint(subnet)
        if way in (None, "elsewhere") or endpoints is None or (way == "internet" and run.public):
            continue
        lacking = needs - endpoints
        if lacking:
            cut_off[str(way)].append(subnet.name)
            missing |= lacking
    what = listed(sorted(missing)) if missing else ""
    if EVERYWHERE in missing:
        endpoints = "endpoints cannot help, as the image is on the internet"
    else:
        endpoints = f"or endpoints for {what}"
    if cut_off["none"]:
        yield error(
            "private-without-egress",
            run.resource,
            f"tasks in {listed(cut_off['none'])} cannot start: there is no route out, and they need {what}",
            f"give these subnets a route to a NAT gateway ({endpoints}), or take `private_egress` off the "
            "Network, for tasks in its public subnets",
        )
    if cut_off["internet"]:
        yield error(
            "public-without-address",
            run.resource,
            f"tasks in {listed(cut_off['internet'])} cannot start: the route out is an internet gateway, "
            f"which takes only public addresses, and they need {what}",
            "set `assign_public_ip` of the network configuration, or place the tasks in subnets "
            "with a NAT gateway: `private_subnet_ids` and `private_egress` of the Network",
        )


def _needs(stack: Stack, task: Task) -> set[str]:
    """Return what ECS must reach from a Fargate task's network to start it, as far as that is known.

    AWS pages: "Amazon ECS interface VPC endpoints", considerations for Fargate; "Amazon ECR interface VPC
    endpoints".
    """
    ecr = {"ecr.api", "ecr.dkr", "s3"}
    if task.containers is None:
        sources = stack.sources(task.resource, "containerDefinitions", "aws:ecr/repository:Repository")
        return ecr if sources else set()
    found: set[str] = set()
    for container in task.containers:
        where = registry(str(container.get("image", "")))
        found |= ecr if where == "ecr" else {EVERYWHERE} if where == "public" else set()
        if mapping(container.get("logConfiguration")).get("logDriver") == "awslogs":
            found.add("logs")
        for secret in entries(container.get("secrets")):
            value = text(secret.get("valueFrom")) or ""
            found.add("secretsmanager" if ":secretsmanager:" in value else "ssm")
    return found


def _tasks_on_instances(stack: Stack, routes: Routes, service: Service) -> Iterator[Finding]:
    if service.task is None or service.task.network_mode != "awsvpc":
        return
    if service.network.get("assignPublicIp") is True:
        yield error(
            "public-ip-on-instances",
            service.resource,
            "assigns public addresses to tasks on EC2 instances, which AWS does for Fargate only",
            "take `assign_public_ip` away; for tasks that answer clients directly use `network_mode` bridge "
            "with a `host_port`",
        )
    public = [subnet.name for subnet in _subnets(stack, service) if routes.way_out(subnet) == "internet"]
    if not public:
        return
    message = (
        f"tasks in {listed(public)} have no way to the internet: awsvpc tasks on instances get no public "
        "address, and the route out is an internet gateway"
    )
    fix = (
        "use `network_mode` bridge, whose tasks reach the internet by their instance, or subnets with a NAT "
        "gateway: `private_subnet_ids` and `private_egress` of the Network"
    )
    if service.task.inputs.get("taskRoleArn"):
        message += "; with a task role they are meant to call AWS"
        yield error("awsvpc-without-internet", service.resource, message, fix)
    else:
        yield warning("awsvpc-without-internet", service.resource, message, fix)


def _instances(stack: Stack, routes: Routes, group: Group) -> Iterator[Finding]:
    """Check that instances can join their cluster ("Amazon ECS interface VPC endpoints")."""
    template = stack.inputs(group.template) if group.template else {}
    interfaces = entries(template.get("networkInterfaces"))
    address = interfaces[0].get("associatePublicIpAddress") if interfaces else None
    if address is None:
        address = template.get("associatePublicIpAddress")
    zones = group.inputs.get("vpcZoneIdentifiers")
    cut_off: list[str] = []
    for subnet in stack.many(group.resource, "vpcZoneIdentifiers", zones, SUBNET)[0]:
        way, endpoints = routes.way_out(subnet), routes.reached_by_endpoint(subnet)
        chosen = stack.inputs(subnet).get("mapPublicIpOnLaunch", False) if address is None else address
        if way in (None, "elsewhere") or endpoints is None or group.template is None:
            continue
        private = str(chosen).lower() == "false"
        if (way == "none" or private) and not endpoints >= _AGENT:
            cut_off.append(subnet.name)
    yield from _cannot_join(group.resource, cut_off)


def _managed_instances(stack: Stack, routes: Routes, provider: Resource) -> Iterator[Finding]:
    managed = mapping(stack.inputs(provider).get("managedInstancesProvider"))
    network = mapping(mapping(managed.get("instanceLaunchTemplate")).get("networkConfiguration"))
    subnets = stack.many(provider, "managedInstancesProvider", network.get("subnets"), SUBNET)[0]
    cut_off = [
        subnet.name
        for subnet in subnets
        if routes.way_out(subnet) == "none" and not (routes.reached_by_endpoint(subnet) or set()) >= _AGENT
    ]
    yield from _cannot_join(provider, cut_off)


def _cannot_join(resource: Resource, subnets: list[str]) -> Iterator[Finding]:
    if subnets:
        yield error(
            "instances-without-egress",
            resource,
            f"instances in {listed(subnets)} cannot join the cluster: they have no way to ECS, neither a "
            "route out that takes their addresses nor endpoints for ecs, ecs-agent and ecs-telemetry",
            "give the subnets a route to a NAT gateway, or take `private_egress` off the Network, for "
            "instances with public addresses in its public subnets",
        )


def _one_vpc(stack: Stack, routes: Routes, service: Service) -> Iterator[Finding]:
    vpcs = [routes.vpc(subnet) for subnet in _subnets(stack, service)]
    for balanced in service.balanced:
        if balanced.group is None:
            continue
        of_group = stack.one(balanced.group, "vpcId", stack.inputs(balanced.group).get("vpcId"), VPC)
        other = next((vpc for vpc in vpcs if vpc and of_group and vpc.urn != of_group.urn), None)
        if other and of_group:
            yield error(
                "other-vpc",
                service.resource,
                f"its tasks are in the VPC {other.name}, the target group {balanced.group.name} is in "
                f"{of_group.name}: AWS refuses targets of another VPC",
                "give the app and its load balancer the same `network`",
            )


def _zones(stack: Stack, balancer: Resource) -> Iterator[Finding]:
    """Check that an Application Load Balancer has two zones ("Subnets for your load balancer")."""
    inputs = stack.inputs(balancer)
    given = inputs.get("subnets")
    count = len(cast("list[Any]", given)) if isinstance(given, list) else 0
    if inputs.get("loadBalancerType", "application") != "application" or not count:
        return
    subnets, all_ = stack.many(balancer, "subnets", given, SUBNET)
    zones = [text(stack.inputs(subnet).get("availabilityZone")) for subnet in subnets]
    if count < 2:
        message = "has one subnet"
    elif all_ and all(zones) and len(set(zones)) < 2:
        message = f"has all its subnets in {zones[0]}"
    else:
        return
    yield error(
        "balancer-zones",
        balancer,
        f"{message}: an Application Load Balancer needs two zones or more",
        "give the Network `public_subnet_ids` in two zones or more (`private_subnet_ids`, if `internal`)",
    )
