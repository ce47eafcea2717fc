"""Services of Copilot as the arguments of a `ContainerApp`."""

from typing import Any

from moorage.compose_file.nodes import Node
from moorage.importing.bounds import bounded
from moorage.importing.firelens import sent_by_firelens
from moorage.importing.project import FILE_SYSTEM, GROUP
from moorage.importing.tables import (
    As,
    Inside,
    Said,
    SourceError,
    Table,
    Target,
    Without,
    apply,
    flag,
    text,
    texts,
    whole,
)

from .connections import nlb
from .containers import (
    IMAGE,
    SIDECAR,
    ContainerTarget,
    Place,
    env_file,
    mount,
    secrets,
    variables,
)
from .messaging import publish, subscribe
from .routes import http
from .scaling import count
from .values import words


def _image(target: ContainerTarget, node: Node, path: str) -> None:
    apply(IMAGE, node, path, target)
    if "health_check" in target.args:
        target.args["container_health_check"] = target.args.pop("health_check")


def _platform(target: ContainerTarget, node: Node, path: str) -> None:
    system, architecture = node.get("osfamily"), node.get("architecture")
    name = f"{system.text() if system else 'linux'}/{architecture.text() if architecture else 'x86_64'}"
    name = name if isinstance(node.value, dict) else node.text()
    if "windows" in name.lower():
        raise SourceError(
            f"{node.where}: {path}: {name} is not supported: moorage runs Linux containers only"
        )
    target.place.arch = "arm64" if name.endswith(("arm64", "aarch64")) else "x86_64"
    target.report.translated(node, path, "`arch` of the cluster")


def _exec(target: Target, node: Node, path: str) -> None:
    enabled = node.get("enable") if isinstance(node.value, dict) else node
    target.put("execute_command", enabled is not None and flag(enabled))
    target.report.translated(node, path, "`execute_command`")


def _volumes(target: ContainerTarget, node: Node, path: str) -> None:
    for name, item in node.entries().items():
        one = target.inner({"read_only": True})
        apply(_VOLUME, item, f"{path}.{name}", one)
        efs = one.args.pop("efs", None)
        if efs is not None and (ids := [str(efs.pop(key)) for key in ("uid", "gid") if key in efs]):
            efs["user"] = ":".join(ids)
        target.args.setdefault("volumes", {})[name] = {} if efs is None else {"efs": efs}
        if "path" in one.args:
            target.args.setdefault("mounts", []).append(mount({"volume": name, **one.args}))


def _efs(target: ContainerTarget, node: Node, path: str) -> None:
    if node.value is False:
        target.report.translated(node, path, "a volume of the task")
        return
    target.put("efs", {})
    if isinstance(node.value, dict):
        apply(_EFS, node, path, target)
    if "file_system_id" not in target.args["efs"]:
        text_ = "`efs`: a new file system; copy the data of Copilot's"
        target.report.approximated(node, path, text_)


def _efs_id(target: ContainerTarget, node: Node, path: str) -> None:
    export = node.get("from_cfn")
    if export is not None:
        what = f"The CloudFormation export {export.text()}: the id of an EFS file system"
        target.put(
            "efs.file_system_id", target.place.project.setting([export.text()], what, stand_in=FILE_SYSTEM)
        )
        target.report.approximated(node, path, "`efs.file_system_id`: its value is a setting of the stack")
    elif node.text() not in ("copilot", "managed"):
        target.put("efs.file_system_id", node.text())
        target.report.translated(node, path, "`efs.file_system_id`")


_EFS_AUTH: Table[Target] = {
    "iam": As("efs.iam", flag),
    "access_point_id": As("efs.access_point_id", text),
}
_EFS: Table[ContainerTarget] = {
    "id": _efs_id,
    "root_dir": As("efs.root_directory", text),
    "uid": As("efs.uid", whole),
    "gid": As("efs.gid", whole),
    "auth": Inside(_EFS_AUTH),
}
_VOLUME: Table[ContainerTarget] = {"path": As("path", text), "read_only": As("read_only", flag), "efs": _efs}
_STORAGE: Table[ContainerTarget] = {
    "ephemeral": bounded("ephemeral_storage", 21, 200, "Fargate"),
    "readonly_fs": As("read_only", flag),
    "volumes": _volumes,
}


def placement(target: ContainerTarget, node: Node, path: str) -> None:
    """`placement`: public or private subnets."""
    if isinstance(node.value, dict):
        target.report.omitted(node, path, "tasks are in the subnets of `Network`; set them there")
    elif node.text() == "public" or target.place.has_private:
        target.put("subnets", node.text())
        target.report.translated(node, path, "`subnets`")
    else:
        text_ = "tasks are in public subnets: give `Network` private ones, and `private_egress`"
        target.report.approximated(node, path, text_)


