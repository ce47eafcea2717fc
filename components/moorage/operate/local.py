"""Apps of a local run."""

import shlex
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from moorage.console import is_interactive
from moorage.local.command import foreground
from moorage.local.command.advice import ADVICE, local_rules
from moorage.local.command.client import Client
from moorage.local.command.ecs import LocalEcs, described, described_app
from moorage.local.state import Paths
from moorage.rollout.logs import LogLine
from moorage.rollout.revisions import short
from moorage.rollout.rules import Rule
from moorage.rollout.states import HealthStatus, TargetState, TaskStatus, state_of
from moorage.rollout.watch import Outcome

from .place import JobEnd, Limits, LogSelection, OperateError, Past, TargetRow, TaskRow, Tell


class LocalPlace:
    """The local run of one project and stack."""

    kind = "local"
    advice = ADVICE
    deploys_again = "the next `moorage local up`"
    pause = 0.1
    counts_again = "an `up` with another count in the program"

    def __init__(self, paths: Paths) -> None:
        """Connect to the supervisor of a project and stack."""
        self._client = Client(paths)
        self.name = f"the local run of {paths.project_dir.name} ({paths.stack})"

    def running(self) -> bool:
        """Return whether there is a local run."""
        return self._client.running()

    @property
    def rules(self) -> Sequence[Rule]:
        """The known failures of this run's runner."""
        return local_rules(self._client.get("/hello")["runner"])

    @property
    def apps(self) -> Sequence[str]:
        """The names of the apps."""
        return [entry["app"] for entry in described(self._client)]

    @property
    def jobs(self) -> Sequence[str]:
        """The names of the jobs."""
        return list(self._client.get("/describe")["jobs"])

    def ecs(self, app: str) -> LocalEcs:
        """Return an app's service, as rollouts are followed by."""
        return LocalEcs(self._client, app)

    def service(self, app: str) -> Mapping[str, Any]:
        """Return an app's service as in a DescribeServices response; empty if there is none."""
        return described_app(self._client, app).get("service", {})

    def _alive(self, app: str) -> list[dict[str, Any]]:
        tasks = [
            task
            for task in described_app(self._client, app).get("tasks", [])
            if task["lastStatus"] != TaskStatus.STOPPED
        ]
        return sorted(tasks, key=lambda task: task["createdAt"])

    def tasks(self, app: str) -> list[TaskRow]:
        """Return an app's tasks that have not stopped."""
        balanced = bool(self.service(app).get("loadBalancers"))
        return [_row(task, balanced) for task in self._alive(app)]

    def targets(self, app: str) -> list[TargetRow]:
        """Return an app's targets, which are its tasks."""
        return [
            TargetRow(group, short(task["taskArn"]), state_of(TargetState, state), reason)
            for task in self._alive(app)
            for group, (state, reason) in task["targets"].items()
        ]

    def past(self, app: str) -> list[Past]:
        """Return the deployments in the history, newest first."""
        return [Past(item, item.revision) for item in self.ecs(app).service_deployments()]

    def lines(self, selection: LogSelection) -> Iterator[LogLine]:
        """Yield lines of the log, oldest first; forever if they are followed."""
        query = {
            "tail": str(selection.tail),
            "follow": "1" if selection.follow else "0",
            "task": selection.task,
        }
        if selection.since is not None:
            query["since"] = str(time.time() - selection.since)
        if len(selection.apps) == 1:
            query["app"] = selection.apps[0]
        for line in self._client.lines(f"/logs?{urlencode(query)}"):
            yield LogLine(**line)

    def execute(self, app: str, task: str, container: str, command: Sequence[str]) -> int:
        """Run a command in a container, or as a process with the task's folder and environment; return its
        exit code."""
        rows = [
            row for row in self.tasks(app) if row.status == TaskStatus.RUNNING and row.id.startswith(task)
        ]
        if not rows:
            raise OperateError(f"{app} has no running task{f' {task}' if task else ''}")
        name = container or self._own_container(app, rows[0])
        if name not in rows[0].containers:
            there = ", ".join(rows[0].containers)
            raise OperateError(f"task {rows[0].id[:8]} has no container {name!r}; it has {there}")
        query = urlencode({"task": rows[0].id, "container": name})
        inside = self._client.get(f"/inside?{query}")
        if inside is None:
            raise OperateError(f"container {name} of task {rows[0].id[:8]} is not running")
        return _run_inside(inside, command)

    def _own_container(self, app: str, row: TaskRow) -> str:
        uses = self.service(app).get("loadBalancers") or [{"containerName": row.containers[0]}]
        return str(uses[0]["containerName"])

    def revision(self, app: str, text: str) -> str:
        """Return the ARN of a revision that ran here, given as a number, `family:number` or ARN."""
        number = text.rpartition(":")[2]
        for arn in self.revisions(app):
            if arn == text or (arn.rpartition(":")[2] == number and text in (number, short(arn))):
                return arn
        revisions = ", ".join(short(arn) for arn in self.revisions(app))
        raise OperateError(f"{app}: revision {text} has not run here; known revisions: {revisions}")

    def revisions(self, app: str) -> list[str]:
        """Return the ARNs of revisions that can be deployed, newest first."""
        return list(dict.fromkeys(item.task_definition for item in self.past(app)))

    def follow(self, app: str, want: str, deployment: str, say: Tell) -> Outcome:
        """Follow a deployment until it ends."""
        # Imported here, so that `ps` does not wait for asyncio.
        import asyncio

        from moorage.local.command.rollout import follow_rollout

        begun = {"app": app, "what": "new", "task_definition": want, "deployment": deployment}
        return asyncio.run(follow_rollout(self._client, begun, say, say)).outcome

    def limits(self, app: str) -> Limits | None:
        """Return None: a local run holds the count that `scale` sets."""
        return None

    def scale(self, app: str, count: int) -> None:
        """Set the number of tasks."""
        self._client.run("/scale", {"app": app, "count": count})

    def run_job(self, job: str, command: Sequence[str], say: Tell, log: Tell) -> JobEnd:
        """Run a job once, and follow it to its end."""
        end = self._client.run_job(job, command, say, log)
        text = f"{job} failed: {end.reason}" if end.reason else f"{job} exited with code 0"
        return JobEnd(not end.reason, end.exit_code, end.timed_out, text)


