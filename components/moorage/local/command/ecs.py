"""The local run in the shapes of ECS's API, for the watcher and the diagnosis."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlencode

from moorage.rollout.ask import Refused
from moorage.rollout.observed import (
    MISSING,
    Service,
    ServiceDeployment,
    StoppedTask,
    Target,
    service_deployments_of,
    service_of,
    stopped_tasks_of,
)
from moorage.rollout.settings import NO_SETTINGS, Settings
from moorage.rollout.states import TargetState, TaskStatus, state_of

from .client import Client

_LOG_LINES = 20

_ENDS_WITHIN = 15.0
"""Seconds to wait for a failed task to stop, which is when its exit code is known."""

_TURN = 0.05

_MOMENTS = ("createdAt", "startedAt", "stoppedAt", "updatedAt")


def described(client: Client) -> list[dict[str, Any]]:
    """Return the services, by app, in the shapes of ECS's API.

    Each has `app`, `service`, `tasks`, `serviceDeployments` and `failing`.

    Raises:
        NotRunning: there is no supervisor.
    """
    return cast("list[dict[str, Any]]", _dated(client.get("/describe")["services"]))


def described_app(client: Client, app: str) -> dict[str, Any]:
    """Return one of the services; empty if there is none of this name."""
    return {entry["app"]: entry for entry in described(client)}.get(app, {})


def _dated(value: Any) -> Any:
    """Return JSON with its times as boto3 returns them."""
    if isinstance(value, Mapping):
        return {
            key: datetime.fromtimestamp(item, UTC)
            if key in _MOMENTS and isinstance(item, int | float)
            else _dated(item)
            for key, item in cast("Mapping[str, Any]", value).items()
        }
    return [_dated(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


def stopped_task(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task with local details added to its stopped reason."""
    detail, reason = task.get("detail") or "", task.get("stoppedReason") or ""
    return {**task, "stoppedReason": f"{reason}; {detail}" if detail and detail not in reason else reason}


class LocalEcs:
    """The service of one app in a local run."""

    def __init__(self, client: Client, app: str) -> None:
        """Read the service of `app`."""
        self._client, self._app = client, app
        self.failing = False
        """True if its rollout goes on without success, as of the last call of `service`."""
        self.notices: list[str] = []
        """Notices about its tasks, as of the last call of `service`."""

    def _entry(self) -> dict[str, Any]:
        return described_app(self._client, self._app)

    @property
    def target_groups(self) -> Sequence[str]:
        """ARNs of the target groups that its tasks are in."""
        uses = self._entry().get("service", {}).get("loadBalancers", ())
        return [use["targetGroupArn"] for use in uses]

    def service(self) -> Service:
        """Return the service as it is now."""
        entry = self._entry()
        self.failing = bool(entry) and entry["failing"]
        tasks = [task for task in entry.get("tasks", []) if task["desiredStatus"] == TaskStatus.RUNNING]
        self.notices = list(dict.fromkeys(task["notice"] for task in tasks if task["notice"]))
        return service_of({"services": [entry["service"]]}) if entry else MISSING

    def redeploy(self, task_definition: str, settings: Settings = NO_SETTINGS) -> str:
        """Deploy a revision that ran here, whose settings are its own; return the id of the deployment that
        begins."""
        revision = int(task_definition.rpartition(":")[2])
        return self._client.run("/deploy", {"app": self._app, "revision": revision})["deployment"]

    def stopped(self) -> list[str]:
        """Return the ARNs of the last stopped tasks, once all stopping tasks have stopped."""
        end = time.monotonic() + _ENDS_WITHIN
        while True:
            tasks = self._entry().get("tasks", [])
            ending = [task for task in tasks if task["desiredStatus"] == TaskStatus.STOPPED]
            if all(task["lastStatus"] == TaskStatus.STOPPED for task in ending) or time.monotonic() > end:
                return [task["taskArn"] for task in ending]
            time.sleep(_TURN)

    def tasks(self, arns: Sequence[str]) -> list[StoppedTask]:
        """Return stopped tasks."""
        tasks = [task for task in self._entry().get("tasks", []) if task["taskArn"] in arns]
        return stopped_tasks_of({"tasks": [stopped_task(task) for task in tasks]})

    def targets(self, group: str) -> list[Target]:
        """Return the targets of a group that are not healthy."""
        tasks = [task for task in self._entry().get("tasks", []) if task["lastStatus"] != TaskStatus.STOPPED]
        states = [task["targets"].get(group) for task in tasks]
        return [
            Target(state_of(TargetState, state), "", reason)
            for state, reason in filter(None, states)
            if state != TargetState.HEALTHY
        ]

    def service_deployments(self) -> list[ServiceDeployment]:
        """Return the last deployments, newest first."""
        return service_deployments_of(self._entry())

    def task_definitions(self, revisions: Sequence[str]) -> dict[str, str]:
        """Return the task definitions of service revisions, which are the same here."""
        return {revision: revision for revision in revisions}

    def service_deployment(self, arn: str) -> ServiceDeployment | None:
        """Return one deployment."""
        return next((item for item in self.service_deployments() if item.arn == arn), None)

    def log(self, container: str, task: str) -> list[str]:
        """Return the last log lines of a container."""
        if not task:
            raise Refused("log_events: a task is required")
        query = urlencode({"app": self._app, "task": task, "tail": str(_LOG_LINES), "follow": "0"})
        lines = self._client.lines(f"/logs?{query}")
        return [line["text"] for line in lines if line["container"] == container]
