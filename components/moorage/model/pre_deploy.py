"""The job before an app's deployment: the app's own container with another command."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from .containers import Logs
from .fields.values import Values
from .names import check_pattern, shorten
from .problems import Problems
from .task import Task
from .task_checks import SECRET_IN_ENVIRONMENT, SECRET_NAME, check_definition
from .task_size import check_size


class PreDeploySpec(NamedTuple):
    """A job that must succeed before an app's service changes."""

    task: Task
    timeout: int
    """Seconds."""


_NOT_FOR_A_JOB: dict[str, Any] = {
    **{"ports": [], "links": (), "depends_on": {}, "volumes_from": ()},
    **dict.fromkeys(("cpu", "memory", "memory_reservation", "restart_policy", "health_check")),
}


def pre_deploy_spec(app: Task, values: Values) -> PreDeploySpec:
    """Return the job before an app's deployment.

    It has no ports, which would clash with the app's, and no EBS volume, which RunTask cannot attach.
    """
    name = f"{app.name}-pre-deploy"
    ebs = {volume.name for volume in app.volumes if volume.ebs}
    own = app.own._replace(
        command=tuple(values["pre_deploy.command"]),
        environment={**app.own.environment, **(values["pre_deploy.environment"] or {})},
        mounts=[mount for mount in app.own.mounts if mount.volume not in ebs],
        essential=True,
        **_NOT_FOR_A_JOB,
        logs=_logs(app.own.logs, app.name, name),
    )
    task = app._replace(
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
    """Return the log configuration of the job: streams of its own in the same log group."""
    if logs is None or logs.options.get("awslogs-stream-prefix") != app:
        return logs
    return logs._replace(options={**logs.options, "awslogs-stream-prefix": name})


def check_pre_deploy_values(app: Mapping[str, Any], secret: frozenset[str], problems: Problems) -> None:
    """Check the job's environment; `secret` has the paths of variables that are Pulumi secrets."""
    args: Mapping[str, Any] = app["pre_deploy"]
    for variable in args.get("environment", {}):
        where = f"pre_deploy.environment.{variable}"
        check_pattern(where, variable, *SECRET_NAME, problems)
        if variable in app.get("secrets", {}) or variable in app.get("secret_values", {}):
            problems.say(where, "is already a secret of the app; set each variable once")
        elif where in secret:
            problems.say(where, SECRET_IN_ENVIRONMENT)


def check_pre_deploy(job: PreDeploySpec, app: Mapping[str, Any], problems: Problems) -> None:
    """Check the job's arguments against the app's."""
    args: Mapping[str, Any] = app["pre_deploy"]
    check_definition(job.task, app.get("tags", {}), problems, own=args)
    if "cpu" in args or "memory" in args:
        check_size(job.task.is_fargate, job.task.cpu, job.task.memory, problems, "pre_deploy.")
