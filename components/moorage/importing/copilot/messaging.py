"""`publish` and `subscribe` of Copilot's manifests: topics of SNS, and the queue of a worker."""

import json
from typing import Any

from moorage.compose_file.nodes import Node
from moorage.importing.project import TOPIC, Call, Code, Declaration, Project
from moorage.importing.tables import As, Inside, Table, Target, Without, apply, flag, whole

from .containers import ContainerTarget
from .values import whole_seconds


def publish(target: ContainerTarget, node: Node, path: str) -> None:
    """`publish.topics`: each is a topic that the workload may publish to."""
    topics: dict[str, Any] = {}
    listed = node.get("topics")
    for index, item in enumerate(listed.items() if listed else []):
        name = item.get("name")
        inner = f"{path}.topics[{index}]"
        if name is None:
            continue
        args: dict[str, Any] = {}
        fifo = item.get("fifo")
        if fifo is not None and fifo.value is not False:
            args["fifo_topic"] = True
            if fifo.get("content_based_deduplication") is not None:
                args["content_based_deduplication"] = True
            target.report.translated(fifo, f"{inner}.fifo", "`fifo_topic`")
        topics[name.text()] = args
        target.report.approximated(name, f"{inner}.name", "a new topic; its ARN is in COPILOT_SNS_TOPIC_ARNS")
    target.args["topics"] = topics


_FIFO: Table[Target] = {
    "content_based_deduplication": As("content_based_deduplication", flag),
    "deduplication_scope": As("deduplication_scope", lambda node: node.text()),
    "throughput_limit": As("fifo_throughput_limit", lambda node: node.text()),
    "high_throughput": Without("set `deduplication_scope` and `fifo_throughput_limit` of the queue"),
}


def _fifo(target: Target, node: Node, path: str) -> None:
    if isinstance(node.value, dict):
        target.put("fifo_queue", True)
        apply(_FIFO, node, path, target)
    elif flag(node):
        target.put("fifo_queue", True)
        target.report.translated(node, path, "`fifo_queue`")


_QUEUE: Table[Target] = {
    "retention": As("message_retention_seconds", whole_seconds),
    "delay": As("delay_seconds", whole_seconds),
    "timeout": As("visibility_timeout_seconds", whole_seconds),
    "fifo": _fifo,
    "dead_letter": Inside({"tries": As("tries", whole)}),
}
_TOPIC: Table[Target] = {
    "name": As("name", lambda node: node.text()),
    "service": As("service", lambda node: node.text()),
    "filter_policy": As("filter_policy", lambda node: json.dumps(node.plain())),
    "queue": Without(
        "messages of the topic go to the service's queue; make a queue of its own in the program"
    ),
}


def subscribe(target: ContainerTarget, node: Node, path: str) -> None:
    """`subscribe`: the queue of the workload, and the topics that send to it."""
    queue = Target(target.report, {})
    if (own := node.get("queue")) is not None:
        apply(_QUEUE, own, f"{path}.queue", queue)
    subscriptions: list[dict[str, Any]] = []
    listed = node.get("topics")
    for index, item in enumerate(listed.items() if listed else []):
        one = Target(target.report, {})
        apply(_TOPIC, item, f"{path}.topics[{index}]", one)
        subscriptions.append(one.args)
    target.args["subscribed"] = (queue.args, subscriptions)


