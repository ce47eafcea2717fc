"""Services of AWS App Runner: `apprunner.yaml`, or a running service with its configurations."""

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moorage.compose_file.nodes import Node
from moorage.compose_file.yaml_reader import load_file

from .answers import answer
from .containers import Parameter
from .literals import SECRET_VARIABLE, take_secrets
from .project import ZONE, Arguments, Code, Project, logical_name, relative
from .secrets import is_secret
from .tables import As, Inside, Said, SourceError, Table, Target, Without, apply, flag, text, texts, whole
from .task_definition import size

_IMAGES = {
    "python3": "public.ecr.aws/docker/library/python:3.11",
    "python311": "public.ecr.aws/docker/library/python:3.11",
    "nodejs12": "public.ecr.aws/docker/library/node:12",
    "nodejs14": "public.ecr.aws/docker/library/node:14",
    "nodejs16": "public.ecr.aws/docker/library/node:16",
    "nodejs18": "public.ecr.aws/docker/library/node:18",
    "nodejs22": "public.ecr.aws/docker/library/node:22",
    "corretto8": "public.ecr.aws/docker/library/amazoncorretto:8",
    "corretto11": "public.ecr.aws/docker/library/amazoncorretto:11",
    "go1": "public.ecr.aws/docker/library/golang:1",
    "dotnet6": "mcr.microsoft.com/dotnet/sdk:6.0",
    "php81": "public.ecr.aws/docker/library/php:8.1-apache",
    "ruby31": "public.ecr.aws/docker/library/ruby:3.1",
}
"""The image that a Dockerfile begins with, by App Runner's managed runtime."""

_PORT = 8080
"""App Runner's own default."""


@dataclass(slots=True)
class _Source(Target):
    """The arguments of a service, and the Dockerfile that replaces a managed runtime."""

    parameter: Parameter = field(default_factory=Parameter)
    runtime: str = ""
    commands: list[str] = field(default_factory=list[str])
    build_environment: dict[str, str] = field(default_factory=dict[str, str])
    balancer: Arguments = field(default_factory=dict[str, Any])
    network: Arguments = field(default_factory=dict[str, Any])
    is_private: bool = False

    def dockerfile(self) -> str:
        """Return the Dockerfile of the runtime and its commands."""
        lines = [f"FROM {_IMAGES[self.runtime]}", "WORKDIR /app", "COPY . ."]
        lines += [f"ENV {name}={shlex.quote(value)}" for name, value in self.build_environment.items()]
        lines += [f"RUN {command}" for command in self.commands]
        return "\n".join([*lines, ""])


def _runtime(target: _Source, node: Node, path: str) -> None:
    name = node.text().lower().replace("_", "")
    if name not in _IMAGES:
        raise SourceError(f"{node.where}: {path}: {node.text()!r} must be one of {', '.join(_IMAGES)}")
    target.runtime = name
    target.report.approximated(node, path, f"a Dockerfile that begins with {_IMAGES[name]}")


def _version(target: _Source, node: Node, path: str) -> None:
    target.report.approximated(node, path, "the version of the Dockerfile's image; change its first line")


def _commands(target: _Source, node: Node, path: str) -> None:
    order = ("pre-build", "build", "post-build")
    for key in sorted(node.entries(), key=lambda key: order.index(key) if key in order else len(order)):
        item = node.entries()[key]
        if key in order:
            target.commands += texts(item)
            target.report.approximated(item, f"{path}.{key}", "`RUN` of the Dockerfile")
        else:
            target.report.omitted(item, f"{path}.{key}", "unknown key")


def _build_command(target: _Source, node: Node, path: str) -> None:
    target.commands.append(node.text())
    target.report.approximated(node, path, "`RUN` of the Dockerfile")


def _build_environment(target: _Source, node: Node, path: str) -> None:
    for index, entry in enumerate(node.items()):
        name, value = entry.get("name"), entry.get("value")
        inner = f"{path}[{index}]"
        if name is None or value is None:
            continue
        if is_secret(name.text(), value.text()):
            target.report.omitted(entry, inner, "a secret: it would stay in the image; use `build.secrets`")
        else:
            target.build_environment[name.text()] = value.text()
            target.report.approximated(entry, inner, "`ENV` of the Dockerfile")