def _groups(target: ContainerTarget, node: Node, path: str) -> None:
    denied = node.get("deny_default") if isinstance(node.value, dict) else None
    if denied is not None:
        target.put("security_group", not flag(denied))
        target.report.translated(denied, f"{path}.deny_default", "`security_group`")
    listed = node.get("groups") if isinstance(node.value, dict) else node
    ids: list[Any] = []
    for index, item in enumerate(listed.items() if listed else []):
        export, inner = item.get("from_cfn"), f"{path}[{index}]"
        if export is None:
            ids.append(item.text())
            target.report.translated(item, inner, "`security_group_ids`")
        else:
            what = f"The CloudFormation export {export.text()}: the id of a security group"
            ids.append(target.place.project.setting([export.text()], what, stand_in=GROUP))
            target.report.approximated(
                item, inner, "`security_group_ids`: its value is a setting of the stack"
            )
    if ids:
        target.put("security_group_ids", ids)


def _connect(target: ContainerTarget, node: Node, path: str) -> None:
    alias = node.get("alias") if isinstance(node.value, dict) else None
    if node.value is False:
        target.report.translated(node, path, "no `connect` of its own")
        return
    target.place.namespace = True
    target.put("connect", {} if alias is None else {"services": [{"aliases": [{"dns_name": alias.text()}]}]})
    target.report.translated(node, path, "`connect`")


_VPC: Table[ContainerTarget] = {"placement": placement, "security_groups": _groups}
NETWORK: Table[ContainerTarget] = {
    "connect": _connect,
    "vpc": Inside(_VPC),
}


def _logging(target: ContainerTarget, node: Node, path: str) -> None:
    apply(_LOGGING, node, path, target)


def _destination(target: Target, node: Node, path: str) -> None:
    sent_by_firelens(target, node.with_value({"options": node}), path)


_ROUTER = "the router of `log.firelens` is AWS's image, and has no settings of its own"
_LOGGING: Table[ContainerTarget] = {
    "retention": As("log_retention_days", whole),
    "destination": _destination,
    **{
        key: Without(_ROUTER)
        for key in (
            *("image", "enableMetadata", "configFilePath", "secretOptions"),
            *("variables", "secrets", "env_file"),
        )
    },
}


def _rolling(target: Target, node: Node, path: str) -> None:
    if node.text() == "recreate":
        target.put("minimum_healthy_percent", 0)
        target.put("maximum_percent", 100)
    target.report.translated(node, path, "`minimum_healthy_percent` and `maximum_percent`")


def _alarms(target: Target, node: Node, path: str) -> None:
    if isinstance(node.value, list):
        target.put("alarm_names", texts(node))
        target.report.translated(node, path, "`alarm_names`")
        return
    for key, item in node.entries().items():
        argument = {"cpu_utilization": "cpu", "memory_utilization": "memory"}.get(key)
        if argument is None:
            target.report.omitted(item, f"{path}.{key}", "no alarm counts waiting messages; see `alarms`")
        else:
            target.put(f"alarms.{argument}", round(float(item.text())))
            text_ = f"`alarms.{argument}` notifies; errors and latency are what rolls a deployment back"
            target.report.approximated(item, f"{path}.{key}", text_)


def _tracing(target: Target, node: Node, path: str) -> None:
    target.put("tracing", True)
    target.report.translated(node, path, "`tracing`")


OBSERVABILITY = Inside({"tracing": _tracing})
_DEPLOYMENT: Table[Target] = {"rolling": _rolling, "rollback_alarms": _alarms}


def _overridden(target: Target, node: Node, path: str) -> None:
    for index, item in enumerate(node.items()):
        where = item.get("path")
        name = f"{path}[{index}]{f' ({where.text()})' if where else ''}"
        target.report.omitted(item, name, "set the argument of `ContainerApp`, or its `overrides`")


def _sidecars(target: ContainerTarget, node: Node, path: str) -> None:
    for name, item in node.entries().items():
        one = target.inner()
        apply(SIDECAR, item, f"{path}.{name}", one)
        target.args.setdefault("containers", {})[name] = one.args


def _type(target: Target, node: Node, path: str) -> None:
    if node.text() != "Request-Driven Web Service":
        target.report.translated(node, path, "the kind of the component")


def _http(target: ContainerTarget, node: Node, path: str) -> None:
    target.args["http_target"] = http(target, node, path)


