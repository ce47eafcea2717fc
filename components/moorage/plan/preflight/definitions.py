"""Task definitions: what AWS refuses of their sizes and networking."""

from collections.abc import Iterator

from moorage.model.definition_size import largest_part, wrong_size
from moorage.model.instance_types import has_gpu
from moorage.model.problems import ArgumentsError, Problem, Problems
from moorage.model.task_size import check_fargate_size
from moorage.offline.values import entries, mapping, number, size, text
from moorage.plan.finding import Finding

from .report import error, listed
from .services import Service, Services, Task

_ECS_AMI = "/aws/service/ecs/optimized-ami/"


def check(services: Services) -> Iterator[Finding]:
    """Look at every task definition and the services that run it."""
    on_fargate = {s.task.resource.urn for s in services.all if s.task and s.capacity.kind == "fargate"}
    for task in services.tasks:
        compatible = task.inputs.get("requiresCompatibilities")
        fargate = isinstance(compatible, list) and "FARGATE" in compatible
        fargate = fargate or task.resource.urn in on_fargate
        if fargate:
            yield from _fargate(task)
        yield from _containers(task, fargate)
        yield from _log_router(task)
        yield from _size(task)
    for service in services.all:
        yield from _networking(service)
        yield from _gpus(services, service)


def _fargate(task: Task) -> Iterator[Finding]:
    mode = task.network_mode
    if mode not in (None, "awsvpc"):
        yield error(
            "network-mode",
            task.resource,
            f"has network mode {mode}; Fargate runs awsvpc only",
            "set the task definition's `network_mode` to awsvpc, or run it on EC2",
        )
    given = [task.inputs.get("cpu"), task.inputs.get("memory")]
    cpu, memory = size(given[0]), size(given[1])
    if None in given:
        missing = "cpu" if given[0] is None else "memory"
        yield error(
            "fargate-size",
            task.resource,
            f"has no {missing}, which Fargate needs for the whole task",
            f"set `{missing}` of the task definition",
        )
    elif cpu is not None and memory is not None:
        for problem in _size_problems(task, cpu, memory):
            yield error(
                "fargate-size",
                task.resource,
                f"{problem.field} {problem.value}: {problem.text}",
                "set `cpu` and `memory` to a pair that Fargate runs",
            )


def _size_problems(task: Task, cpu: int, memory: int) -> tuple[Problem, ...]:
    problems = Problems("TaskDefinition", task.resource.name)
    check_fargate_size(cpu, memory, problems)
    try:
        problems.raise_if_any()
    except ArgumentsError as error:
        return error.problems
    return ()


def _containers(task: Task, fargate: bool) -> Iterator[Finding]:
    """Check containers against their task ("Container definition parameters", memory and cpu)."""
    memory = size(task.inputs.get("memory"))
    for container in task.containers or ():
        hard, soft = number(container.get("memory")), number(container.get("memoryReservation"))
        name = container.get("name")
        if memory is not None and hard is not None and hard > memory:
            yield error(
                "containers-exceed-task",
                task.resource,
                f"container {name} has {hard} MiB, the whole task {memory}",
                "raise `memory` of the app, or lower that of the container",
            )
            return
        if "memory" not in task.inputs and not hard and not soft and not fargate:
            yield error(
                "no-memory",
                task.resource,
                f"neither the task nor its container {name} says how much memory it has",
                "set `memory` of the task definition, or `memory` or `memoryReservation` of the container",
            )
    for field, unit, keys in (
        ("memory", "MiB", ("memoryReservation", "memory")),
        ("cpu", "CPU units", ("cpu",)),
    ):
        reserved, there = task.reserved(keys), size(task.inputs.get(field))
        if there is not None and reserved is not None and reserved > there:
            yield error(
                "containers-exceed-task",
                task.resource,
                f"its containers reserve {reserved} {unit} together, the task has {there}",
                f"raise `{field}` of the app, or lower that of its containers",
            )


def _log_router(task: Task) -> Iterator[Finding]:
    """Check that logs that go to FireLens have a router ("Send Amazon ECS logs to an AWS service or AWS
    Partner")."""
    containers = task.containers or ()
    routed = [
        text(container.get("name")) or "one"
        for container in containers
        if mapping(container.get("logConfiguration")).get("logDriver") == "awsfirelens"
    ]
    if routed and not any("firelensConfiguration" in container for container in containers):
        yield error(
            "firelens-router",
            task.resource,
            f"{listed(routed)} log by awsfirelens, and no container has a `firelensConfiguration`, so ECS "
            "refuses it",
            "add a log router such as aws-for-fluent-bit to the task, or use awslogs",
        )


def _gpus(services: Services, service: Service) -> Iterator[Finding]:
    """Check that GPUs are where a service's tasks run ("Amazon ECS task definitions for GPU workloads")."""
    containers = service.task.containers if service.task else None
    wanted = any(
        requirement.get("type") == "GPU"
        for container in containers or ()
        for requirement in entries(container.get("resourceRequirements"))
    )
    if not wanted:
        return
    capacity = service.capacity
    types = [name for group in capacity.groups for name in group.types]
    images = [
        text(services.stack.inputs(group.template).get("imageId")) if group.template else None
        for group in capacity.groups
    ]
    if capacity.kind == "fargate":
        what = "asks for GPUs, which Fargate does not have"
    elif types and not any(map(has_gpu, types)):
        what = f"asks for GPUs, which {listed(types)} do not have"
    elif images and all(image and _ECS_AMI in image and "/gpu/" not in image for image in images):
        what = "asks for GPUs, and its instances start from an AMI without GPU support"
    else:
        return
    yield error(
        "gpu",
        service.resource,
        what,
        "give the EcsCluster capacity ec2 and `ec2.instance_types` with GPUs, such as g5.xlarge",
    )


def _size(task: Task) -> Iterator[Finding]:
    definitions = text(task.inputs.get("containerDefinitions"))
    if definitions is None or task.containers is None:
        return
    wrong = wrong_size(definitions, task.inputs)
    if wrong:
        yield error(
            "definition-size",
            task.resource,
            wrong,
            f"shorten `{largest_part(definitions, task.inputs)}` of the task definition",
        )


def _networking(service: Service) -> Iterator[Finding]:
    mode = service.task.network_mode if service.task else None
    given = service.inputs.get("networkConfiguration")
    if mode == "awsvpc" and given is None:
        yield error(
            "network-mode",
            service.resource,
            "runs awsvpc tasks and has no network configuration",
            "set `network_configuration` with subnets and security groups (a ContainerApp: `network`)",
        )
    elif mode in ("bridge", "host") and isinstance(given, dict):
        yield error(
            "network-mode",
            service.resource,
            f"has a network configuration, which AWS refuses for tasks with {mode} networking",
            "take `network_configuration` away, or set the task definition's `network_mode` to awsvpc",
        )
