"""What can be wrong with an app's pre-deploy job."""

from collections.abc import Mapping
from typing import Any

from .names import check_pattern
from .pre_deploy import PreDeploySpec
from .problems import Problems
from .secrets import ENVIRONMENT_NAME
from .task_checks import SECRET_IN_ENVIRONMENT, check_definition
from .task_size import check_ec2_size, check_fargate_size


def check_pre_deploy_values(app: Mapping[str, Any], secret: frozenset[str], problems: Problems) -> None:
    """Check each argument of the job by itself.

    Args:
        app: the arguments of the app.
        secret: paths of environment variables whose values are known to be Pulumi secrets.
        problems: takes what is wrong.
    """
    args: Mapping[str, Any] = app["pre_deploy"]
    if not args["command"]:
        problems.add("pre_deploy.command", [], "must not be empty: the image's own command is the app")
    for variable in args.get("environment", {}):
        where = f"pre_deploy.environment.{variable}"
        check_pattern(
            where, variable, ENVIRONMENT_NAME, "a variable's name: letters, digits and _ . -", problems
        )
        if variable in app.get("secrets", {}) or variable in app.get("secret_values", {}):
            problems.say(where, "is a secret of the app already; give each variable once")
        elif where in secret:
            problems.say(where, SECRET_IN_ENVIRONMENT)


def check_pre_deploy(job: PreDeploySpec, app: Mapping[str, Any], problems: Problems) -> None:
    """Check what the job's arguments mean together with the app's."""
    args: Mapping[str, Any] = app["pre_deploy"]
    check_definition(job.task, app.get("tags", {}), problems, own=args)
    if "cpu" in args or "memory" in args:
        check = check_fargate_size if job.task.is_fargate else check_ec2_size
        check(job.task.cpu, job.task.memory, problems, "pre_deploy.")
