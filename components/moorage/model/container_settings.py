"""Containers from arguments: the app's own and the further ones of its task."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

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
    Tmpfs,
    Ulimit,
    awslogs,
)
from .fields.container import CONTAINER_TABLE
from .fields.values import Values
from .firelens import routed
from .later import later


def built_image(container: str) -> str:
    """Return the stand-in for the image that is built for a container."""
    return later(f"image {container}")


def stored_secret(variable: str) -> str:
    """Return the stand-in for the ARN of the secret that stores a variable of the app's own container."""
    return later(f"stored {variable}")


def ports_of(
    container: str, args: Mapping[str, Any], *, bridge: bool, connected: set[int]
) -> list[PortMapping]:
    """Return the port mappings of `ports`.

    Args:
        container: the container's name.
        args: its arguments.
        bridge: whether the task has bridge networking.
        connected: the ports that Service Connect needs to be named.
    """
    return [
        PortMapping(
            container_port=port["port"],
            host_port=port["host_port"] if bridge else None,
            protocol=port["protocol"],
            name=port["name"] or _default_name(container, port, connected),
            app_protocol=port["app_protocol"],
        )
        for port in Values(CONTAINER_TABLE, args).inner("ports")
    ]


def _default_name(container: str, port: Values, connected: set[int]) -> str | None:
    if port["port"] in connected and port["protocol"] is Protocol.TCP:
        return port_name(container, port["port"])
    return None


def container(
    name: str, args: Mapping[str, Any], ports: Sequence[PortMapping], stream_prefix: str
) -> Container:
    """Return a container as its arguments describe it, which were checked before.

    Args:
        name: its name.
        args: its arguments, those of a `ContainerArgs`.
        ports: its port mappings.
        stream_prefix: what the names of its log streams begin with, unless `log` says.
    """
    values = Values(CONTAINER_TABLE, args)
    return Container(
        name=name,
        image=built_image(name) if "build" in args else args.get("image", ""),
        essential=values["essential"],
        cpu=args.get("cpu"),
        memory=args.get("memory"),
        memory_reservation=args.get("memory_reservation"),
        ports=list(ports),
        command=tuple(args.get("command", ())),
        entry_point=tuple(args.get("entry_point", ())),
        environment=args.get("environment", {}),
        environment_files=tuple(args.get("env_file", ())),
        secrets={
            **args.get("secrets", {}),
            **{name: stored_secret(name) for name in args.get("secret_values", {})},
        },
        depends_on=dict(args.get("depends_on", {})),
        links=tuple(args.get("links", ())),
        working_directory=args.get("working_directory"),
        user=args.get("user"),
        read_only=values["read_only"],
        **_kernel(values),
        mounts=[
            MountPoint(mount["volume"], mount["path"], mount["read_only"]) for mount in values.inner("mounts")
        ],
        volumes_from=tuple(
            (other["container"], other["read_only"]) for other in values.inner("volumes_from")
        ),
        hostname=args.get("hostname"),
        dns=tuple(args.get("dns", ())),
        dns_search=tuple(args.get("dns_search", ())),
        extra_hosts=tuple(args.get("extra_hosts", {}).items()),
        interactive=values["interactive"],
        terminal=values["terminal"],
        labels=args.get("labels", {}),
        gpus=args.get("gpu"),
        credentials=args.get("repository_credentials"),
        stop_timeout=args.get("stop_timeout") or None,
        restart_policy=_restart(args.get("restart")),
        health_check=_health_check(values),
        logs=_logs(name, args.get("log", {}), stream_prefix),
    )


class _Kernel(TypedDict):
    """What the kernel gives a container: fields of `Container`."""

    init: bool
    capabilities_add: tuple[str, ...]
    capabilities_drop: tuple[str, ...]
    devices: tuple[tuple[str, str, tuple[str, ...]], ...]
    shared_memory: int | None
    tmpfs: tuple[Tmpfs, ...]
    ulimits: tuple[Ulimit, ...]
    security_options: tuple[str, ...]
    system_controls: Mapping[str, str]
    privileged: bool


def _kernel(values: Values) -> _Kernel:
    args, linux = values.args, mapping(values.given("linux"))
    return _Kernel(
        init=values["linux.init"],
        capabilities_add=tuple(linux.get("add_capabilities", ())),
        capabilities_drop=tuple(linux.get("drop_capabilities", ())),
        devices=tuple(
            (
                device["host_path"],
                device.get("path", device["host_path"]),
                tuple(device.get("permissions", DevicePermission)),
            )
            for device in linux.get("devices", ())
        ),
        shared_memory=linux.get("shared_memory"),
        tmpfs=tuple(
            Tmpfs(entry["path"], entry["size"], tuple(entry.get("options", ())))
            for entry in linux.get("tmpfs", ())
        ),
        ulimits=tuple(
            Ulimit(name, limit["soft"], limit["hard"]) for name, limit in args.get("ulimits", {}).items()
        ),
        security_options=tuple(args.get("security_options", ())),
        system_controls=args.get("system_controls", {}),
        privileged=values["privileged"],
    )


def _restart(args: Mapping[str, Any] | None) -> RestartPolicy | None:
    if args is None:
        return None
    codes = tuple(args.get("ignored_exit_codes", ()))
    return RestartPolicy(codes, args.get("attempt_period"))


def _health_check(values: Values) -> ContainerHealthCheck | None:
    if values.given("health_check") is None:
        return None
    return ContainerHealthCheck(
        command=tuple(values["health_check.command"]),
        interval=values["health_check.interval"],
        timeout=values["health_check.timeout"],
        retries=values["health_check.retries"],
        start_period=values["health_check.start_period"],
    )


def _logs(name: str, args: Mapping[str, Any], stream_prefix: str) -> Logs:
    if "firelens" in args:
        return routed(args, name)
    driver = args.get("driver", LogDriver.AWSLOGS)
    options, secret_options = args.get("options", {}), args.get("secret_options", {})
    if driver != LogDriver.AWSLOGS:
        return Logs(driver, options, secret_options)
    written = awslogs(
        args.get("group", LOG_GROUP), args.get("region", LOG_REGION), args.get("prefix", stream_prefix)
    )
    return Logs(driver, {**written.options, **options}, secret_options)
