"""The SQS queue of an app, from which its tasks take their work."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from .arguments import mapping
from .later import later
from .lookup import Lookup, described_if_given
from .problems import Problems

QUEUE_URL = "QUEUE_URL"
"""The environment variable with the queue's URL."""

QUEUE_NAME = "queue name"
QUEUE_ARN = "queue arn"
_QUEUE_URL = "queue url"
QUEUE_VALUES = (QUEUE_NAME, QUEUE_ARN, _QUEUE_URL)
"""The keys of the stand-ins for its name, ARN and URL."""

DEAD_LETTER_DAYS = 14
"""Days that the dead-letter queue keeps a message: the longest that SQS allows, because a message's age goes
on counting when it is moved ("Using dead-letter queues in Amazon SQS")."""

_ECS_STOP_TIMEOUT = 30
"""The stop timeout of ECS, in seconds ("Container definition parameters")."""


class Queue(NamedTuple):
    """A queue with a dead-letter queue."""

    visibility_timeout: int
    """Seconds."""
    max_receive_count: int
    retention_days: int


def queue(values: Lookup) -> Queue | None:
    """Return the queue that an app's arguments describe."""
    return described_if_given(Queue, values, "queue")


def with_queue(args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an app's arguments with the variable of its queue, and with the rights to consume it."""
    if "queue" not in args:
        return args
    grant = {"service": "sqs", "access": "read", "arn": later(QUEUE_ARN)}
    return {
        **args,
        "environment": {**args.get("environment", {}), QUEUE_URL: later(_QUEUE_URL)},
        "grants": [*args.get("grants", ()), grant],
    }


def check_queue(chosen: Queue, stop_timeout: int, args: Mapping[str, Any], problems: Problems) -> None:
    """Check a queue against the app's other arguments.

    A task that is stopped goes on with its message for `stop_timeout` seconds; once the message is visible
    again, another task takes it too ("Amazon SQS visibility timeout").
    """
    stop = stop_timeout or _ECS_STOP_TIMEOUT
    if chosen.visibility_timeout < stop:
        wrong = f"must be at least stop_timeout, {stop} s: a task that stops still works on its message"
        problems.add("queue.visibility_timeout", chosen.visibility_timeout, wrong)
    for field in ("environment", "secrets", "secret_values"):
        if QUEUE_URL in mapping(args.get(field)):
            problems.say(f"{field}.{QUEUE_URL}", "is set by queue; choose another name")


def redrive_policy(dead_letter_arn: str, max_receive_count: int) -> str:
    """Return the policy that moves a message to a dead-letter queue, as JSON."""
    redrive = {"deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": max_receive_count}
    return json.dumps(redrive, sort_keys=True)
