"""Checks of an app's arguments that its field table cannot express."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from .alarms import check_alarms
from .app import AppSpec, Exposure
from .arguments import mapping
from .balancing_checks import check_balancing
from .choices import BalancerType, CapacityKind, ForecastMetric, Placement, Protocol
from .connect import Alias
from .container_checks import check_containers, check_settings, path_of
from .fields.app import CONTAINER_APP
from .fields.values import Values
from .later import is_later
from .names import CONTAINER_NAME, LONGEST_NAME, check_logical_name, check_pattern
from .pre_deploy import check_pre_deploy, check_pre_deploy_values
from .problems import Problems
from .queue import check_queue
from .scaling import check_scaling
from .tags import check_tags
from .task import Task
from .task_checks import check_definition, check_grants, check_rights
from .task_size import check_size
from .volume_checks import check_task_volumes, check_volumes

_RESERVED_HOST_PORTS = (22, 2375, 2376, 51678, 51679, 51680)
"""SSH, Docker and the ECS agent (API reference, PortMapping, hostPort)."""

_OF_INSTANCES = {
    CapacityKind.EC2: ("capacity_provider", "security_group_id"),
    CapacityKind.MANAGED_INSTANCES: ("capacity_provider",),
}
"""The keys that a reference to a cluster with instances must have."""

_FULL_PLATFORM = (1, 4, 0)
"""The platform version of Fargate since which tasks can use every argument."""


def check_values(
    name: str,
    args: Mapping[str, Any],
    secret: frozenset[str],
    problems: Problems,
    longest_name: int = LONGEST_NAME,
) -> None:
    """Check each argument by itself; `secret` has the paths of variables that are Pulumi secrets."""
    check_logical_name(name, problems, longest_name)
    _check_cluster(args, problems)
    if args.get("host_port") in _RESERVED_HOST_PORTS:
        problems.add("host_port", args["host_port"], "is reserved on an ECS instance: SSH, Docker, the agent")
    # A pre-deploy job tags its task definition when it has succeeded.
    check_tags("tags", args.get("tags", {}), problems, further=1 if "pre_deploy" in args else 0)
    check_settings("", args, secret, problems)
    for container, settings in mapping(args.get("containers")).items():
        check_pattern(f"containers.{container}", container, *CONTAINER_NAME, problems)
        check_settings(f"containers.{container}.", settings, secret, problems)
    check_volumes(args, problems)
    check_grants(args, problems)
    if "pre_deploy" in args:
        check_pre_deploy_values(args, secret, problems)


def _check_cluster(args: Mapping[str, Any], problems: Problems) -> None:
    """Check that a reference to a cluster with instances names their capacity provider and group."""
    cluster = mapping(args.get("cluster"))
    capacity = Values(CONTAINER_APP, args)["cluster.capacity"]
    for name in _OF_INSTANCES.get(capacity, ()):
        if name not in cluster:
            problems.say(f"cluster.{name}", f"is required with capacity {capacity}: an output of the cluster")


def check_together(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check an app's arguments against each other and against its cluster, network and load balancer."""
    check_task_together(app.task, args, problems)
    _check_exposure(app, args, problems)
    _check_counts(app, args, problems)
    _check_names(app, args, problems)
    _check_platform_version(app, args, problems)
    check_alarms(app.alarms, args, problems)
    check_balancing(app, args, problems)
    if app.queue is not None:
        check_queue(app.queue, app.stop_timeout, args, problems)
    if app.pre_deploy is not None:
        check_pre_deploy(app.pre_deploy, args, problems)


def check_task_together(task: Task, args: Mapping[str, Any], problems: Problems) -> None:
    """Check a task's arguments against each other and against its cluster and network."""
    check_size(task.is_fargate, task.cpu, task.memory, problems)
    reservation = args.get("memory_reservation")
    if reservation is not None and not 6 <= reservation <= task.memory:
        problems.add("memory_reservation", reservation, f"must be from 6 to memory, {task.memory} MiB")
    if args.get("read_only") and args.get("execute_command"):
        problems.add("execute_command", True, "needs a writable root file system, without read_only")
    _check_network(task, args, problems)
    _check_connections(task, problems)
    check_containers(task, args, problems)
    check_task_volumes(task, args, problems)
    check_definition(task, mapping(args.get("tags")), problems)
    check_rights(task, args, problems)


