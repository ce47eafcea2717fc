"""What can be wrong with the containers of a task, by themselves and together."""

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from .arguments import mapping, objects, one_of
from .choices import LogDriver
from .containers import Container
from .firelens import check_firelens
from .names import CONTAINER_NAME, check_pattern
from .problems import Problems
from .secrets import check_reference
from .task import Task
from .task_checks import check_variables

MAX_CONTAINERS = 10
"""Containers of a task definition ("Amazon ECS service quotas")."""

MAX_PORTS = 100
"""Ports of a container (API reference, PortMapping)."""

ULIMITS = (
    *("core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc"),
    *("rss", "rtprio", "rttime", "sigpending", "stack"),
)
"""API reference, Ulimit."""

CAPABILITIES = (
    *("ALL", "AUDIT_CONTROL", "AUDIT_WRITE", "BLOCK_SUSPEND", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH"),
    *("FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN"),
    *("MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "SETFCAP"),
    *("SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE"),
    *("SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG"),
    "WAKE_ALARM",
)
"""API reference, KernelCapabilities."""

FARGATE_LOG_DRIVERS = (LogDriver.AWSLOGS, LogDriver.SPLUNK)

MOUNT_OPTIONS = ("ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "noatime", "nodiratime")
"""Options of a file system in memory beside `mode`, `uid` and `gid` (API reference, Tmpfs)."""

ON_FARGATE = "is not possible on Fargate: it needs a cluster with capacity ec2"


def check_container(name: str, args: Mapping[str, Any], secret: frozenset[str], problems: Problems) -> None:
    """Check the name of a further container and its settings; `secret` as `check_variables` takes it."""
    check_pattern(f"containers.{name}", name, *CONTAINER_NAME, problems)
    check_settings(f"containers.{name}.", args, secret, problems)


def check_settings(where: str, args: Mapping[str, Any], secret: frozenset[str], problems: Problems) -> None:
    """Check of what the app's own container and a further one have in common what their rows do not say.

    Args:
        where: the path that stands before the arguments' names.
        args: the arguments.
        secret: paths of variables whose values are known to be Pulumi secrets.
        problems: takes what is wrong.
    """
    check_variables(args, secret, problems, where)
    for field, most in (("env_file", 10), ("ports", MAX_PORTS), ("restart.ignored_exit_codes", 50)):
        holder, _, name = field.rpartition(".")
        count = len((mapping(args.get(holder)) if holder else args).get(name, []))
        if count > most:
            problems.add(f"{where}{field}", count, f"must be at most {most}")
    linux = mapping(args.get("linux"))
    for field in ("add_capabilities", "drop_capabilities"):
        for name in linux.get(field, []):
            one_of(f"{where}linux.{field}", name, CAPABILITIES, problems)
    for index, entry in enumerate(objects(linux.get("tmpfs"))):
        for option in entry.get("options", []):
            name = option.partition("=")[0]
            path = f"{where}linux.tmpfs[{index}].options"
            one_of(path, name, (*MOUNT_OPTIONS, "mode", "uid", "gid"), problems)
    for name, limit in mapping(args.get("ulimits")).items():
        path = f"{where}ulimits.{name}"
        one_of(path, name, ULIMITS, problems)
        if not valid_ulimit(limit["soft"], limit["hard"]):
            problems.say(path, "must be 0 or more, or -1 for no limit, and `soft` at most `hard`")
    log = mapping(args.get("log"))
    if "firelens" in log:
        check_firelens(f"{where}log.firelens.", log["firelens"], problems)
    for option, reference in mapping(log.get("secret_options")).items():
        if isinstance(reference, str):
            check_reference(f"{where}log.secret_options.{option}", reference, problems)


def valid_ulimit(soft: int, hard: int) -> bool:
    """Return whether two limits go together; -1 is no limit."""
    return min(soft, hard) >= -1 and (hard == -1 or -1 < soft <= hard)


def check_containers(task: Task, args: Mapping[str, Any], problems: Problems) -> None:
    """Check what the containers of a task mean for each other, and for where they run."""
    named = [container.name for container in task.containers]
    if len(named) > MAX_CONTAINERS:
        problems.add("containers", len(named), f"must be at most {MAX_CONTAINERS}, the app's own among them")
    for name in sorted({name for name in named if named.count(name) > 1}):
        problems.say(f"containers.{name}", "is the name of another container of the task; rename one of them")
    _check_order(task, problems)
    _check_shared_ports(task, problems)
    _check_sizes(task, problems)
    gpu = bool(mapping(args.get("cluster")).get("gpu"))
    for container in task.containers:
        _check_place(task, container, gpu, problems)


def path_of(task: Task, container: Container) -> str:
    """Return what stands before the names of a container's arguments."""
    return "" if container is task.own else f"containers.{container.name}."


def _check_order(task: Task, problems: Problems) -> None:
    """Check what containers wait for: others of the task, not each other, and what can come."""
    by_name = {container.name: container for container in task.containers}
    for container in task.containers:
        where = f"{path_of(task, container)}depends_on"
        for name, condition in container.depends_on.items():
            other = by_name.get(name)
            if other is None:
                problems.add(f"{where}.{name}", name, f"must be a container: {', '.join(by_name)}")
            elif condition == "HEALTHY" and other.health_check is None:
                problems.say(f"{where}.{name}", f"{name} needs a health check that could tell")
            elif condition in ("COMPLETE", "SUCCESS") and other.essential:
                problems.say(
                    f"{where}.{name}",
                    f"set `essential` of {name} to false: the task ends with an essential container",
                )
        for name, _ in container.volumes_from:
            if name not in by_name:
                field = f"{path_of(task, container)}volumes_from"
                problems.add(field, name, f"must be a container: {', '.join(by_name)}")
    try:
        TopologicalSorter({name: {*by_name[name].depends_on} & {*by_name} for name in by_name}).prepare()
    except CycleError as error:
        # It gives each one before those that depend on it.
        cycle: list[str] = error.args[1][::-1]
        problems.say(f"{path_of(task, by_name[cycle[0]])}depends_on", f"is a cycle: {' -> '.join(cycle)}")
    if not any(container.essential for container in task.containers):
        problems.say("essential", "one container of a task must be essential")


def _check_shared_ports(task: Task, problems: Problems) -> None:
    """Check that no two containers listen on one port, of the task or of its instance, and port names."""
    ports: dict[tuple[int, str], str] = {}
    names: dict[str, str] = {}
    for container in task.containers:
        where = f"{path_of(task, container)}ports"
        for port in container.ports:
            number = port.host_port if task.bridge else port.container_port
            key = (number or 0, port.protocol)
            if number and key in ports:
                kind = "host port" if task.bridge else "port"
                text = f"{kind} {number} is {ports[key]}'s too: the containers of a task share its ports"
                problems.say(where, text)
            ports[key] = container.name
            if port.name in names:
                problems.say(where, f"{port.name} is the name of two ports; give each its own `name`")
            if port.name:
                names[port.name] = container.name


def _check_sizes(task: Task, problems: Problems) -> None:
    """Check that the containers fit into their task ("Amazon ECS task definition parameters", cpu and
    memory)."""
    cpu = sum(container.cpu or 0 for container in task.containers)
    memory = sum(container.memory_reservation or container.memory or 0 for container in task.containers)
    if cpu > task.cpu:
        problems.add("cpu", task.cpu, f"must be at least {cpu}, which its containers reserve together")
    if memory > task.memory and len(task.containers) > 1:
        problems.add("memory", task.memory, f"must be at least {memory}, which its containers need together")
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
    """Check that a container gets what it asks for where it runs."""
    where = path_of(task, container)
    if container.gpus and not gpu:
        problems.add(
            f"{where}gpu",
            container.gpus,
            "the cluster has no GPUs: give the EcsCluster capacity ec2, arch x86_64 and `ec2.instance_types` "
            "that all have GPUs, such as g5.xlarge",
        )
    bridge_only = {
        "hostname": container.hostname,
        "extra_hosts": container.extra_hosts,
        "dns": container.dns,
        "dns_search": container.dns_search,
        "links": container.links,
    }
    for field, value in bridge_only.items() if not task.bridge else ():
        if value:
            problems.say(f"{where}{field}", "is for bridge networking on EC2")
    _check_links(task, container, problems)
    if not task.is_fargate:
        return
    refused = {
        "privileged": container.privileged,
        "linux.devices": container.devices,
        "linux.shared_memory": container.shared_memory,
        "security_options": container.security_options,
    }
    for field, value in refused.items():
        if value:
            problems.say(f"{where}{field}", ON_FARGATE)
    for name in container.capabilities_add:
        if name != "SYS_PTRACE" and name in CAPABILITIES:
            problems.add(f"{where}linux.add_capabilities", name, "Fargate allows adding SYS_PTRACE only")
    driver = container.logs.driver if container.logs else "awslogs"
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
