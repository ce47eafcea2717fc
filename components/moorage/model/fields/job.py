"""The field table of `Job`."""

from moorage.model.schedule import check_schedule, check_timezone

from .app import TASK
from .container import SETTINGS
from .field import Field, Need, Range, Table
from .shared import not_empty

_SCHEDULED = (Need("schedule", why="a run on demand is manual"),)

JOB = Table(
    {
        **TASK,
        "command": SETTINGS["command"]._replace(check=not_empty("omit it for the image's")),
        "schedule": Field(words="on demand only", check=check_schedule),
        "timezone": Field("UTC", check=check_timezone, needs=_SCHEDULED),
        "retries": Field(0, range=Range(0, 10), needs=_SCHEDULED),
        # The longest execution of Step Functions ("Quotas for standard workflows").
        "timeout": Field(3600, range=Range(60, 31536000, "seconds")),
    },
    preset="cluster.preset",
)