def _row(task: Mapping[str, Any], balanced: bool) -> TaskRow:
    addresses = tuple(
        f"{binding['bindIP']}:{binding['hostPort']}"
        for container in task["containers"]
        for binding in container.get("networkBindings", [])
    )
    return TaskRow(
        id=short(task["taskArn"]),
        revision=short(task["taskDefinitionArn"]),
        status=state_of(TaskStatus, task["lastStatus"]),
        health=_health(task),
        address=", ".join(addresses),
        zone=task["availabilityZone"],
        started_at=task.get("startedAt"),
        public_addresses=() if balanced else addresses,
        containers=tuple(container["name"] for container in task["containers"]),
        restarts=task["restarts"],
    )


def _health(task: Mapping[str, Any]) -> HealthStatus | str:
    """Return the health of a task's containers, or of its targets if it has any."""
    targets = [state for state, _reason in task["targets"].values()]
    containers = state_of(HealthStatus, task["healthStatus"])
    if containers != HealthStatus.UNKNOWN and not targets:
        return containers
    if task["ready"]:
        return HealthStatus.HEALTHY
    unhealthy = TargetState.UNHEALTHY in targets or containers == HealthStatus.UNHEALTHY
    return HealthStatus.UNHEALTHY if unhealthy else HealthStatus.UNKNOWN


def _run_inside(inside: Mapping[str, Any], command: Sequence[str]) -> int:
    on_terminal = is_interactive()
    if inside["container"]:
        terminal = ["--tty"] if on_terminal else []
        words = ["docker", "exec", "--interactive", *terminal, inside["container"], *command]
        ended = foreground.run(words)
    else:
        try:
            ended = foreground.run(command, cwd=inside["folder"], env=inside["environment"])
        except OSError as error:
            raise OperateError(f"cannot run {shlex.join(command)}: {error.strerror}") from None
    # A shell on a terminal passes Ctrl-C to its own commands, and may exit with the code of one.
    killed = ended.returncode == -signal.SIGINT
    if ended.interrupted and (killed or (ended.code == 128 + signal.SIGINT and not on_terminal)):
        raise KeyboardInterrupt
    return ended.code
