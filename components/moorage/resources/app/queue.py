"""The queue that an app takes its work from, with its dead-letter queue."""

from __future__ import annotations

from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.model.iam import policy, tls_only
from moorage.model.names import logical_name
from moorage.model.presets import PRESETS
from moorage.model.queue import DEAD_LETTER_DAYS, QUEUE_VALUES, redrive_policy

from .alarms import alarm_settings
from .wiring import Wiring

_LONGEST_NAME = 80
"""API reference, CreateQueue."""
_DAY = 24 * 60 * 60
"""Seconds."""


class Queues(NamedTuple):
    """An app's queue and its dead-letter queue."""

    queue: aws.sqs.Queue
    dead_letters: aws.sqs.Queue


def queues(wiring: Wiring, app: AppSpec) -> Queues | None:
    """Make the queue and its dead-letter queue, if the app has one."""
    chosen = app.queue
    if chosen is None:
        return None
    options = pulumi.ResourceOptions(parent=wiring.parent, protect=PRESETS[wiring.preset].protect)
    dead = aws.sqs.Queue(
        logical_name(app.name, "dead-letters", _LONGEST_NAME),
        message_retention_seconds=DEAD_LETTER_DAYS * _DAY,
        sqs_managed_sse_enabled=True,
        tags=wiring.tags,
        opts=options,
    )
    made = aws.sqs.Queue(
        logical_name(app.name, "queue", _LONGEST_NAME),
        visibility_timeout_seconds=chosen.visibility_timeout,
        message_retention_seconds=chosen.retention_days * _DAY,
        # Long polling: a receive without messages waits, and costs a request only every 20 s.
        receive_wait_time_seconds=20,
        redrive_policy=dead.arn.apply(lambda arn: redrive_policy(arn, chosen.max_receive_count)),
        sqs_managed_sse_enabled=True,
        tags=wiring.tags,
        opts=options,
    )
    for name, queue in (("queue", made), ("dead-letters", dead)):
        aws.sqs.QueuePolicy(
            f"{app.name}-{name}-policy",
            queue_url=queue.url,
            # "Amazon SQS security best practices"
            policy=queue.arn.apply(lambda arn: policy([tls_only("sqs:*", arn)])),
            opts=wiring.child,
        )
    wiring.values.update(zip(QUEUE_VALUES, (made.name, made.arn, made.url), strict=True))
    return Queues(made, dead)


def dead_letter_alarm(
    wiring: Wiring, app: AppSpec, work: Queues | None, topic_arn: pulumi.Input[str] | None
) -> None:
    """Make the alarm on the messages in the dead-letter queue."""
    if work is None or app.alarms is None or topic_arn is None or not app.alarms.dead_letters:
        return
    least = app.alarms.dead_letters
    aws.cloudwatch.MetricAlarm(
        f"{app.name}-dead-letters-alarm",
        alarm_description=f"{app.name}: at least {least} messages in the dead-letter queue",
        namespace="AWS/SQS",
        metric_name="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": work.dead_letters.name},
        statistic="Maximum",
        period=60,
        **alarm_settings(least, 1, topic_arn, wiring.tags),
        opts=wiring.child,
    )
