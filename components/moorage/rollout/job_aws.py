"""Jobs' tasks on AWS, run with boto3."""

from collections.abc import Mapping
from typing import Any

from . import aws
from .ask import Refused
from .job import JobTask, Started, TaskLook, task_id
from .login import Login
from .observed import stopped_tasks_of


class AwsTasks:
    """The tasks of one cluster, run and described with boto3."""

    def __init__(self, cluster: str, login: Login | str | None = None) -> None:
        """Run and describe tasks in `cluster`.

        Args:
            cluster: the cluster's ARN, which names the region.
            login: the credentials, as in `aws.client`.
        """
        self._cluster = cluster
        self._region = cluster.split(":")[3]
        self._login = login

    def _ask(self, api: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        return aws.ask(api, self._region, self._login, operation, **parameters)

    def start(self, task: JobTask, token: str) -> Started:
        """Run a task; a repeated request with the same client token does not run a second one."""
        try:
            answer = self._ask("ecs", "run_task", clientToken=token, **task.request())
        except Refused as error:
            return Started("", str(error))
        started: list[Mapping[str, Any]] = answer.get("tasks") or []
        if started:
            return Started(started[0]["taskArn"])
        failures: list[Mapping[str, Any]] = answer.get("failures") or []
        texts = [": ".join(filter(None, (one.get("reason"), one.get("detail")))) for one in failures]
        return Started("", "; ".join(dict.fromkeys(texts)) or "ECS gave no reason")

    def look(self, arn: str) -> TaskLook | None:
        """Return the task as it is now; None if ECS does not know it."""
        answer = self._ask("ecs", "describe_tasks", cluster=self._cluster, tasks=[arn])
        known: list[Mapping[str, Any]] = answer.get("tasks") or []
        if not known:
            return None
        return TaskLook(known[0].get("lastStatus", ""), stopped_tasks_of(answer)[0])

    def running(self, family: str) -> list[tuple[str, str]]:
        """Return ARN and task definition of a family's running or starting tasks, oldest first, with at most
        two requests."""
        arns: list[str] = self._ask("ecs", "list_tasks", cluster=self._cluster, family=family)["taskArns"]
        if not arns:
            return []
        answer = self._ask("ecs", "describe_tasks", cluster=self._cluster, tasks=arns)
        known = sorted(stopped_tasks_of(answer), key=lambda task: task.created_at)
        by_id = {task_id(arn): arn for arn in arns}
        return [(by_id[task.id], task.task_definition) for task in known]

    def stop(self, arn: str, reason: str) -> None:
        """Stop a task."""
        self._ask("ecs", "stop_task", cluster=self._cluster, task=arn, reason=reason)

    def log(self, group: str, stream: str, token: str) -> tuple[list[str], str]:
        """Return the lines of a log stream after `token`, and the next token; no lines before the stream
        exists."""
        place = {"nextToken": token} if token else {}
        try:
            answer = self._ask(
                "logs",
                "get_log_events",
                logGroupName=group,
                logStreamName=stream,
                startFromHead=True,
                **place,
            )
        except Refused as error:
            if "ResourceNotFoundException" in str(error):
                return [], token
            raise
        lines = [str(event["message"]).rstrip() for event in answer["events"]]
        return lines, answer.get("nextForwardToken", token)

    def tags(self, task_definition: str) -> dict[str, str]:
        """Return the tags of a task definition."""
        answer = self._ask("ecs", "list_tags_for_resource", resourceArn=task_definition)
        known: list[Mapping[str, str]] = answer.get("tags") or []
        return {tag["key"]: tag.get("value", "") for tag in known}

    def tag(self, task_definition: str, key: str, value: str) -> None:
        """Tag a task definition."""
        self._ask("ecs", "tag_resource", resourceArn=task_definition, tags=[{"key": key, "value": value}])
