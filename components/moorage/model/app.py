"""An app's arguments with every default resolved."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple, cast

from .alarms import Alarms, alarms
from .choices import NetworkMode, Placement, Protocol, TargetProtocol
from .connect import Connect, Discovery, connect, discovery, port_name
from .container_settings import ports_of
from .containers import PortMapping
from .deployment import Deployment, deployment
from .fields.app import CONTAINER_APP
from .fields.container import CONTAINER_TABLE
from .fields.values import Values
from .listener_rules import Rule, rule_of
from .lookup import described
from .pre_deploy import PreDeploySpec, pre_deploy_spec
from .queue import Queue, queue, with_queue
from .rule_limits import divided, values_per_rule
from .scaling import Autoscaling, autoscaling
from .target_group import HealthCheck, TargetGroup, target_group
from .task import Task, task

PLACEMENTS: dict[Placement, tuple[tuple[str, str], ...]] = {
    Placement.AZ_SPREAD: (("spread", "attribute:ecs.availability-zone"), ("spread", "instanceId")),
    Placement.AZ_BINPACK: (("spread", "attribute:ecs.availability-zone"), ("binpack", "memory")),
    Placement.BINPACK: (("binpack", "memory"),),
    Placement.ONE_PER_HOST: (),
}
"""The task placement templates of the ECS console, by name: strategy type and field, in order."""


_RULE = CONTAINER_APP.items["rules"].table


class Exposure(StrEnum):
    """The clients of an app: those of its load balancer, all on the internet, or none but connected apps."""

    LOAD_BALANCER = "load_balancer"
    PUBLIC = "public"
    NONE = "none"


class TargetType(StrEnum):
    """The targets of a target group: addresses of tasks, or instances."""

    IP = "ip"
    INSTANCE = "instance"


class AppSpec(NamedTuple):
    """An app with every default resolved: a service and its task."""

    task: Task
    pre_deploy: PreDeploySpec | None
    port: int
    """The port of its own container that clients reach; 0 for none."""
    listener_port: int | None
    """The port of its own listener, behind a network load balancer; else None or one of the `ports`."""
    host_port: int
    """The port on the instance with bridge networking; 0 is a dynamic one."""
    public_ports: tuple[tuple[int, Protocol], ...]
    """Further ports that clients reach when the app is public, with their protocols."""
    stop_timeout: int
    """Seconds."""
    deregistration_delay: int
    health_check: HealthCheck
    target_group: TargetGroup
    exposure: Exposure
    target_group_arn: str | None
    """An existing target group that tasks register in."""
    rules: tuple[Rule, ...]
    """As listener rules: those with more values than one may have are divided."""
    security_group: bool
    """True if awsvpc tasks have a security group of their own."""
    security_group_ids: tuple[str, ...]
    connect: Connect | None
    discovery: Discovery | None
    daemon: bool
    desired_count: int
    autoscaling: Autoscaling | None
    queue: Queue | None
    minimum_healthy_percent: int
    maximum_percent: int
    placement: Placement
    deployment: Deployment
    alarms: Alarms | None
    dashboard: bool
    service_name: str | None
    """The fixed name of the service."""
    rebalancing: bool | None
    platform_version: str | None
    alarm_names: tuple[str, ...]
    """Existing alarms that roll a deployment back."""
    redeploy: str | None
    after: tuple[str, ...]
    """Resources that must exist before the service."""
    verify: bool
    rollout_timeout: int
    """Seconds."""

    @property
    def name(self) -> str:
        """The component's name."""
        return self.task.name

    @property
    def fewest(self) -> int:
        """The fewest tasks at any time; 0 for a daemon."""
        schedules = self.autoscaling.schedules if self.autoscaling else ()
        return 0 if self.daemon else min([self.desired_count, *(item.minimum for item in schedules)])

    @property
    def most(self) -> int:
        """The most tasks at any time, outside of a deployment."""
        return self.autoscaling.most if self.autoscaling else self.desired_count

    @property
    def transport(self) -> Protocol:
        """The protocol of its port."""
        return _transport(self.target_group.protocol)

    @property
    def target_type(self) -> TargetType:
        """The targets of the load balancer's target group."""
        return TargetType.INSTANCE if self.task.bridge else TargetType.IP

    @property
    def needs_https(self) -> str:
        """The argument that needs an HTTPS listener; empty without one."""
        if self.target_group.is_http2:
            return "protocol"
        signed_in = (rule.place for rule in self.rules if rule.authenticate)
        return next((f"rules[{place}].authenticate" for place in signed_in), "")


def app_spec(name: str, args: Mapping[str, Any], family: str) -> AppSpec:
    """Return the app that checked arguments describe; a string may stand for a value that is known later."""
    args = with_queue(args)
    values = Values(CONTAINER_APP, args)
    scaling = autoscaling(values)
    group = target_group(values)
    rules = [] if group.is_network else values.inner("rules") or [Values(_RULE, {})]
    strategy = deployment(values)
    port: int = values["port"] or 0
    connected = connect(args.get("connect"), name, port)
    ports = frozenset(connected.ports if connected else ())
    made = task(name, values, family, _own_ports(name, values, port, ports), ports)
    return described(
        AppSpec,
        values,
        task=made,
        pre_deploy=pre_deploy_spec(made, values) if "pre_deploy" in args else None,
        port=port,
        public_ports=tuple(_public_ports(args, port)),
        health_check=described(HealthCheck, values, "health_check."),
        target_group=group,
        exposure=_exposure(values),
        rules=tuple(
            part
            for index, rule in enumerate(rules)
            for part in divided(rule_of(index, rule), values_per_rule(strategy))
        ),
        connect=connected,
        discovery=discovery(values, name),
        desired_count=scaling.minimum if scaling else values["count"],
        autoscaling=scaling,
        queue=queue(values),
        deployment=strategy,
        alarms=alarms(values),
    )


def _exposure(values: Values) -> Exposure:
    if values["load_balancer"]:
        return Exposure.LOAD_BALANCER
    return Exposure.PUBLIC if values["public"] else Exposure.NONE


def _transport(protocol: TargetProtocol) -> Protocol:
    return Protocol.UDP if protocol is TargetProtocol.UDP else Protocol.TCP


def _own_ports(name: str, values: Values, port: int, connected: frozenset[int]) -> list[PortMapping]:
    """Return the port mappings of the app's own container: `ports`, and `port` unless it is one of them."""
    bridge = values["network_mode"] is NetworkMode.BRIDGE
    container: str = values["container_name"] or name
    further = ports_of(container, values.args, bridge=bridge, connected={*connected})
    protocol = _transport(values["protocol"])
    if not port or any((other.container_port, other.protocol) == (port, protocol) for other in further):
        return further
    host_port = values["host_port"] if bridge else None
    named = port_name(container, port) if port in connected and protocol is Protocol.TCP else None
    return [PortMapping(port, host_port, protocol, named), *further]


def _public_ports(args: Mapping[str, Any], port: int) -> Iterator[tuple[int, Protocol]]:
    containers = cast("Mapping[str, Mapping[str, Any]]", args.get("containers", {}))
    for settings in (args, *containers.values()):
        for other in Values(CONTAINER_TABLE, settings).inner("ports"):
            number, protocol = other["port"], other["protocol"]
            if other["public"] and (number, protocol) != (port, Protocol.TCP):
                yield number, protocol
