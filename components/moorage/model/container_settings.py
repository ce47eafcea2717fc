"""Containers from arguments: an app's own, and the further ones of its task."""

from collections.abc import Mapping, Sequence
from typing import Any

from .arguments import mapping
from .choices import DevicePermission, LogDriver, Protocol
from .connect import port_name
from .containers import (
    LOG_GROUP,
    LOG_REGION,
    Container,
    ContainerHealthCheck,
    Logs,
    MountPoint,
    PortMapping,
    RestartPolicy,
    awslogs,
)
from .fields.container import CONTAINER_TABLE
from .fields.values import Values
from .firelens import routed
from .later import later
from .lookup import described, described_each, described_if_given


def built_image(container: str) -> str:
    """Return the stand-in for the image that is built for a container."""
    return later(f"image {container}")


def stored_secret(variable: str) -> str:
    """Return the stand-in for the ARN of the secret that stores a variable of the app's own container."""
    return later(f"stored {variable}")


def ports_of(
    container: str, args: Mapping[str, Any], *, bridge: bool, connected: set[int]
) -> list[PortMapping]:
    """Return the port mappings of a container's `ports`."""
    mappings: list[PortMapping] = []
    for port in Values(CONTAINER_TABLE, args).inner("ports"):
        number, protocol, name = port["port"], port["protocol"], port["name"]
        if number in connected and protocol is Protocol.TCP:
            name = name or port_name(container, number)
        host_port = port["host_port"] if bridge else None
        mappings.append(PortMapping(number, host_port, protocol, name or None, port["app_protocol"]))
    return mappings


def container(
    name: str, args: Mapping[str, Any], ports: Sequence[PortMapping], stream_prefix: str
) -> Container:
    """Return the container that checked arguments describe."""
    values = Values(CONTAINER_TABLE, args)
    stored = {variable: stored_secret(variable) for variable in args.get("secret_values", {})}
    return described(
        Container,
        values,
        name=name,
        image=built_image(name) if "build" in args else args.get("image", ""),
        ports=list(ports),
        secrets={**args.get("secrets", {}), **stored},
        linux=_linux(values),
        ulimits=[
            {"name": limit, "softLimit": value["soft"], "hardLimit": value["hard"]}
            for limit, value in sorted(mapping(args.get("ulimits")).items())
        ],
        mounts=described_each(MountPoint, values, "mounts"),
        volumes_from=tuple(
            (other["container"], other["read_only"]) for other in values.inner("volumes_from")
        ),
        stop_timeout=args.get("stop_timeout") or None,
        restart_policy=_restart(args.get("restart")),
        firelens=False,
        health_check=described_if_given(ContainerHealthCheck, values, "health_check"),
        logs=_logs(name, values, stream_prefix),
    )


def _linux(values: Values) -> dict[str, Any]:
    """Return Linux settings as in the API (LinuxParameters)."""
    devices = [
        {
            "hostPath": device["host_path"],
            "containerPath": device["path"] or device["host_path"],
            "permissions": list(DevicePermission if device["permissions"] is None else device["permissions"]),
        }
        for device in values.inner("linux.devices")
    ]
    in_memory = [
        {"containerPath": entry["path"], "size": entry["size"]}
        | ({"mountOptions": list(entry["options"])} if entry["options"] else {})
        for entry in values.inner("linux.tmpfs")
    ]
    return {
        "initProcessEnabled": values["linux.init"] or None,
        "capabilities": {name: values[f"linux.{name}_capabilities"] or [] for name in ("add", "drop")},
        "devices": sorted(devices, key=lambda device: (device["hostPath"], device["containerPath"])),
        "sharedMemorySize": values["linux.shared_memory"],
        "tmpfs": sorted(in_memory, key=lambda entry: entry["containerPath"]),
    }


def _restart(args: Mapping[str, Any] | None) -> RestartPolicy | None:
    if args is None:
        return None
    codes = tuple(args.get("ignored_exit_codes", ()))
    return RestartPolicy(codes, args.get("attempt_period"))


def _logs(name: str, values: Values, stream_prefix: str) -> Logs:
    args = mapping(values.given("log"))
    if "firelens" in args:
        return routed(args, name)
    driver = values["log.driver"]
    options, secret_options = args.get("options", {}), args.get("secret_options", {})
    if driver is not LogDriver.AWSLOGS:
        return Logs(driver, options, secret_options)
    group, region = args.get("group", LOG_GROUP), args.get("region", LOG_REGION)
    written = awslogs(group, region, args.get("prefix", stream_prefix))
    return Logs(driver, {**written.options, **options}, secret_options)
