"""Settings of task definitions that do not run locally, or only in containers."""

from collections.abc import Iterator

from moorage.graph import Container, Service, Task
from moorage.graph.values import known
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
    helpers, others = _containers(task)
    names = ("trace collector" if helper.name == COLLECTOR else "FireLens log router" for helper in helpers)
    return list(dict.fromkeys([*names, *_used(others, _NOT_RUN), *_storage(task, service)]))


def not_as_process(task: Task, service: Service | None = None) -> list[str]:
    """Return the settings that plain processes do not have."""
    connect = known(service.connect) if service else None
    names = ["Service Connect names"] if connect and connect.services else []
    return list(dict.fromkeys([*names, *_used(_containers(task)[1], _NOT_AS_PROCESS)]))


def _containers(task: Task) -> tuple[list[Container], list[Container]]:
    """Return the containers that help only on AWS, and the others."""
    containers = known(task.containers) or ()
    helpers = [container for container in containers if helps_only_aws(container)]
    return helpers, [container for container in containers if container not in helpers]


def _used(containers: list[Container], fields: dict[str, str]) -> Iterator[str]:
    for path, words in fields.items():
        if any(_field(container.definition, path) for container in containers):
            yield words


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
