"""`publish` and `subscribe` of Copilot's manifests: topics of SNS, and the queue of a worker."""

import json
from typing import Any

from moorage.importing.project import TOPIC, Arguments, Call, Code, Declaration, Project
from moorage.importing.readers import flag, text, whole
from moorage.importing.tables import As, Inside, Listed, SourceNode, Table, Target, Without, apply

from .containers import ContainerTarget
from .values import whole_seconds


def publish(target: ContainerTarget, node: SourceNode) -> None:
    """`publish.topics`: each is a topic that the workload may publish to."""
    topics: dict[str, Any] = {}
    for item in node.listed("topics"):
        name, fifo = item.get("name"), item.get("fifo")
        if name is None:
            continue
        topics[name.text()] = args = Arguments()
        if fifo is not None and fifo.value is not False:
            args["fifo_topic"] = True
            if fifo.get("content_based_deduplication") is not None:
                args["content_based_deduplication"] = True
            target.translated(fifo, "`fifo_topic`")
        target.approximated(name, "a new topic; its ARN is in COPILOT_SNS_TOPIC_ARNS")
    target.args["topics"] = topics


_FIFO: Table[Target] = {
    "content_based_deduplication": As("content_based_deduplication", flag),
    "deduplication_scope": As("deduplication_scope", text),
    "throughput_limit": As("fifo_throughput_limit", text),
    "high_throughput": Without("set `deduplication_scope` and `fifo_throughput_limit` of the queue"),
}


def _fifo(target: Target, node: SourceNode) -> None:
    if isinstance(node.value, dict):
        target.put("fifo_queue", True)
        apply(_FIFO, node, target)
    elif flag(node):
        target.put("fifo_queue", True)
        target.translated(node, "`fifo_queue`")


_QUEUE: Table[Target] = {
    "retention": As("message_retention_seconds", whole_seconds),
    "delay": As("delay_seconds", whole_seconds),
    "timeout": As("visibility_timeout_seconds", whole_seconds),
    "fifo": _fifo,
    "dead_letter": Inside({"tries": As("tries", whole)}),
}
_TOPIC: Table[Target] = {
    "name": As("name", text),
    "service": As("service", text),
    "filter_policy": As("filter_policy", lambda node: json.dumps(node.plain())),
    "queue": Without(
        "messages of the topic go to the service's queue; make a queue of its own in the program"
    ),
}


_SUBSCRIBE: Table[Target] = {"queue": Inside(_QUEUE), "topics": Listed("subscriptions", _TOPIC)}


def subscribe(target: ContainerTarget, node: SourceNode) -> None:
    """`subscribe`: the queue of the workload, and the topics that send to it."""
    queue = Target(target.report, {})
    apply(_SUBSCRIBE, node, queue)
    target.args["subscribed"] = queue.args


Topics = dict[tuple[str, str], Code]
"""The ARNs of topics by the names of their workload and their own."""


def _encoded(value: Any) -> Call:
    """Return the expression of a value as JSON."""
    return Call("pulumi.Output.json_dumps", (value,))


def _grant(args: Arguments, service: str, access: str, arn: Code) -> None:
    args.setdefault("grants", []).append({"service": service, "access": access, "arn": arn})


def declare_topics(project: Project, name: str, by_stack: dict[str, Arguments]) -> Topics:
    """Declare the topics of a workload, taken from its arguments; return their ARNs."""
    topics: dict[str, dict[str, Any]] = {stack: args.pop("topics", {}) for stack, args in by_stack.items()}
    arns: dict[str, Code] = {}
    for topic, first in {key: args for named in topics.values() for key, args in named.items()}.items():
        args = {stack: named.get(topic, first) for stack, named in topics.items()}
        arns[topic] = project.declare_by_stack("aws.sns.Topic", f"{name}-{topic}", args).read("arn")
    for args in by_stack.values() if arns else ():
        args.setdefault("environment", {})["COPILOT_SNS_TOPIC_ARNS"] = _encoded(arns)
        for arn in arns.values():
            _grant(args, "sns", "write", arn)
    return {(name, topic): arn for topic, arn in arns.items()}


