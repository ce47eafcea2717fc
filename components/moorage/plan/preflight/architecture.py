"""Processor architectures: images, task definitions and what they run on."""

from collections.abc import Iterator
from typing import Any

from moorage.model.instance_types import ECS_ARCHITECTURE, architecture_of
from moorage.offline import Resource
from moorage.offline.values import mapping, text, texts
from moorage.plan.finding import Finding

from .report import error, listed
from .services import Group, Services, Task
from .stack import Stack

_OF_ECS = {value: key for key, value in ECS_ARCHITECTURE.items()}
_OF_DOCKER = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}

_BUILT = {
    "docker-build:index:Image": ("platforms",),
    "awsx:ecr:Image": ("platform",),
    "docker:index/image:Image": ("build", "platform"),
}
"""Images that a program builds, and where they say for which platforms."""


def check(services: Services) -> Iterator[Finding]:
    """Look at every task definition, and at the groups that its services run on."""
    stack = services.stack
    groups: dict[str, dict[str, Group]] = {}
    for group in services.serving:
        yield from _image_of_instances(stack, group)
    on_fargate: set[str] = set()
    for service in services.all:
        if service.task:
            of_task = groups.setdefault(service.task.resource.urn, {})
            of_task |= {group.resource.urn: group for group in service.capacity.groups}
            if service.capacity.kind == "fargate":
                on_fargate.add(service.task.resource.urn)
    for task in services.tasks:
        wanted = _of_task(task, on_fargate)
        for group in groups.get(task.resource.urn, {}).values():
            there = {architecture_of(name) for name in group.types}
            if wanted and there and wanted not in there:
                yield error(
                    "architecture",
                    task.resource,
                    f"is for {wanted}, and the instances of {group.resource.name} "
                    f"({listed(group.types)}) are {listed(sorted(there))}",
                    "set `arch` of the EcsCluster and its `ec2.instance_types` to one architecture",
                )
            yield from _images(stack, task, wanted or (there.pop() if len(there) == 1 else None))
        if not groups.get(task.resource.urn):
            yield from _images(stack, task, wanted)


def _of_task(task: Task, on_fargate: set[str]) -> str | None:
    """Return what a task definition asks for; Fargate takes x86_64 when it does not say."""
    given = mapping(task.inputs.get("runtimePlatform")).get("cpuArchitecture")
    only = task.inputs.get("requiresCompatibilities") == ["FARGATE"]
    if given is None and (only or task.resource.urn in on_fargate):
        return "x86_64"
    return _OF_ECS.get(str(given))


def _images(stack: Stack, task: Task, wanted: str | None) -> Iterator[Finding]:
    if wanted is None:
        return
    for image in _built(stack, task):
        platforms = _platforms(stack, image)
        found = {_OF_DOCKER.get(platform.split("/")[1]) for platform in platforms if "/" in platform}
        if found and None not in found and wanted not in found:
            yield error(
                "architecture",
                task.resource,
                f"runs on {wanted}, and its image {image.name} is built for {listed(platforms)}",
                "set `arch` of the EcsCluster, or of the ContainerImage, to one architecture",
            )


def _built(stack: Stack, task: Task) -> list[Resource]:
    """Return the images of a task that the program builds."""
    urns: dict[str, Resource] = {}
    used = {text(container.get("image")) for container in task.containers or ()}
    for type_ in _BUILT:
        for image in stack.sources(task.resource, "containerDefinitions", type_):
            urns[image.urn] = image
    for image in stack.of_type("docker-build:index:Image"):
        if used.intersection([*texts(stack.inputs(image).get("tags")), str(image.outputs.get("ref"))]):
            urns[image.urn] = image
    return list(urns.values())


def _platforms(stack: Stack, image: Resource) -> tuple[str, ...]:
    value: Any = stack.inputs(image)
    for step in _BUILT[image.type]:
        value = mapping(value).get(step)
    return texts(value)


def _image_of_instances(stack: Stack, group: Group) -> Iterator[Finding]:
    """Check the parameter of the ECS-optimized AMI, whose name tells its architecture."""
    given = text(stack.inputs(group.template).get("imageId")) if group.template else None
    there = {architecture_of(name) for name in group.types}
    if group.template is None or given is None or "/aws/service/ecs/optimized-ami/" not in given or not there:
        return
    wanted = "arm64" if "/arm64/" in given else "x86_64"
    if wanted not in there:
        yield error(
            "architecture",
            group.template,
            f"starts {listed(group.types)}, which are {listed(sorted(there))}, from an AMI for {wanted}",
            "set `arch` of the EcsCluster and its `ec2.instance_types` to one architecture",
        )
