"""Containers of task definitions as arguments of `ContainerApp`."""

from dataclasses import dataclass, field
from typing import Any

from moorage.compose_file.nodes import Node
from moorage.model.names import shorten

from .firelens import router, sent_by_firelens
from .literals import SECRET_VARIABLE
from .project import Call, Code
from .secrets import is_secret
from .tables import As, Inside, Said, Table, Target, Without, apply, flag, pairs, text, texts, whole

_WINDOWS = "is for Windows containers, which moorage does not run"


@dataclass(slots=True)
class ContainerTarget(Target):
    """The arguments of a container."""

    bridge: bool = False
    """True if ports are those of the instance."""
    parameter: "Parameter" = field(default_factory=lambda: Parameter())


THIS = (Code("this_region"), Code("this_account"))
"""The region and the account of the stack, as the writer defines them."""


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


def named_values(key: str, value: str) -> Any:
    """Return a reader of a list of objects with a name and a value, as an object."""

    def read(node: Node) -> dict[str, str]:
        return {
            name.text(): item.text() if (item := entry.get(value)) else ""
            for entry in node.items()
            if (name := entry.get(key)) is not None
        }

    return read


def environment(target: ContainerTarget, node: Node, path: str) -> None:
    """`environment`: secrets are moved out later, when all variables are known."""
    values = named_values("name", "value")(node)
    target.put("environment", values)
    for index, entry in enumerate(node.items()):
        name = entry.get("name")
        hidden = name is not None and is_secret(name.text(), values.get(name.text(), ""))
        for key, item in entry.entries().items():
            inner = f"{path}[{index}].{key}"
            if hidden and key == "value":
                target.report.approximated(item, inner, SECRET_VARIABLE)
            else:
                target.report.translated(item, inner, "`environment`")


def _secrets(target: ContainerTarget, node: Node, path: str) -> None:
    values = named_values("name", "valueFrom")(node)
    argument = "log.secret_options" if path.endswith("secretOptions") else "secrets"
    target.put(argument, {name: target.parameter.reference(value) for name, value in values.items()})
    for index, entry in enumerate(node.items()):
        for key, item in entry.entries().items():
            target.report.translated(item, f"{path}[{index}].{key}", f"`{argument}`")


def _ports(target: ContainerTarget, node: Node, path: str) -> None:
    ports: list[dict[str, Any]] = []
    for index, entry in enumerate(node.items()):
        one = ContainerTarget(target.report, {}, target.bridge)
        inner = f"{path}[{index}]"
        apply(_PORT, entry, inner, one)
        if one.args.get("host_port") == 0 or not target.bridge:
            one.args.pop("host_port", None)
        if "port" in one.args:
            ports.append({"port": one.args.pop("port"), **one.args})
    if ports:
        target.put("ports", ports)


def _host_port(target: ContainerTarget, node: Node, path: str) -> None:
    target.put("host_port", whole(node))
    where = "`ports.host_port`" if target.bridge else "the same as the container's port with awsvpc"
    target.report.translated(node, path, where)


def _protocol(target: ContainerTarget, node: Node, path: str) -> None:
    if node.text() != "tcp":
        target.put("protocol", node.text())
    target.report.translated(node, path, "`ports.protocol`")


_PORT: Table[ContainerTarget] = {
    "containerPort": As("port", whole),
    "hostPort": _host_port,
    "protocol": _protocol,
    "name": As("name", text),
    "appProtocol": As("app_protocol", text),
    "containerPortRange": Without("port ranges are not supported; list the ports one by one"),
}


def _restart(target: ContainerTarget, node: Node, path: str) -> None:
    enabled = node.get("enabled")
    if enabled is not None and not flag(enabled):
        target.report.translated(enabled, f"{path}.enabled", "no `restart`")
        return
    target.put("restart", {})
    apply(_RESTART, node, path, target)


_RESTART: Table[ContainerTarget] = {
    "enabled": Said("`restart`"),
    "ignoredExitCodes": As("restart.ignored_exit_codes", lambda node: [whole(item) for item in node.items()]),
    "restartAttemptPeriod": As("restart.attempt_period", whole),
}


