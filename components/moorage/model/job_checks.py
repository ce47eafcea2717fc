"""Everything that can be wrong with a job's arguments, and is known before anything is registered."""

from collections.abc import Mapping
from typing import Any

from .app_checks import check_task_together, check_values
from .job import JobSpec
from .problems import Problems


def check_job(name: str, args: Mapping[str, Any], secret: frozenset[str], problems: Problems) -> None:
    """Check each argument of a job by itself; `secret` as `check_values` takes it."""
    check_values(name, args, secret, problems)
    if args.get("command") == []:
        problems.add("command", [], "must not be empty; omit it for the image's")


def check_job_together(spec: JobSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check what a job's arguments mean for each other and for the cluster and network it is used with."""
    check_task_together(spec.task, args, problems)
