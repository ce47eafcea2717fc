"""Task definitions, as `register-task-definition` takes and `describe-task-definition` returns them."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moorage.compose_file.nodes import Node
from moorage.compose_file.yaml_reader import load_file

from .containers import ContainerTarget, Parameter, container, volume_argument
from .literals import take_secrets
from .project import Arguments, Call, Code, Project, logical_name
from .region import regions_in
from .tables import As, Inside, Said, SourceError, Table, Target, Without, apply, flag, text, whole

_ARCHITECTURES = {"X86_64": "x86_64", "ARM64": "arm64"}
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
    wanted: str = ""
    """The name of the container that must be the app's own, if a service has one."""

    @property
    def capacity(self) -> str:
        """The capacity of the cluster on which the task runs."""
        if "FARGATE" in self.compatibilities or (not self.compatibilities and self.mode == "awsvpc"):
            return "fargate"
        return "managed_instances" if self.compatibilities == ["MANAGED_INSTANCES"] else "ec2"


def _role(argument: str) -> Any:
    def function(target: TaskTarget, node: Node, path: str) -> None:
        name = node.text()
        role = re.sub("^.*:role/", "", name)
        arn: Any = name
        if not name.startswith("arn:"):
            arn = Call("aws.iam.get_role_output", named=(("name", role),), attribute=".arn")
        target.put(argument, arn)
        target.report.translated(node, path, f"`{argument}`: the role that exists")

    return function


def _mode(target: TaskTarget, node: Node, path: str) -> None:
    target.mode = mode = node.text()
    if mode in ("awsvpc", "bridge"):
        target.report.translated(node, path, "`network_mode`")
    elif mode == "host":
        target.report.approximated(node, path, "`network_mode` is bridge, with the host ports of the file")
    else:
        target.report.omitted(node, path, "`none` is not supported; tasks are in the default mode")


def _compatibilities(target: TaskTarget, node: Node, path: str) -> None:
    target.compatibilities = [item.text() for item in node.items()]
    if "EXTERNAL" in target.compatibilities:
        target.report.omitted(node, path, "ECS Anywhere is not supported; tasks run on `capacity` ec2")
    else:
        target.report.translated(node, path, "`capacity` of the cluster")


def size(argument: str) -> Any:
    """Return a function for a task's size: units, or `1 vCPU` and `2 GB`."""

    def function(target: TaskTarget, node: Node, path: str) -> None:
        match = re.fullmatch(r"\s*([0-9.]+)\s*(v?cpus?|gb|gib|mb|mib)?\s*", node.text(), re.IGNORECASE)
        if match is None:
            raise SourceError(
                f"{node.where}: {path}: {node.text()!r} must be a number, such as 1024 or 1 vCPU"
            )
        unit = (match[2] or "").lower()
        target.put(argument, round(float(match[1]) * (1024 if unit and not unit.startswith("m") else 1)))
        target.report.translated(node, path, f"`{argument}`")

    return function


def _tags(target: TaskTarget, node: Node, path: str) -> None:
    tags: dict[str, str] = {}
    for index, entry in enumerate(node.items()):
        key, value = entry.get("key"), entry.get("value")
        name = key.text() if key else ""
        reserved = name.lower().startswith(("aws:", "moorage:"))
        for part, item in entry.entries().items():
            inner = f"{path}[{index}].{part}"
            if reserved:
                target.report.omitted(item, inner, "a tag of AWS's own")
            else:
                target.report.translated(item, inner, "`tags`")
        if name and not reserved:
            tags[name] = value.text() if value else ""
    if tags:
        target.put("tags", tags)


def _architecture(target: TaskTarget, node: Node, path: str) -> None:
    target.arch = _ARCHITECTURES.get(node.text().upper(), "x86_64")
    target.report.translated(node, path, "`arch` of the cluster")


def _family(target: TaskTarget, node: Node, path: str) -> None:
    if node.text().upper() != "LINUX":
        raise SourceError(
            f"{node.where}: {path}: {node.text()} is not supported: moorage runs Linux containers only"
        )
    target.report.translated(node, path, "Linux is what moorage runs")