def _variables(target: _Source, node: Node, path: str) -> None:
    """`env` of the file, a list; or the variables of a service, an object."""
    found = {name: (item, f"{path}.{name}") for name, item in node.entries().items()}
    for index, entry in enumerate(node.items()):
        name, value = entry.get("name"), entry.get("value")
        if name is not None:
            found[name.text()] = (value or entry.with_value(""), f"{path}[{index}]")
    for name, (item, inner) in found.items():
        target.args.setdefault("environment", {})[name] = item.text()
        if is_secret(name, item.text()):
            target.report.approximated(item, inner, SECRET_VARIABLE)
        else:
            target.report.translated(item, inner, "`environment`")


def _secrets(target: _Source, node: Node, path: str) -> None:
    found = {name: (item, f"{path}.{name}") for name, item in node.entries().items()}
    for index, entry in enumerate(node.items()):
        name, value = entry.get("name"), entry.get("value-from")
        if name is not None and value is not None:
            found[name.text()] = (value, f"{path}[{index}]")
    for name, (item, inner) in found.items():
        target.args.setdefault("secrets", {})[name] = target.parameter.reference(item.text())
        target.report.translated(item, inner, "`secrets`")


def _command(target: _Source, node: Node, path: str) -> None:
    words = shlex.split(node.text())
    is_shell = any(word in ("&&", "||", ";", "|") or "$" in word for word in words)
    target.put("command", ["sh", "-c", node.text()] if is_shell else words)
    target.report.translated(node, path, "`command`")


def _before(target: _Source, node: Node, path: str) -> None:
    target.put("before", texts(node))
    target.report.approximated(node, path, "runs in the container before the command")


def _port_variable(target: _Source, node: Node, path: str) -> None:
    target.put("port_variable", node.text())
    target.report.translated(node, path, "`environment`: the variable with the port")


_FILE: Table[_Source] = {
    "version": Said("without meaning"),
    "runtime": _runtime,
    "build": Inside({"commands": _commands, "env": _build_environment}),
    "run": Inside(
        {
            "runtime-version": _version,
            "pre-run": _before,
            "command": _command,
            "network": Inside(
                {
                    "port": As("port", whole),
                    "env": _port_variable,
                }
            ),
            "env": _variables,
            "secrets": _secrets,
        }
    ),
}


def import_app_runner_file(file: Path, out: Path, name: str | None, region: str) -> Project:
    """Return the project of an `apprunner.yaml`, whose folder is the source code.

    Raises:
        MoorageError: the file cannot be read, or is not an `apprunner.yaml`.
    """
    documents = load_file(file)
    if not documents or documents[0].get("run") is None or documents[0].get("runtime") is None:
        raise SourceError(f"{file}:1: is not an apprunner.yaml: it requires runtime and run")
    title = logical_name(name or file.resolve().parent.name)
    project = Project(title.lower(), file.name, region)
    target = _Source(project.report, {})
    apply(_FILE, documents[0], "", target)
    _built(project, target, file.parent, out)
    project.steps.append(
        "The file has no size, scaling or domain: those of the service are in `moorage import apprunner "
        "--service NAME`."
    )
    _declare(project, title, target)
    return project


def _built(project: Project, target: _Source, folder: Path, out: Path) -> None:
    """Add the Dockerfile of a managed runtime."""
    project.files["Dockerfile"] = target.dockerfile()
    dockerfile = relative(out / "Dockerfile", folder)
    target.args["build"] = {"context": relative(folder, out), "dockerfile": dockerfile}


def _image(target: _Source, node: Node, path: str) -> None:
    target.put("image", node.text())
    target.report.translated(node, path, "`image`")


_CHECKED = {
    "interval": (5, 300),
    "timeout": (2, 120),
    "healthy_threshold": (2, 10),
    "unhealthy_threshold": (2, 10),
}


def _checked(argument: str) -> Any:
    """Return a function for a number of the health check, within the load balancer's bounds."""

    def function(target: Target, node: Node, path: str) -> None:
        low, high = _CHECKED[argument]
        value = max(low, min(high, whole(node)))
        target.put(f"health_check.{argument}", value)
        if value == whole(node):
            target.report.translated(node, path, f"`health_check.{argument}`")
        else:
            text_ = f"`health_check.{argument}` is {value}: the load balancer allows {low} to {high}"
            target.report.approximated(node, path, text_)

    return function


def _check_protocol(target: Target, node: Node, path: str) -> None:
    if node.text() == "HTTP":
        target.report.translated(node, path, "`health_check`")
    else:
        text_ = "the load balancer requests the path `/`; set `health_check.path` to one that answers"
        target.report.approximated(node, path, text_)


def _access_role(target: Target, node: Node, path: str) -> None:
    target.report.translated(node, path, "the execution role that is made may pull the image")


