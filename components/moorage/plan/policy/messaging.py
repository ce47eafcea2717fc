"""Amazon SNS, Amazon SQS and AWS Step Functions."""

from moorage.graph import View
from moorage.graph.types import STATE_MACHINE
from moorage.offline import Resource

from .control import Breach, Control, anybody, document, refused, value

TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"

_PUBLIC = Breach("allows public access", "name the principals, or add a condition such as aws:SourceArn")


def _public(resource: Resource, view: View) -> Breach | None:
    return _PUBLIC if any(anybody(part) for part in document(value(resource, "policy")) or []) else None


def _encrypted(queue: Resource, view: View) -> Breach | None:
    if value(queue, "sqsManagedSseEnabled") is not False or value(queue, "kmsMasterKeyId"):
        return None
    return Breach("is not encrypted", "omit sqsManagedSseEnabled: the default is encrypted")


_LOGGED = refused(
    "loggingConfiguration.level",
    ("OFF",),
    "has no logging",
    "set loggingConfiguration.level to ERROR, with a log group",
    default="OFF",
)

CONTROLS = (
    Control(
        "SNS.4",
        (TOPIC, TOPIC_POLICY),
        _public,
        "the program's topics; the topic of an app's alarms accepts only alarms of the account",
    ),
    Control("SQS.1", (QUEUE,), _encrypted, "the program's queues; AWS encrypts them by default"),
    Control(
        "SQS.3",
        (QUEUE, QUEUE_POLICY),
        _public,
        "the program's queues; without a policy only the account can send",
    ),
    Control(
        "StepFunctions.1",
        (STATE_MACHINE,),
        _LOGGED,
        "that of a Job with a schedule logs errors to the job's log group",
    ),
)
