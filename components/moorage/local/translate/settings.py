"""Settings of task definitions that do not run locally, or only in containers."""

from collections.abc import Iterable, Iterator

from moorage.graph import Service, Task
from moorage.local.model import Json
from moorage.model.tracing import COLLECTOR
from moorage.offline import UNKNOWN
from moorage.offline.values import entries, mapping

from .definitions import helps_only_aws

_NOT_RUN = {
    "resourceRequirements": "GPUs",
    "environmentFiles": "environment files",
    "volumesFrom": "volumes of other containers",
    "hostname": "host name",
    "links": "links",
    "extraHosts": "extra hosts",
    "dnsServers": "DNS servers",
    "dnsSearchDomains": "DNS search domains",
    "privileged": "privileged mode",
    "dockerSecurityOptions": "security options",
    "systemControls": "system controls",
    "restartPolicy": "restart policy",
    "linuxParameters.devices": "devices",
    "linuxParameters.maxSwap": "swap",
    "linuxParameters.swappiness": "swap",
}
"""Fields of container definitions that no runner honours."""

_NOT_AS_PROCESS = {
    "mountPoints": "volumes",
    "readonlyRootFilesystem": "read-only root file system",
    "ulimits": "ulimits",
    "linuxParameters.capabilities.add": "capabilities",
    "linuxParameters.capabilities.drop": "capabilities",
    "linuxParameters.tmpfs": "tmpfs mounts",
    "linuxParameters.sharedMemorySize": "size of /dev/shm",
}
"""Fields of container definitions that only containers have."""


def not_run(task: Task, service: Service | None = None) -> list[str]:
    """Return the settings that no runner honours."""
    return _unique([*_helpers(task), *_used(task, _NOT_RUN), *_storage(task, service)])


def not_as_process(task: Task, service: Service | None = None) -> list[str]:
    """Return the settings that plain processes do not have."""
    connect = mapping(service.inputs.get("serviceConnectConfiguration")) if service else {}
    names = ["Service Connect names"] if entries(connect.get("services")) else []
    return _unique([*names, *_used(task, _NOT_AS_PROCESS)])


def _helpers(task: Task) -> Iterator[str]:
    for container in () if task.containers is UNKNOWN else task.containers:
        if helps_only_aws(container):
            yield "trace collector" if container.name == COLLECTOR else "FireLens log router"


def _used(task: Task, fields: dict[str, str]) -> Iterator[str]:
    run = () if task.containers is UNKNOWN else task.containers
    definitions = [container.definition for container in run if not helps_only_aws(container)]
    return (
        words for path, words in fields.items() if any(_field(definition, path) for definition in definitions)
    )


def _field(definition: Json, path: str) -> object:
    *holders, name = path.split(".")
    for holder in holders:
        definition = mapping(definition.get(holder))
    return definition.get(name)


def _storage(task: Task, service: Service | None) -> Iterator[str]:
    for volume in entries(task.inputs.get("volumes")):
        shared = mapping(volume.get("dockerVolumeConfiguration")).get("scope") == "shared"
        if shared or volume.get("hostPath"):
            yield "volumes of the instance, except as empty ones"
    # Without a snapshot it is empty, as the volume of each task here.
    if service and service.volume is not UNKNOWN and mapping(service.volume).get("snapshotId"):
        yield "EBS snapshot"


def _unique(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
