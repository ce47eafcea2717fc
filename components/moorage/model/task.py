"""The one model of a task: of an app, of a job, and of a compose service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from .choices import Architecture, CapacityKind, NetworkMode, SubnetKind
from .container_settings import container, ports_of
from .containers import LOG_GROUP, Container, PortMapping
from .fields.values import Values
from .firelens import LogTarget, log_target, router
from .later import is_later
from .presets import PRESETS, Preset
from .tracing import traced
from .volumes import FileSystem, Volume, volumes


class Grant(NamedTuple):
    """What a task may do with one resource."""

    service: str
    access: str
    arn: str


class Permission(NamedTuple):
    """A further statement of the task role."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rights:
    """What a task's two roles are, and allow."""

    grants: tuple[Grant, ...]
    statements: tuple[Permission, ...]
    task_role: bool
    """Whether there is a task role although nothing is allowed."""
    task_role_arn: str | None
    """A task role that exists."""
    execution_role_arn: str | None
    """An execution role that exists."""
    key_arns: tuple[str, ...]
    """KMS keys that secrets are encrypted with."""


@dataclass(frozen=True, slots=True)
class Task:
    """A task definition and where its tasks run, every choice made."""

    name: str
    """The component's, which the names of its resources begin with."""
    family: str
    capacity: CapacityKind
    arch: Architecture
    preset: Preset
    network_mode: NetworkMode
    private: bool
    """Whether tasks are in the private subnets."""
    cpu: int
    memory: int
    containers: tuple[Container, ...]
    """Its own first."""
    volumes: tuple[Volume, ...]
    file_system: FileSystem
    """What is made for volumes in EFS that name no file system."""
    ephemeral_storage: int | None
    """GiB; None for the 20 that are free."""
    rights: Rights
    execute_command: bool
    tracing: bool
    """Whether a collector beside the container hands traces to X-Ray."""
    log_targets: tuple[LogTarget, ...]
    """What a FireLens router writes the containers' output to."""
    log_group_name: str | None
    """The fixed name of its log group."""
    log_retention_days: int

    @property
    def own(self) -> Container:
        """The container that the component is about."""
        return self.containers[0]

    @property
    def is_fargate(self) -> bool:
        """Whether tasks run without instances in the account."""
        return self.capacity in (CapacityKind.FARGATE, CapacityKind.FARGATE_SPOT)

    @property
    def bridge(self) -> bool:
        """Whether tasks have ports of their instance, and no address of their own."""
        return self.network_mode is NetworkMode.BRIDGE

    @property
    def assign_public_ip(self) -> bool:
        """Whether tasks need an address of their own to reach the internet."""
        return self.is_fargate and not self.private

    @property
    def makes_file_system(self) -> bool:
        """Whether a volume is in the EFS file system of the app."""
        return any(volume.efs and volume.efs.made for volume in self.volumes)

    @property
    def makes_log_group(self) -> bool:
        """Whether a container writes to the log group of the app."""
        return LOG_GROUP in self._written()

    @property
    def log_groups(self) -> list[str]:
        """The log groups that exist and containers write to, by name."""
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
    """Return the task that arguments describe, those of an app or of a job, which were checked before.

    Args:
        name: the component's.
        values: the arguments; a text may be a stand-in for what is known later.
        family: the default of the family.
        ports: the port mappings of its own container.
        connected: the ports that Service Connect needs to be named.
    """
    args, mode = values.args, values["network_mode"]
    own_settings = {**_own_settings(args), "stop_timeout": values["stop_timeout"]}
    own = container(values["container_name"] or name, own_settings, ports, name)
    further = [
        container(
            other,
            settings,
            ports_of(other, settings, bridge=mode is NetworkMode.BRIDGE, connected={*connected}),
            other,
        )
        for other, settings in cast("Mapping[str, Mapping[str, Any]]", args.get("containers", {})).items()
    ]
    settings = (args, *cast("Mapping[str, Mapping[str, Any]]", args.get("containers", {})).values())
    targets = tuple(target for each in settings if (target := log_target(each.get("log", {}))))
    return Task(
        name=name,
        family=values["family"] or family,
        capacity=values["cluster.capacity"],
        arch=values["cluster.arch"],
        preset=PRESETS[values.preset],
        network_mode=mode,
        private=values["subnets"] is SubnetKind.PRIVATE,
        cpu=values["cpu"],
        memory=values["memory"],
        containers=(
            *(traced(own, mode) if values["tracing"] else (own,)),
            *further,
            *([router()] if targets else ()),
        ),
        volumes=volumes(args.get("volumes")),
        file_system=FileSystem(values["file_system.zones"], values["file_system.backups"]),
        ephemeral_storage=values["ephemeral_storage"],
        rights=_rights(args),
        execute_command=values["execute_command"],
        tracing=values["tracing"],
        log_targets=targets,
        log_group_name=values["log_group_name"],
        log_retention_days=values["log_retention_days"],
    )


_OWN = {"container_cpu": "cpu", "container_memory": "memory", "container_health_check": "health_check"}
"""Arguments of an app about its own container, by their names in a `ContainerArgs`."""


def _own_settings(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of an app's own container as those of a further one."""
    settings = {key: value for key, value in args.items() if key not in ("cpu", "memory", "health_check")}
    return settings | {name: args[key] for key, name in _OWN.items() if key in args}


def _rights(args: Mapping[str, Any]) -> Rights:
    return Rights(
        grants=tuple(
            Grant(grant["service"], grant["access"], grant["arn"]) for grant in args.get("grants", ())
        ),
        statements=tuple(
            Permission(tuple(statement["actions"]), tuple(statement["resources"]))
            for statement in args.get("statements", ())
        ),
        task_role=bool(args.get("task_role", False)),
        task_role_arn=args.get("task_role_arn"),
        execution_role_arn=args.get("execution_role_arn"),
        key_arns=tuple(args.get("secrets_key_arns", ())),
    )


def known(text: str | None) -> str | None:
    """Return a text, or None when it is known only later."""
    return None if text is None or is_later(text) else text
