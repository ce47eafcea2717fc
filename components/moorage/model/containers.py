"""Container definitions: the JSON in a task definition, the same text for the same containers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from .choices import AppProtocol, Protocol
from .fields.container import CONTAINER_TABLE
from .fields.values import Values
from .later import later
from .lookup import described

LOG_GROUP, LOG_REGION = later("log group"), later("log region")
"""The name of the app's log group, and its region."""


class ContainerHealthCheck(NamedTuple):
    """A health check that ECS runs in a container; times in seconds."""

    command: tuple[str, ...]
    interval: int
    timeout: int
    retries: int
    start_period: int


class PortMapping(NamedTuple):
    """A port of a container."""

    container_port: int
    host_port: int | None
    """With bridge networking the instance's port, 0 for a dynamic one; None with awsvpc."""
    protocol: Protocol
    name: str | None = None
    """The name in Service Connect."""
    app_protocol: AppProtocol | None = None


class MountPoint(NamedTuple):
    """A volume of the task in a container."""

    volume: str
    path: str
    read_only: bool


class RestartPolicy(NamedTuple):
    """The restart of a container inside its task."""

    ignored_exit_codes: tuple[int, ...] = ()
    restart_attempt_period: int | None = None
    """Seconds that it must run before it is restarted."""


class Logs(NamedTuple):
    """The log configuration of a container."""

    driver: str
    options: Mapping[str, str]
    secret_options: Mapping[str, str] = {}
    """`valueFrom` references by option."""


def awslogs(group: str, region: str, prefix: str) -> Logs:
    """Return the log configuration for a CloudWatch log group."""
    # A container must not stall when the log service does.
    options = {"awslogs-group": group, "awslogs-region": region, "mode": "non-blocking"}
    return Logs("awslogs", {**options, "awslogs-stream-prefix": prefix})


class Container(NamedTuple):
    """A container definition (API reference, ContainerDefinition); what is not set is not in the JSON."""

    name: str
    essential: bool
    privileged: bool
    read_only: bool
    version_consistency: bool
    interactive: bool
    terminal: bool
    firelens: bool
    """True if it is the task's log router."""
    image: str = ""
    cpu: int | None = None
    memory: int | None = None
    memory_reservation: int | None = None
    ports: Sequence[PortMapping] = ()
    command: Sequence[str] = ()
    entry_point: Sequence[str] = ()
    environment: Mapping[str, str] = {}
    env_file: Sequence[str] = ()
    """ARNs of files in S3."""
    secrets: Mapping[str, str] = {}
    """References by variable; `valueFrom` in the definition."""
    depends_on: Mapping[str, str] = {}
    """By container a `StartCondition`, as given."""
    links: Sequence[str] = ()
    working_directory: str | None = None
    user: str | None = None
    linux: Mapping[str, Any] = {}
    """As in the API (LinuxParameters); capabilities in the order of the arguments."""
    ulimits: Sequence[Mapping[str, Any]] = ()
    """As in the API (Ulimit)."""
    mounts: Sequence[MountPoint] = ()
    volumes_from: Sequence[tuple[str, bool]] = ()
    """Other containers whose mounts it has, and whether read-only."""
    hostname: str | None = None
    dns: Sequence[str] = ()
    dns_search: Sequence[str] = ()
    extra_hosts: Mapping[str, str] = {}
    """Addresses by host name."""
    security_options: Sequence[str] = ()
    labels: Mapping[str, str] = {}
    system_controls: Mapping[str, str] = {}
    gpu: int | None = None
    repository_credentials: str | None = None
    """The secret with the credentials of a private registry."""
    stop_timeout: int | None = None
    restart_policy: RestartPolicy | None = None
    health_check: ContainerHealthCheck | None = None
    logs: Logs | None = None

    @property
    def log_options(self) -> Mapping[str, str]:
        """The options of its log driver."""
        return self.logs.options if self.logs else {}

    @property
    def log_secrets(self) -> Mapping[str, str]:
        """References to secrets, by option of its log driver."""
        return self.logs.secret_options if self.logs else {}

    def definition(self) -> dict[str, Any]:
        """Return the container definition as in the ECS API, without what is not set."""
        capabilities: Mapping[str, list[str]] = self.linux.get("capabilities", {})
        sorted_ = {name: sorted(names) for name, names in capabilities.items()}
        return _without_unset(
            {
                **{name: value for name, value in _as_named(self).items() if name in _AS_NAMED},
                "portMappings": [_without_unset(_as_named(port)) for port in self.ports],
                "environment": _pairs(self.environment, "name", "value"),
                "environmentFiles": [{"type": "s3", "value": arn} for arn in self.env_file],
                "secrets": _pairs(self.secrets, "name", "valueFrom"),
                "dependsOn": _pairs(self.depends_on, "containerName", "condition"),
                "links": sorted(self.links),
                "privileged": self.privileged or None,
                "versionConsistency": None if self.version_consistency else "disabled",
                "readonlyRootFilesystem": self.read_only or None,
                "linuxParameters": {**self.linux, "capabilities": sorted_},
                "ulimits": list(self.ulimits),
                "mountPoints": [
                    {"sourceVolume": mount.volume, "containerPath": mount.path}
                    | ({"readOnly": True} if mount.read_only else {})
                    for mount in sorted(self.mounts)
                ],
                "volumesFrom": [
                    {"sourceContainer": name, "readOnly": read_only}
                    for name, read_only in sorted(self.volumes_from)
                ],
                "dnsServers": list(self.dns),
                "dnsSearchDomains": list(self.dns_search),
                "extraHosts": _pairs(self.extra_hosts, "hostname", "ipAddress"),
                "dockerSecurityOptions": sorted(self.security_options),
                "interactive": self.interactive or None,
                "pseudoTerminal": self.terminal or None,
                "dockerLabels": self.labels,
                "systemControls": _pairs(self.system_controls, "namespace", "value"),
                "resourceRequirements": [{"type": "GPU", "value": str(self.gpu)}] if self.gpu else None,
                "repositoryCredentials": {"credentialsParameter": self.repository_credentials},
                "restartPolicy": self.restart_policy and {**_as_named(self.restart_policy), "enabled": True},
                "healthCheck": self.health_check and _as_named(self.health_check),
                "logConfiguration": _logs(self.logs),
                "firelensConfiguration": _FLUENT_BIT if self.firelens else None,
            }
        )


