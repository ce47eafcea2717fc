"""Containers of Copilot's manifests: the main one and sidecars."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moorage.compose_file.dotenv import read_env_file
from moorage.compose_file.values import pairs
from moorage.importing.containers import Parameter
from moorage.importing.literals import report_variable
from moorage.importing.project import PARAMETER, TO_BE_SET, Call, Project, relative
from moorage.importing.readers import flag, text, whole
from moorage.importing.secrets import is_secret
from moorage.importing.tables import As, SourceNode, Table, Target, Without, apply, is_empty

from .environment import Environment
from .values import whole_seconds, words


@dataclass(slots=True)
class Place:
    """The project, the workspace, and the environment that a manifest is translated for."""

    project: Project
    root: Path
    """The workspace's root."""
    out: Path
    shared: Environment
    has_internal: bool
    """True if all environments have private subnets, and so an internal load balancer."""
    parameter: Parameter = field(default_factory=Parameter)
    namespace: bool = False
    """True if services call each other by name."""
    capacity: dict[str, Any] = field(default_factory=dict[str, Any])
    """The arguments of the cluster that services ask for."""
    domains: dict[str, str] = field(default_factory=dict[str, str])
    """Hosted zones by alias; empty where the manifest has none."""
    internal_domains: dict[str, str] = field(default_factory=dict[str, str])
    """The same of services behind the internal load balancer."""
    arch: str = "x86_64"


@dataclass(slots=True)
class ContainerTarget(Target):
    """The arguments of a container of a workload."""

    place: Place
    workload: str
    manifest: SourceNode
    """The workload's manifest in the environment."""

    def inner(self, args: dict[str, Any] | None = None) -> "ContainerTarget":
        """Return a target for a part of the workload, with arguments of its own."""
        return ContainerTarget(self.report, args or {}, self.place, self.workload, self.manifest)

    @property
    def is_internal(self) -> bool:
        """True if `http` is behind the internal load balancer."""
        return self.manifest.text_of("type") == "Backend Service"

    @property
    def has_http(self) -> bool:
        """True if the service is behind an Application Load Balancer."""
        http = self.manifest.get("http")
        is_on = http is not None and not is_empty(http) and http.value is not False
        return is_on and (self.place.has_internal or not self.is_internal)

    @property
    def containers(self) -> set[str]:
        """The names of the task's containers."""
        return {self.workload, *self.manifest.mapped("sidecars")}

    @property
    def volumes(self) -> set[str]:
        """The names of the task's volumes."""
        storage = self.manifest.get("storage")
        return set(storage.mapped("volumes")) if storage else set()

    def exported(self, node: SourceNode, what: str, stand_in: str = TO_BE_SET) -> Call | None:
        """Return the setting of a value that is an export of a CloudFormation stack; None of others."""
        if (export := node.get("from_cfn")) is None:
            return None
        description = f"The CloudFormation export {export.text()}{what}"
        return self.place.project.setting([export.text()], description, stand_in=stand_in)


_HEALTH: Table[Target] = {
    "command": As("health_check.command", lambda node: [item.text() for item in node.items()]),
    "interval": As("health_check.interval", whole_seconds),
    "retries": As("health_check.retries", whole),
    "timeout": As("health_check.timeout", whole_seconds),
    "start_period": As("health_check.start_period", whole_seconds),
}


def health_check(target: Target, node: SourceNode) -> None:
    """`healthcheck` of a container; Copilot's defaults are not ECS's."""
    target.put("health_check", {"command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"]})
    target.put("health_check.interval", 10)
    target.put("health_check.retries", 2)
    apply(_HEALTH, node, target)


def variables(target: ContainerTarget, node: SourceNode) -> None:
    """`variables`: strings, or exports of CloudFormation stacks."""
    for name, item in node.entries().items():
        export = target.exported(item, f", for {name} of {target.workload}")
        if export is not None:
            target.put(f"environment.{name}", export)
            target.approximated(item, "`environment`: its value is a setting of the stack")
        else:
            target.args.setdefault("environment", {})[name] = item.text()
            report_variable(target, item, name, item.text())


def secrets(target: ContainerTarget, node: SourceNode) -> None:
    """`secrets`: SSM parameters, secrets of Secrets Manager, or exports of CloudFormation stacks."""
    for name, item in node.entries().items():
        held: dict[str, Any] = target.args.setdefault("secrets", {})
        secret = item.get("secretsmanager")
        export = target.exported(item, f": the ARN of the secret {name}", PARAMETER)
        if export is not None:
            held[name] = export
            target.approximated(item, "`secrets`: its ARN is a setting of the stack")
        elif secret is not None:
            # A JSON key is after a colon in Copilot, as `name:key::`.
            parts = secret.text().split(":") if not secret.text().startswith("arn:") else [secret.text()]
            held[name] = "#".join(part for part in parts[:2] if part)
            target.translated(item, "`secrets`, of Secrets Manager")
        else:
            held[name] = target.place.parameter.reference(item.text())
            target.translated(item, "`secrets`, of the Parameter Store")


