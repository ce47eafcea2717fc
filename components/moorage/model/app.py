"""An app's arguments with every default filled in, from which its resources follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .alarms import Alarms, alarms
from .arguments import whole
from .deployment import Deployment, deployment
from .listener_rules import Rule
from .presets import DEFAULT_PRESET, PRESETS, Preset

DEFAULT_PORT = 8080

ROLLOUT_TIMEOUT = 900
"""Seconds that a rollout may take beside what its strategy and its alarms wait for."""

PLACEMENTS: dict[str, tuple[tuple[str, str], ...]] = {
    "az_spread": (("spread", "attribute:ecs.availability-zone"), ("spread", "instanceId")),
    "az_binpack": (("spread", "attribute:ecs.availability-zone"), ("binpack", "memory")),
    "binpack": (("binpack", "memory"),),
    "one_per_host": (),
}
"""The task placement templates of the ECS console, by name: strategy type and field, in order."""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """How a load balancer checks a task; times in seconds."""

    path: str
    interval: int
    timeout: int
    healthy_threshold: int
    unhealthy_threshold: int
    matcher: str
    grace_period: int


@dataclass(frozen=True, slots=True)
class ContainerHealthCheck:
    """How ECS checks a container from inside; times in seconds."""

    command: tuple[str, ...]
    interval: int
    timeout: int
    retries: int
    start_period: int


@dataclass(frozen=True, slots=True)
class Autoscaling:
    """Between which counts a service is scaled, and the targets it is held at."""

    minimum: int
    maximum: int
    cpu: int | None
    memory: int | None
    requests: int | None


@dataclass(frozen=True, slots=True)
class AppSpec:
    """An app, every choice made."""

    name: str
    capacity: str
    arch: str
    preset: Preset
    family: str
    container_name: str
    port: int
    host_port: int
    """The port on the instance with bridge networking; 0 is a dynamic one."""
    cpu: int
    memory: int
    memory_reservation: int | None
    network_mode: str
    command: tuple[str, ...]
    entry_point: tuple[str, ...]
    read_only: bool
    user: str | None
    """Who the container's processes run as; None for whoever the image says."""
    stop_timeout: int
    deregistration_delay: int
    health_check: HealthCheck
    container_health_check: ContainerHealthCheck | None
    exposure: str
    """`load_balancer`, `public` or `none`."""
    rules: tuple[Rule, ...]
    private: bool
    """Whether tasks are in the private subnets."""
    daemon: bool
    count: int
    autoscaling: Autoscaling | None
    minimum_healthy_percent: int
    maximum_percent: int
    placement: str
    execute_command: bool
    log_retention_days: int
    tracing: bool
    """Whether a collector beside the container hands traces to X-Ray."""
    deployment: Deployment
    alarms: Alarms | None
    dashboard: bool
    verify: bool
    rollout_timeout: int
    """Seconds."""

    @property
    def is_fargate(self) -> bool:
        """Whether tasks run without instances in the account."""
        return self.capacity in ("fargate", "fargate_spot")

    @property
    def target_type(self) -> str:
        """What the load balancer's target group holds: addresses of tasks, or instances."""
        return "ip" if self.network_mode == "awsvpc" else "instance"

    @property
    def assign_public_ip(self) -> bool:
        """Whether tasks need an address of their own to reach the internet."""
        return self.is_fargate and not self.private


