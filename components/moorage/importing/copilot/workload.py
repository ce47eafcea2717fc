"""Services of Copilot as the arguments of a `ContainerApp`."""

from typing import Any

from moorage.importing.bounds import bounded
from moorage.importing.firelens import sent_by_firelens
from moorage.importing.project import FILE_SYSTEM, GROUP
from moorage.importing.readers import flag, text, texts, whole
from moorage.importing.tables import As, Inside, Said, SourceNode, Table, Target, Without, apply

from .connections import nlb
from .containers import IMAGE, SIDECAR, ContainerTarget, env_file, mount, secrets, variables
from .messaging import publish, subscribe
from .routes import http
from .scaling import count
from .values import words


def _image(target: ContainerTarget, node: SourceNode) -> None:
    apply(IMAGE, node, target)
    if "health_check" in target.args:
        target.args["container_health_check"] = target.args.pop("health_check")


def _platform(target: ContainerTarget, node: SourceNode) -> None:
    if isinstance(node.value, dict):
        name = f"{node.text_of('osfamily', 'linux')}/{node.text_of('architecture', 'x86_64')}"
    else:
        name = node.text()
    if "windows" in name.lower():
        raise node.error(f"{name} is not supported: moorage runs Linux containers only")
    target.place.arch = "arm64" if name.endswith(("arm64", "aarch64")) else "x86_64"
    target.translated(node, "`arch` of the cluster")


def _exec(node: SourceNode) -> bool:
    """Return whether `exec`, a Boolean or an object, is on."""
    enabled = node.get("enable") if isinstance(node.value, dict) else node
    return enabled is not None and flag(enabled)


def _volumes(target: ContainerTarget, node: SourceNode) -> None:
    for name, item in node.entries().items():
        one = target.inner({"read_only": True})
        apply(_VOLUME, item, one)
        efs = one.args.pop("efs", None)
        if efs is not None and (ids := [str(efs.pop(key)) for key in ("uid", "gid") if key in efs]):
            efs["user"] = ":".join(ids)
        target.args.setdefault("volumes", {})[name] = {} if efs is None else {"efs": efs}
        if "path" in one.args:
            target.args.setdefault("mounts", []).append(mount({"volume": name, **one.args}))


def _efs(target: ContainerTarget, node: SourceNode) -> None:
    if node.value is False:
        target.translated(node, "a volume of the task")
        return
    target.put("efs", {})
    if isinstance(node.value, dict):
        apply(_EFS, node, target)
    if "file_system_id" not in target.args["efs"]:
        target.approximated(node, "`efs`: a new file system; copy the data of Copilot's")


def _efs_id(target: ContainerTarget, node: SourceNode) -> None:
    export = target.exported(node, ": the id of an EFS file system", FILE_SYSTEM)
    if export is not None:
        target.put("efs.file_system_id", export)
        target.approximated(node, "`efs.file_system_id`: its value is a setting of the stack")
    elif node.text() not in ("copilot", "managed"):
        target.put("efs.file_system_id", node.text())
        target.translated(node, "`efs.file_system_id`")


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
    "ephemeral": bounded("ephemeral_storage", "Fargate"),
    "readonly_fs": As("read_only", flag),
    "volumes": _volumes,
}


def placement(target: ContainerTarget, node: SourceNode) -> None:
    """`placement`: public or private subnets."""
    if isinstance(node.value, dict):
        target.omitted(node, "tasks are in the subnets of `Network`; set them there")
    elif node.text() == "public" or target.place.shared.has_private:
        target.put("subnets", node.text())
        target.translated(node, "`subnets`")
    else:
        target.approximated(
            node, "tasks are in public subnets: give `Network` private ones, and `private_egress`"
        )


def _groups(target: ContainerTarget, node: SourceNode) -> None:
    if (denied := node.get("deny_default")) is not None:
        target.put("security_group", not flag(denied))
        target.translated(denied, "`security_group`")
    ids: list[Any] = []
    for item in node.listed("groups") if isinstance(node.value, dict) else node.items():
        export = target.exported(item, ": the id of a security group", GROUP)
        if export is None:
            ids.append(item.text())
            target.translated(item, "`security_group_ids`")
        else:
            ids.append(export)
            target.approximated(item, "`security_group_ids`: its value is a setting of the stack")
    if ids:
        target.put("security_group_ids", ids)