def companion(name: str, args: Mapping[str, Any], *, firelens: bool) -> Container:
    """Return a container beside those of the user, whose output goes to the log group of the app."""
    logs, values = awslogs(LOG_GROUP, LOG_REGION, name), Values(CONTAINER_TABLE, args)
    return described(Container, values, name=name, restart_policy=None, logs=logs, firelens=firelens)


_AS_NAMED = (
    *("name", "image", "essential", "cpu", "memory", "memoryReservation", "command", "entryPoint"),
    *("workingDirectory", "user", "hostname", "stopTimeout"),
)
"""Attributes that the ECS API has under the same name."""

_FLUENT_BIT = {"type": "fluentbit", "options": {"enable-ecs-log-metadata": "true"}}


def definitions(containers: Iterable[Container]) -> list[dict[str, Any]]:
    """Return the container definitions of a task, by name."""
    return [container.definition() for container in sorted(containers, key=lambda container: container.name)]


def definitions_text(definitions: Iterable[Mapping[str, Any]]) -> str:
    """Return container definitions as JSON; a byte-identical text is not a new revision."""
    return json.dumps(list(definitions), sort_keys=True, separators=(",", ":"))


def _as_named(settings: Any) -> dict[str, Any]:
    """Return the attributes of a named tuple by their names in the ECS API."""
    return {_camel_case(name): _plain(value) for name, value in settings._asdict().items()}


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _plain(value: Any) -> Any:
    return list(cast("Sequence[Any]", value)) if isinstance(value, tuple) else value


def _pairs(values: Mapping[str, str], key: str, value: str) -> list[dict[str, str]]:
    return [{key: name, value: text} for name, text in sorted(values.items())]


def _logs(logs: Logs | None) -> dict[str, Any] | None:
    if logs is None:
        return None
    secrets = _pairs(logs.secret_options, "name", "valueFrom")
    return {"logDriver": logs.driver, "options": dict(logs.options), "secretOptions": secrets}


def _without_unset(values: Mapping[str, Any]) -> dict[str, Any]:
    items = {
        key: _without_unset(cast("dict[str, Any]", value)) if isinstance(value, dict) else value
        for key, value in values.items()
    }
    return {key: value for key, value in items.items() if value is not None and value != [] and value != {}}
