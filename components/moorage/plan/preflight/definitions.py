"""Task definitions: sizes and networking that AWS rejects."""

from collections.abc import Iterator

from moorage.graph import ComputeKind, Group, NetworkKind, Task, View
from moorage.graph.values import known
from moorage.model.definition_size import largest_part, wrong_size
from moorage.model.instance_types import has_gpu
from moorage.model.problems import Problems
from moorage.model.task_size import check_fargate_size
from moorage.offline import UNKNOWN
from moorage.offline.values import entries, mapping, number, text
from moorage.plan.text import listed

from .rule import Fault, Rule
from .tasks import logging, running, started_on_fargate

_CONTAINER = "API reference, ContainerDefinition"
_ECS_AMI = "/aws/service/ecs/optimized-ami/"


def _fargate(view: View) -> Iterator[Task]:
    started = started_on_fargate(view)
    for task in view.tasks.values():
        if "FARGATE" in task.compatibilities or task.urn in started:
            yield task


@Rule(
    "preflight/fargate-size",
    "a combination of CPU and memory that Fargate does not support",
    "Task definition parameters, task size",
    "set `cpu` and `memory` to a combination that Fargate supports",
)
def _fargate_size(view: View) -> Iterator[Fault]:
    for task in _fargate(view):
        missing = "cpu" if task.cpu is None else "memory" if task.memory is None else ""
        if missing:
            yield Fault(task.resource, f"has no {missing}, which Fargate requires for the task")
        elif isinstance(task.cpu, int) and isinstance(task.memory, int):
            problems = Problems("TaskDefinition", task.resource.name)
            check_fargate_size(task.cpu, task.memory, problems)
            for problem in problems:
                yield Fault(task.resource, f"{problem.field} {problem.value}: {problem.text}")


@Rule(
    "preflight/containers-exceed-task",
    "containers with more memory or CPU than their task",
    _CONTAINER,
    "raise `cpu` or `memory` of the app, or lower those of its containers",
    acceptable=False,
)
def _within_task(view: View) -> Iterator[Fault]:
    """Check containers against their task ("Container definition parameters", memory and cpu)."""
    for task in view.tasks.values():
        larger = [
            f"container {container.get('name')} has {hard} MiB, the whole task {task.memory}"
            for container in task.definitions
            if isinstance(task.memory, int)
            and (hard := number(container.get("memory"))) is not None
            and hard > task.memory
        ]
        if larger:
            yield Fault(task.resource, larger[0], "raise `memory` of the app, or lower that of the container")
            continue
        for field, unit, reserved, own in (
            ("memory", "MiB", task.containers_memory, task.memory),
            ("cpu", "CPU units", task.containers_cpu, task.cpu),
        ):
            if isinstance(own, int) and isinstance(reserved, int) and reserved > own:
                yield Fault(
                    task.resource,
                    f"its containers reserve {reserved} {unit} in total, the task has {own}",
                    f"raise `{field}` of the app, or lower that of its containers",
                )


@Rule(
    "preflight/no-memory",
    "on EC2, a container without memory in a task without memory",
    _CONTAINER,
    "set `memory` of the task definition, or `memory` or `memoryReservation` of the container",
    acceptable=False,
)
def _memory(view: View) -> Iterator[Fault]:
    fargate = {task.urn for task in _fargate(view)}
    for task in view.tasks.values():
        for container in task.definitions if task.memory is None and task.urn not in fargate else ():
            if not number(container.get("memory")) and not number(container.get("memoryReservation")):
                yield Fault(
                    task.resource,
                    f"neither the task nor its container {container.get('name')} sets memory",
                )


@Rule(
    "preflight/network-mode",
    "another network mode than awsvpc on Fargate; awsvpc tasks without a network configuration, or "
    "others with one",
    "API reference, CreateService",
    "set the task definition's `network_mode` to one that its service and capacity support",
    acceptable=False,
)
def _networking(view: View) -> Iterator[Fault]:
    for task in _fargate(view):
        if task.network_mode not in (NetworkKind.AWSVPC, UNKNOWN):
            yield Fault(
                task.resource,
                f"has network mode {task.network_mode}; Fargate supports only awsvpc",
                "set the task definition's `network_mode` to awsvpc, or run it on EC2",
            )
    for service, task in running(view):
        mode = task.network_mode
        if mode is NetworkKind.AWSVPC and service.network.configured is False:
            yield Fault(
                service.resource,
                "runs awsvpc tasks without a network configuration",
                "set `network_configuration` with subnets and security groups (a ContainerApp: `network`)",
            )
        elif mode in (NetworkKind.BRIDGE, NetworkKind.HOST) and service.network.configured is True:
            yield Fault(
                service.resource,
                f"has a network configuration, which AWS rejects for tasks with {mode} networking",
                "remove `network_configuration`, or set the task definition's `network_mode` to awsvpc",
            )


