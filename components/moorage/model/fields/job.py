"""The field table of `Job`."""

from moorage.model.schedule import check_schedule, check_timezone

from .app import TASK
from .field import Field, Need, Range, Table

_SCHEDULED = (Need("schedule", why="a run on demand is started by hand"),)

JOB = Table(
    {
        **TASK,
        "schedule": Field(words="on demand only", check=check_schedule),
        "timezone": Field("UTC", check=check_timezone, needs=_SCHEDULED),
        "retries": Field(0, range=Range(0, 10), needs=_SCHEDULED),
        # An execution of Step Functions takes no more than a year ("Quotas for standard workflows").
        "timeout": Field(3600, range=Range(60, 31536000, "seconds")),
    },
    preset="cluster.preset",
)
