"""The model of a task: of an app, of a job, and of a compose service."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from .arguments import mapping
from .choices import Architecture, CapacityKind, GrantAccess, GrantService, NetworkMode, SubnetKind
from .container_settings import container, ports_of
from .containers import LOG_GROUP, Container, PortMapping
from .fields.values import Values
from .firelens import LogTarget, log_target, router
from .later import is_later, later
from .lookup import described, described_each
from .presets import PRESETS, Preset
from .tracing import traced
from .volumes import FileSystem, Volume, volumes

EXEC_LOGS, EXEC_KEY = "exec_log_group_arn", "exec_key_arn"
"""Fields of a reference to a cluster, and the keys of their stand-ins."""


class Grant(NamedTuple):
    """A task's right on one resource."""

    service: GrantService
    access: GrantAccess
    arn: str


class Permission(NamedTuple):
    """A further statement of the task role."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


class Connection(NamedTuple):
    """A security group that is opened to tasks."""

    security_group_id: str
    port: int


class Rights(NamedTuple):
    """The two roles of a task, and their rights."""

    grants: tuple[Grant, ...]
    statements: tuple[Permission, ...]
    policy_arns: tuple[str, ...]
    """Managed policies of the task role."""
    task_role: bool
    """True if there is a task role even without rights."""
    task_role_arn: str | None
    """A task role that exists."""
    execution_role_arn: str | None
    """An execution role that exists."""
    secrets_key_arns: tuple[str, ...]
    """KMS keys that secrets are encrypted with."""


class Task(NamedTuple):
    """A task definition and its placement, with every default resolved."""

    name: str
    """The component's, with which the names of its resources begin."""
    family: str
    capacity: CapacityKind
    arch: Architecture
    preset: Preset
    network_mode: NetworkMode
    private: bool
    """True if tasks are in the private subnets."""
    cpu: int
    memory: int
    containers: tuple[Container, ...]
    """The component's own first."""
    volumes: tuple[Volume, ...]
    file_system: FileSystem
    """The file system for volumes in EFS that name none."""
    ephemeral_storage: int | None
    """GiB; None for the 20 that are free."""
    rights: Rights
    connections: tuple[Connection, ...]
    execute_command: bool
    exec_logs: tuple[str, str | None] | None
    """The log group of ECS Exec sessions, and their KMS key if any: ARNs."""
    tracing: bool
    """True if a collector beside the container sends traces to X-Ray."""
    log_targets: tuple[LogTarget, ...]
    """The destinations of a FireLens router."""
    log_group_name: str | None
    """The fixed name of its log group."""
    log_retention_days: int

    @property
    def own(self) -> Container:
        """The component's own container."""
        return self.containers[0]

    @property
    def is_fargate(self) -> bool:
        """True if tasks run without instances in the account."""
        return self.capacity in (CapacityKind.FARGATE, CapacityKind.FARGATE_SPOT)

    @property
    def bridge(self) -> bool:
        """True if tasks use ports of their instance and have no address of their own."""
        return self.network_mode is NetworkMode.BRIDGE

    @property
    def assign_public_ip(self) -> bool:
        """True if tasks need a public address to reach the internet."""
        return self.is_fargate and not self.private

    @property
    def makes_file_system(self) -> bool:
        """True if a volume is in the EFS file system of the app."""
        return any(volume.efs and volume.efs.made for volume in self.volumes)

    @property
    def makes_log_group(self) -> bool:
        """True if a container writes to the log group of the app."""
        return LOG_GROUP in self._written()

    @property
    def log_groups(self) -> list[str]:
        """The names of the existing log groups that containers write to."""
        return sorted(self._written() - {LOG_GROUP})

    def _written(self) -> set[str]:
        logs = [container.log_options for container in self.containers]
        return {options["awslogs-group"] for options in logs if "awslogs-group" in options}


def task(
    name: str,
    values: Values,
    family: str,
    ports: Sequence[PortMapping] = (),
    connected: frozenset[int] = frozenset(),
) -> Task:
    """Return the task that checked arguments describe, those of an app or of a job."""
    args, mode = values.args, values["network_mode"]
    own_settings = {**_own_settings(args), "stop_timeout": values["stop_timeout"]}
    own = container(values["container_name"] or name, own_settings, ports, name)
    others = cast("Mapping[str, Mapping[str, Any]]", args.get("containers", {}))
    bridge = mode is NetworkMode.BRIDGE
    further = [
        container(other, config, ports_of(other, config, bridge=bridge, connected={*connected}), other)
        for other, config in others.items()
    ]
    settings = (args, *others.values())
    targets = tuple(target for config in settings if (target := log_target(config.get("log", {}))))
    traced_own = traced(own, mode) if values["tracing"] else (own,)
    return described(
        Task,
        values,
        name=name,
        family=values["family"] or family,
        capacity=values["cluster.capacity"],
        arch=values["cluster.arch"],
        preset=PRESETS[values.preset],
        network_mode=mode,
        private=values["subnets"] is SubnetKind.PRIVATE,
        containers=(*traced_own, *further, *([router()] if targets else ())),
        volumes=volumes(args.get("volumes")),
        file_system=described(FileSystem, values, "file_system."),
        rights=described(
            Rights,
            values,
            grants=described_each(Grant, values, "grants"),
            statements=described_each(Permission, values, "statements"),
            task_role=bool(args.get("task_role")),
        ),
        exec_logs=_exec_logs(mapping(args.get("cluster"))),
        connections=described_each(Connection, values, "connections"),
        log_targets=targets,
    )


_OWN = {"container_cpu": "cpu", "container_memory": "memory", "container_health_check": "health_check"}
"""Arguments of an app about its own container, by their names in a `ContainerArgs`."""


def _own_settings(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of an app's own container as those of a further one."""
    settings = {key: value for key, value in args.items() if key not in ("cpu", "memory", "health_check")}
    return settings | {name: args[key] for key, name in _OWN.items() if key in args}


def _exec_logs(cluster: Mapping[str, Any]) -> tuple[str, str | None] | None:
    if "exec_log_group_arn" not in cluster:
        return None
    return later(EXEC_LOGS), later(EXEC_KEY) if "exec_key_arn" in cluster else None


def known(text: str | None) -> str | None:
    """Return a string, or None if it is known only later."""
    return None if text is None or is_later(text) else text