def _connect(target: ContainerTarget, node: SourceNode) -> None:
    if node.value is False:
        target.translated(node, "no `connect` of its own")
        return
    alias = node.get("alias")
    target.place.namespace = True
    target.put("connect", {} if alias is None else {"services": [{"aliases": [{"dns_name": alias.text()}]}]})
    target.translated(node, "`connect`")


_VPC: Table[ContainerTarget] = {"placement": placement, "security_groups": _groups}
NETWORK: Table[ContainerTarget] = {
    "connect": _connect,
    "vpc": Inside(_VPC),
}


def _destination(target: Target, node: SourceNode) -> None:
    sent_by_firelens(target, SourceNode.of(node.with_value({"options": node}), node.path))


_ROUTER = Without("the router of `log.firelens` is AWS's image, and has no settings of its own")
_LOGGING: Table[ContainerTarget] = {
    "retention": As("log_retention_days", whole),
    "destination": _destination,
    **dict.fromkeys(("image", "enableMetadata", "configFilePath", "secretOptions"), _ROUTER),
    **dict.fromkeys(("variables", "secrets", "env_file"), _ROUTER),
}


def _rolling(target: Target, node: SourceNode) -> None:
    if node.text() == "recreate":
        target.put("minimum_healthy_percent", 0)
        target.put("maximum_percent", 100)
    target.translated(node, "`minimum_healthy_percent` and `maximum_percent`")


def _alarms(target: Target, node: SourceNode) -> None:
    if isinstance(node.value, list):
        target.put("alarm_names", texts(node))
        target.translated(node, "`alarm_names`")
        return
    for key, item in node.entries().items():
        argument = {"cpu_utilization": "cpu", "memory_utilization": "memory"}.get(key)
        if argument is None:
            target.omitted(item, "no alarm counts waiting messages; see `alarms`")
        else:
            target.put(f"alarms.{argument}", round(float(item.text())))
            target.approximated(
                item, f"`alarms.{argument}` notifies; errors and latency are what rolls a deployment back"
            )


OBSERVABILITY = Inside({"tracing": As("tracing", lambda node: True)})
_DEPLOYMENT: Table[Target] = {"rolling": _rolling, "rollback_alarms": _alarms}


def _overridden(target: Target, node: SourceNode) -> None:
    for item in node.items():
        where = item.get("path")
        key = f"{item.path}{f' ({where.text()})' if where else ''}"
        target.report.omitted(item, key, "set the argument of `ContainerApp`, or its `overrides`")


def _sidecars(target: ContainerTarget, node: SourceNode) -> None:
    for name, item in node.entries().items():
        one = target.inner()
        apply(SIDECAR, item, one)
        target.args.setdefault("containers", {})[name] = one.args


def _type(target: Target, node: SourceNode) -> None:
    if node.text() != "Request-Driven Web Service":
        target.translated(node, "the kind of the component")


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
    "exec": As("execute_command", _exec),
    "storage": Inside(_STORAGE),
    "network": Inside(NETWORK),
    "logging": Inside(_LOGGING),
    "observability": OBSERVABILITY,
    "deployment": Inside(_DEPLOYMENT),
    "sidecars": _sidecars,
    "subscribe": subscribe,
    "http": http,
    "nlb": nlb,
}


def service(one: ContainerTarget) -> dict[str, Any]:
    """Return the arguments of a service.

    `http_target` has those of a service behind an Application Load Balancer, `network_target` those
    behind a network load balancer.
    """
    apply(_SERVICE, one.manifest, one)
    args, name = one.args, one.workload
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
    main = {key: args.pop(key) for key in list(args) if key in _CONTAINER_KEYS}
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
    *("image", "build", "repository_credentials", "command", "entry_point", "environment", "secrets"),
    *("labels", "depends_on", "mounts", "read_only", "container_health_check"),
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