def _check_network(task: Task, args: Mapping[str, Any], problems: Problems) -> None:
    network = mapping(args.get("network"))
    if task.bridge and task.capacity is not CapacityKind.EC2:
        problems.add("network_mode", "bridge", f"needs capacity ec2; {task.capacity} supports awsvpc only")
    if not network and (not task.bridge or args.get("load_balancer")):
        problems.say("network", "is required for awsvpc tasks and behind a load balancer")
    if task.private and network and not network.get("private_egress"):
        wrong = "these tasks cannot pull their image: the network needs private_egress, by NAT or endpoints"
        problems.add("subnets", "private", wrong)
    if network and not task.bridge and not task.is_fargate and not task.private:
        wrong = (
            "on instances such tasks get no public address, so in public subnets they do not reach the "
            "internet; use a network with private_egress"
        )
        bridge = ", or bridge" if task.capacity is CapacityKind.EC2 else ""
        problems.add("network_mode", "awsvpc", wrong + bridge)


def _check_connections(task: Task, problems: Problems) -> None:
    """Check that no rule is made twice, which EC2 refuses."""
    for index, connection in enumerate(task.connections):
        if not is_later(connection.security_group_id) and connection in task.connections[:index]:
            problems.add(
                f"connections[{index}]", connection.security_group_id, "is given twice for this port"
            )


