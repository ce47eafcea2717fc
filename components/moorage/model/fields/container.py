"""The rows of a container: of an app's own, and of each of its further ones."""

from typing import Any

from moorage.model.arguments import one_of
from moorage.model.capabilities import Capability
from moorage.model.choices import (
    AppProtocol,
    Destination,
    DevicePermission,
    LogDriver,
    Protocol,
    StartCondition,
)
from moorage.model.domains import check_ip_address
from moorage.model.image_reference import check_image_reference
from moorage.model.names import LOG_GROUP_NAME, USER
from moorage.model.problems import Problems
from moorage.model.secrets import check_reference

from .field import Exclude, Field, Fields, Form, Need, Range, Table, plain, within
from .image import BUILD
from .shared import PORT, PORT_NAME, arn_of, at_most

MAX_PORTS = 100
"""Ports of a container (API reference, PortMapping)."""

MOUNT_OPTIONS = ("ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "noatime", "nodiratime")
"""Options of a file system in memory beside `mode`, `uid` and `gid` (API reference, Tmpfs)."""
_MAX_ID = 2**31 - 1
"""Docker, "uids and gids must be in range 0-2147483647"."""
_ABSOLUTE_PATH = Form(r"/[^\x00]*", "an absolute path")
_MEBIBYTES = Range(6, unit="MiB")
_AWSLOGS = (Need(".driver", (LogDriver.AWSLOGS,)),)
_NOT_ROUTED = (Exclude(".firelens", why="takes the output"),)


def _begins_a_check(field: str, value: Any, problems: Problems) -> None:
    if not value or value[0] not in ("CMD", "CMD-SHELL"):
        problems.add(field, value, "must begin with CMD or CMD-SHELL")


def _check_mount_option(field: str, option: str, problems: Problems) -> None:
    one_of(field, option.partition("=")[0], (*MOUNT_OPTIONS, "mode", "uid", "gid"), problems)


def _check_user(field: str, user: str, problems: Problems) -> None:
    if any(part.isdecimal() and int(part) > _MAX_ID for part in user.split(":")):
        problems.add(field, user, f"must be numbers up to {_MAX_ID}")


HEALTH_CHECK: Fields = {
    "command": Field(check=_begins_a_check),
    "interval": Field(30, range=Range(5, 300, "seconds")),
    "timeout": Field(5, range=Range(2, 60, "seconds")),
    "retries": Field(3, range=Range(1, 10)),
    "start_period": Field(0, range=Range(0, 300, "seconds")),
}

_PORTS: Fields = {
    "ports": Field(check=at_most(MAX_PORTS)),
    "ports[].port": Field(range=PORT),
    "ports[].protocol": Field(Protocol.TCP, choices=Protocol),
    "ports[].host_port": Field(0, range=Range(0, 65535)),
    "ports[].name": Field(words="none; with `connect`, the container's name and the port", form=PORT_NAME),
    "ports[].app_protocol": Field(words="TCP", choices=AppProtocol),
    "ports[].public": Field(False),
}

_LINUX: Fields = {
    "init": Field(True),
    "add_capabilities[]": Field(choices=Capability),
    "drop_capabilities[]": Field(choices=Capability),
    "shared_memory": Field(words="64", range=Range(1, unit="MiB")),
    "tmpfs[].path": Field(form=_ABSOLUTE_PATH),
    "tmpfs[].size": Field(range=Range(1, unit="MiB")),
    "tmpfs[].options[]": Field(check=_check_mount_option),
    "devices[].host_path": Field(form=_ABSOLUTE_PATH),
    "devices[].path": Field(words="the same"),
    "devices[].permissions": Field(words="all three"),
    "devices[].permissions[]": Field(choices=DevicePermission),
}

_LOG: Fields = {
    "driver": Field(LogDriver.AWSLOGS, choices=LogDriver, excludes=_NOT_ROUTED),
    "group": Field(
        words="the app's, which is made", form=Form(*LOG_GROUP_NAME), needs=_AWSLOGS, excludes=_NOT_ROUTED
    ),
    "region": Field(words="the cluster's", needs=(Need(".group"), *_AWSLOGS), excludes=_NOT_ROUTED),
    "prefix": Field(
        words="the name of the container; the app's for its own", needs=_AWSLOGS, excludes=_NOT_ROUTED
    ),
    "firelens.to": Field(choices=Destination),
    **plain("firelens.name", "firelens.host"),
    "options": Field(words="`mode` is `non-blocking`"),
    "secret_options.*": Field(check=check_reference),
}

SETTINGS: Fields = {
    "image": Field(words="the one that is built", check=check_image_reference),
    "build": Field(words="nothing is built", excludes=(Exclude(".image", why="is not built"),)),
    **within("build", BUILD),
    "repository_credentials": arn_of("secretsmanager", "secret:"),
    "command": Field(words="the image's"),
    "entry_point": Field(words="the image's"),
    "working_directory": Field(words="the image's"),
    **plain("environment", "system_controls", "labels", "links", "security_options"),
    "env_file": Field(check=at_most(10)),
    "env_file[]": Field(form=Form(r"arn:aws[a-z-]*:s3:::[^/]+/.+\.env", "the ARN of an .env object in S3")),
    "secrets.*": Field(check=check_reference),
    "essential": Field(True),
    "depends_on.*": Field(choices=StartCondition),
    **_PORTS,
    **plain("mounts[].volume", "volumes_from[].container"),
    "mounts[].path": Field(form=_ABSOLUTE_PATH),
    "mounts[].read_only": Field(False),
    "volumes_from[].read_only": Field(False),
    "user": Field(words="the image's", form=Form(*USER), check=_check_user),
    "read_only": Field(False),
    "version_consistency": Field(True),
    "privileged": Field(False),
    "linux": Field({}),
    **within("linux", _LINUX),
    **plain("ulimits.*.soft", "ulimits.*.hard"),
    "ulimits": Field(words="those of ECS"),
    "restart": Field(words="it does not; the task ends if it is `essential`"),
    "restart.ignored_exit_codes": Field(check=at_most(50)),
    "restart.attempt_period": Field(300, range=Range(60, 1800, "seconds")),
    "gpu": Field(range=Range(1, 16, "GPUs")),
    "log": Field(words="to the app's CloudWatch log group"),
    **within("log", _LOG),
    "hostname": Field(words="the container's id"),
    "extra_hosts.*": Field(check=check_ip_address),
    "dns": Field(words="the instance's"),
    "dns_search": Field(words="the instance's"),
    "interactive": Field(False),
    "terminal": Field(False),
}

CONTAINER: Fields = {
    **SETTINGS,
    "cpu": Field(range=Range(1, 196608, "CPU units")),
    "memory": Field(words="the task's `memory`", range=_MEBIBYTES),
    "memory_reservation": Field(range=_MEBIBYTES),
    "health_check": Field(words="none"),
    **within("health_check", HEALTH_CHECK),
    "stop_timeout": Field(words="ECS's own, 30", range=Range(2, 120, "seconds")),
}
"""The rows of one of `containers`."""

CONTAINER_TABLE = Table(CONTAINER)