@Rule(
    "preflight/firelens-router",
    "logs by `awsfirelens` in a task without a container that has a `firelensConfiguration`",
    "Send Amazon ECS logs to an AWS service or AWS Partner",
    "add a log router such as aws-for-fluent-bit to the task, or use awslogs",
    acceptable=False,
)
def _log_router(view: View) -> Iterator[Fault]:
    """Check that FireLens logs have a log router."""
    for task in view.tasks.values():
        routed = [
            text(container.get("name")) or "one"
            for container in task.definitions
            if logging(container)[0] == "awsfirelens"
        ]
        if routed and not any("firelensConfiguration" in container for container in task.definitions):
            yield Fault(
                task.resource,
                f"{listed(routed)} log by awsfirelens, but no container has a "
                "`firelensConfiguration`: ECS rejects it",
            )


def _without_gpu_support(group: Group) -> bool:
    if group.on_bottlerocket:
        return "-nvidia/" not in group.image
    return _ECS_AMI in group.image and "/gpu/" not in group.image


@Rule(
    "preflight/gpu",
    "GPUs for tasks on Fargate, on instance types without any, or on an ECS-optimized AMI without GPU "
    "support",
    "Amazon ECS task definitions for GPU workloads",
    "give the EcsCluster capacity ec2 and `ec2.instance_types` with GPUs, such as g5.xlarge",
)
def _gpus(view: View) -> Iterator[Fault]:
    """Check that a service with GPUs runs on GPU instances."""
    for service, task in running(view):
        requirements = [definition.get("resourceRequirements") for definition in task.definitions]
        if not any(
            requirement.get("type") == "GPU"
            for of_container in requirements
            for requirement in entries(of_container)
        ):
            continue
        groups = service.capacity.groups
        types = [name for group in groups for name in known(group.types) or ()]
        if service.capacity.kind is ComputeKind.FARGATE:
            yield Fault(service.resource, "requires GPUs, which Fargate does not have")
        elif types and not any(map(has_gpu, types)):
            yield Fault(service.resource, f"requires GPUs, which {listed(types)} do not have")
        elif groups and all(map(_without_gpu_support, groups)):
            yield Fault(
                service.resource, "requires GPUs, but its instances start from an AMI without GPU support"
            )


@Rule(
    "preflight/efs-on-bottlerocket",
    "an EFS volume with encryption in transit or an access point, for tasks on Bottlerocket",
    "bottlerocket-os/bottlerocket, issue 1080: EFS encryption and IAM authentication support",
    "set `ec2.os` of the EcsCluster to amazon_linux, or use another volume",
)
def _files_on_bottlerocket(view: View) -> Iterator[Fault]:
    """Check that EFS volumes of tasks on Bottlerocket are mounted without amazon-efs-utils."""
    for service, task in running(view):
        if not any(group.on_bottlerocket for group in service.capacity.groups):
            continue
        for volume in entries(task.inputs.get("volumes")):
            files = mapping(volume.get("efsVolumeConfiguration"))
            if files.get("transitEncryption") == "ENABLED" or files.get("authorizationConfig"):
                yield Fault(
                    service.resource,
                    f"mounts the EFS volume {text(volume.get('name')) or ''} with encryption in transit or "
                    "an access point, which Bottlerocket cannot do",
                )


@Rule(
    "preflight/definition-size",
    "more than 64 KiB including containers, roles, volumes and tags",
    "Amazon ECS service quotas",
    "shorten the largest part of the task definition",
)
def _size(view: View) -> Iterator[Fault]:
    for task in view.tasks.values():
        definitions = text(task.inputs.get("containerDefinitions"))
        wrong = wrong_size(definitions, task.inputs) if definitions and task.definitions else ""
        if definitions and wrong:
            part = largest_part(definitions, task.inputs)
            yield Fault(task.resource, wrong, f"shorten `{part}` of the task definition")
