"""Containers from arguments: the app's own and the further ones of its task."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

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
from .firelens import routed
from .later import later

_DEVICE_RIGHTS = ("read", "write", "mknod")


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
            host_port=port.get("host_port", 0) if bridge else None,
            protocol=port.get("protocol", "tcp"),
            name=port.get("name", _default_name(container, port, connected)),
            app_protocol=port.get("app_protocol"),
        )
        for port in cast("list[Mapping[str, Any]]", args.get("ports", []))
    ]


def _default_name(container: str, port: Mapping[str, Any], connected: set[int]) -> str | None:
    if port["port"] in connected and port.get("protocol", "tcp") == "tcp":
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
    linux: Mapping[str, Any] = args.get("linux", {})
    return Container(
        name=name,
        image=built_image(name) if "build" in args else args.get("image", ""),
        essential=bool(args.get("essential", True)),
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
        privileged=bool(args.get("privileged", False)),
        read_only=bool(args.get("read_only", False)),
        init=bool(linux.get("init", True)),
        capabilities_add=tuple(linux.get("add_capabilities", ())),
        capabilities_drop=tuple(linux.get("drop_capabilities", ())),
        devices=tuple(
            (
                device["host_path"],
                device.get("path", device["host_path"]),
                tuple(device.get("permissions", _DEVICE_RIGHTS)),
            )
            for device in linux.get("devices", ())
        ),
        shared_memory=linux.get("shared_memory"),
        tmpfs=tuple(
            Tmpfs(entry["path"], entry["size"], tuple(entry.get("options", ())))
            for entry in linux.get("tmpfs", ())
        ),
        ulimits=tuple(
            Ulimit(limit, values["soft"], values["hard"]) for limit, values in args.get("ulimits", {}).items()
        ),
        mounts=[
            MountPoint(mount["volume"], mount["path"], bool(mount.get("read_only", False)))
            for mount in args.get("mounts", ())
        ],
        volumes_from=tuple(
            (other["container"], bool(other.get("read_only", False)))
            for other in args.get("volumes_from", ())
        ),
        hostname=args.get("hostname"),
        dns=tuple(args.get("dns", ())),
        dns_search=tuple(args.get("dns_search", ())),
        extra_hosts=tuple(args.get("extra_hosts", {}).items()),
        security_options=tuple(args.get("security_options", ())),
        interactive=bool(args.get("interactive", False)),
        terminal=bool(args.get("terminal", False)),
        labels=args.get("labels", {}),
        system_controls=args.get("system_controls", {}),
        gpus=args.get("gpu"),
        credentials=args.get("repository_credentials"),
        stop_timeout=args.get("stop_timeout") or None,
        restart_policy=_restart(args.get("restart")),
        health_check=_health_check(args.get("health_check")),
        logs=_logs(name, args.get("log", {}), stream_prefix),
    )


def _restart(args: Mapping[str, Any] | None) -> RestartPolicy | None:
    if args is None:
        return None
    codes = tuple(args.get("ignored_exit_codes", ()))
    return RestartPolicy(codes, args.get("attempt_period"))


def _health_check(args: Mapping[str, Any] | None) -> ContainerHealthCheck | None:
    if args is None:
        return None
    return ContainerHealthCheck(
        command=tuple(args["command"]),
        interval=args.get("interval", 30),
        timeout=args.get("timeout", 5),
        retries=args.get("retries", 3),
        start_period=args.get("start_period", 0),
    )


def _logs(name: str, args: Mapping[str, Any], stream_prefix: str) -> Logs:
    if "firelens" in args:
        return routed(args, name)
    driver = args.get("driver", "awslogs")
    options, secret_options = args.get("options", {}), args.get("secret_options", {})
    if driver != "awslogs":
        return Logs(driver, options, secret_options)
    written = awslogs(
        args.get("group", LOG_GROUP), args.get("region", LOG_REGION), args.get("prefix", stream_prefix)
    )
    return Logs(driver, {**written.options, **options}, secret_options)
