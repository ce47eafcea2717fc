"""Tasks of jobs on AWS: starting, describing, stopping and tagging them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from .answers import MOST_DESCRIBED, chunks, listed
from .ask import Refused
from .aws import Asker
from .login import Login
from .observed import StoppedTask, stopped_tasks_of
from .revisions import short
from .states import TaskStatus, state_of


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTask:
    """A task to run: the parameters of RunTask, and the container's log."""

    name: str
    """The name a user knows it by."""
    cluster: str
    """The cluster's ARN, which names the region."""
    task_definition: str
    container: str
    """The container whose exit code counts."""
    capacity_provider_strategy: Sequence[Mapping[str, Any]] = ()
    """As RunTask takes it."""
    network_configuration: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """As RunTask takes it; empty for bridge networking."""
    log_group: str = ""
    """Empty if it does not log to CloudWatch Logs."""
    stream_prefix: str = ""
    """The `awslogs-stream-prefix` of its log streams."""
    command: Sequence[str] = ()
    """Another command for this run; empty for the task definition's."""

    def request(self) -> dict[str, Any]:
        """Return the parameters of RunTask."""
        parameters: dict[str, Any] = {
            "cluster": self.cluster,
            "taskDefinition": self.task_definition,
            "capacityProviderStrategy": list(self.capacity_provider_strategy),
            "networkConfiguration": self.network_configuration,
            "overrides": {"containerOverrides": [{"name": self.container, "command": list(self.command)}]}
            if self.command
            else {},
            "startedBy": "moorage",
            "propagateTags": "TASK_DEFINITION",
            "enableECSManagedTags": True,
        }
        return {key: value for key, value in parameters.items() if value}


def job_task(name: str, outputs: Mapping[str, Any], command: Sequence[str] = ()) -> JobTask:
    """Return the task of a `Job`, from the outputs of its component in the stack's state.

    Raises:
        KeyError: the outputs are not those of a `Job`.
    """
    parameters = cast("dict[str, Any]", json.loads(outputs["runTask"]))
    return JobTask(
        name=name,
        cluster=parameters["cluster"],
        task_definition=parameters["taskDefinition"],
        container=outputs["containerName"],
        capacity_provider_strategy=parameters.get("capacityProviderStrategy", ()),
        network_configuration=parameters.get("networkConfiguration", {}),
        log_group=outputs["logGroupName"],
        stream_prefix=name,
        command=command,
    )


@dataclass(frozen=True, slots=True)
class TaskLook:
    """A task at one moment."""

    status: TaskStatus | str
    task: StoppedTask
    """The other fields: those about its end only count once it is STOPPED."""


class AwsTasks:
    """The tasks of one cluster. Each method but `running` is one request to AWS.

    Raises:
        Denied: the credentials do not allow it.
        Unreachable: no answer, or a transient error.
        Refused: another error.
    """

    def __init__(self, cluster: str, login: Login | None = None) -> None:
        """Run and describe tasks in the cluster with an ARN."""
        self._cluster = cluster
        self._ask = Asker(cluster.split(":")[3], login)

    def start(self, task: JobTask, token: str) -> str:
        """Run a task; return its ARN.

        A repeated request with the same client token does not run a second one.

        Raises:
            Refused: no task was started; the text says why.
        """
        answer = self._ask("ecs", "run_task", clientToken=token, **task.request())
        if started := listed(answer, "tasks"):
            return started[0]["taskArn"]
        failures = listed(answer, "failures")
        texts = [": ".join(filter(None, (one.get("reason"), one.get("detail")))) for one in failures]
        raise Refused("; ".join(dict.fromkeys(texts)) or "ECS gave no reason")

    def look(self, arn: str) -> TaskLook | None:
        """Return the task as it is now; None if ECS does not know it."""
        answer = self._ask("ecs", "describe_tasks", cluster=self._cluster, tasks=[arn])
        tasks = listed(answer, "tasks")
        if not tasks:
            return None
        return TaskLook(state_of(TaskStatus, tasks[0].get("lastStatus")), stopped_tasks_of(answer)[0])

    def running(self, family: str) -> list[tuple[str, str]]:
        """Return the ARN and task definition of each running or starting task of a family, oldest first.

        Two requests are made per 100 tasks.
        """
        where = {"cluster": self._cluster}
        arns = list(self._ask.every("ecs", "list_tasks", "taskArns", **where, family=family))
        tasks = [
            task
            for some in chunks(arns, MOST_DESCRIBED)
            for task in stopped_tasks_of(self._ask("ecs", "describe_tasks", **where, tasks=list(some)))
        ]
        by_id = {short(arn): arn for arn in arns}
        tasks.sort(key=lambda task: task.created_at)
        return [(by_id[task.id], task.task_definition) for task in tasks]

    def stop(self, arn: str, reason: str) -> None:
        """Stop a task."""
        self._ask("ecs", "stop_task", cluster=self._cluster, task=arn, reason=reason)

    def log(self, group: str, stream: str, token: str) -> tuple[list[str], str]:
        """Return the lines of a log stream after `token`, and the next token; no lines before the stream
        exists."""
        place = {"nextToken": token} if token else {}
        lines, next_token = self._ask.log(group, stream, startFromHead=True, **place)
        return lines, next_token or token

    def tags(self, task_definition: str) -> dict[str, str]:
        """Return the tags of a task definition."""
        answer = self._ask("ecs", "list_tags_for_resource", resourceArn=task_definition)
        return {tag["key"]: tag.get("value", "") for tag in listed(answer, "tags")}

    def tag(self, task_definition: str, key: str, value: str) -> None:
        """Tag a task definition."""
        self._ask("ecs", "tag_resource", resourceArn=task_definition, tags=[{"key": key, "value": value}])
