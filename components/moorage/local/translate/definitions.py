"""Container definitions, as a runner takes them."""

from moorage.graph import Container, NetworkKind, Task
from moorage.graph.values import known
from moorage.local.model import Json
from moorage.local.runner import (
    ContainerCheck,
    ContainerSpec,
    LinuxParameters,
    MountPoint,
    PortMapping,
)
from moorage.model.tracing import COLLECTOR
from moorage.offline import UNKNOWN
from moorage.offline.values import entries, mapping, number, texts

from .images import Images
from .secrets import SecretValues


class NotRun(Exception):
    """A service or job cannot run on this machine; the text is the reason, for the list of `up`."""


def containers(
    task: Task, local: Json | list[Json], images: Images, secrets: SecretValues
) -> tuple[ContainerSpec, ...]:
    """Return the containers of a task definition.

    `local` is the argument of the component: an app's command is for the first container with a port, else
    the first; a compose file's names a service with each command.

    Raises:
        NotRun: the definitions are not known, or there is no container to run.
        LocalError: a secret has no value, a build context is missing.
    """
    if task.containers is UNKNOWN:
        raise NotRun("its container definitions are not known")
    run = [container for container in task.containers if not helps_only_aws(container)]
    if not run:
        raise NotRun("its task definition has no container")
    commands = _commands(run, local)
    return tuple(
        ContainerSpec(
            name=container.name,
            image=images.find(str(entry["image"]), commands.get(container.name)),
            command=texts(entry.get("command")) or None,
            entry_point=texts(entry.get("entryPoint")) or None,
            working_directory=entry.get("workingDirectory"),
            user=entry.get("user"),
            environment=_environment(container, task, secrets),
            ports=_ports(container, task),
            essential=container.essential,
            health_check=_health_check(mapping(entry.get("healthCheck"))),
            depends_on={
                str(other["containerName"]): str(other.get("condition") or "START")
                for other in entries(entry.get("dependsOn"))
            },
            start_timeout=float(entry.get("startTimeout") or 120),
            stop_timeout=float(known(container.stop_timeout) or 0),
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
        for container in run
        for entry in (container.definition,)
    )


def helps_only_aws(container: Container) -> bool:
    """Return whether a container has no destination here: a collector of traces, a FireLens log router."""
    return container.name == COLLECTOR or "firelensConfiguration" in container.definition


def _commands(run: list[Container], local: Json | list[Json]) -> dict[str, tuple[str, ...]]:
    """Return the commands of plain processes by container."""
    if isinstance(local, list):
        # Dots in the name of a service are hyphens in that of its container.
        return {str(item["service"]).replace(".", "-"): texts(item.get("command")) for item in local}
    main = next((container for container in run if container.mappings), run[0])
    command = texts(local.get("command"))
    return {main.name: command} if command else {}


def _environment(container: Container, task: Task, secrets: SecretValues) -> dict[str, str]:
    entry = container.definition
    environment = {
        str(item["name"]): str(item.get("value", "")) for item in entries(entry.get("environment"))
    }
    for item in entries(entry.get("secrets")):
        where = f"task definition {task.resource.name}, container {container.name}, secret {item['name']}"
        environment[str(item["name"])] = secrets.value(str(item["valueFrom"]), where)
    return environment


def _ports(container: Container, task: Task) -> tuple[PortMapping, ...]:
    # With awsvpc a task has a network of its own, so any local port will do.
    shared = task.network_mode != NetworkKind.AWSVPC
    return tuple(
        PortMapping(port.container, (port.host or None) if shared else None, port.protocol)
        for port in container.mappings
        if port.container is not None
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
