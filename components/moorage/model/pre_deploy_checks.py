"""Checks of an app's pre-deploy job."""

from collections.abc import Mapping
from typing import Any

from .names import check_pattern
from .pre_deploy import PreDeploySpec
from .problems import Problems
from .task_checks import SECRET_IN_ENVIRONMENT, SECRET_NAME, check_definition
from .task_size import check_size


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
