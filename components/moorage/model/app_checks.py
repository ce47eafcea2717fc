"""Everything that can be wrong with an app's arguments and is known before anything is registered."""

import math
from collections.abc import Mapping
from typing import Any, cast

from .alarms import check_alarm_values, check_alarms
from .app import PLACEMENTS, AppSpec
from .arguments import in_range, one_of
from .choices import Architecture, CapacityKind
from .connect_checks import check_connect, check_names
from .container_checks import check_container, check_containers, check_health_check, check_settings
from .deployment import check_deployment, check_deployment_values
from .listener_rules import check_rule
from .names import LOG_GROUP_NAME, check_logical_name, check_pattern
from .pre_deploy_checks import check_pre_deploy, check_pre_deploy_values
from .presets import PRESETS
from .problems import Problems
from .tags import check_tags
from .task import Task
from .task_checks import check_definition, check_grants, check_rights
from .task_size import check_ec2_size, check_fargate_size
from .volume_checks import check_task_volumes, check_volumes

_RESERVED_HOST_PORTS = (22, 2375, 2376, 51678, 51679, 51680)
"""SSH, Docker and the ECS agent (API reference, PortMapping, hostPort)."""

_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""API reference, PutRetentionPolicy."""


def check_values(name: str, args: Mapping[str, Any], secret: frozenset[str], problems: Problems) -> None:
    """Check each argument by itself: forms, bounds, and names that can be one of a few.

    `secret` are the paths of environment variables whose values are known to be Pulumi secrets.
    """
    check_logical_name(name, problems)
    _check_refs(args, problems)
    in_range("port", args.get("port"), 1, 65535, problems)
    in_range("host_port", args.get("host_port"), 0, 65535, problems)
    if args.get("host_port") in _RESERVED_HOST_PORTS:
        problems.add(
            "host_port", args["host_port"], "is reserved on an ECS instance, for SSH, Docker or the agent"
        )
    in_range("count", args.get("count"), 0, 5000, problems, "tasks: the quota of a service")
    in_range("minimum_healthy_percent", args.get("minimum_healthy_percent"), 0, 100, problems, "percent")
    in_range("maximum_percent", args.get("maximum_percent"), 100, 200, problems, "percent")
    if args.get("stop_timeout") != 0:
        in_range("stop_timeout", args.get("stop_timeout"), 2, 120, problems, "seconds, or 0 for ECS's own")
    in_range("deregistration_delay", args.get("deregistration_delay"), 0, 3600, problems, "seconds")
    in_range("rollout_timeout", args.get("rollout_timeout"), 60, 86400, problems, "seconds")
    if args.get("verify") is False and "rollout_timeout" in args:
        problems.add("rollout_timeout", args["rollout_timeout"], "needs verify: without it nothing waits")
    one_of("network_mode", args.get("network_mode"), ("awsvpc", "bridge"), problems)
    one_of("placement", args.get("placement"), tuple(PLACEMENTS), problems)
    one_of("subnets", args.get("subnets"), ("public", "private"), problems)
    name_form = (r"[A-Za-z0-9_-]{1,255}", "1 to 255 letters, digits, hyphens and underscores")
    for field in ("family", "container_name", "service_name"):
        check_pattern(field, args.get(field), *name_form, problems)
    check_pattern("log_group_name", args.get("log_group_name"), *LOG_GROUP_NAME, problems)
    days = args.get("log_retention_days")
    if days is not None and days not in _RETENTION_DAYS:
        problems.add("log_retention_days", days, f"must be one of {', '.join(map(str, _RETENTION_DAYS))}")
    # A pre-deploy job leaves a tag on its task definition when it has succeeded.
    check_tags("tags", args.get("tags", {}), problems, further=1 if "pre_deploy" in args else 0)
    check_deployment_values(args, problems)
    check_alarm_values(args, problems)
    _check_health_checks(args, problems)
    check_settings("", args, secret, problems)
    for container, settings in _mapping(args.get("containers")).items():
        check_container(container, settings, secret, problems)
    check_health_check("container_health_check", args.get("container_health_check"), problems)
    check_volumes(args, problems)
    check_connect(args, problems)
    check_grants(args, problems)
    if "pre_deploy" in args:
        check_pre_deploy_values(args, secret, problems)


def _check_refs(args: Mapping[str, Any], problems: Problems) -> None:
    cluster = _mapping(args.get("cluster"))
    capacity = cluster.get("capacity", "fargate")
    one_of("cluster.capacity", capacity, tuple(CapacityKind), problems)
    one_of("cluster.arch", cluster.get("arch"), tuple(Architecture), problems)
    one_of("cluster.preset", cluster.get("preset"), tuple(PRESETS), problems)
    needed = {"ec2": ("capacity_provider", "security_group_id"), "managed_instances": ("capacity_provider",)}
    for name in needed.get(capacity, ()) if cluster else ():
        if name not in cluster:
            problems.say(f"cluster.{name}", f"is required with capacity {capacity}: an output of the cluster")


def _check_health_checks(args: Mapping[str, Any], problems: Problems) -> None:
    check = _mapping(args.get("health_check"))
    in_range("health_check.interval", check.get("interval"), 5, 300, problems, "seconds")
    in_range("health_check.timeout", check.get("timeout"), 2, 120, problems, "seconds")
    in_range("health_check.healthy_threshold", check.get("healthy_threshold"), 2, 10, problems)
    in_range("health_check.unhealthy_threshold", check.get("unhealthy_threshold"), 2, 10, problems)
    in_range("health_check.grace_period", check.get("grace_period"), 0, 2147483647, problems, "seconds")
    check_pattern(
        "health_check.path", check.get("path"), r"/\S{0,1023}", "a path that begins with /", problems
    )
    check_pattern(
        "health_check.matcher",
        check.get("matcher"),
        r"[2-4][0-9][0-9](-[2-4][0-9][0-9])?(,[2-4][0-9][0-9](-[2-4][0-9][0-9])?)*",
        "codes from 200 to 499 such as 200, 200-399 or 200,204",
        problems,
    )


def check_together(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check what arguments mean for each other and for the cluster, network and load balancer they are used
    with."""
    check_task_together(app.task, args, problems)
    _check_exposure(app, args, problems)
    _check_counts(app, args, problems)
    check_names(app, args, problems)
    check_alarms(args, problems)
    if app.health_check.timeout >= app.health_check.interval:
        problems.add(
            "health_check.timeout",
            app.health_check.timeout,
            f"must be below the interval, {app.health_check.interval} s",
        )
    if app.pre_deploy is not None:
        check_pre_deploy(app.pre_deploy, args, problems)


