"""Checks of the containers of a task, each by itself and together."""

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from .arguments import mapping, one_of
from .capabilities import Capability
from .choices import LogDriver, LogMode, StartCondition
from .containers import Container
from .fields.container import CONTAINER_TABLE
from .fields.values import Values
from .firelens import check_firelens
from .names import CONTAINER_NAME
from .problems import Problems
from .task import Task
from .task_checks import check_variables

MAX_CONTAINERS = 10
"""Containers of a task definition ("Amazon ECS service quotas")."""

ULIMITS = (
    *("core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc"),
    *("rss", "rtprio", "rttime", "sigpending", "stack"),
)
"""API reference, Ulimit."""

_SYSTEM_CONTROLS = re.compile(
    r"kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|(fs\.mqueue|net)\..+"
)
"""API reference, SystemControl."""

AWSLOGS_OPTIONS = (
    *("awslogs-create-group", "awslogs-region", "awslogs-group", "awslogs-stream-prefix"),
    *("awslogs-datetime-format", "awslogs-multiline-pattern", "mode", "max-buffer-size"),
    *("awslogs-stream", "awslogs-create-stream", "awslogs-endpoint", "awslogs-credentials-endpoint"),
    *("awslogs-force-flush-interval-seconds", "awslogs-max-buffered-events", "awslogs-format", "tag"),
)
"""API reference, LogConfiguration, which names the most common ones; Docker, "Amazon CloudWatch Logs logging
driver"."""

FARGATE_LOG_DRIVERS = (LogDriver.AWSLOGS, LogDriver.SPLUNK)

ON_FARGATE = "is not possible on Fargate; it needs a cluster with capacity ec2"


def check_settings(where: str, args: Mapping[str, Any], secret: frozenset[str], problems: Problems) -> None:
    """Check the settings that an app's own container and a further one have in common."""
    check_variables(args, secret, problems, where)
    for name, limit in mapping(args.get("ulimits")).items():
        path = f"{where}ulimits.{name}"
        one_of(path, name, ULIMITS, problems)
        if not valid_ulimit(limit["soft"], limit["hard"]):
            problems.say(path, "must be 0 or more, or -1 for no limit, and `soft` at most `hard`")
    for name in mapping(args.get("system_controls")):
        if not _SYSTEM_CONTROLS.fullmatch(name):
            wrong = (
                "is not a namespaced kernel parameter; must be net.*, fs.mqueue.*, or one of System V IPC "
                "such as kernel.sem and kernel.shmmax; omit it"
            )
            problems.say(f"{where}system_controls.{name}", wrong)
    if "log" in args and not problems.concerns(f"{where}log.driver"):
        _check_log(f"{where}log", Values(CONTAINER_TABLE, args), problems)


def _check_log(where: str, values: Values, problems: Problems) -> None:
    """Check the options of a log driver (Docker, "Configure logging drivers" and "Splunk logging driver")."""
    log = values.given("log")
    options, secrets = mapping(log.get("options")), mapping(log.get("secret_options"))
    for name in sorted({*options} & {*secrets}):
        problems.say(f"{where}.secret_options.{name}", "is also in options; set each option once")
    if "firelens" in log:
        check_firelens(f"{where}.firelens.", log["firelens"], problems)
        return
    driver = values["log.driver"]
    for name in sorted({*options, *secrets}) if driver is LogDriver.AWSLOGS else ():
        kind = "options" if name in options else "secret_options"
        one_of(f"{where}.{kind}.{name}", name, AWSLOGS_OPTIONS, problems)
    mode = options.get("mode", LogMode.NON_BLOCKING if driver is LogDriver.AWSLOGS else LogMode.BLOCKING)
    if isinstance(mode, str):
        one_of(f"{where}.options.mode", mode, tuple(LogMode), problems)
    if "max-buffer-size" in options and mode == LogMode.BLOCKING:
        problems.say(f"{where}.options.max-buffer-size", "needs mode non-blocking")
    for name in ("splunk-url", "splunk-token") if driver is LogDriver.SPLUNK else ():
        if name not in options and name not in secrets:
            problems.say(f"{where}.options.{name}", "is required for the driver splunk, or in secret_options")


def valid_ulimit(soft: int, hard: int) -> bool:
    """Return whether a soft and a hard limit can be combined; -1 means unlimited."""
    return min(soft, hard) >= -1 and (hard == -1 or -1 < soft <= hard)


def check_containers(task: Task, args: Mapping[str, Any], problems: Problems) -> None:
    """Check the containers of a task against each other and against where they run."""
    named = [container.name for container in task.containers]
    if len(named) > MAX_CONTAINERS:
        problems.add("containers", len(named), f"must be at most {MAX_CONTAINERS}, the app's own among them")
    for name in sorted({name for name in named if named.count(name) > 1}):
        problems.say(f"containers.{name}", "is the name of another container of the task; rename one of them")
    _check_order(task, problems)
    _check_shared_ports(task, problems)
    if not task.bridge:
        _check_host_ports(args, problems)
    _check_sizes(task, problems)
    gpu = bool(mapping(args.get("cluster")).get("gpu"))
    for container in task.containers:
        _check_place(task, container, gpu, problems)


def path_of(task: Task, container: Container) -> str:
    """Return the path that stands before the names of a container's arguments."""
    return "" if container is task.own else f"containers.{container.name}."


