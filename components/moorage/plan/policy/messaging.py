"""Amazon SNS, Amazon SQS and AWS Step Functions."""

from moorage.graph import View
from moorage.graph.types import QUEUE, STATE_MACHINE
from moorage.offline import Resource

from .control import Control, anybody, breach_unless, document, refused, value

TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"


@breach_unless("allows public access", "name the principals, or add a condition such as aws:SourceArn")
def _is_private(resource: Resource, _: View) -> bool:
    return not any(map(anybody, document(value(resource, "policy")) or []))


@breach_unless("is not encrypted", "omit sqsManagedSseEnabled: the default is encrypted")
def _is_encrypted(queue: Resource, _: View) -> bool:
    return value(queue, "sqsManagedSseEnabled") is not False or bool(value(queue, "kmsMasterKeyId"))


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
        _is_private,
        "the program's topics; the topic of an app's alarms accepts only alarms of the account",
    ),
    Control("SQS.1", (QUEUE,), _is_encrypted, "the program's queues; AWS encrypts them by default"),
    Control(
        "SQS.3",
        (QUEUE, QUEUE_POLICY),
        _is_private,
        "the program's queues; without a policy only the account can send",
    ),
    Control(
        "StepFunctions.1",
        (STATE_MACHINE,),
        _LOGGED,
        "that of a Job with a schedule logs errors to the job's log group",
    ),
)
