"""What can be wrong with the containers of a task, by themselves and together."""

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, cast

from .arguments import in_range, one_of
from .connect import PORT_NAME
from .containers import Container
from .image_reference import check_image_reference
from .names import CONTAINER_NAME, LOG_GROUP_NAME, USER, check_arn, check_pattern
from .problems import Problems
from .secrets import check_reference
from .task import Task
from .task_checks import check_variables

MAX_CONTAINERS = 10
"""Containers of a task definition ("Amazon ECS service quotas")."""

MAX_PORTS = 100
"""Ports of a container (API reference, PortMapping)."""

CONDITIONS = ("START", "HEALTHY", "COMPLETE", "SUCCESS")
"""What a container can wait for of another (API reference, ContainerDependency)."""

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

FARGATE_LOG_DRIVERS = ("awslogs", "splunk")
LOG_DRIVERS = (*FARGATE_LOG_DRIVERS, "fluentd", "gelf", "journald", "json-file", "syslog")
"""API reference, LogConfiguration."""

MOUNT_OPTIONS = ("ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "noatime", "nodiratime")
"""Options of a file system in memory beside `mode`, `uid` and `gid` (API reference, Tmpfs)."""

ON_FARGATE = "is not possible on Fargate: it needs a cluster with capacity ec2"

_PATH = (r"/[^\x00]*", "an absolute path")


def check_container(name: str, args: Mapping[str, Any], secret: frozenset[str], problems: Problems) -> None:
    """Check the arguments of a further container by themselves; `secret` as `check_variables` takes it."""
    where = f"containers.{name}."
    check_pattern(f"containers.{name}", name, *CONTAINER_NAME, problems)
    check_settings(where, args, secret, problems)
    in_range(f"{where}cpu", args.get("cpu"), 1, 196608, problems, "CPU units")
    in_range(f"{where}memory", args.get("memory"), 6, 2**31 - 1, problems, "MiB")
    in_range(f"{where}memory_reservation", args.get("memory_reservation"), 6, 2**31 - 1, problems, "MiB")
    in_range(f"{where}stop_timeout", args.get("stop_timeout"), 2, 120, problems, "seconds")
    check_health_check(f"{where}health_check", args.get("health_check"), problems)


def check_settings(where: str, args: Mapping[str, Any], secret: frozenset[str], problems: Problems) -> None:
    """Check what the app's own container and a further one have in common, by itself.

    Args:
        where: the path that stands before the arguments' names.
        args: the arguments.
        secret: paths of variables whose values are known to be Pulumi secrets.
        problems: takes what is wrong.
    """
    if isinstance(args.get("image"), str):
        check_image_reference(f"{where}image", args["image"], problems)
    credentials = args.get("repository_credentials")
    check_arn(f"{where}repository_credentials", credentials, "secretsmanager", "secret:", problems)
    check_pattern(f"{where}user", args.get("user"), *USER, problems)
    check_variables(args, secret, problems, where)
    files = args.get("env_file", [])
    if len(files) > 10:
        problems.add(f"{where}env_file", len(files), "must be at most 10 files")
    for index, arn in enumerate(files):
        form = r"arn:aws[a-z-]*:s3:::[^/]+/.+\.env"
        check_pattern(f"{where}env_file[{index}]", arn, form, "the ARN of an .env object in S3", problems)
    for other, condition in _mapping(args.get("depends_on")).items():
        one_of(f"{where}depends_on.{other}", condition, CONDITIONS, problems)
    _check_ports(where, _items(args.get("ports")), problems)
    for index, mount in enumerate(_items(args.get("mounts"))):
        check_pattern(f"{where}mounts[{index}].path", mount["path"], *_PATH, problems)
    _check_kernel(where, args, problems)
    restart = _mapping(args.get("restart"))
    in_range(f"{where}restart.attempt_period", restart.get("attempt_period"), 60, 1800, problems, "seconds")
    if len(restart.get("ignored_exit_codes", [])) > 50:
        problems.say(f"{where}restart.ignored_exit_codes", "must be at most 50 exit codes")
    in_range(f"{where}gpu", args.get("gpu"), 1, 16, problems, "GPUs")
    _check_log(f"{where}log.", _mapping(args.get("log")), problems)


def check_health_check(where: str, given: Any, problems: Problems) -> None:
    """Check how ECS checks a container from inside; `where` is the argument."""
    check = _mapping(given)
    in_range(f"{where}.interval", check.get("interval"), 5, 300, problems, "seconds")
    in_range(f"{where}.timeout", check.get("timeout"), 2, 60, problems, "seconds")
    in_range(f"{where}.retries", check.get("retries"), 1, 10, problems)
    in_range(f"{where}.start_period", check.get("start_period"), 0, 300, problems, "seconds")
    command = check.get("command")
    if isinstance(command, list) and (not command or command[0] not in ("CMD", "CMD-SHELL")):
        problems.add(f"{where}.command", command, "must begin with CMD or CMD-SHELL")


def _check_ports(where: str, ports: list[Mapping[str, Any]], problems: Problems) -> None:
    if len(ports) > MAX_PORTS:
        problems.add(f"{where}ports", len(ports), f"must be at most {MAX_PORTS}")
    for index, port in enumerate(ports):
        path = f"{where}ports[{index}]"
        in_range(f"{path}.port", port["port"], 1, 65535, problems)
        in_range(f"{path}.host_port", port.get("host_port"), 0, 65535, problems)
        one_of(f"{path}.protocol", port.get("protocol"), ("tcp", "udp"), problems)
        one_of(f"{path}.app_protocol", port.get("app_protocol"), ("http", "http2", "grpc"), problems)
        check_pattern(f"{path}.name", port.get("name"), *PORT_NAME, problems)


def _check_kernel(where: str, args: Mapping[str, Any], problems: Problems) -> None:
    linux = _mapping(args.get("linux"))
    for field in ("add_capabilities", "drop_capabilities"):
        for name in linux.get(field, []):
            one_of(f"{where}linux.{field}", name, CAPABILITIES, problems)
    in_range(f"{where}linux.shared_memory", linux.get("shared_memory"), 1, 2**31 - 1, problems, "MiB")
    for index, entry in enumerate(_items(linux.get("tmpfs"))):
        path = f"{where}linux.tmpfs[{index}]"
        check_pattern(f"{path}.path", entry["path"], *_PATH, problems)
        in_range(f"{path}.size", entry["size"], 1, 2**31 - 1, problems, "MiB")
        for option in entry.get("options", []):
            name = option.partition("=")[0]
            one_of(f"{path}.options", name, (*MOUNT_OPTIONS, "mode", "uid", "gid"), problems)
    for index, device in enumerate(_items(linux.get("devices"))):
        path = f"{where}linux.devices[{index}]"
        check_pattern(f"{path}.host_path", device["host_path"], *_PATH, problems)
        for permission in device.get("permissions", []):
            one_of(f"{path}.permissions", permission, ("read", "write", "mknod"), problems)
    for name, limit in _mapping(args.get("ulimits")).items():
        path = f"{where}ulimits.{name}"
        one_of(path, name, ULIMITS, problems)
        if not valid_ulimit(limit["soft"], limit["hard"]):
            problems.say(path, "must be 0 or more, or -1 for no limit, and `soft` at most `hard`")


def valid_ulimit(soft: int, hard: int) -> bool:
    """Return whether two limits go together; -1 is no limit."""
    return min(soft, hard) >= -1 and (hard == -1 or -1 < soft <= hard)


def _check_log(where: str, log: Mapping[str, Any], problems: Problems) -> None:
    driver = log.get("driver", "awslogs")
    one_of(f"{where}driver", driver, LOG_DRIVERS, problems)
    check_pattern(f"{where}group", log.get("group"), *LOG_GROUP_NAME, problems)
    for field in ("group", "region", "prefix") if driver != "awslogs" else ():
        if field in log:
            problems.say(f"{where}{field}", f"is for the driver awslogs, not {driver}")
    if "region" in log and "group" not in log:
        problems.say(f"{where}region", "needs group: the app's log group is in the cluster's region")
    for option, reference in _mapping(log.get("secret_options")).items():
        if isinstance(reference, str):
            check_reference(f"{where}secret_options.{option}", reference, problems)


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
    gpu = bool(_mapping(args.get("cluster")).get("gpu"))
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
    if memory > task.memory:
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
    for limit in container.ulimits:
        if limit.name != "nofile":
            problems.say(f"{where}ulimits.{limit.name}", f"{ON_FARGATE}; Fargate has nofile only")
    for name in container.capabilities_add:
        if name != "SYS_PTRACE":
            problems.add(f"{where}linux.add_capabilities", name, "Fargate allows adding SYS_PTRACE only")
    driver = container.logs.driver if container.logs else "awslogs"
    if driver in LOG_DRIVERS and driver not in FARGATE_LOG_DRIVERS:
        problems.add(f"{where}log.driver", driver, ON_FARGATE)


def _check_links(task: Task, container: Container, problems: Problems) -> None:
    names = {other.name for other in task.containers} - {container.name}
    for link in container.links if task.bridge else ():
        other, colon, alias = link.partition(":")
        if other not in names:
            problems.add(f"{path_of(task, container)}links", link, "must name another container of the task")
        if colon and not re.fullmatch(CONTAINER_NAME[0], alias):
            problems.add(f"{path_of(task, container)}links", link, f"the alias must be {CONTAINER_NAME[1]}")


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _items(value: Any) -> list[Mapping[str, Any]]:
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [item for item in items if isinstance(item, Mapping)]