def _check_exposure(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    if app.exposure is Exposure.LOAD_BALANCER:
        if app.stop_timeout > app.deregistration_delay > 0 and "stop_timeout" in args:
            most = f"must not be above deregistration_delay, {app.deregistration_delay} s"
            problems.add("stop_timeout", app.stop_timeout, most)
        reaches = mapping(args.get("load_balancer")).get("reaches_instances")
        if app.task.bridge and app.host_port == 0 and not reaches:
            wrong = "does not reach dynamic host ports; give the LoadBalancer the `cluster` too"
            problems.say("load_balancer", wrong)
    if args.get("public"):
        if app.task.bridge and app.host_port == 0:
            problems.add("public", True, "needs a fixed host_port; a dynamic one has no fixed address")
        if not app.task.bridge and not app.task.is_fargate:
            wrong = "awsvpc tasks on instances get no public address; use bridge and a host_port"
            problems.add("public", True, wrong)
        if app.task.private:
            problems.add("public", True, "tasks in private subnets get no public address")


def _check_counts(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    most = mapping(args.get("cluster")).get("max_instances")
    scaling = app.autoscaling
    _check_rebalancing(app, problems)
    if app.daemon and app.maximum_percent != 100:
        problems.add("maximum_percent", app.maximum_percent, "must be 100 with daemon")
    if scaling:
        check_scaling(scaling, args, problems)
    one_each = app.placement is Placement.ONE_PER_HOST or (app.task.bridge and app.host_port != 0)
    if one_each and not app.daemon and isinstance(most, int | float) and app.most > most:
        why = f"host port {app.host_port}" if app.host_port else "placement one_per_host"
        wrong = f"with {why} one fits on each instance, and there are at most {int(most)}"
        problems.add("autoscaling.max" if scaling else "count", app.most, wrong)
    held = int(most) if one_each and isinstance(most, int | float) else None
    _check_deployment(app, args, held, problems)
    if not app.daemon and not app.deployment.shifts:
        _check_rollout(app, held, problems)


def _check_rebalancing(app: AppSpec, problems: Problems) -> None:
    """Check what rebalancing needs ("Balancing an Amazon ECS service across Availability Zones")."""
    if not app.rebalancing or app.daemon:
        return
    if app.maximum_percent <= 100:
        wrong = "needs maximum_percent above 100: a task is started in another zone before one is stopped"
        problems.add("rebalancing", True, wrong)
    if app.task.capacity is CapacityKind.EC2 and app.placement is Placement.BINPACK:
        wrong = "needs placement over zones first; use az_spread or az_binpack"
        problems.add("rebalancing", True, wrong)


def _check_deployment(app: AppSpec, args: Mapping[str, Any], most: int | None, problems: Problems) -> None:
    """Check the deployment strategy, where instances hold `most` tasks, if fixed."""
    chosen = app.deployment
    if not chosen.two_groups:
        if chosen.test_port is not None:
            problems.add("deployment_options.test_port", chosen.test_port, "needs a second target group")
        return
    if mapping(args.get("load_balancer")).get("type") == BalancerType.NETWORK and chosen.test_port is None:
        wrong = f"is required with {chosen.strategy} behind a network load balancer, which has no rules: "
        problems.say("deployment_options.test_port", f"{wrong}the listener of the second target group")
    if not args.get("load_balancer"):
        wrong = "needs load_balancer: requests move between its target groups"
        problems.add("deployment", chosen.strategy, wrong)
    if args.get("daemon"):
        wrong = "cannot be combined with daemon, which supports rolling deployments only"
        problems.add("deployment", chosen.strategy, wrong)
    if len(app.rules) > 1:
        wrong = (
            f"with {chosen.strategy} there can be one: ECS moves the requests of one listener rule; "
            "use one wildcard, or an app for each"
        )
        problems.add("rules", len(app.rules), wrong)
    scaling = mapping(args.get("autoscaling"))
    for target, verb in (("requests", "counts"), ("latency", "measures")):
        if scaling.get(target) is not None:
            wrong = (
                f"{verb} the requests of one target group, and each deployment with "
                f"{chosen.strategy} moves them to the other; use cpu or memory"
            )
            problems.say(f"autoscaling.{target}", wrong)
    if mapping(scaling.get("predictive")).get("metric") == ForecastMetric.REQUESTS:
        problems.say("autoscaling.predictive.metric", "must be cpu or memory where requests change the group")
    if not chosen.shifts:
        return
    if most is not None and app.most * 2 > most:
        wrong = (
            f"starts a second set of {app.most} tasks beside the first, and the instances hold {most}; lower "
            "the count, or give the cluster more instances"
        )
        problems.add("deployment", chosen.strategy, wrong)
    timeout = args.get("rollout_timeout")
    if isinstance(timeout, int | float) and timeout <= chosen.minutes * 60:
        wrong = f"must be above {chosen.minutes * 60}, the time that {chosen.strategy} waits"
        problems.add("rollout_timeout", timeout, wrong)


def _check_rollout(app: AppSpec, most: int | None, problems: Problems) -> None:
    """Check that a rollout can stop a task or start one, where instances hold `most` tasks, if fixed.

    ECS rounds the minimum up and the maximum down (API reference, DeploymentConfiguration).
    """
    fewest = math.ceil(app.desired_count * app.minimum_healthy_percent / 100)
    highest = app.desired_count * app.maximum_percent // 100
    if app.desired_count <= 0 or fewest < app.desired_count:
        return
    if highest <= app.desired_count:
        wrong = (
            f"with minimum_healthy_percent {app.minimum_healthy_percent} and count {app.desired_count} no "
            "task can be replaced; lower the minimum or raise the maximum"
        )
        problems.add("maximum_percent", app.maximum_percent, wrong)
    elif most == app.most:
        wrong = (
            f"{most} instances hold at most {most} tasks, so a rollout cannot start a new one; "
            "lower it, or give the cluster more instances"
        )
        problems.add("minimum_healthy_percent", app.minimum_healthy_percent, wrong)


def _check_platform_version(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check that an older version of the platform has what the tasks use.

    The features came with 1.4.0 ("Fargate platform versions for Amazon ECS"; "Amazon ECS Service Connect").
    """
    version = app.platform_version
    if version in (None, "LATEST") or not app.task.is_fargate or problems.concerns("platform_version"):
        return
    used = [*_of_full_platform(app, args)]
    if used and tuple(map(int, version.split("."))) < _FULL_PLATFORM:
        wrong = f"must be LATEST or at least 1.4.0 for {', '.join(used)}; raise it, or omit what needs it"
        problems.add("platform_version", version, wrong)


def _of_full_platform(app: AppSpec, args: Mapping[str, Any]) -> Iterator[str]:
    """Yield the arguments in use that need the platform version 1.4.0."""
    task = app.task
    for volume in task.volumes:
        if volume.efs or volume.ebs:
            yield f"volumes.{volume.name}.{'efs' if volume.efs else 'ebs'}"
    if task.ephemeral_storage is not None:
        yield "ephemeral_storage"
    if task.execute_command:
        default = "" if "execute_command" in args else " (true by default in the preset dev; set it to false)"
        yield f"execute_command{default}"
    if app.connect is not None:
        yield "connect"
    for container in task.containers:
        where = path_of(task, container)
        settings = {
            "system_controls": container.system_controls,
            "env_file": container.env_file,
            "linux.add_capabilities": container.linux.get("capabilities", {}).get("add"),
            "restart": container.restart_policy,
        }
        yield from (f"{where}{field}" for field, value in settings.items() if value)


def _check_names(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check an app's names against its containers and its networking."""
    _check_groups(app, args, problems)
    if app.discovery is not None and app.task.bridge and not app.port:
        problems.say("discovery", "needs port with bridge networking: its record has the port")
    if app.discovery and app.discovery.clients and not any(other.ports for other in app.task.containers):
        problems.say("discovery.clients", "needs port or ports: they are opened to the clients")
    if app.connect is None:
        return
    if app.connect.namespace is None and "namespace_arn" not in mapping(args.get("cluster")):
        problems.say("connect.namespace", "is required: the cluster has no namespace of its own")
    ports = {
        port.container_port: port.app_protocol
        for container in app.task.containers
        for port in container.ports
        if port.protocol is Protocol.TCP
    }
    seen: set[str | Alias] = set()
    for index, service in enumerate(app.connect.services):
        where = f"connect.services[{index}]"
        if service.port not in ports:
            problems.add(f"{where}.port", service.port, "must be a TCP port of one of the containers")
        if service.name in seen:
            problems.add(f"{where}.name", service.name, "is offered twice; give each port its own name")
        if service.request_timeout is not None and ports.get(service.port, "") is None:
            wrong = (
                f"needs `app_protocol` http, http2 or grpc of port {service.port} in `ports`; a TCP port has "
            )
            problems.add(f"{where}.request_timeout", service.request_timeout, f"{wrong}only idle_timeout")
        if len(service.aliases) != 1:  # API reference, ServiceConnectService.
            problems.say(f"{where}.aliases", "must have exactly one alias")
        for number, alias in enumerate(service.aliases):
            if alias in seen and service.name not in seen:
                text = f"{alias.dns_name}:{alias.port} is already an alias of the app; rename one of them"
                problems.say(f"{where}.aliases[{number}]", text)
        seen |= {service.name, *service.aliases}


def _check_groups(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check the security groups of the tasks."""
    for field in ("security_group", "security_group_ids"):
        if field in args and app.task.bridge:
            problems.say(field, "is for awsvpc tasks; others have their instance's groups")
    for field, names in (("connect.clients", app.connect), ("discovery.clients", app.discovery)):
        if names and names.clients and app.task.bridge:
            problems.say(field, "is for awsvpc tasks; the instances' security group applies")
        elif names and names.clients and not app.security_group:
            problems.say(field, "needs the tasks' own security_group")
    if app.security_group:
        return
    if app.task.connections:
        problems.say("connections", "needs the tasks' own security_group")
    if app.task.makes_file_system and not app.security_group_ids:
        problems.say("security_group_ids", "is required: the file system allows the tasks' security group")