def check_task_together(task: Task, args: Mapping[str, Any], problems: Problems) -> None:
    """Check what the arguments of a task mean for each other and for where it runs."""
    if task.is_fargate:
        check_fargate_size(task.cpu, task.memory, problems)
    else:
        check_ec2_size(task.cpu, task.memory, problems)
    reservation = args.get("memory_reservation")
    if reservation is not None and not 6 <= reservation <= task.memory:
        problems.add("memory_reservation", reservation, f"must be from 6 to memory, {task.memory} MiB")
    if args.get("read_only") and args.get("execute_command"):
        problems.add("execute_command", True, "needs a root file system it can write to, without read_only")
    _check_network(task, args, problems)
    check_containers(task, args, problems)
    check_task_volumes(task, args, problems)
    check_definition(task, _mapping(args.get("tags")), problems)
    check_rights(task, args, problems)


def _check_network(task: Task, args: Mapping[str, Any], problems: Problems) -> None:
    network = _mapping(args.get("network"))
    if task.bridge and task.capacity != "ec2":
        problems.add("network_mode", "bridge", f"needs capacity ec2; {task.capacity} has awsvpc only")
    if "host_port" in args and not task.bridge:
        problems.add(
            "host_port",
            args["host_port"],
            "needs capacity ec2 and network_mode bridge; awsvpc tasks have none",
        )
    if "subnets" in args and task.bridge:
        problems.add("subnets", args["subnets"], "is for awsvpc tasks; others are where their instance is")
    if not network and (not task.bridge or args.get("load_balancer")):
        problems.say("network", "is required for awsvpc tasks and behind a load balancer")
    if task.private and network and not network.get("private_egress"):
        problems.add(
            "subnets",
            "private",
            "these tasks could not pull their image: the network needs private_egress, by NAT or endpoints",
        )
    if network and not task.bridge and not task.is_fargate and not task.private:
        problems.add(
            "network_mode",
            "awsvpc",
            "on instances such tasks get no public address, so in public subnets they reach nothing "
            "outside: use a network with private_egress" + (", or bridge" if task.capacity == "ec2" else ""),
        )


