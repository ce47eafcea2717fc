"""Permissions of task roles for what runs beside an app's own code: ECS Exec, traces and log routers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from moorage.graph import Role, Task, View
from moorage.model.firelens import ACTIONS, Destination
from moorage.model.iam import Statement, exec_statement, tracing_statement
from moorage.offline.values import Json, entries, text, texts
from moorage.plan.finding import FindingSeverity

from .permissions import account_of
from .rule import Fault, Rule
from .tasks import denied, logging, role_of, running

_OF_PLUGIN = {
    **dict.fromkeys(("cloudwatch_logs", "cloudwatch"), (Destination.CLOUDWATCH, "log_group_name")),
    "s3": (Destination.S3, "bucket"),
    **dict.fromkeys(("kinesis_firehose", "firehose"), (Destination.FIREHOSE, "delivery_stream")),
}
"""The destination of each plugin of Fluent Bit, and the option with its name."""

_ARN = {
    Destination.CLOUDWATCH: "arn:{partition}:logs:*:{account}:log-group:{name}:*",
    Destination.S3: "arn:{partition}:s3:::{name}/*",
    Destination.FIREHOSE: "arn:{partition}:firehose:*:{account}:deliverystream/{name}",
    Destination.OPENSEARCH: "arn:{partition}:es:*:{account}:domain/*",
}


@dataclass(frozen=True, slots=True)
class _Need:
    """Actions that the task role must allow on one resource."""

    effect: str
    """The effect of denying them, such as `ECS Exec fails`."""
    actions: tuple[str, ...]
    resource: str = "*"
    severity: FindingSeverity = FindingSeverity.ERROR


@Rule(
    "preflight/task-role-lacks",
    "a task role of the program that does not allow what tracing or a log router needs: an error; or ECS "
    "Exec: a warning",
    "Amazon ECS task IAM role",
    "allow it in the role of `task_role_arn`, or use `grants` and `statements` instead, with which a "
    "ContainerApp makes a role that allows it; without ECS Exec set `execute_command` to false",
    may_warn=True,
)
def _lacking(view: View) -> Iterator[Fault]:
    interactive = {task.urn for service, task in running(view) if service.exec is True}
    for task in view.tasks.values():
        role = role_of(view, task.task_role)
        if role is None:
            continue
        for need in _needs(task, role, task.urn in interactive):
            actions = [(action, need.resource) for action in need.actions]
            if lacking := denied(role, "task role", actions):
                where = "" if need.resource == "*" else f" on {need.resource}"
                yield Fault(task.resource, f"{need.effect}: {lacking}{where}", severity=need.severity)


def _needs(task: Task, role: Role, interactive: bool) -> Iterator[_Need]:
    if interactive:
        # The tasks run, and only `moorage exec` fails; it is enabled by default in the preset `dev`.
        yield _Need("ECS Exec fails", _actions(exec_statement()), severity=FindingSeverity.WARNING)
    for container in task.definitions:
        if _sends_traces(container):
            yield _Need(f"{container.get('name')} cannot send traces", _actions(tracing_statement()))
        driver, options = logging(container)
        routed = _routed(options) if driver == "awsfirelens" else None
        if routed is not None:
            destination, name = routed
            partition, account = account_of(role)
            yield _Need(
                f"the output of {container.get('name')} is lost",
                ACTIONS[destination],
                _ARN[destination].format(partition=partition, account=account, name=name),
            )


def _actions(statement: Statement) -> tuple[str, ...]:
    return texts(statement["Action"])


def _sends_traces(container: Json) -> bool:
    """Return whether it is a collector of AWS whose configuration sends traces to X-Ray."""
    variables = {
        entry.get("name"): text(entry.get("value")) for entry in entries(container.get("environment"))
    }
    configuration = variables.get("AOT_CONFIG_CONTENT") or ""
    return "/aws-otel-collector" in str(container.get("image")) and "awsxray" in configuration


def _routed(options: Mapping[str, object]) -> tuple[Destination, str] | None:
    """Return the destination of a log router, and its name; None if it is not one of AWS, or is reached with
    another role."""
    plugin = text(options.get("Name")) or ""
    if "role_arn" in options or "AWS_Role_ARN" in options:
        return None
    if plugin in ("opensearch", "es"):
        return (Destination.OPENSEARCH, "*") if str(options.get("AWS_Auth")).lower() == "on" else None
    if plugin not in _OF_PLUGIN:
        return None
    destination, option = _OF_PLUGIN[plugin]
    return destination, text(options.get(option)) or "*"
