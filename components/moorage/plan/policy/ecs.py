"""Amazon ECS."""

from collections.abc import Callable, Mapping

from moorage.graph import View
from moorage.graph.types import CAPACITY_PROVIDER, CLUSTER, SERVICE, TASK_DEFINITION
from moorage.graph.values import partly_unknown
from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import Json

from .control import Breach, Check, Control, at, breach_unless, items, one_of, refused, value

TASK_SET = "aws:ecs/taskSet:TaskSet"

_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA")
_PLATFORMS = ("LATEST", "1.4.0")
_WINDOWS_PLATFORMS = ("LATEST", "1.0.0")
_ROOT = ("root", "0")
_ADMINISTRATOR = "containeradministrator"


def _windows(task: Resource, view: View) -> bool | Unknown:
    system = view.tasks[task.urn].system
    return UNKNOWN if system is UNKNOWN else system.startswith("WINDOWS")


def _each(bad: Callable[[Json], bool], message: str, fix: str, *, on_windows: bool | None = None) -> Check:
    """Return a check of each container, optionally only of Linux or Windows tasks."""

    def check(task: Resource, view: View) -> Breach | None:
        if on_windows is not None and _windows(task, view) is not on_windows:
            return None
        names = [
            str(container.get("name")) for container in view.tasks[task.urn].definitions if bad(container)
        ]
        return Breach(f"{_of(names)} {message}", fix) if names else None

    return check


def _of(names: list[str]) -> str:
    return ("container " if len(names) == 1 else "containers ") + ", ".join(sorted(names))


def _credentials(task: Resource, view: View) -> Breach | None:
    names = sorted(
        {
            str(variable.get("name"))
            for container in view.tasks[task.urn].definitions
            for variable in items(container.get("environment"))
            if variable.get("name") in _CREDENTIALS
        }
    )
    if not names:
        return None
    return Breach(
        f"has {', '.join(names)} in its environment variables",
        "remove it: use grants for permissions of the task role, secrets and secret_values for secrets",
    )


def _platform(service: Resource, view: View) -> Breach | None:
    version = value(service, "platformVersion") or "LATEST"
    definition = view.links.first(service, "taskDefinition", TASK_DEFINITION)
    if definition is None:
        allowed = _PLATFORMS
    elif definition.urn not in view.tasks or _windows(definition, view) is UNKNOWN:
        allowed = _PLATFORMS + _WINDOWS_PLATFORMS
    else:
        allowed = _WINDOWS_PLATFORMS if _windows(definition, view) else _PLATFORMS
    if one_of(version, allowed):
        return None
    return Breach(f"has the platform version {version}", "omit platformVersion: the default is the latest")


@breach_unless("has no Container Insights", "container_insights: true, or preset: prod")
def _has_insights(cluster: Resource, _: View) -> bool:
    settings = value(cluster, "settings")
    values = [
        setting.get("value")
        for setting in items(settings)
        if one_of(setting.get("name"), ("containerInsights",))
    ]
    return partly_unknown(settings) or any(one_of(insights, ("enabled", "enhanced")) for insights in values)


def _file_system_in_clear(task: Resource, view: View) -> Breach | None:
    for volume in items(value(task, "volumes")):
        files = volume.get("efsVolumeConfiguration")
        encryption = at(files, "transitEncryption", default="DISABLED")
        if isinstance(files, Mapping) and not one_of(encryption, ("ENABLED",)):
            return Breach(
                f"mounts the EFS file system of volume {volume.get('name')} without encryption",
                "set transitEncryption to ENABLED",
            )
    return None


@breach_unless("can terminate instances that run tasks", "preset: prod")
def _is_protected(provider: Resource, _: View) -> bool:
    group = value(provider, "autoScalingGroupProvider")
    protection = at(group, "managedTerminationProtection", default="DISABLED")
    return group is None or one_of(protection, ("ENABLED",))


def _user(container: Json) -> str:
    return str(container.get("user") or "").partition(":")[0]


_PUBLIC_ADDRESS = refused(
    "networkConfiguration.assignPublicIp",
    (True,),
    "its tasks get public addresses",
    "give the network private subnets with private_egress: true, or subnets: private",
)
_PROCESS_NAMESPACE = refused(
    "pidMode", ("host",), "shares the process namespace of its instance", "omit pidMode, or set it to task"
)
_HOST_NETWORK = refused(
    "networkMode", ("host",), "uses the network of its instance", "network_mode: awsvpc or bridge"
)
_LOGS = "every container of moorage writes to the app's log group"

CONTROLS = (
    Control("ECS.2", (SERVICE,), _PUBLIC_ADDRESS, "a network with `private_egress`; `subnets: private`"),
    Control("ECS.3", (TASK_DEFINITION,), _PROCESS_NAMESPACE, "never set"),
    Control(
        "ECS.4",
        (TASK_DEFINITION,),
        _each(lambda container: container.get("privileged") is True, "is privileged", "remove privileged"),
        "never set; in a compose file omit `privileged`",
    ),
    Control(
        "ECS.5",
        (TASK_DEFINITION,),
        _each(
            lambda container: container.get("readonlyRootFilesystem") is not True,
            "can write to its root file system",
            "read_only: true, if the app writes only to volumes and services",
            on_windows=False,
        ),
        "`read_only: true`",
    ),
    Control("ECS.8", (TASK_DEFINITION,), _credentials, "`grants`, `secrets`, `secret_values`"),
    Control(
        "ECS.9",
        (TASK_DEFINITION,),
        _each(
            lambda container: not at(container, "logConfiguration", "logDriver"),
            "has no logging configuration",
            "set logConfiguration",
        ),
        _LOGS,
    ),
    Control("ECS.10", (SERVICE,), _platform, "always the latest"),
    Control("ECS.12", (CLUSTER,), _has_insights, "`container_insights: true`; preset `prod`"),
    Control("ECS.16", (TASK_SET,), _PUBLIC_ADDRESS, "moorage creates no task sets"),
    Control("ECS.17", (TASK_DEFINITION,), _HOST_NETWORK, "`network_mode` is `awsvpc` or `bridge`"),
    Control("ECS.18", (TASK_DEFINITION,), _file_system_in_clear, "always encrypted"),
    Control("ECS.19", (CAPACITY_PROVIDER,), _is_protected, "preset `prod`"),
    Control(
        "ECS.20",
        (TASK_DEFINITION,),
        _each(
            lambda container: _user(container) in ("", *_ROOT),
            "runs as root, or as the user of its image",
            "user: a user of the image other than root, such as 10001:10001",
            on_windows=False,
        ),
        "`user`",
    ),
    Control(
        "ECS.21",
        (TASK_DEFINITION,),
        _each(
            lambda container: _user(container).lower() in ("", _ADMINISTRATOR),
            "runs as administrator, or as the user of its image",
            "set user to ContainerUser",
            on_windows=True,
        ),
        "moorage runs Linux containers",
    ),
)
