"""Everything that can be wrong with a job's arguments, and is known before anything is registered."""

from collections.abc import Mapping
from typing import Any

from .app_checks import check_task_together, check_values
from .arguments import in_range
from .job import JobSpec
from .problems import Problems
from .schedule import check_schedule, check_timezone

_YEAR = 31536000
"""Seconds: an execution of Step Functions takes no longer ("Quotas for standard workflows")."""


def check_job(name: str, args: Mapping[str, Any], secret: frozenset[str], problems: Problems) -> None:
    """Check each argument of a job by itself; `secret` as `check_values` takes it."""
    check_values(name, args, secret, problems)
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
    check_task_together(spec.task, args, problems)