def declare_topics(project: Project, name: str, by_stack: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Declare the topics of a workload, take them from its arguments; return their variables by name."""
    found: dict[str, dict[str, Any]] = {stack: args.pop("topics", {}) for stack, args in by_stack.items()}
    made: dict[str, str] = {}
    for topic, first in {key: args for topics in found.values() for key, args in topics.items()}.items():
        args = {stack: topics.get(topic, first) for stack, topics in found.items()}
        made[topic] = project.declare("aws.sns.Topic", f"{name}-{topic}", args).variable
    for args in by_stack.values() if made else ():
        arns = {topic: Code(f"{variable}.arn") for topic, variable in made.items()}
        encoded = Call("pulumi.Output.json_dumps", (arns,))
        args.setdefault("environment", {})["COPILOT_SNS_TOPIC_ARNS"] = encoded
        args.setdefault("grants", []).extend(
            {"service": "sns", "access": "write", "arn": arn} for arn in arns.values()
        )
    return made


def declare_queue(
    project: Project, name: str, by_stack: dict[str, dict[str, Any]], topics: dict[tuple[str, str], str]
) -> None:
    """Declare the queue of a worker and its subscriptions, and take them from its arguments."""
    found = {stack: args.pop("subscribed") for stack, args in by_stack.items() if "subscribed" in args}
    if not found:
        return
    first = next(iter(found.values()))
    all_of = {stack: found.get(stack, first) for stack in by_stack}
    queue = _queue(project, name, {stack: dict(args) for stack, (args, _) in all_of.items()})
    subscriptions: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for stack, (_, listed) in all_of.items():
        for one in listed:
            key = one.get("service", ""), one.get("name", "")
            subscriptions.setdefault(key, {})[stack] = one
    sources = [
        _subscription(project, name, queue, ones, topics.get(key)) for key, ones in subscriptions.items()
    ]
    if sources:
        _allow(project, name, queue, sources)
    for args in by_stack.values():
        args.setdefault("environment", {})["COPILOT_QUEUE_URI"] = Code(f"{queue.variable}.url")
        args.setdefault("grants", []).append(
            {"service": "sqs", "access": "read", "arn": Code(f"{queue.variable}.arn")}
        )
        scaling = args.get("autoscaling", {}).get("queue")
        if scaling is not None:
            scaling["name"] = Code(f"{queue.variable}.name")


def _queue(project: Project, name: str, by_stack: dict[str, dict[str, Any]]) -> Declaration:
    tries = {stack: args.pop("tries", None) for stack, args in by_stack.items()}
    encrypted = {"sqs_managed_sse_enabled": True}
    if any(tries.values()):
        kept = {"message_retention_seconds": 1209600, **encrypted}
        dead = {
            stack: {**({"fifo_queue": True} if args.get("fifo_queue") else {}), **kept}
            for stack, args in by_stack.items()
        }
        letters = project.declare("aws.sqs.Queue", f"{name}-dead-letters", dead)
        for stack, args in by_stack.items():
            if tries[stack] is not None:
                arn = Code(f"{letters.variable}.arn")
                policy = {"deadLetterTargetArn": arn, "maxReceiveCount": tries[stack]}
                args["redrive_policy"] = Call("pulumi.Output.json_dumps", (policy,))
    queues = {stack: {**args, **encrypted} for stack, args in by_stack.items()}
    return project.declare("aws.sqs.Queue", f"{name}-queue", queues)


def _subscription(
    project: Project, name: str, queue: Declaration, by_stack: dict[str, dict[str, Any]], variable: str | None
) -> Any:
    """Subscribe the queue to a topic, of the workspace or of a setting; return the topic's ARN."""
    one = next(iter(by_stack.values()))
    topic, publisher = one.get("name", ""), one.get("service", "")
    what = f"The ARN of the topic {topic} of the service {publisher}"
    arn = (
        Code(f"{variable}.arn")
        if variable
        else project.setting([publisher, topic, "topic"], what, stand_in=TOPIC)
    )
    args: dict[str, Any] = {"topic": arn, "protocol": "sqs", "endpoint": Code(f"{queue.variable}.arn")}
    subscriptions: dict[str, dict[str, Any]] = {}
    for stack in project.stacks:
        own = by_stack.get(stack, one)
        policy = {"filter_policy": own["filter_policy"]} if "filter_policy" in own else {}
        subscriptions[stack] = {**args, **policy}
    full = f"{name}-{publisher}-{topic}"
    project.declare("aws.sns.TopicSubscription", full, subscriptions, f"{full}-subscription")
    return arn


def _allow(project: Project, name: str, queue: Declaration, sources: list[Any]) -> None:
    """Let the topics send to the queue."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": Code(f"{queue.variable}.arn"),
        "Condition": {"ArnEquals": {"aws:SourceArn": sources}},
    }
    refused = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": Code(f"{queue.variable}.arn"),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement, refused]}
    args = {"queue_url": Code(f"{queue.variable}.url"), "policy": Call("pulumi.Output.json_dumps", (policy,))}
    project.declare("aws.sqs.QueuePolicy", f"{name}-queue", project.everywhere(args), f"{name}-queue-policy")