def _check_exposure(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    balanced = app.exposure == "load_balancer"
    if balanced and args.get("public"):
        problems.say(
            "public",
            "give load_balancer or public, not both: behind a balancer tasks are not reached directly",
        )
    for field in ("rules", "health_check", "deregistration_delay"):
        if field in args and not balanced:
            problems.say(field, "needs load_balancer")
    if balanced:
        for index, rule in enumerate(app.rules):
            check_rule(f"rules[{index}]", rule, problems)
        if app.stop_timeout > app.deregistration_delay > 0 and "stop_timeout" in args:
            problems.add(
                "stop_timeout",
                app.stop_timeout,
                f"must not be above deregistration_delay, {app.deregistration_delay} s",
            )
        reaches = _mapping(args.get("load_balancer")).get("reaches_instances")
        if app.task.bridge and app.host_port == 0 and not reaches:
            problems.say(
                "load_balancer", "does not reach dynamic host ports: give the LoadBalancer the `cluster` too"
            )
    if args.get("public"):
        if app.task.bridge and app.host_port == 0:
            problems.add(
                "public", True, "needs a fixed host_port: a dynamic one has no address that could be told"
            )
        if not app.task.bridge and not app.task.is_fargate:
            problems.add(
                "public", True, "awsvpc tasks on instances get no public address; use bridge and a host_port"
            )
        if app.task.private:
            problems.add("public", True, "tasks in private subnets get no public address")


def _check_counts(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    most = _mapping(args.get("cluster")).get("max_instances")
    scaling = app.autoscaling
    if app.daemon:
        if app.task.capacity != "ec2":
            problems.add(
                "daemon", True, f"needs capacity ec2, one task on each instance; not {app.task.capacity}"
            )
        for field in ("count", "autoscaling", "placement"):
            if field in args:
                problems.say(field, "does not go with daemon: there is one task on every instance")
        if app.maximum_percent != 100:
            problems.add("maximum_percent", app.maximum_percent, "must be 100 with daemon")
    if scaling:
        if "count" in args:
            problems.say("count", "give count or autoscaling, not both")
        if scaling.minimum == 0:
            problems.add(
                "autoscaling.min",
                0,
                "must be from 1: without a task there is no CPU, memory or requests per task to scale by, so "
                "nothing starts the first one; use min 1, or a Job with a schedule",
            )
        in_range("autoscaling.min", scaling.minimum, 0, 5000, problems, "tasks")
        in_range("autoscaling.max", scaling.maximum, max(1, scaling.minimum), 5000, problems, "tasks")
        in_range("autoscaling.cpu", scaling.cpu, 1, 100, problems, "percent")
        in_range("autoscaling.memory", scaling.memory, 1, 100, problems, "percent")
        in_range(
            "autoscaling.requests", scaling.requests, 1, 1000000, problems, "requests per task and minute"
        )
        if scaling.requests is not None and "arn_suffix" not in _mapping(args.get("load_balancer")):
            problems.add("autoscaling.requests", scaling.requests, "needs load_balancer, with its arn_suffix")
    tasks = scaling.maximum if scaling else app.count
    one_each = app.placement == "one_per_host" or (app.task.bridge and app.host_port != 0)
    if one_each and not app.daemon and isinstance(most, int | float) and tasks > most:
        why = f"host port {app.host_port}" if app.host_port else "placement one_per_host"
        problems.add(
            "autoscaling.max" if scaling else "count",
            tasks,
            f"with {why} one fits on each instance, and there are at most {int(most)}",
        )
    if "placement" in args and app.task.capacity != "ec2" and app.task.capacity in tuple(CapacityKind):
        problems.add(
            "placement",
            args["placement"],
            f"is for capacity ec2; {app.task.capacity} spreads tasks over the zones itself",
        )
    held = int(most) if one_each and isinstance(most, int | float) else None
    check_deployment(
        app.deployment,
        args,
        problems,
        daemon=app.daemon,
        rules=len(app.rules),
        tasks=tasks,
        most=held,
    )
    if not app.daemon and not app.deployment.shifts:
        _check_rollout(app, held, problems)


def _check_rollout(app: AppSpec, most: int | None, problems: Problems) -> None:
    """Check that a rollout can stop a task or start one; `most` is how many tasks the instances hold, if that
    is fixed.

    ECS rounds the minimum up and the maximum down (API reference, DeploymentConfiguration).
    """
    fewest = math.ceil(app.count * app.minimum_healthy_percent / 100)
    highest = app.count * app.maximum_percent // 100
    if app.count <= 0 or fewest < app.count:
        return
    if highest <= app.count:
        problems.add(
            "maximum_percent",
            app.maximum_percent,
            f"with minimum_healthy_percent {app.minimum_healthy_percent} and count {app.count} no task "
            "could ever be replaced; lower the minimum or raise the maximum",
        )
    elif most == (app.autoscaling.maximum if app.autoscaling else app.count):
        problems.add(
            "minimum_healthy_percent",
            app.minimum_healthy_percent,
            f"{most} instances hold {most} tasks and no more, so a rollout could not start a new one; "
            "lower it, or give the cluster more instances",
        )


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
