"""Container definitions of a task definition, as a runner takes them."""

import json
from typing import cast

from moorage.offline.graph import UNKNOWN, Resource, reveal
from moorage.spec.tracing import COLLECTOR

from .errors import LocalError
from .images import Images
from .model import Json
from .revealed import plain
from .runner import ContainerCheck, ContainerSpec, LinuxParameters, MountPoint, PortMapping
from .secrets import SecretValues
from .values import items, nested, number, strings


def containers(
    definition: Resource, local: Json | list[Json], images: Images, secrets: SecretValues
) -> tuple[ContainerSpec, ...]:
    """Return the containers of a task definition.

    Args:
        definition: An `aws:ecs/taskDefinition:TaskDefinition`.
        local: An app's `local` argument, whose command is for the first container with a port, else the
            first; or that of a compose file's app, with a command for each service it names.
        images: Where the containers' images come from.
        secrets: Where the values of their secrets come from.

    Raises:
        LocalError: the definitions are unknown, a secret has no value, a build context is missing.
    """
    written = reveal(definition.inputs["containerDefinitions"])
    if written is UNKNOWN:
        raise LocalError(f"task definition {definition.name}: its container definitions are not known")
    # There is no X-Ray here that a collector could hand traces to.
    entries = [e for e in cast("list[Json]", json.loads(written)) if e["name"] != COLLECTOR]
    commands = _commands(entries, local)
    network_mode = str(plain(definition.inputs).get("networkMode") or "bridge")
    return tuple(
        ContainerSpec(
            name=str(entry["name"]),
            image=images.find(str(entry["image"]), commands.get(str(entry["name"]))),
            command=strings(entry, "command") or None,
            entry_point=strings(entry, "entryPoint") or None,
            working_directory=entry.get("workingDirectory"),
            user=entry.get("user"),
            environment=_environment(entry, definition, secrets),
            ports=tuple(_port(port, network_mode) for port in items(entry, "portMappings")),
            essential=bool(entry.get("essential", True)),
            health_check=_health_check(nested(entry, "healthCheck")),
            depends_on={
                str(other["containerName"]): str(other.get("condition") or "START")
                for other in items(entry, "dependsOn")
            },
            start_timeout=float(entry.get("startTimeout") or 120),
            stop_timeout=float(entry.get("stopTimeout") or 30),
            mount_points=tuple(
                MountPoint(
                    str(mount["sourceVolume"]), str(mount["containerPath"]), bool(mount.get("readOnly"))
                )
                for mount in items(entry, "mountPoints")
            ),
            read_only_root=bool(entry.get("readonlyRootFilesystem")),
            memory=number(entry, "memory"),
            memory_reservation=number(entry, "memoryReservation"),
            cpu=number(entry, "cpu"),
            labels={key: str(value) for key, value in nested(entry, "dockerLabels").items()},
            linux=_linux(entry),
        )
        for entry in entries
    )


def _commands(entries: list[Json], local: Json | list[Json]) -> dict[str, tuple[str, ...]]:
    """Return the commands of plain processes by container."""
    if isinstance(local, list):
        # A service may have dots in its name, its container has not.
        return {str(item["service"]).replace(".", "-"): strings(item, "command") for item in local}
    main = next((entry["name"] for entry in entries if entry.get("portMappings")), entries[0]["name"])
    command = strings(local, "command")
    return {str(main): command} if command else {}


def _environment(entry: Json, definition: Resource, secrets: SecretValues) -> dict[str, str]:
    environment = {str(item["name"]): str(item.get("value", "")) for item in items(entry, "environment")}
    for item in items(entry, "secrets"):
        where = f"task definition {definition.name}, container {entry['name']}, secret {item['name']}"
        environment[str(item["name"])] = secrets.value(str(item["valueFrom"]), where)
    return environment


def _port(port: Json, network_mode: str) -> PortMapping:
    # Under awsvpc host and container port are one, in a network of the task's own: any local port will do.
    fixed = None if network_mode == "awsvpc" else number(port, "hostPort")
    return PortMapping(
        container_port=int(port["containerPort"]),
        host_port=fixed,
        protocol=str(port.get("protocol") or "tcp"),
        name=port.get("name"),
    )


def _health_check(check: Json) -> ContainerCheck | None:
    command = strings(check, "command")
    if not command or command[0] == "NONE":
        return None
    return ContainerCheck(
        command=command,
        interval=float(check.get("interval") or 30),
        timeout=float(check.get("timeout") or 5),
        retries=int(check.get("retries") or 3),
        start_period=float(check.get("startPeriod") or 0),
    )


def _linux(entry: Json) -> LinuxParameters:
    parameters = nested(entry, "linuxParameters")
    capabilities = nested(parameters, "capabilities")
    return LinuxParameters(
        init_process=bool(parameters.get("initProcessEnabled")),
        capabilities_added=strings(capabilities, "add"),
        capabilities_dropped=strings(capabilities, "drop"),
        tmpfs={
            str(mount["containerPath"]): ",".join([f"size={mount['size']}m", *strings(mount, "mountOptions")])
            for mount in items(parameters, "tmpfs")
        },
        shared_memory=number(parameters, "sharedMemorySize"),
        ulimits=tuple(
            (str(limit["name"]), int(limit["softLimit"]), int(limit["hardLimit"]))
            for limit in items(entry, "ulimits")
        ),
    )