_CONDITIONS = ("START", "HEALTHY", "COMPLETE", "SUCCESS")
_NO_CONTAINER = "the task has no such container"
_NO_VOLUME = "`storage.volumes` has no such volume; declare it in `volumes`"


def target_container(target: ContainerTarget, node: SourceNode) -> None:
    """`target_container`: the container that a load balancer reaches."""
    if node.text() not in target.containers:
        target.omitted(node, _NO_CONTAINER)
        return
    target.put("container", node.text())
    target.translated(node, "`container`")


def env_file(target: ContainerTarget, node: SourceNode) -> None:
    """`env_file`: read at the import."""
    file = target.place.root / node.text()
    if not file.is_file():
        target.omitted(node, f"{file} does not exist")
        return
    values = {**read_env_file(file, lambda name: None), **target.args.get("environment", {})}
    if values:
        target.args["environment"] = values
    target.approximated(node, "`environment`: the values of today, without those that are secrets")


def depends_on(target: ContainerTarget, node: SourceNode) -> None:
    """`depends_on`: conditions in capital letters."""
    for name, item in node.entries().items():
        if name not in target.containers:
            target.omitted(item, _NO_CONTAINER)
            continue
        condition = (item.get("condition") or item).text().upper()
        if condition not in _CONDITIONS:
            target.omitted(item, f"must be one of {', '.join(_CONDITIONS).lower()}")
            continue
        target.args.setdefault("depends_on", {})[name] = condition
        target.translated(item, "`depends_on`")


def build(target: ContainerTarget, node: SourceNode) -> None:
    """`build`: the path of a Dockerfile, or an object."""
    one = Target(target.report, {"args": {}})
    if isinstance(node.value, dict):
        apply(_BUILD, node, one)
    else:
        one.args["dockerfile"] = node.text()
        target.translated(node, "`build`")
    root = target.place.root
    dockerfile = one.args.pop("dockerfile", None)
    context = one.args.pop("context", Path(dockerfile or "Dockerfile").parent.as_posix())
    made = {"context": relative(root / context, target.place.out)}
    if dockerfile and (name := relative(root / dockerfile, root / context)) != "Dockerfile":
        made["dockerfile"] = name
    target.put("build", {key: value for key, value in {**made, **one.args}.items() if value})


def _build_args(target: Target, node: SourceNode) -> None:
    for name, item in node.entries().items():
        if is_secret(name, item.text()):
            target.omitted(item, "a secret: build arguments stay in the image; use `build.secrets`")
        else:
            target.args["args"][name] = item.text()
            target.translated(item, "`build.args`")


_BUILD: Table[Target] = {
    "context": As("context", text),
    "dockerfile": As("dockerfile", text),
    "target": As("target", text),
    "args": _build_args,
    "cache_from": Without("use `build.cache`, which keeps layers in the ECR repository"),
}


def _port(target: Target, node: SourceNode) -> None:
    number, _, protocol = node.text().partition("/")
    if not number.isdigit():
        raise node.error(f"{node.text()!r} must be a port such as 8080")
    port: dict[str, Any] = {"port": int(number)}
    if protocol.lower() == "udp":
        port["protocol"] = "udp"
    target.put("ports", [port])
    target.translated(node, "`ports`")


def _image(target: ContainerTarget, node: SourceNode) -> None:
    if isinstance(node.value, dict):
        apply(IMAGE, node, target)
    else:
        target.put("image", node.text())
        target.translated(node, "`image`")


def _mounts(target: ContainerTarget, node: SourceNode) -> None:
    for item in node.items():
        if item.text_of("source_volume") not in target.volumes:
            target.omitted(item, _NO_VOLUME)
            continue
        one = Target(target.report, {"read_only": True})
        apply(_MOUNT, item, one)
        target.args.setdefault("mounts", []).append(mount(one.args))


def mount(args: dict[str, Any]) -> dict[str, Any]:
    """Return a mount: of Copilot it is read-only unless the manifest says that it is not."""
    order = ("volume", "path", "read_only")
    return {key: args[key] for key in order if args.get(key) not in (None, False)}


_MOUNT: Table[Target] = {
    "source_volume": As("volume", text),
    "path": As("path", text),
    "read_only": As("read_only", flag),
}

IMAGE: Table[ContainerTarget] = {
    "build": build,
    "location": As("image", text),
    "credentials": As("repository_credentials", text),
    "labels": As("labels", pairs),
    "depends_on": depends_on,
    "port": _port,
    "healthcheck": health_check,
}

SIDECAR: Table[ContainerTarget] = {
    "port": _port,
    "image": _image,
    "essential": As("essential", flag),
    "credentialsParameter": As("repository_credentials", text),
    "variables": variables,
    "env_file": env_file,
    "secrets": secrets,
    "mount_points": _mounts,
    "labels": As("labels", pairs),
    "depends_on": depends_on,
    "healthcheck": health_check,
    "entrypoint": As("entry_point", words),
    "command": As("command", words),
}