def declare_queue(project: Project, name: str, by_stack: dict[str, Arguments], topics: Topics) -> None:
    """Declare the queue of a worker and its subscriptions, and take them from its arguments."""
    subscribed = {stack: args.pop("subscribed") for stack, args in by_stack.items() if "subscribed" in args}
    if not subscribed:
        return
    first = next(iter(subscribed.values()))
    queues = {stack: dict(subscribed.get(stack, first)) for stack in by_stack}
    subscriptions: dict[tuple[str, str], dict[str, Arguments]] = {}
    for stack, args in queues.items():
        for one in args.pop("subscriptions", []):
            key = one.get("service", ""), one.get("name", "")
            subscriptions.setdefault(key, {})[stack] = one
    queue = _queue(project, name, queues)
    sources = [
        _subscription(project, name, queue, ones, topics.get(key)) for key, ones in subscriptions.items()
    ]
    if sources:
        _allow(project, name, queue, sources)
    for args in by_stack.values():
        args.setdefault("environment", {})["COPILOT_QUEUE_URI"] = queue.read("url")
        _grant(args, "sqs", "read", queue.read("arn"))
        scaling = args.get("autoscaling", {}).get("queue")
        if scaling is not None:
            scaling["name"] = queue.read("name")


def _queue(project: Project, name: str, by_stack: dict[str, Arguments]) -> Declaration:
    tries = {stack: args.pop("tries", None) for stack, args in by_stack.items()}
    encrypted = {"sqs_managed_sse_enabled": True}
    if any(tries.values()):
        kept = {"message_retention_seconds": 1209600, **encrypted}
        dead = {
            stack: {"fifo_queue": True, **kept} if args.get("fifo_queue") else kept
            for stack, args in by_stack.items()
        }
        letters = project.declare_by_stack("aws.sqs.Queue", f"{name}-dead-letters", dead)
        for stack, args in by_stack.items():
            if tries[stack] is not None:
                policy = {"deadLetterTargetArn": letters.read("arn"), "maxReceiveCount": tries[stack]}
                args["redrive_policy"] = _encoded(policy)
    queues = {stack: {**args, **encrypted} for stack, args in by_stack.items()}
    return project.declare_by_stack("aws.sqs.Queue", f"{name}-queue", queues)


def _subscription(
    project: Project, name: str, queue: Declaration, by_stack: dict[str, Arguments], arn: Code | None
) -> Any:
    """Subscribe the queue to a topic, of the workspace or of a setting; return the topic's ARN."""
    first = next(iter(by_stack.values()))
    topic, publisher = first.get("name", ""), first.get("service", "")
    what = f"The ARN of the topic {topic} of the service {publisher}"
    source = arn or project.setting([publisher, topic, "topic"], what, stand_in=TOPIC)
    args: Arguments = {"topic": source, "protocol": "sqs", "endpoint": queue.read("arn")}
    subscriptions: dict[str, Arguments] = {}
    for stack in project.stacks:
        own = by_stack.get(stack, first)
        policy = {"filter_policy": own["filter_policy"]} if "filter_policy" in own else {}
        subscriptions[stack] = {**args, **policy}
    full = f"{name}-{publisher}-{topic}"
    project.declare_by_stack("aws.sns.TopicSubscription", full, subscriptions, f"{full}-subscription")
    return source


def _allow(project: Project, name: str, queue: Declaration, sources: list[Any]) -> None:
    """Let the topics send to the queue."""
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.read("arn"),
        "Condition": {"ArnEquals": {"aws:SourceArn": sources}},
    }
    refused = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue.read("arn"),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = _encoded({"Version": "2012-10-17", "Statement": [allowed, refused]})
    args = {"queue_url": queue.read("url"), "policy": policy}
    project.declare("aws.sqs.QueuePolicy", f"{name}-queue", args, f"{name}-queue-policy")