def _listed(table: Table[Target], argument: str) -> Any:
    """Return a function for a list of objects, each with a table."""

    def function(target: ContainerTarget, node: Node, path: str) -> None:
        made: list[dict[str, Any]] = []
        for index, entry in enumerate(node.items()):
            one = Target(target.report, {})
            apply(table, entry, f"{path}[{index}]", one)
            made.append(one.args)
        target.put(argument, made)

    return function


def _keyed(table: Table[Target], key: str, argument: str) -> Any:
    """Return a function for a list of objects that becomes an object by one of their keys."""

    def function(target: ContainerTarget, node: Node, path: str) -> None:
        made: dict[str, Any] = {}
        for index, entry in enumerate(node.items()):
            one = Target(target.report, {})
            apply(table, entry, f"{path}[{index}]", one)
            made[str(one.args.pop(key, index))] = one.args
        target.put(argument, made)

    return function


def _by_name(key: str, value: str, argument: str) -> Any:
    """Return a function for a list of names and values that becomes an object."""

    def function(target: ContainerTarget, node: Node, path: str) -> None:
        target.put(argument, named_values(key, value)(node))
        for index, entry in enumerate(node.items()):
            for name, item in entry.entries().items():
                target.report.translated(item, f"{path}[{index}].{name}", f"`{argument}`")

    return function


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
    "devices": _listed(_DEVICE, "linux.devices"),
    "initProcessEnabled": As("linux.init", flag),
    "sharedMemorySize": As("linux.shared_memory", whole),
    "tmpfs": _listed(_TMPFS, "linux.tmpfs"),
    "maxSwap": Without(_SWAP),
    "swappiness": Without(_SWAP),
}


def _resources(target: ContainerTarget, node: Node, path: str) -> None:
    for index, entry in enumerate(node.items()):
        kind, value = entry.get("type"), entry.get("value")
        inner = f"{path}[{index}]"
        if kind is not None and value is not None and kind.text() == "GPU":
            target.put("gpu", whole(value))
            target.report.translated(kind, f"{inner}.type", "`gpu`")
            target.report.translated(value, f"{inner}.value", "`gpu`")
            for key, other in entry.entries().items():
                if key not in ("type", "value"):
                    target.report.omitted(other, f"{inner}.{key}", "a task has whole GPUs")
        else:
            name = kind.text() if kind else "this resource"
            target.report.omitted(entry, inner, f"{name} is not supported; only GPUs are")


def _consistency(target: ContainerTarget, node: Node, path: str) -> None:
    if node.text() == "disabled":
        target.put("version_consistency", False)
    target.report.translated(node, path, "`version_consistency`")


def _health_check(target: ContainerTarget, node: Node, path: str) -> None:
    command = node.get("command")
    if command is not None and [item.text() for item in command.items()][:1] == ["NONE"]:
        target.report.translated(command, f"{path}.command", "no health check, as without one")
        return
    apply(_HEALTH, node, path, target)


_HEALTH: Table[ContainerTarget] = {
    "command": As("health_check.command", texts),
    "interval": As("health_check.interval", whole),
    "timeout": As("health_check.timeout", whole),
    "retries": As("health_check.retries", whole),
    "startPeriod": As("health_check.start_period", whole),
}


def _log(target: ContainerTarget, node: Node, path: str) -> None:
    driver = node.get("logDriver")
    name = driver.text() if driver else "awslogs"
    options = node.get("options")
    if name == "awsfirelens":
        sent_by_firelens(target, node, path)
    elif name == "awslogs":
        if driver is not None:
            target.report.translated(driver, f"{path}.logDriver", "`log`")
        for key, item in options.entries().items() if options else ():
            _awslogs_option(target, item, f"{path}.options.{key}", key)
    else:
        target.put("log.driver", name)
        if driver is not None:
            target.report.translated(driver, f"{path}.logDriver", "`log.driver`")
        if options is not None:
            target.put("log.options", pairs(options))
            target.report.translated(options, f"{path}.options", "`log.options`")
    secret = node.get("secretOptions")
    if secret is not None:
        _secrets(target, secret, f"{path}.secretOptions")
    for key, item in node.entries().items():
        if key not in ("logDriver", "options", "secretOptions"):
            target.report.omitted(item, f"{path}.{key}", "unknown key")