def _instance_role(target: Target, node: Node, path: str) -> None:
    target.put("task_role_arn", node.text())
    text_ = "`task_role_arn`: let ecs-tasks.amazonaws.com assume it first, in its trust policy"
    target.report.approximated(node, path, text_)


def _public(target: _Source, node: Node, path: str) -> None:
    target.is_private = not flag(node)
    if target.is_private:
        target.report.omitted(
            node, path, "a private service: the program has no load balancer, only `connect`"
        )
    else:
        target.report.translated(node, path, "`load_balancer`")


def _tracing(target: Target, node: Node, path: str) -> None:
    if flag(node):
        target.put("tracing", True)
    target.report.translated(node, path, "`tracing`")


def _configuration_source(target: _Source, node: Node, path: str) -> None:
    if node.text() == "REPOSITORY":
        text_ = "the configuration is in the repository: `moorage import apprunner apprunner.yaml` reads it"
        target.report.omitted(node, path, text_)
    else:
        target.report.translated(node, path, "as the service has it")


def _automatic(target: _Source, node: Node, path: str) -> None:
    if flag(node):
        target.report.omitted(node, path, "a new image is deployed by `pulumi up`")
    else:
        target.report.translated(node, path, "`pulumi up` deploys")


def _addresses(target: _Source, node: Node, path: str) -> None:
    if node.text() == "DUAL_STACK":
        target.report.omitted(
            node, path, "needs subnets with IPv6; see `ip_address_type` of the load balancer"
        )
    else:
        target.report.translated(node, path, "`ip_address_type`")


_STATE = Said("state of the service, not a setting")
_CODE = "the image is built from the folder: run the import in a checkout of the repository"
_CODE_VALUES: Table[_Source] = {
    "Runtime": _runtime,
    "BuildCommand": _build_command,
    "StartCommand": _command,
    "Port": As("port", whole),
    "RuntimeEnvironmentVariables": _variables,
    "RuntimeEnvironmentSecrets": _secrets,
}
_SOURCE: Table[_Source] = {
    "ImageRepository": Inside(
        {
            "ImageIdentifier": _image,
            "ImageRepositoryType": Said("`image`"),
            "ImageConfiguration": Inside(
                {
                    "RuntimeEnvironmentVariables": _variables,
                    "RuntimeEnvironmentSecrets": _secrets,
                    "StartCommand": _command,
                    "Port": As("port", whole),
                }
            ),
        }
    ),
    "CodeRepository": Inside(
        {
            "RepositoryUrl": Without(_CODE),
            "SourceCodeVersion": Without(_CODE),
            "SourceDirectory": As("folder", text, note=_CODE),
            "CodeConfiguration": Inside(
                {
                    "ConfigurationSource": _configuration_source,
                    "CodeConfigurationValues": Inside(_CODE_VALUES),
                }
            ),
        }
    ),
    "AutoDeploymentsEnabled": _automatic,
    "AuthenticationConfiguration": Inside(
        {"ConnectionArn": Without(_CODE), "AccessRoleArn": _access_role},
    ),
}
SERVICE: Table[_Source] = {
    "ServiceName": As("name", text),
    "SourceConfiguration": Inside(_SOURCE),
    "InstanceConfiguration": Inside(
        {"Cpu": size("cpu"), "Memory": size("memory"), "InstanceRoleArn": _instance_role},
    ),
    "EncryptionConfiguration": Without("images and secrets are encrypted with AWS's own keys"),
    "HealthCheckConfiguration": Inside(
        {
            "Protocol": _check_protocol,
            "Path": As("health_check.path", text),
            "Interval": _checked("interval"),
            "Timeout": _checked("timeout"),
            "HealthyThreshold": _checked("healthy_threshold"),
            "UnhealthyThreshold": _checked("unhealthy_threshold"),
        }
    ),
    "AutoScalingConfigurationSummary": Said("`autoscaling`, as the configuration has it"),
    "NetworkConfiguration": Inside(
        {
            "EgressConfiguration": Said("`network`, as the VPC connector has it"),
            "IngressConfiguration": Inside({"IsPubliclyAccessible": _public}),
            "IpAddressType": _addresses,
        }
    ),
    "ObservabilityConfiguration": Inside(
        {
            "ObservabilityEnabled": _tracing,
            "ObservabilityConfigurationArn": Said("`tracing`"),
        }
    ),
    **{
        key: _STATE
        for key in ("ServiceId", "ServiceArn", "ServiceUrl", "CreatedAt", "UpdatedAt", "DeletedAt", "Status")
    },
}


def _connector_subnets(target: Target, node: Node, path: str) -> None:
    target.report.approximated(node, path, "tasks are in the subnets of `Network`, all of the VPC")


