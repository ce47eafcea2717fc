"""Task definitions, as `register-task-definition` takes and `describe-task-definition` returns them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moorage.compose_file.yaml_reader import load_file
from moorage.model.choices import Architecture, CapacityKind
from moorage.model.instance_types import ECS_ARCHITECTURE

from .containers import ContainerTarget, Parameter, container, volume_argument
from .literals import take_all_secrets
from .project import Arguments, Call, Project, logical_name, role_arn
from .readers import flag, text, whole
from .region import regions_in
from .tables import (
    As,
    ByValue,
    Inside,
    Joined,
    Nearly,
    Said,
    SourceError,
    SourceNode,
    Table,
    Target,
    Without,
    apply,
)

_ARCHITECTURES = {theirs: str(ours) for ours, theirs in ECS_ARCHITECTURE.items()}
_STATE = Said("state of the revision, not a setting")


@dataclass(slots=True)
class TaskTarget(Target):
    """The arguments of a task, and what its cluster must be."""

    parameter: Parameter = field(default_factory=Parameter)
    compatibilities: list[str] = field(default_factory=list[str])
    mode: str = ""
    arch: str = "x86_64"
    containers: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    mounted: frozenset[str] = frozenset()
    """The volumes that containers mount."""
    balanced_container: str = ""
    """The name of the container that must be the app's own, if a service has one."""

    @property
    def capacity(self) -> CapacityKind:
        """The capacity of the cluster on which the task runs."""
        if "FARGATE" in self.compatibilities or (not self.compatibilities and self.mode == "awsvpc"):
            return CapacityKind.FARGATE
        managed = self.compatibilities == ["MANAGED_INSTANCES"]
        return CapacityKind.MANAGED_INSTANCES if managed else CapacityKind.EC2


def _role(node: SourceNode) -> str | Call:
    return role_arn(node.text())


_MODES: dict[str, Said] = {
    **dict.fromkeys(("awsvpc", "bridge"), Said("`network_mode`")),
    "host": Nearly("`network_mode` is bridge, with the host ports of the file"),
}


def _compatibilities(target: TaskTarget, node: SourceNode) -> None:
    target.compatibilities = [item.text() for item in node.items()]
    if "EXTERNAL" in target.compatibilities:
        target.omitted(node, "ECS Anywhere is not supported; tasks run on `capacity` ec2")
    else:
        target.translated(node, "`capacity` of the cluster")


def size(node: SourceNode) -> int:
    """Return a task's size: units, or `1 vCPU` and `2 GB`."""
    match = re.fullmatch(r"\s*([0-9.]+)\s*(v?cpus?|gb|gib|mb|mib)?\s*", node.text(), re.IGNORECASE)
    if match is None:
        raise node.error(f"{node.text()!r} must be a number, such as 1024 or 1 vCPU")
    unit = (match[2] or "").lower()
    return round(float(match[1]) * (1024 if unit and not unit.startswith("m") else 1))


def tag(node: SourceNode) -> tuple[str, str] | None:
    """Return the name and the value of a tag; None if it is one of AWS or moorage."""
    name = node.text_of("key")
    is_reserved = not name or name.lower().startswith(("aws:", "moorage:"))
    return None if is_reserved else (name, node.text_of("value"))


def _tags(target: TaskTarget, node: SourceNode) -> None:
    for item in node.items():
        own = tag(item)
        for part in item.entries().values():
            if own or not item.text_of("key"):
                target.translated(part, "`tags`")
            else:
                target.omitted(part, "a tag of AWS's own")
    if tags := dict(filter(None, map(tag, node.items()))):
        target.put("tags", tags)


def _architecture(target: TaskTarget, node: SourceNode) -> None:
    target.arch = _ARCHITECTURES.get(node.text().upper(), "x86_64")
    target.translated(node, "`arch` of the cluster")


def _family(target: TaskTarget, node: SourceNode) -> None:
    if node.text().upper() != "LINUX":
        raise node.error(f"{node.text()} is not supported: moorage runs Linux containers only")
    target.translated(node, "Linux is what moorage runs")


_DEFAULT_STORAGE = 20
"""GiB of a task on Fargate without a setting."""


def _storage(node: SourceNode) -> int | None:
    """Return the ephemeral storage of a task in GiB; None for the default."""
    size = whole(node)
    return size if size > _DEFAULT_STORAGE else None


def _volumes(target: TaskTarget, node: SourceNode) -> None:
    volumes: dict[str, Any] = {}
    for item in node.items():
        name = item.get("name")
        if name is None:
            raise item.error("requires a name")
        if name.text() not in target.mounted:
            target.omitted(item, f"no container mounts {name.text()}")
            continue
        one = Target(target.report, {})
        apply(_VOLUME, item, one)
        volumes[volume_argument(name.text())] = one.args
    if volumes:
        target.put("volumes", volumes)