_AWSLOGS = {"awslogs-group": "group", "awslogs-region": "region", "awslogs-stream-prefix": "prefix"}


def _awslogs_option(target: ContainerTarget, node: Node, path: str, key: str) -> None:
    if key in _AWSLOGS:
        argument = f"log.{_AWSLOGS[key]}"
    elif key == "awslogs-create-group":
        text_ = "the log group must exist: tasks do not create it"
        target.report.approximated(node, path, text_)
        return
    else:
        argument = f"log.options.{key}"
    target.put(argument, node.text())
    target.report.translated(node, path, f"`{argument}`")


def _credentials(target: ContainerTarget, node: Node, path: str) -> None:
    apply({"credentialsParameter": As("repository_credentials", text)}, node, path, target)


def _environment_files(target: ContainerTarget, node: Node, path: str) -> None:
    files: list[str] = []
    for index, entry in enumerate(node.items()):
        for key, item in entry.entries().items():
            target.report.translated(item, f"{path}[{index}].{key}", "`env_file`")
            if key == "value":
                files.append(item.text())
    target.put("env_file", files)


CONTAINER: Table[ContainerTarget] = {
    "name": As("name", text),
    "image": As("image", text),
    "repositoryCredentials": _credentials,
    "cpu": As("cpu", whole),
    "memory": As("memory", whole),
    "memoryReservation": As("memory_reservation", whole),
    "links": As("links", texts),
    "portMappings": _ports,
    "essential": As("essential", flag),
    "restartPolicy": _restart,
    "entryPoint": As("entry_point", texts),
    "command": As("command", texts),
    "environment": environment,
    "environmentFiles": _environment_files,
    "mountPoints": _listed(_MOUNT, "mounts"),
    "volumesFrom": _listed(_VOLUMES_FROM, "volumes_from"),
    "linuxParameters": Inside(_LINUX),
    "secrets": _secrets,
    "dependsOn": _by_name("containerName", "condition", "depends_on"),
    "startTimeout": Without("ECS's own time to start applies"),
    "stopTimeout": As("stop_timeout", whole),
    "versionConsistency": _consistency,
    "hostname": As("hostname", text),
    "user": As("user", text),
    "workingDirectory": As("working_directory", text),
    "disableNetworking": Without("containers always have a network"),
    "privileged": As("privileged", flag),
    "readonlyRootFilesystem": As("read_only", flag),
    "dnsServers": As("dns", texts),
    "dnsSearchDomains": As("dns_search", texts),
    "extraHosts": _by_name("hostname", "ipAddress", "extra_hosts"),
    "dockerSecurityOptions": As("security_options", texts),
    "interactive": As("interactive", flag),
    "pseudoTerminal": As("terminal", flag),
    "dockerLabels": As("labels", pairs),
    "ulimits": _keyed(_ULIMIT, "name", "ulimits"),
    "logConfiguration": _log,
    "healthCheck": _health_check,
    "systemControls": _by_name("namespace", "value", "system_controls"),
    "resourceRequirements": _resources,
    "firelensConfiguration": router,
    "credentialSpecs": Without(_WINDOWS),
}


def container(node: Node, path: str, target: ContainerTarget) -> dict[str, Any]:
    """Return the arguments of a container, as one of `containers` has them."""
    apply(CONTAINER, node, path, target)
    args = target.args
    if "depends_on" in args:
        args["depends_on"] = {name: condition or "START" for name, condition in args["depends_on"].items()}
    if args.get("cpu") == 0:
        del args["cpu"]
    if args.get("essential") is True:
        del args["essential"]
    return args