_SCALING: Table[_Source] = {
    "MinSize": As("autoscaling.min", whole),
    "MaxSize": As("autoscaling.max", whole),
    "MaxConcurrency": Without("tasks are added at 60 percent CPU; `autoscaling.requests` counts per minute"),
}
_CONNECTOR: Table[_Source] = {
    "Subnets": _connector_subnets,
    "SecurityGroups": As("security_group_ids", texts),
}


@dataclass(frozen=True, slots=True)
class Running:
    """A running service and its configurations, as AWS answers them."""

    service: dict[str, Any]
    scaling: dict[str, Any]
    connector: dict[str, Any]
    domains: list[str]
    tags: dict[str, str]
    vpc_id: str = ""


def import_app_runner_service(running: Running, out: Path, name: str | None, region: str) -> Project:
    """Return the project of a running service.

    Raises:
        SourceError: a value has the wrong type, or the runtime is not known.
    """
    source = f"service {running.service.get('ServiceName', '')}"
    title = logical_name(name or running.service.get("ServiceName", "app"))
    project = Project(title.lower(), f"the App Runner {source}", region)
    account = f"{running.service.get('ServiceArn', '')}:::::".split(":")[4]
    target = _Source(project.report, {}, Parameter(account, region))
    apply(SERVICE, answer(running.service, source), "", target)
    parts = {
        "AutoScalingConfiguration": (_SCALING, running.scaling),
        "VpcConnector": (_CONNECTOR, running.connector),
    }
    for what, (table, content) in parts.items():
        wanted = {key: value for key, value in content.items() if key in table}
        apply(table, answer(wanted, f"{what} of {source}"), what, target)
    if running.vpc_id:
        target.network["vpc_id"] = running.vpc_id
    if running.domains:
        _domains(project, target, running.domains, source)
    if running.tags:
        target.args["tags"] = {
            key: value for key, value in running.tags.items() if not key.startswith("aws:")
        }
        project.report.translated(answer(None, source), "Tags", "`tags`")
    target.args.pop("name", None)
    folder = Path(str(target.args.pop("folder", "/")).strip("/") or ".")
    if target.runtime:
        _built(project, target, folder, out)
    elif "image" not in target.args:
        raise SourceError(
            f"{source}: it is configured in its repository; "
            "run `moorage import apprunner apprunner.yaml` there"
        )
    _declare(project, title, target)
    return project


def _domains(project: Project, target: _Source, domains: list[str], source: str) -> None:
    zone = project.setting(
        ["hosted", "zone", "id"], f"The Route 53 hosted zone of {domains[0]}", stand_in=ZONE
    )
    target.balancer = {"domain": domains[0], "zone_id": zone}
    if domains[1:]:
        target.balancer["domains"] = domains[1:]
    target.args["rules"] = [{"host": domain} for domain in domains]
    text_ = "`domain` of the load balancer, whose record replaces the one that points to App Runner"
    project.report.approximated(answer(None, source), "CustomDomains", text_)


def _declare(project: Project, title: str, target: _Source) -> None:
    """Declare the network, the cluster, the load balancer and the app."""
    args = target.args
    args.setdefault("port", _PORT)
    variable = args.pop("port_variable", "PORT")
    args.setdefault("environment", {}).setdefault(variable, str(args["port"]))
    before = args.pop("before", [])
    if before:
        command = (
            shlex.join(args.get("command", []))
            if args.get("command", [])[:2] != ["sh", "-c"]
            else args["command"][2]
        )
        args["command"] = ["sh", "-c", " && ".join([*before, command])]
    take_secrets(project, title, args)
    project.declare("Network", title, project.everywhere(target.network), "network")
    cluster: Arguments = {}
    if target.is_private:
        cluster, args["connect"] = {"network": Code("network.ref"), "namespace": True}, {}
        args.pop("rules", None)
        args.pop("health_check", None)
    project.declare("EcsCluster", title, project.everywhere(cluster), "cluster")
    first: Arguments = {"cluster": Code("cluster.ref"), "network": Code("network.ref")}
    if not target.is_private:
        balancer = {"network": Code("network.ref"), **target.balancer}
        project.declare("LoadBalancer", title, project.everywhere(balancer), "balancer")
        first["load_balancer"] = Code("balancer.ref")
    check = args.get("health_check", {})
    if "timeout" in check and check["timeout"] >= check.get("interval", 10):
        check["interval"] = check["timeout"] + 1
    app = project.declare("ContainerApp", title, project.everywhere({**first, **args}), title)
    if not target.is_private:
        project.exports["url"] = f"{app.variable}.url"
