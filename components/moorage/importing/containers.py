"""Containers of task definitions as arguments of `ContainerApp`."""

from dataclasses import dataclass, field
from typing import Any

from moorage.compose_file.values import pairs
from moorage.model.names import shorten

from .firelens import router, sent_by_firelens
from .literals import report_variable
from .project import Call, Code
from .readers import flag, named_values, text, texts, unless, whole
from .tables import (
    As,
    Inside,
    Joined,
    Listed,
    Nearly,
    Said,
    SourceNode,
    Table,
    Target,
    Without,
    apply,
    is_empty,
)

_WINDOWS = "is for Windows containers, which moorage does not run"


@dataclass(slots=True)
class Parameter:
    """ARNs of SSM parameters that a source names without one."""

    account: str = ""
    region: str = ""
    partition: str = "aws"

    def arn(self, name: str) -> str | Call:
        """Return the ARN of a parameter, or the expression of it where the account is not known."""
        path = f"parameter/{name.removeprefix('/')}"
        if self.account and self.region:
            return f"arn:{self.partition}:ssm:{self.region}:{self.account}:{path}"
        return Call("pulumi.Output.format", (f"arn:aws:ssm:{{0}}:{{1}}:{path}", *THIS))

    def reference(self, value: str) -> Any:
        """Return ECS's `valueFrom` as `secrets` takes it: there a name without `/` is a secret's."""
        return value if value.startswith(("arn:", "/")) else self.arn(value)


THIS = (Code("this_region"), Code("this_account"))
"""The region and the account of the stack, as the writer defines them."""


@dataclass(slots=True)
class ContainerTarget(Target):
    """The arguments of a container."""

    bridge: bool = False
    """True if ports are those of the instance."""
    parameter: Parameter = field(default_factory=Parameter)


def _environment(target: ContainerTarget, node: SourceNode) -> None:
    """Set all variables: secrets are moved out later, when all are known."""
    values = named_values("name", "value")(node)
    target.put("environment", values)
    for item in node.items():
        name = item.text_of("name")
        for key, value in item.entries().items():
            if key == "value":
                report_variable(target, value, name, values.get(name, ""))
            else:
                target.translated(value, "`environment`")


def _secrets(target: ContainerTarget, node: SourceNode, argument: str = "secrets") -> None:
    values = named_values("name", "valueFrom")(node)
    target.put(argument, {name: target.parameter.reference(value) for name, value in values.items()})
    target.items_translated(node, f"`{argument}`")


def _log_secrets(target: ContainerTarget, node: SourceNode) -> None:
    _secrets(target, node, "log.secret_options")


def _ports(target: ContainerTarget, node: SourceNode) -> None:
    ports: list[dict[str, Any]] = []
    for item in node.items():
        one = ContainerTarget(target.report, {}, target.bridge)
        apply(_PORT, item, one)
        if one.args.get("host_port") == 0 or not target.bridge:
            one.args.pop("host_port", None)
        if "port" in one.args:
            ports.append({"port": one.args.pop("port"), **one.args})
    if ports:
        target.put("ports", ports)


def _host_port(target: ContainerTarget, node: SourceNode) -> None:
    target.put("host_port", whole(node))
    where = "`ports.host_port`" if target.bridge else "the same as the container's port with awsvpc"
    target.translated(node, where)


_PORT: Table[ContainerTarget] = {
    "containerPort": As("port", whole),
    "hostPort": _host_port,
    "protocol": As("protocol", unless("tcp"), text="`ports.protocol`"),
    "name": As("name", text),
    "appProtocol": As("app_protocol", text),
    "containerPortRange": Without("port ranges are not supported; list the ports one by one"),
}


def _restart(target: ContainerTarget, node: SourceNode) -> None:
    enabled = node.get("enabled")
    if enabled is not None and not flag(enabled):
        target.translated(enabled, "no `restart`")
        return
    target.put("restart", {})
    apply(_RESTART, node, target)


_RESTART: Table[ContainerTarget] = {
    "enabled": Said("`restart`"),
    "ignoredExitCodes": As("restart.ignored_exit_codes", lambda node: [whole(item) for item in node.items()]),
    "restartAttemptPeriod": As("restart.attempt_period", whole),
}


def volume_argument(name: str) -> str:
    """Return the name of a volume in the program."""
    return shorten(name, 255)


_MOUNT: Table[Target] = {
    "sourceVolume": As("volume", lambda node: volume_argument(node.text())),
    "containerPath": As("path", text),
    "readOnly": As("read_only", flag),
}
_VOLUMES_FROM: Table[Target] = {
    "sourceContainer": As("container", text),
    "readOnly": As("read_only", flag),
}
_DEVICE: Table[Target] = {
    "hostPath": As("host_path", text),
    "containerPath": As("path", text),
    "permissions": As("permissions", texts),
}
_TMPFS: Table[Target] = {
    "containerPath": As("path", text),
    "size": As("size", whole),
    "mountOptions": As("options", texts),
}
_ULIMIT: Table[Target] = {
    "name": As("name", text),
    "softLimit": As("soft", whole),
    "hardLimit": As("hard", whole),
}
_SWAP = "ECS swap settings are not supported; tasks have none"
_LINUX: Table[ContainerTarget] = {
    "capabilities": Inside(
        {"add": As("linux.add_capabilities", texts), "drop": As("linux.drop_capabilities", texts)}
    ),
    "devices": Listed("linux.devices", _DEVICE),
    "initProcessEnabled": As("linux.init", flag),
    "sharedMemorySize": As("linux.shared_memory", whole),
    "tmpfs": Listed("linux.tmpfs", _TMPFS),
    "maxSwap": Without(_SWAP),
    "swappiness": Without(_SWAP),
}