def _override(argument: str) -> Any:
    """Return a function for a key that only `overrides` of the task definition has."""

    def function(target: TaskTarget, node: Node, path: str) -> None:
        value = node.plain() if not isinstance(node.value, list) else [item.plain() for item in node.items()]
        target.put(f"overrides.task_definition.{argument}", value)
        place = f"`overrides.task_definition.{argument}`"
        if isinstance(node.value, list):
            for index, item in enumerate(node.items()):
                for key, value in item.entries().items():
                    target.report.translated(value, f"{path}[{index}].{key}", place)
        else:
            target.report.translated(node, path, place)

    return function


def _storage(target: TaskTarget, node: Node, path: str) -> None:
    size = whole(node)
    if size > 20:
        target.put("ephemeral_storage", size)
    target.report.translated(node, path, "`ephemeral_storage`")


def _volumes(target: TaskTarget, node: Node, path: str) -> None:
    volumes: dict[str, Any] = {}
    for index, entry in enumerate(node.items()):
        name = entry.get("name")
        if name is None:
            raise SourceError(f"{entry.where}: {path}[{index}]: requires a name")
        if name.text() not in target.mounted:
            target.report.omitted(entry, f"{path}[{index}]", f"no container mounts {name.text()}")
            continue
        one = Target(target.report, {})
        apply(_VOLUME, entry, f"{path}[{index}]", one)
        volumes[volume_argument(name.text())] = one.args
    if volumes:
        target.put("volumes", volumes)


def _docker_volume(target: Target, node: Node, path: str) -> None:
    text_ = "is a directory of the task, deleted with it: drivers and shared scopes are not supported"
    for key, item in node.entries().items():
        local = (key, item.text()) in (("scope", "task"), ("driver", "local"))
        if local:
            target.report.translated(item, f"{path}.{key}", "a volume of the task")
        else:
            target.report.approximated(item, f"{path}.{key}", f"the volume {text_}")


def _efs(target: Target, node: Node, path: str) -> None:
    target.put("efs", {})
    apply(_EFS, node, path, target)
    efs = target.args["efs"]
    if "access_point_id" in efs and efs.get("root_directory") == "/":
        del efs["root_directory"]


def _transit(target: Target, node: Node, path: str) -> None:
    if node.text() == "ENABLED":
        target.report.translated(node, path, "always encrypted in transit")
    else:
        target.report.approximated(node, path, "always encrypted in transit")


def _at_launch(target: Target, node: Node, path: str) -> None:
    if flag(node):
        target.put("ebs", {"size": 20})
        target.report.approximated(
            node, path, "`ebs.size` is 20 GiB: the service has the size, not this file"
        )


