"""Container definitions of a task definition, as a runner takes them."""

from moorage.errors import LocalError
from moorage.local.model import Json
from moorage.local.runner import (
    ContainerCheck,
    ContainerSpec,
    LinuxParameters,
    MountPoint,
    PortMapping,
)
from moorage.model.tracing import COLLECTOR
from moorage.offline.graph import Resource
from moorage.offline.values import container_definitions, entries, mapping, number, texts

from .images import Images
from .revealed import plain
from .secrets import SecretValues


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
    inputs = plain(definition.inputs)
    written = container_definitions(inputs)
    if written is None:
        raise LocalError(f"task definition {definition.name}: its container definitions are not known")
    # There is no X-Ray here that a collector could hand traces to; what containers print stays here.
    run = [each for each in written if each["name"] != COLLECTOR and "firelensConfiguration" not in each]
    commands = _commands(run, local)
    network_mode = str(inputs.get("networkMode") or "bridge")
    return tuple(
        ContainerSpec(
            name=str(entry["name"]),
            image=images.find(str(entry["image"]), commands.get(str(entry["name"]))),
            command=texts(entry.get("command")) or None,
            entry_point=texts(entry.get("entryPoint")) or None,
            working_directory=entry.get("workingDirectory"),
            user=entry.get("user"),
            environment=_environment(entry, definition, secrets),
            ports=tuple(_port(port, network_mode) for port in entries(entry.get("portMappings"))),
            essential=bool(entry.get("essential", True)),
            health_check=_health_check(mapping(entry.get("healthCheck"))),
            depends_on={
                str(other["containerName"]): str(other.get("condition") or "START")
                for other in entries(entry.get("dependsOn"))
            },
            start_timeout=float(entry.get("startTimeout") or 120),
            stop_timeout=float(entry.get("stopTimeout") or 30),
            mount_points=tuple(
                MountPoint(
                    str(mount["sourceVolume"]), str(mount["containerPath"]), bool(mount.get("readOnly"))
                )
                for mount in entries(entry.get("mountPoints"))
            ),
            read_only_root=bool(entry.get("readonlyRootFilesystem")),
            memory=number(entry.get("memory")),
            memory_reservation=number(entry.get("memoryReservation")),
            cpu=number(entry.get("cpu")),
            labels={key: str(value) for key, value in mapping(entry.get("dockerLabels")).items()},
            linux=_linux(entry),
        )
        for entry in run
    )


def _commands(run: list[Json], local: Json | list[Json]) -> dict[str, tuple[str, ...]]:
    """Return the commands of plain processes by container."""
    if isinstance(local, list):
        # A service may have dots in its name, its container has not.
        return {str(item["service"]).replace(".", "-"): texts(item.get("command")) for item in local}
    main = next((entry["name"] for entry in run if entry.get("portMappings")), run[0]["name"])
    command = texts(local.get("command"))
    return {str(main): command} if command else {}


def _environment(entry: Json, definition: Resource, secrets: SecretValues) -> dict[str, str]:
    environment = {
        str(item["name"]): str(item.get("value", "")) for item in entries(entry.get("environment"))
    }
    for item in entries(entry.get("secrets")):
        where = f"task definition {definition.name}, container {entry['name']}, secret {item['name']}"
        environment[str(item["name"])] = secrets.value(str(item["valueFrom"]), where)
    return environment


def _port(port: Json, network_mode: str) -> PortMapping:
    # Under awsvpc host and container port are one, in a network of the task's own: any local port will do.
    fixed = None if network_mode == "awsvpc" else number(port.get("hostPort")) or None
    return PortMapping(
        container_port=int(port["containerPort"]),
        host_port=fixed,
        protocol=str(port.get("protocol") or "tcp"),
        name=port.get("name"),
    )


def _health_check(check: Json) -> ContainerCheck | None:
    command = texts(check.get("command"))
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
    parameters = mapping(entry.get("linuxParameters"))
    capabilities = mapping(parameters.get("capabilities"))
    return LinuxParameters(
        init_process=bool(parameters.get("initProcessEnabled")),
        capabilities_added=texts(capabilities.get("add")),
        capabilities_dropped=texts(capabilities.get("drop")),
        tmpfs={
            str(mount["containerPath"]): ",".join(
                [f"size={mount['size']}m", *texts(mount.get("mountOptions"))]
            )
            for mount in entries(parameters.get("tmpfs"))
        },
        shared_memory=number(parameters.get("sharedMemorySize")),
        ulimits=tuple(
            (str(limit["name"]), int(limit["softLimit"]), int(limit["hardLimit"]))
            for limit in entries(entry.get("ulimits"))
        ),
    )