def _resources(target: ContainerTarget, node: SourceNode) -> None:
    for item in node.items():
        kind, value = item.get("type"), item.get("value")
        if kind is not None and value is not None and kind.text() == "GPU":
            target.put("gpu", whole(value))
            for key, other in item.entries().items():
                if key in ("type", "value"):
                    target.translated(other, "`gpu`")
                else:
                    target.omitted(other, "a task has whole GPUs")
        else:
            target.omitted(item, f"{item.text_of('type', 'this resource')} is not supported; only GPUs are")


def _is_off(node: SourceNode) -> bool | None:
    """Return False for `disabled`, and None for what is on anyway."""
    return False if node.text() == "disabled" else None


def _health_check(target: ContainerTarget, node: SourceNode) -> None:
    command = node.get("command")
    if command is not None and [item.text() for item in command.items()][:1] == ["NONE"]:
        target.translated(command, "no health check, as without one")
        return
    apply(_HEALTH, node, target)


_HEALTH: Table[ContainerTarget] = {
    "command": As("health_check.command", texts),
    "interval": As("health_check.interval", whole),
    "timeout": As("health_check.timeout", whole),
    "retries": As("health_check.retries", whole),
    "startPeriod": As("health_check.start_period", whole),
}


def _log(target: ContainerTarget, node: SourceNode) -> None:
    named = node.entries().get("logDriver")
    driver = named.text() if named is not None and not is_empty(named) else "awslogs"
    if driver == "awsfirelens":
        sent_by_firelens(target, node)
    rows = {"awslogs": _AWSLOGS, "awsfirelens": _FIRELENS}.get(driver, _DRIVER)
    apply({**rows, "secretOptions": _log_secrets}, node, target)


def _awslogs_options(target: ContainerTarget, node: SourceNode) -> None:
    others = {key: As(f"log.options.{key}", text) for key in node.entries()}
    apply({**others, **_AWSLOGS_OPTIONS}, node, target)


_AWSLOGS_OPTIONS: Table[ContainerTarget] = {
    "awslogs-group": As("log.group", text),
    "awslogs-region": As("log.region", text),
    "awslogs-stream-prefix": As("log.prefix", text),
    "awslogs-create-group": Nearly("the log group must exist: tasks do not create it"),
}
_AWSLOGS: Table[ContainerTarget] = {"logDriver": Said("`log`"), "options": _awslogs_options}
_FIRELENS: Table[ContainerTarget] = dict.fromkeys(("logDriver", "options"), lambda target, node: None)
"""`sent_by_firelens` reports them."""
_DRIVER: Table[ContainerTarget] = {"logDriver": As("log.driver", text), "options": As("log.options", pairs)}


_CONTAINER: Table[ContainerTarget] = {
    "name": As("name", text),
    "image": As("image", text),
    "repositoryCredentials": Inside({"credentialsParameter": As("repository_credentials", text)}),
    "cpu": As("cpu", whole),
    "memory": As("memory", whole),
    "memoryReservation": As("memory_reservation", whole),
    "links": As("links", texts),
    "portMappings": _ports,
    "essential": As("essential", flag),
    "restartPolicy": _restart,
    "entryPoint": As("entry_point", texts),
    "command": As("command", texts),
    "environment": _environment,
    "environmentFiles": Joined(
        "env_file", lambda node: [item.text_of("value") for item in node.items() if "value" in item.entries()]
    ),
    "mountPoints": Listed("mounts", _MOUNT),
    "volumesFrom": Listed("volumes_from", _VOLUMES_FROM),
    "linuxParameters": Inside(_LINUX),
    "secrets": _secrets,
    "dependsOn": Joined("depends_on", named_values("containerName", "condition")),
    "startTimeout": Without("ECS's own time to start applies"),
    "stopTimeout": As("stop_timeout", whole),
    "versionConsistency": As("version_consistency", _is_off),
    "hostname": As("hostname", text),
    "user": As("user", text),
    "workingDirectory": As("working_directory", text),
    "disableNetworking": Without("containers always have a network"),
    "privileged": As("privileged", flag),
    "readonlyRootFilesystem": As("read_only", flag),
    "dnsServers": As("dns", texts),
    "dnsSearchDomains": As("dns_search", texts),
    "extraHosts": Joined("extra_hosts", named_values("hostname", "ipAddress")),
    "dockerSecurityOptions": As("security_options", texts),
    "interactive": As("interactive", flag),
    "pseudoTerminal": As("terminal", flag),
    "dockerLabels": As("labels", pairs),
    "ulimits": Listed("ulimits", _ULIMIT, key="name"),
    "logConfiguration": _log,
    "healthCheck": _health_check,
    "systemControls": Joined("system_controls", named_values("namespace", "value")),
    "resourceRequirements": _resources,
    "firelensConfiguration": router,
    "credentialSpecs": Without(_WINDOWS),
}


def container(node: SourceNode, target: ContainerTarget) -> dict[str, Any]:
    """Return the arguments of a container, as one of `containers` has them."""
    apply(_CONTAINER, node, target)
    args = target.args
    if "depends_on" in args:
        args["depends_on"] = {name: condition or "START" for name, condition in args["depends_on"].items()}
    if args.get("cpu") == 0:
        del args["cpu"]
    if args.get("essential") is True:
        del args["essential"]
    return args