_EFS: Table[Target] = {
    "fileSystemId": As("efs.file_system_id", text),
    "rootDirectory": As("efs.root_directory", text),
    "transitEncryption": _transit,
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


def _containers(target: TaskTarget, node: Node, path: str) -> None:
    for index, entry in enumerate(node.items()):
        one = ContainerTarget(target.report, {}, target.mode in ("bridge", "host", ""), target.parameter)
        target.containers.append(container(entry, f"{path}[{index}]", one))


TASK: Table[TaskTarget] = {
    "family": As("family", text),
    "taskRoleArn": _role("task_role_arn"),
    "executionRoleArn": _role("execution_role_arn"),
    "networkMode": _mode,
    "containerDefinitions": _containers,
    "volumes": _volumes,
    "placementConstraints": _override("placement_constraints"),
    "requiresCompatibilities": _compatibilities,
    "cpu": size("cpu"),
    "memory": size("memory"),
    "tags": _tags,
    "pidMode": _override("pid_mode"),
    "ipcMode": _override("ipc_mode"),
    "proxyConfiguration": Without("App Mesh is not supported; use `connect`, Service Connect"),
    "inferenceAccelerators": Without("Elastic Inference has ended"),
    "ephemeralStorage": Inside({"sizeInGiB": _storage}),
    "runtimePlatform": Inside({"cpuArchitecture": _architecture, "operatingSystemFamily": _family}),
    "enableFaultInjection": _override("enable_fault_injection"),
    **{
        key: _STATE
        for key in (
            *("taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities"),
            *("registeredAt", "registeredBy", "deregisteredAt", "deleteRequestedAt"),
        )
    },
}


def task(node: Node, path: str, target: TaskTarget) -> str:
    """Translate a task definition; return the name of the app's own container.

    Raises:
        SourceError: it has no containers, a value has the wrong type, or it is for Windows.
    """
    target.mounted = _mounted(node.listed("containerDefinitions"))
    # The ports of containers depend on the network mode, wherever it stands.
    mode = node.get("networkMode")
    target.mode = mode.text() if mode else ""
    role = next((role for key in ("executionRoleArn", "taskRoleArn") if (role := node.get(key))), None)
    if role is not None and (match := re.match("arn:([^:]+):iam::([0-9]{12}):", role.text())):
        target.parameter.partition, target.parameter.account = match[1], match[2]
    apply(TASK, node, path, target)
    served = [item for item in target.containers if not item.pop("is_router", False)]
    if not served:
        raise SourceError(f"{node.where}: containerDefinitions: requires a container")
    own = min(served, key=lambda item: (item.get("name") != target.wanted, *_rank(item)))
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
    if target.capacity == "ec2":
        target.args["network_mode"] = "awsvpc" if target.mode == "awsvpc" else "bridge"
        _size_of(target, served, node)
    return str(name)


def _mounted(containers: list[Node]) -> frozenset[str]:
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


def _size_of(target: TaskTarget, containers: list[dict[str, Any]], node: Node) -> None:
    """Set the size of a task on instances that has none: the sum of its containers."""
    for argument, keys in {"cpu": ("cpu",), "memory": ("memory", "memory_reservation")}.items():
        total = sum(next((item[key] for key in keys if key in item), 0) for item in containers)
        if argument in target.args or not total:
            continue
        target.args[argument] = size = max(_SMALLEST[argument], total)
        if size > total:
            text_ = f"`{argument}` of the task is {size}, the least; its containers have {total}"
            target.report.approximated(node.with_value(None), f"containerDefinitions.{argument}", text_)


def import_task_definition(file: Path, name: str | None, region: str) -> Project:
    """Return the project of a task definition in JSON or YAML.

    Raises:
        MoorageError: the file cannot be read, or is not a task definition of Linux containers.
    """
    documents = load_file(file)
    if not documents:
        raise SourceError(f"{file}: is empty")
    node = documents[0].get("taskDefinition") or documents[0]
    if node.get("containerDefinitions") is None:
        raise SourceError(f"{node.where}: is not a task definition: it has no containerDefinitions")
    family = node.get("family")
    title = logical_name(name or (family.text() if family else file.stem))
    project = Project(title.lower(), file.name, region)
    project.regions = regions_in(node.plain())
    own = next(iter(project.regions)) if len(project.regions) == 1 else region
    target = TaskTarget(project.report, {}, Parameter(region=own))
    task(node, "", target)
    tags = documents[0].get("tags")
    if node is not documents[0] and tags is not None:
        apply({"tags": TASK["tags"]}, documents[0].with_value({"tags": tags}), "", target)
    declare_app(project, title, target)
    project.steps.append(
        "A task definition does not say how many tasks run, and how clients reach them: add `count`, "
        "`load_balancer`, `public` or `connect` to the app."
    )
    return project


def declare_app(project: Project, title: str, target: TaskTarget) -> None:
    """Declare the network, the cluster and the app of one task."""
    take_secrets(project, title, target.args)
    for container_name, arguments in target.args.get("containers", {}).items():
        take_secrets(project, title, arguments, container_name)
    network = project.declare("Network", title, project.everywhere({}), "network")
    cluster: Arguments = {"capacity": target.capacity, "arch": target.arch}
    cluster = {key: value for key, value in cluster.items() if value not in ("fargate", "x86_64")}
    if target.capacity != "fargate":
        cluster = {"network": reference(network.variable), **cluster}
    where = project.declare("EcsCluster", title, project.everywhere(cluster), "cluster")
    args = {"cluster": reference(where.variable), "network": reference(network.variable), **target.args}
    app = project.declare("ContainerApp", title, project.everywhere(args), title)
    project.exports["serviceName"] = f"{app.variable}.service_name"


def reference(variable: str) -> Any:
    """Return the expression by which other components take one."""
    return Code(f"{variable}.ref")
