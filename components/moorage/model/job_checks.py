"""Everything that can be wrong with a job's arguments, and is known before anything is registered."""

from collections.abc import Mapping
from typing import Any

from .app_checks import check_together, check_values
from .arguments import in_range
from .job import JobSpec, PreDeploySpec
from .names import check_pattern
from .problems import Problems
from .schedule import check_schedule, check_timezone
from .secrets import ENVIRONMENT_NAME
from .task_checks import SECRET_IN_ENVIRONMENT, check_definition
from .task_size import check_ec2_size, check_fargate_size

_YEAR = 31536000
"""Seconds: an execution of Step Functions takes no longer ("Quotas for standard workflows")."""


def check_job(name: str, args: Mapping[str, Any], secret_names: frozenset[str], problems: Problems) -> None:
    """Check each argument of a job by itself; `secret_names` as `check_values` takes them."""
    check_values(name, args, secret_names, problems)
    in_range("retries", args.get("retries"), 0, 10, problems)
    in_range("timeout", args.get("timeout"), 60, _YEAR, problems, "seconds")
    if args.get("command") == []:
        problems.add("command", [], "must not be empty; leave it out for the image's")
    if "schedule" in args:
        check_schedule("schedule", args["schedule"], problems)
    for field in ("timezone", "retries"):
        if field in args and "schedule" not in args:
            problems.add(field, args[field], "needs schedule: a run on demand is started by hand")
    if "timezone" in args:
        check_timezone("timezone", args["timezone"], problems)


def check_job_together(spec: JobSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check what a job's arguments mean for each other and for the cluster and network it is used with."""
    check_together(spec.task, args, problems)


def check_pre_deploy(
    spec: PreDeploySpec, app: Mapping[str, Any], secret_names: frozenset[str], problems: Problems
) -> None:
    """Check what runs before an app's service changes.

    Args:
        spec: what its arguments describe.
        app: the arguments of the app.
        secret_names: the variables of its environment whose values are known to be Pulumi secrets.
        problems: takes what is wrong.
    """
    args: Mapping[str, Any] = app["pre_deploy"]
    if not args["command"]:
        problems.add("pre_deploy.command", [], "must not be empty: the image's own command is the app")
    in_range("pre_deploy.timeout", args.get("timeout"), 60, 86400, problems, "seconds")
    for variable in args.get("environment", {}):
        where = f"pre_deploy.environment.{variable}"
        check_pattern(
            where, variable, ENVIRONMENT_NAME, "a variable's name: letters, digits and _ . -", problems
        )
        if variable in app.get("secrets", {}) or variable in app.get("secret_values", {}):
            problems.say(where, "is a secret of the app already; give each variable once")
        elif variable in secret_names:
            problems.say(where, SECRET_IN_ENVIRONMENT)
    check_definition(spec.task, app, problems, own=args)
    if "cpu" in args or "memory" in args:
        check = check_fargate_size if spec.task.is_fargate else check_ec2_size
        check(spec.task.cpu, spec.task.memory, problems, "pre_deploy.")