def _check_order(task: Task, problems: Problems) -> None:
    """Check dependencies: they name containers of the task, can be met, and are not a cycle."""
    by_name = {container.name: container for container in task.containers}
    for container in task.containers:
        where = f"{path_of(task, container)}depends_on"
        for name, condition in container.depends_on.items():
            other = by_name.get(name)
            if other is None:
                problems.add(f"{where}.{name}", name, f"must be a container: {', '.join(by_name)}")
            elif condition == StartCondition.HEALTHY and other.health_check is None:
                problems.say(f"{where}.{name}", f"{name} needs a health check")
            elif condition in (StartCondition.COMPLETE, StartCondition.SUCCESS) and other.essential:
                wrong = f"set `essential` of {name} to false: the task ends with an essential container"
                problems.say(f"{where}.{name}", wrong)
        for name, _ in container.volumes_from:
            if name not in by_name or name == container.name:
                others = ", ".join(other for other in by_name if other != container.name)
                field = f"{path_of(task, container)}volumes_from"
                problems.add(field, name, f"must be another container of the task: {others or 'it has none'}")
    try:
        TopologicalSorter({name: {*by_name[name].depends_on} & {*by_name} for name in by_name}).prepare()
    except CycleError as error:
        # Each container is listed before those that depend on it.
        cycle: list[str] = error.args[1][::-1]
        problems.say(f"{path_of(task, by_name[cycle[0]])}depends_on", f"is a cycle: {' -> '.join(cycle)}")
    if not any(container.essential for container in task.containers):
        problems.say("essential", "at least one container of a task must be essential")


def _check_shared_ports(task: Task, problems: Problems) -> None:
    """Check that ports, of the task or of its instance, and port names are unique."""
    ports: dict[tuple[int, str], str] = {}
    names: dict[str, str] = {}
    for container in task.containers:
        where = f"{path_of(task, container)}ports"
        for port in container.ports:
            number = port.host_port if task.bridge else port.container_port
            key = (number or 0, port.protocol)
            if number and key in ports:
                kind = "host port" if task.bridge else "port"
                wrong = f"{kind} {number} is also {ports[key]}'s; the containers of a task share its ports"
                problems.say(where, wrong)
            ports[key] = container.name
            if port.name in names:
                problems.say(where, f"{port.name} is the name of two ports; give each its own `name`")
            if port.name:
                names[port.name] = container.name


def _check_host_ports(args: Mapping[str, Any], problems: Problems) -> None:
    """Check the host ports of an awsvpc task, which are its containers' own (API reference, PortMapping)."""
    further = {f"containers.{name}.": other for name, other in mapping(args.get("containers")).items()}
    for where, settings in {"": args, **further}.items():
        for index, port in enumerate(Values(CONTAINER_TABLE, settings).inner("ports")):
            if port["host_port"] not in (0, port["port"]):
                same = f"must be the container's port, {port['port']}, or omitted: awsvpc tasks map no ports"
                problems.add(f"{where}ports[{index}].host_port", port["host_port"], same)


def _check_sizes(task: Task, problems: Problems) -> None:
    """Check that the containers fit into their task ("Amazon ECS task definition parameters")."""
    cpu = sum(container.cpu or 0 for container in task.containers)
    memory = sum(container.memory_reservation or container.memory or 0 for container in task.containers)
    if cpu > task.cpu:
        problems.add("cpu", task.cpu, f"must be at least {cpu}, the sum of its containers'")
    if memory > task.memory and len(task.containers) > 1:
        problems.add("memory", task.memory, f"must be at least {memory}, the sum of its containers'")
    for container in task.containers:
        own = container is task.own
        where, field = path_of(task, container), "container_memory" if own else "memory"
        if container.memory is None:
            continue
        if container.memory > task.memory:
            problems.add(f"{where}{field}", container.memory, f"must be at most {task.memory}, the task's")
        reservation = container.memory_reservation
        if reservation is not None and reservation >= container.memory:
            problems.add(f"{where}memory_reservation", reservation, f"must be below {container.memory}")


def _check_place(task: Task, container: Container, gpu: bool, problems: Problems) -> None:
    """Check that a container's settings are possible where it runs."""
    where = path_of(task, container)
    if container.gpu and not gpu:
        wrong = (
            "the cluster has no GPUs; give the EcsCluster capacity ec2, arch x86_64 and `ec2.instance_types` "
            "that all have GPUs, such as g5.xlarge"
        )
        problems.add(f"{where}gpu", container.gpu, wrong)
    for field in ("hostname", "extra_hosts", "dns", "dns_search", "links") if not task.bridge else ():
        if getattr(container, field):
            problems.say(f"{where}{field}", "is for bridge networking on EC2")
    _check_links(task, container, problems)
    if not task.is_fargate:
        return
    refused = {
        "privileged": container.privileged,
        "linux.devices": container.linux.get("devices"),
        "linux.shared_memory": container.linux.get("sharedMemorySize"),
        "security_options": container.security_options,
    }
    for field, value in refused.items():
        if value:
            problems.say(f"{where}{field}", ON_FARGATE)
    for index, name in enumerate(mapping(container.linux.get("capabilities")).get("add", ())):
        if name != Capability.SYS_PTRACE and name in list(Capability):
            wrong = "must be SYS_PTRACE on Fargate; others need a cluster with capacity ec2"
            problems.add(f"{where}linux.add_capabilities[{index}]", name, wrong)
    driver = container.logs.driver if container.logs else LogDriver.AWSLOGS
    if driver in list(LogDriver) and driver not in FARGATE_LOG_DRIVERS:
        problems.add(f"{where}log.driver", driver, ON_FARGATE)


def _check_links(task: Task, container: Container, problems: Problems) -> None:
    names = {other.name for other in task.containers} - {container.name}
    for link in container.links if task.bridge else ():
        other, colon, alias = link.partition(":")
        if other not in names:
            problems.add(f"{path_of(task, container)}links", link, "must name another container of the task")
        if colon and not re.fullmatch(CONTAINER_NAME[0], alias):
            problems.add(f"{path_of(task, container)}links", link, f"the alias must be {CONTAINER_NAME[1]}")
