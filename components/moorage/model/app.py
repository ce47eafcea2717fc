"""An app's arguments with every default filled in, from which its resources follow."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from .alarms import Alarms, alarms
from .arguments import whole
from .connect import Connect, Discovery, connect, discovery, offers_port, port_name
from .container_settings import ports_of
from .containers import PortMapping
from .deployment import Deployment, deployment
from .listener_rules import Rule
from .pre_deploy import PreDeploySpec, pre_deploy_spec
from .presets import DEFAULT_PRESET, PRESETS, Preset
from .task import Task, deregistration_delay, network_mode, stop_timeout, task

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
class Autoscaling:
    """Between which counts a service is scaled, and the targets it is held at."""

    minimum: int
    maximum: int
    cpu: int | None
    memory: int | None
    requests: int | None


@dataclass(frozen=True, slots=True)
class AppSpec:
    """An app, every choice made: a service and its task."""

    task: Task
    pre_deploy: PreDeploySpec | None
    port: int
    """The port of its own container that clients reach; 0 for none."""
    host_port: int
    """The port on the instance with bridge networking; 0 is a dynamic one."""
    public_ports: tuple[tuple[int, str], ...]
    """Further ports that clients reach when the app is public, with their protocols."""
    stop_timeout: int
    """Seconds."""
    deregistration_delay: int
    health_check: HealthCheck
    exposure: str
    """`load_balancer`, `public` or `none`."""
    rules: tuple[Rule, ...]
    security_group: bool
    """Whether awsvpc tasks have a security group of their own."""
    security_group_ids: tuple[str, ...]
    connect: Connect | None
    discovery: Discovery | None
    daemon: bool
    count: int
    autoscaling: Autoscaling | None
    minimum_healthy_percent: int
    maximum_percent: int
    placement: str
    deployment: Deployment
    alarms: Alarms | None
    dashboard: bool
    service_name: str | None
    """The fixed name of the service."""
    redeploy: str | None
    after: tuple[str, ...]
    """What must be there before the service."""
    verify: bool
    rollout_timeout: int
    """Seconds."""

    @property
    def name(self) -> str:
        """The component's name."""
        return self.task.name

    @property
    def target_type(self) -> str:
        """What the load balancer's target group holds: addresses of tasks, or instances."""
        return "instance" if self.task.bridge else "ip"


def app_spec(name: str, args: Mapping[str, Any], family: str) -> AppSpec:
    """Return the app that the arguments describe, which were checked before; a text may be a stand-in for
    what is known later."""
    cluster: Mapping[str, Any] = args.get("cluster") or {}
    preset = PRESETS.get(cluster.get("preset", DEFAULT_PRESET), PRESETS[DEFAULT_PRESET])
    daemon = bool(args.get("daemon", False))
    autoscaling = _autoscaling(args.get("autoscaling"))
    rules: list[Mapping[str, Any]] = args.get("rules") or [{}]
    strategy = deployment(args)
    watched = alarms(args)
    port = _port(args)
    connected = connect(args.get("connect"), name, port)
    ports = frozenset(connected.ports if connected else ())
    made = task(name, args, family, _own_ports(name, args, port, ports), ports)
    return AppSpec(
        task=made,
        pre_deploy=pre_deploy_spec(made, args["pre_deploy"]) if "pre_deploy" in args else None,
        port=port,
        host_port=whole(args.get("host_port"), 0),
        public_ports=tuple(_public_ports(args, port)),
        stop_timeout=stop_timeout(args, preset),
        deregistration_delay=deregistration_delay(args, preset),
        health_check=_health_check(args.get("health_check") or {}, preset),
        exposure="load_balancer" if args.get("load_balancer") else "public" if args.get("public") else "none",
        rules=tuple(
            Rule(
                host=rule.get("host"),
                path=rule.get("path"),
                priority=None if rule.get("priority") is None else int(rule["priority"]),
            )
            for rule in rules
        ),
        security_group=bool(args.get("security_group", True)),
        security_group_ids=tuple(args.get("security_group_ids", ())),
        connect=connected,
        discovery=discovery(args.get("discovery"), name),
        daemon=daemon,
        count=autoscaling.minimum if autoscaling else whole(args.get("count"), 1),
        autoscaling=autoscaling,
        minimum_healthy_percent=whole(args.get("minimum_healthy_percent"), 0 if daemon else 100),
        maximum_percent=whole(args.get("maximum_percent"), 100 if daemon else 200),
        placement=args.get("placement", "az_spread"),
        deployment=strategy,
        alarms=watched,
        dashboard=bool(args.get("dashboard", False)),
        service_name=args.get("service_name"),
        redeploy=args.get("redeploy"),
        after=tuple(args.get("after", ())),
        verify=bool(args.get("verify", True)),
        rollout_timeout=whole(
            args.get("rollout_timeout"),
            ROLLOUT_TIMEOUT + 60 * (strategy.minutes + (watched.bake_minutes if watched else 0)),
        ),
    )


def _port(args: Mapping[str, Any]) -> int:
    """Return the port that clients reach: a worker that nobody calls has none."""
    reached = args.get("load_balancer") or args.get("public") or "host_port" in args or offers_port(args)
    return whole(args.get("port"), DEFAULT_PORT if reached else 0)


def _own_ports(name: str, args: Mapping[str, Any], port: int, connected: frozenset[int]) -> list[PortMapping]:
    """Return the port mappings of the app's own container: `port`, at its place in `ports` if it is there."""
    bridge = network_mode(args) == "bridge"
    container = args.get("container_name", name)
    further = ports_of(container, args, bridge=bridge, connected={*connected})
    if not port or any((other.container_port, other.protocol) == (port, "tcp") for other in further):
        return further
    main = PortMapping(
        port,
        whole(args.get("host_port"), 0) if bridge else None,
        name=port_name(container, port) if port in connected else None,
    )
    return [main, *further]


def _public_ports(args: Mapping[str, Any], port: int) -> Iterator[tuple[int, str]]:
    containers = cast("Mapping[str, Mapping[str, Any]]", args.get("containers", {}))
    for settings in (args, *containers.values()):
        for other in cast("list[Mapping[str, Any]]", settings.get("ports", [])):
            number, protocol = int(other["port"]), other.get("protocol", "tcp")
            if other.get("public") and (number, protocol) != (port, "tcp"):
                yield number, protocol


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