def _docker_volume(target: Target, node: SourceNode) -> None:
    text_ = "is a directory of the task, deleted with it: drivers and shared scopes are not supported"
    for key, item in node.entries().items():
        if (key, item.text()) in (("scope", "task"), ("driver", "local")):
            target.translated(item, "a volume of the task")
        else:
            target.approximated(item, f"the volume {text_}")


def _efs(target: Target, node: SourceNode) -> None:
    target.put("efs", {})
    apply(_EFS, node, target)
    efs = target.args["efs"]
    if "access_point_id" in efs and efs.get("root_directory") == "/":
        del efs["root_directory"]


def _at_launch(target: Target, node: SourceNode) -> None:
    if flag(node):
        target.put("ebs", {"size": 20})
        target.approximated(node, "`ebs.size` is 20 GiB: the service has the size, not this file")


_ENCRYPTED = "always encrypted in transit"
_EFS: Table[Target] = {
    "fileSystemId": As("efs.file_system_id", text),
    "rootDirectory": As("efs.root_directory", text),
    "transitEncryption": ByValue({"ENABLED": Said(_ENCRYPTED)}, Nearly(_ENCRYPTED)),
    "transitEncryptionPort": Without("the mount helper chooses the port"),
    "authorizationConfig": Inside(
        {
            "accessPointId": As("efs.access_point_id", text),
            "iam": As("efs.iam", lambda node: node.text() == "ENABLED"),
        }
    ),
}
_NO_FSX = "FSx for Windows is not supported; the volume is a directory of the task"
_NO_S3_FILES = "S3 Files is not supported; the volume is a directory of the task"
_VOLUME: Table[Target] = {
    "name": Said("the key in `volumes`"),
    "host": Inside({"sourcePath": As("host_path", text)}),
    "dockerVolumeConfiguration": _docker_volume,
    "efsVolumeConfiguration": _efs,
    "s3filesVolumeConfiguration": Without(_NO_S3_FILES),
    "fsxWindowsFileServerVolumeConfiguration": Without(_NO_FSX),
    "configuredAtLaunch": _at_launch,
}


def _containers(target: TaskTarget, node: SourceNode) -> None:
    is_bridge = target.mode in ("bridge", "host", "")
    for item in node.items():
        one = ContainerTarget(target.report, {}, is_bridge, target.parameter)
        target.containers.append(container(item, one))


TASK: Table[TaskTarget] = {
    "family": As("family", text),
    "taskRoleArn": As("task_role_arn", _role, text="`task_role_arn`: the role that exists"),
    "executionRoleArn": As("execution_role_arn", _role, text="`execution_role_arn`: the role that exists"),
    "networkMode": ByValue(_MODES, Without("`none` is not supported; tasks are in the default mode")),
    "containerDefinitions": _containers,
    "volumes": _volumes,
    "placementConstraints": Joined("overrides.task_definition.placement_constraints"),
    "requiresCompatibilities": _compatibilities,
    "cpu": As("cpu", size),
    "memory": As("memory", size),
    "tags": _tags,
    "pidMode": As("overrides.task_definition.pid_mode", text),
    "ipcMode": As("overrides.task_definition.ipc_mode", text),
    "proxyConfiguration": Without("App Mesh is not supported; use `connect`, Service Connect"),
    "inferenceAccelerators": Without("Elastic Inference has ended"),
    "ephemeralStorage": Inside({"sizeInGiB": As("ephemeral_storage", _storage)}),
    "runtimePlatform": Inside({"cpuArchitecture": _architecture, "operatingSystemFamily": _family}),
    "enableFaultInjection": As("overrides.task_definition.enable_fault_injection", flag),
    **dict.fromkeys(("taskDefinitionArn", "revision", "status", "requiresAttributes"), _STATE),
    **dict.fromkeys(("compatibilities", "registeredAt", "registeredBy"), _STATE),
    **dict.fromkeys(("deregisteredAt", "deleteRequestedAt"), _STATE),
}


def task(node: SourceNode, target: TaskTarget) -> str:
    """Translate a task definition; return the name of the app's own container.

    Raises:
        SourceError: it has no containers, a value has the wrong type, or it is for Windows.
    """
    target.mounted = _mounted(node.listed("containerDefinitions"))
    # The ports of containers depend on the network mode, wherever it stands.
    target.mode = node.text_of("networkMode")
    role = next((role for key in ("executionRoleArn", "taskRoleArn") if (role := node.get(key))), None)
    if role is not None and (match := re.match("arn:([^:]+):iam::([0-9]{12}):", role.text())):
        target.parameter.partition, target.parameter.account = match[1], match[2]
    apply(TASK, node, target)
    served = [item for item in target.containers if not item.pop("is_router", False)]
    if not served:
        raise SourceError(f"{node.where}: containerDefinitions: requires a container")
    own = min(served, key=lambda item: (item.get("name") != target.balanced_container, *_rank(item)))
    name = own.get("name", "app")
    others = {
        item.get("name", f"container-{index}"): item for index, item in enumerate(served) if item is not own
    }
    for item in others.values():
        item.pop("name", None)
    routers = {str(item.get("name")) for item in target.containers} - {name, *others}
    for item in served:
        waits = {key: value for key, value in item.pop("depends_on", {}).items() if key not in routers}
        if waits:
            item["depends_on"] = waits
    target.args |= _own(own, target)
    if others:
        target.args["containers"] = others
    if target.capacity is CapacityKind.EC2:
        target.args["network_mode"] = "awsvpc" if target.mode == "awsvpc" else "bridge"
        _size_of(target, served, node)
    return str(name)