def app_spec(name: str, args: Mapping[str, Any], family: str) -> AppSpec:
    """Return the app that the arguments describe, which were checked before."""
    cluster: Mapping[str, Any] = args.get("cluster") or {}
    network: Mapping[str, Any] = args.get("network") or {}
    capacity = cluster.get("capacity", "fargate")
    preset = PRESETS.get(cluster.get("preset", DEFAULT_PRESET), PRESETS[DEFAULT_PRESET])
    daemon = bool(args.get("daemon", False))
    # An app that is given time to stop must get it with every preset.
    longest = max(preset.deregistration_delay, whole(args.get("stop_timeout"), 0))
    delay = whole(args.get("deregistration_delay"), longest)
    autoscaling = _autoscaling(args.get("autoscaling"))
    rules: list[Mapping[str, Any]] = args.get("rules") or [{}]
    strategy = deployment(args)
    watched = alarms(args)
    return AppSpec(
        name=name,
        capacity=capacity,
        arch=cluster.get("arch", "x86_64"),
        preset=preset,
        family=args.get("family", family),
        container_name=args.get("container_name", name),
        port=whole(args.get("port"), DEFAULT_PORT),
        host_port=whole(args.get("host_port"), 0),
        cpu=whole(args.get("cpu"), 256),
        memory=whole(args.get("memory"), 512),
        memory_reservation=None
        if args.get("memory_reservation") is None
        else int(args["memory_reservation"]),
        network_mode=args.get("network_mode", "bridge" if capacity == "ec2" else "awsvpc"),
        command=tuple(args.get("command", ())),
        entry_point=tuple(args.get("entry_point", ())),
        read_only=bool(args.get("read_only", False)),
        user=args.get("user"),
        # Also without a load balancer: moving behind one is no new task definition. ECS takes no less than 2.
        stop_timeout=whole(args.get("stop_timeout"), max(2, min(25, delay))),
        deregistration_delay=delay,
        health_check=_health_check(args.get("health_check") or {}, preset),
        container_health_check=_container_health_check(args.get("container_health_check")),
        exposure="load_balancer" if args.get("load_balancer") else "public" if args.get("public") else "none",
        rules=tuple(
            Rule(
                host=rule.get("host"),
                path=rule.get("path"),
                priority=None if rule.get("priority") is None else int(rule["priority"]),
            )
            for rule in rules
        ),
        private=args.get("subnets", "private" if network.get("private_egress") else "public") == "private",
        daemon=daemon,
        count=autoscaling.minimum if autoscaling else whole(args.get("count"), 1),
        autoscaling=autoscaling,
        minimum_healthy_percent=whole(args.get("minimum_healthy_percent"), 0 if daemon else 100),
        maximum_percent=whole(args.get("maximum_percent"), 100 if daemon else 200),
        placement=args.get("placement", "az_spread"),
        # The agent of ECS Exec writes to the container's root file system.
        execute_command=bool(
            args.get("execute_command", preset.execute_command and not args.get("read_only", False))
        ),
        log_retention_days=whole(args.get("log_retention_days"), preset.log_retention_days),
        tracing=bool(args.get("tracing", False)),
        deployment=strategy,
        alarms=watched,
        dashboard=bool(args.get("dashboard", False)),
        verify=bool(args.get("verify", True)),
        rollout_timeout=whole(
            args.get("rollout_timeout"),
            ROLLOUT_TIMEOUT + 60 * (strategy.minutes + (watched.bake_minutes if watched else 0)),
        ),
    )


def _health_check(args: Mapping[str, Any], preset: Preset) -> HealthCheck:
    interval = whole(args.get("interval"), preset.health_check_interval)
    return HealthCheck(
        path=args.get("path", "/"),
        interval=interval,
        timeout=whole(args.get("timeout"), min(4, interval - 1)),
        healthy_threshold=whole(args.get("healthy_threshold"), 2),
        unhealthy_threshold=whole(args.get("unhealthy_threshold"), 2),
        matcher=args.get("matcher", "200-399"),
        grace_period=whole(args.get("grace_period"), 60),
    )


def _container_health_check(args: Mapping[str, Any] | None) -> ContainerHealthCheck | None:
    if args is None:
        return None
    return ContainerHealthCheck(
        command=tuple(args["command"]),
        interval=whole(args.get("interval"), 30),
        timeout=whole(args.get("timeout"), 5),
        retries=whole(args.get("retries"), 3),
        start_period=whole(args.get("start_period"), 0),
    )


def _autoscaling(args: Mapping[str, Any] | None) -> Autoscaling | None:
    if args is None:
        return None
    targets = {key: int(args[key]) for key in ("cpu", "memory", "requests") if args.get(key) is not None}
    return Autoscaling(
        minimum=int(args["min"]),
        maximum=int(args["max"]),
        cpu=targets.get("cpu", None if targets else 60),
        memory=targets.get("memory"),
        requests=targets.get("requests"),
    )
