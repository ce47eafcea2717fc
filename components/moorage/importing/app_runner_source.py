"""The parts of App Runner services that `apprunner.yaml` and a running service share."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .bounds import settle_timeout
from .commands import after, command_line, run_instruction
from .containers import Parameter
from .literals import report_variable, take_secrets
from .project import Arguments, Project, relative
from .tables import SourceNode, Target

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


def runtime(target: AppRunnerSource, node: SourceNode) -> None:
    """`runtime`: a managed runtime becomes a Dockerfile."""
    name = node.text().lower().replace("_", "")
    if name not in _IMAGES:
        raise node.error(f"{node.text()!r} must be one of {', '.join(_IMAGES)}")
    target.runtime = name
    target.approximated(node, f"a Dockerfile that begins with {_IMAGES[name]}")


def _named(node: SourceNode, key: str) -> Iterator[tuple[str, SourceNode]]:
    """Yield the names and values of a list of the file, or of an object of a service."""
    if not isinstance(node.value, list):
        yield from node.entries().items()
        return
    for item in node.items():
        if (name := item.get("name")) is not None:
            yield name.text(), replace(item.get(key) or item.with_value(""), path=item.path)


def variables(target: AppRunnerSource, node: SourceNode) -> None:
    """`env` of the file, a list; or the variables of a service, an object."""
    for name, item in _named(node, "value"):
        target.args.setdefault("environment", {})[name] = item.text()
        report_variable(target, item, name, item.text())


def secrets(target: AppRunnerSource, node: SourceNode) -> None:
    """`secrets`, a list, or the secrets of a service, an object."""
    for name, item in _named(node, "value-from"):
        if item.text():
            target.args.setdefault("secrets", {})[name] = target.parameter.reference(item.text())
            target.translated(item, "`secrets`")


def command(target: AppRunnerSource, node: SourceNode) -> None:
    """`command`, which a shell runs if it has to."""
    target.put("command", command_line(node))
    target.translated(node, "`command`")


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
    network = project.declare("Network", title, target.network, "network")
    cluster: Arguments = {}
    if target.is_private:
        cluster, args["connect"] = {"network": network.ref, "namespace": True}, {}
        args.pop("rules", None)
        args.pop("health_check", None)
    first: Arguments = {
        "cluster": project.declare("EcsCluster", title, cluster, "cluster").ref,
        "network": network.ref,
    }
    if not target.is_private:
        balancer = {"network": network.ref, **target.balancer}
        first["load_balancer"] = project.declare("LoadBalancer", title, balancer, "balancer").ref
    settle_timeout(args)
    app = project.declare("ContainerApp", title, {**first, **args})
    if not target.is_private:
        project.exports["url"] = f"{app.variable}.url"