def _mounted(containers: Sequence[SourceNode]) -> frozenset[str]:
    """Return the volumes that containers mount, but for a router of FireLens, which is moorage's own."""
    served = [item for item in containers if item.get("firelensConfiguration") is None]
    mounts = [mount.get("sourceVolume") for item in served for mount in item.listed("mountPoints")]
    return frozenset(volume.text() for volume in mounts if volume is not None)


def _rank(item: dict[str, Any]) -> tuple[bool, bool]:
    """Order the candidates for the app's own container: essential ones, with a TCP port, first."""
    tcp = any(port.get("protocol", "tcp") == "tcp" for port in item.get("ports", ()))
    return not item.get("essential", True), not tcp


def _own(item: dict[str, Any], target: TaskTarget) -> Arguments:
    """Return the arguments of the app's own container, some of which have other names there."""
    renamed = {
        "name": "container_name",
        "cpu": "container_cpu",
        "memory": "container_memory",
        "health_check": "container_health_check",
    }
    args = {renamed.get(key, key): value for key, value in item.items()}
    ports = args.get("ports", [])
    first = next((port for port in ports if port.get("protocol", "tcp") == "tcp"), None)
    if first is not None and not set(first) - {"port", "host_port"}:
        args |= first
        args["ports"] = [port for port in ports if port is not first]
    if not args.get("ports"):
        args.pop("ports", None)
    if args.get("container_memory") == target.args.get("memory"):
        args.pop("container_memory", None)
    return args


_SMALLEST = {"cpu": 128, "memory": 6}
"""The size of a task on instances (API reference, RegisterTaskDefinition, cpu and memory)."""


def _size_of(target: TaskTarget, containers: list[dict[str, Any]], node: SourceNode) -> None:
    """Set the size of a task on instances that has none: the sum of its containers."""
    for argument, keys in {"cpu": ("cpu",), "memory": ("memory", "memory_reservation")}.items():
        total = sum(next((item[key] for key in keys if key in item), 0) for item in containers)
        if argument in target.args or not total:
            continue
        target.args[argument] = size = max(_SMALLEST[argument], total)
        if size > total:
            text_ = f"`{argument}` of the task is {size}, the least; its containers have {total}"
            target.report.approximated(node, f"containerDefinitions.{argument}", text_)


def import_task_definition(file: Path, name: str | None, region: str) -> Project:
    """Return the project of a task definition in JSON or YAML.

    Raises:
        MoorageError: the file cannot be read, or is not a task definition of Linux containers.
    """
    documents = load_file(file)
    if not documents:
        raise SourceError(f"{file}: is empty")
    document = SourceNode.of(documents[0])
    described = document.get("taskDefinition")
    node = SourceNode.of(described) if described else document
    if node.get("containerDefinitions") is None:
        raise SourceError(f"{node.where}: is not a task definition: it has no containerDefinitions")
    title = logical_name(name or node.text_of("family", file.stem))
    project = Project(title.lower(), file.name, region)
    project.regions = regions_in(node.plain())
    own = next(iter(project.regions)) if len(project.regions) == 1 else region
    target = TaskTarget(project.report, {}, Parameter(region=own))
    task(node, target)
    tags = document.get("tags")
    if described and tags is not None:
        _tags(target, tags)
    _declare_app(project, title, target)
    project.steps.append(
        "A task definition does not say how many tasks run, and how clients reach them: add `count`, "
        "`load_balancer`, `public` or `connect` to the app."
    )
    return project


def _declare_app(project: Project, title: str, target: TaskTarget) -> None:
    """Declare the network, the cluster and the app of one task."""
    take_all_secrets(project, title, target.args)
    network = project.declare("Network", title, {}, "network")
    cluster: Arguments = {"capacity": target.capacity, "arch": target.arch}
    cluster = {
        key: value
        for key, value in cluster.items()
        if value not in (CapacityKind.FARGATE, Architecture.X86_64)
    }
    if target.capacity is not CapacityKind.FARGATE:
        cluster = {"network": network.ref, **cluster}
    where = project.declare("EcsCluster", title, cluster, "cluster")
    app = project.declare(
        "ContainerApp", title, {"cluster": where.ref, "network": network.ref, **target.args}
    )
    project.exports["serviceName"] = f"{app.variable}.service_name"
