"""Processor architectures: images, task definitions, AMIs and instances."""

from collections.abc import Iterator
from typing import Any

from moorage.graph import Group, Task, View
from moorage.graph.values import known
from moorage.model.instance_types import ECS_ARCHITECTURE, architecture_of
from moorage.offline import Resource
from moorage.offline.values import mapping, text, texts
from moorage.plan.text import listed

from .rule import Fault, Rule
from .tasks import only_fargate, running

_OF_ECS = {value: key for key, value in ECS_ARCHITECTURE.items()}
_OF_DOCKER = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}

_BUILT = {
    "docker-build:index:Image": ("platforms",),
    "awsx:ecr:Image": ("platform",),
    "docker:index/image:Image": ("build", "platform"),
}
"""Types of built images, and the input with their platforms."""


@Rule(
    "preflight/architecture",
    "an image, a task definition, an AMI or instance types of different processor architectures",
    "Task definition parameters, runtime platform",
    "set `arch` of the EcsCluster and its `ec2.instance_types` to one architecture",
)
def _check(view: View) -> Iterator[Fault]:
    groups: dict[str, dict[str, Group]] = {}
    for group in view.serving:
        yield from _image_of_instances(group)
    for service, task in running(view):
        groups.setdefault(task.urn, {}).update({group.urn: group for group in service.capacity.groups})
    fargate = only_fargate(view)
    for task in view.tasks.values():
        architecture = _wanted(task, fargate)
        of_task = groups.get(task.urn, {})
        for group in of_task.values():
            there = _architectures(group)
            if architecture and there and architecture not in there:
                yield Fault(
                    task.resource,
                    f"is for {architecture}, and the instances of {group.resource.name} "
                    f"({listed(known(group.types) or ())}) are {listed(sorted(there))}",
                )
            yield from _images(view, task, architecture or (there.pop() if len(there) == 1 else None))
        if not of_task:
            yield from _images(view, task, architecture)


def _wanted(task: Task, fargate: set[str]) -> str | None:
    """Return the architecture of a task definition; by default any on instances, x86_64 on Fargate."""
    cpu_architecture = mapping(task.inputs.get("runtimePlatform")).get("cpuArchitecture")
    return None if cpu_architecture is None and task.urn not in fargate else _OF_ECS.get(str(task.arch))


def _architectures(group: Group) -> set[str]:
    return {architecture_of(name) for name in known(group.types) or ()}


def _images(view: View, task: Task, architecture: str | None) -> Iterator[Fault]:
    for image in _built(view, task) if architecture else ():
        platforms = _platforms(view, image)
        built_for = {_OF_DOCKER.get(platform.split("/")[1]) for platform in platforms if "/" in platform}
        if built_for and None not in built_for and architecture not in built_for:
            yield Fault(
                task.resource,
                f"runs on {architecture}, and its image {image.name} is built for {listed(platforms)}",
                "set `arch` of the EcsCluster, or of the ContainerImage, to one architecture",
            )


def _built(view: View, task: Task) -> list[Resource]:
    """Return the images of a task that the program builds."""
    urns: dict[str, Resource] = {}
    used = {text(container.get("image")) for container in task.definitions}
    for type_ in _BUILT:
        for image in view.links.sources(task.resource, "containerDefinitions", type_):
            urns[image.urn] = image
    for image in view.links.of_type("docker-build:index:Image"):
        tags = texts(view.links.inputs(image).get("tags"))
        if used.intersection([*tags, str(image.outputs.get("ref"))]):
            urns[image.urn] = image
    return list(urns.values())


def _platforms(view: View, image: Resource) -> tuple[str, ...]:
    value: Any = view.links.inputs(image)
    for step in _BUILT[image.type]:
        value = mapping(value).get(step)
    return texts(value)


def _image_of_instances(group: Group) -> Iterator[Fault]:
    """Check the parameter of the ECS-optimized AMI, whose name tells its architecture."""
    there = _architectures(group)
    of_ecs = "/aws/service/ecs/optimized-ami/" in group.image or group.on_bottlerocket
    if group.template is None or not of_ecs or not there:
        return
    architecture = "arm64" if "/arm64/" in group.image else "x86_64"
    if architecture not in there:
        yield Fault(
            group.template,
            f"starts {listed(known(group.types) or ())}, which are {listed(sorted(there))}, from an AMI for "
            f"{architecture}",
        )