TASK: Table[ContainerTarget] = {
    "name": Said("the name of the component"),
    "type": _type,
    "image": _image,
    "entrypoint": As("entry_point", words),
    "command": As("command", words),
    "cpu": As("cpu", whole),
    "memory": As("memory", whole),
    "platform": _platform,
    "variables": variables,
    "env_file": env_file,
    "secrets": secrets,
    "publish": publish,
    "taskdef_overrides": _overridden,
}
_SERVICE: Table[ContainerTarget] = {
    **TASK,
    "count": count,
    "exec": _exec,
    "storage": Inside(_STORAGE),
    "network": Inside(NETWORK),
    "logging": _logging,
    "observability": OBSERVABILITY,
    "deployment": Inside(_DEPLOYMENT),
    "sidecars": _sidecars,
    "subscribe": subscribe,
    "http": _http,
    "nlb": nlb,
}


def service(node: Node, name: str, place: Place, target: Target) -> dict[str, Any]:
    """Return the arguments of a service.

    `http_target` has those of a service behind an Application Load Balancer, `network_target` those
    behind a network load balancer.
    """
    one = ContainerTarget(target.report, {}, place, name, node)
    apply(_SERVICE, node, "", one)
    args = one.args
    settle_port(args)
    http_target, network_target = args.get("http_target"), args.get("network_target")
    if http_target is not None:
        args = _reached(args, name, http_target)
        if args.get("port") == 443:
            http_target["protocol"] = "https"
    elif network_target is not None:
        # The port of a sidecar is the default of `target_port`, else that of the listener.
        default = None if "container" in network_target else network_target["listener_port"]
        network_target.setdefault("port", default)
        args = _reached(args, name, network_target)
        args.setdefault("port", network_target["listener_port"])
    _drop_unmounted(args)
    return args


def _reached(args: dict[str, Any], name: str, target: dict[str, Any]) -> dict[str, Any]:
    """Make the container and the port that a load balancer reaches those of the app."""
    containers: dict[str, Any] = args.get("containers", {})
    port = target.pop("port", None)
    exposing = [
        key for key, item in containers.items() if any(p["port"] == port for p in item.get("ports", []))
    ]
    default = name if port == args.get("port") or not exposing else exposing[0]
    container = target.pop("container", default)
    if container != name:
        args = _swapped(args, name, container)
    own: list[dict[str, Any]] = args.pop("ports", [])
    if port is not None and port != args.get("port"):
        own += [{"port": args["port"]}] if "port" in args else []
        own = [item for item in own if item["port"] != port]
        args["port"] = port
    checked = target.get("health_check", {}).get("port")
    others = [item for one in args.get("containers", {}).values() for item in one.get("ports", [])]
    if checked not in {None, args.get("port"), *(item["port"] for item in (*own, *others))}:
        own.append({"port": checked})
    return {**args, **({"ports": own} if own else {})}


def settle_port(args: dict[str, Any]) -> None:
    """Make the first port of the main container that of the app."""
    ports = args.pop("ports", [])
    if ports:
        args["port"] = ports[0]["port"]


def _swapped(args: dict[str, Any], name: str, container: str) -> dict[str, Any]:
    """Make the sidecar that the load balancer reaches the app's own container."""
    own_keys = set(_CONTAINER_KEYS) | {"container_health_check"}
    main = {key: args.pop(key) for key in list(args) if key in own_keys}
    if "container_health_check" in main:
        main["health_check"] = main.pop("container_health_check")
    if "port" in args:
        main["ports"] = [{"port": args.pop("port")}]
    sidecar = dict(args["containers"].pop(container))
    if "health_check" in sidecar:
        sidecar["container_health_check"] = sidecar.pop("health_check")
    settle_port(sidecar)
    others = {name: main, **args["containers"]}
    return {**args, **sidecar, "container_name": container, "containers": others}


_CONTAINER_KEYS = (
    *(
        "image",
        "build",
        "repository_credentials",
        "command",
        "entry_point",
        "environment",
        "secrets",
        "labels",
    ),
    *("depends_on", "mounts", "read_only"),
)
"""Arguments of the main container that move with it."""


def _drop_unmounted(args: dict[str, Any]) -> None:
    containers = [args, *args.get("containers", {}).values()]
    mounted = {item["volume"] for one in containers for item in one.get("mounts", [])}
    volumes = {name: volume for name, volume in args.get("volumes", {}).items() if name in mounted}
    if volumes:
        args["volumes"] = volumes
    else:
        args.pop("volumes", None)
