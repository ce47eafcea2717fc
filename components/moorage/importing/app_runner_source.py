"""The parts of App Runner services that `apprunner.yaml` and a running service share."""

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moorage.compose_file.nodes import Node

from .commands import after, command_line, run_instruction
from .containers import Parameter
from .health_checks import settle_timeout
from .literals import SECRET_VARIABLE, take_secrets
from .project import Arguments, Code, Project, relative
from .secrets import is_secret
from .tables import SourceError, Target

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
class AppRunnerSource(Target):
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
        lines += [run_instruction(command) for command in self.commands if command.strip()]
        return "\n".join([*lines, ""])


def runtime(target: AppRunnerSource, node: Node, path: str) -> None:
    """`runtime`: a managed runtime becomes a Dockerfile."""
    name = node.text().lower().replace("_", "")
    if name not in _IMAGES:
        raise SourceError(f"{node.where}: {path}: {node.text()!r} must be one of {', '.join(_IMAGES)}")
    target.runtime = name
    target.report.approximated(node, path, f"a Dockerfile that begins with {_IMAGES[name]}")


def build_command(target: AppRunnerSource, node: Node, path: str) -> None:
    """`BuildCommand`: a step of the Dockerfile."""
    target.commands.append(node.text())
    target.report.approximated(node, path, "`RUN` of the Dockerfile")


def variables(target: AppRunnerSource, node: Node, path: str) -> None:
    """`env` of the file, a list; or the variables of a service, an object."""
    is_list = isinstance(node.value, list)
    found = {} if is_list else {name: (item, f"{path}.{name}") for name, item in node.entries().items()}
    for index, entry in enumerate(node.items() if is_list else ()):
        name, value = entry.get("name"), entry.get("value")
        if name is not None:
            found[name.text()] = (value or entry.with_value(""), f"{path}[{index}]")
    for name, (item, inner) in found.items():
        target.args.setdefault("environment", {})[name] = item.text()
        if is_secret(name, item.text()):
            target.report.approximated(item, inner, SECRET_VARIABLE)
        else:
            target.report.translated(item, inner, "`environment`")


def secrets(target: AppRunnerSource, node: Node, path: str) -> None:
    """`secrets`, a list, or the secrets of a service, an object."""
    is_list = isinstance(node.value, list)
    found = {} if is_list else {name: (item, f"{path}.{name}") for name, item in node.entries().items()}
    for index, entry in enumerate(node.items() if is_list else ()):
        name, value = entry.get("name"), entry.get("value-from")
        if name is not None and value is not None:
            found[name.text()] = (value, f"{path}[{index}]")
    for name, (item, inner) in found.items():
        target.args.setdefault("secrets", {})[name] = target.parameter.reference(item.text())
        target.report.translated(item, inner, "`secrets`")


def command(target: AppRunnerSource, node: Node, path: str) -> None:
    """`command`, which a shell runs if it has to."""
    target.put("command", command_line(node))
    target.report.translated(node, path, "`command`")


def built(project: Project, target: AppRunnerSource, folder: Path, out: Path) -> None:
    """Add the Dockerfile of a managed runtime."""
    project.files["Dockerfile"] = target.dockerfile()
    dockerfile = relative(out / "Dockerfile", folder)
    target.args["build"] = {"context": relative(folder, out), "dockerfile": dockerfile}


def declare(project: Project, title: str, target: AppRunnerSource) -> None:
    """Declare the network, the cluster, the load balancer and the app."""
    args = target.args
    args.setdefault("port", _PORT)
    variable = args.pop("port_variable", "PORT")
    args.setdefault("environment", {}).setdefault(variable, str(args["port"]))
    before = args.pop("before", [])
    if before:
        args["command"] = after(before, args.get("command", []))
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
    settle_timeout(args)
    app = project.declare("ContainerApp", title, project.everywhere({**first, **args}), title)
    if not target.is_private:
        project.exports["url"] = f"{app.variable}.url"
