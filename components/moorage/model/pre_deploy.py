"""The job that must succeed before an app's service changes: the app's own container with another command."""

from dataclasses import dataclass, replace

from .containers import Logs
from .fields.values import Values
from .names import shorten
from .task import Task


@dataclass(frozen=True, slots=True)
class PreDeploySpec:
    """What must succeed before an app's service changes."""

    task: Task
    timeout: int
    """Seconds."""


def pre_deploy_spec(app: Task, values: Values) -> PreDeploySpec:
    """Return what runs before an app's service changes.

    It has no ports, which would clash with what serves, and what RunTask cannot be told: no EBS volume.
    """
    name = f"{app.name}-pre-deploy"
    ebs = {volume.name for volume in app.volumes if volume.ebs}
    own = replace(
        app.own,
        command=tuple(values["pre_deploy.command"]),
        environment={**app.own.environment, **(values["pre_deploy.environment"] or {})},
        mounts=[mount for mount in app.own.mounts if mount.volume not in ebs],
        essential=True,
        ports=[],
        links=(),
        depends_on={},
        volumes_from=(),
        cpu=None,
        memory=None,
        memory_reservation=None,
        restart_policy=None,
        health_check=None,
        logs=_logs(app.own.logs, app.name, name),
    )
    task = replace(
        app,
        name=name,
        family=shorten(f"{app.family}-pre-deploy", 255),
        cpu=values["pre_deploy.cpu"] or app.cpu,
        memory=values["pre_deploy.memory"] or app.memory,
        containers=(own, *(container for container in app.containers if container.firelens)),
        volumes=tuple(volume for volume in app.volumes if volume.name not in ebs),
        execute_command=False,
        tracing=False,
    )
    return PreDeploySpec(task, values["pre_deploy.timeout"])


def _logs(logs: Logs | None, app: str, name: str) -> Logs | None:
    """Return where the job's output goes: to streams of its own in the same log group."""
    if logs is None or logs.options.get("awslogs-stream-prefix") != app:
        return logs
    return logs._replace(options={**logs.options, "awslogs-stream-prefix": name})
