"""Apps on AWS."""

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from moorage.operate.apps import App, Json
from moorage.operate.place import (
    JobEnd,
    Limits,
    LogSelection,
    OperateError,
    Past,
    TargetRow,
    TaskRow,
    Tell,
)
from moorage.rollout.answers import chunks, listed, part
from moorage.rollout.ask import Loop, Refused
from moorage.rollout.aws import Asker, AwsEcs, ignoring
from moorage.rollout.diagnosis import ADVICE
from moorage.rollout.login import Login
from moorage.rollout.logs import LogLine
from moorage.rollout.observed import service_deployments_of, task_definitions_of
from moorage.rollout.revisions import short
from moorage.rollout.rules import RULES
from moorage.rollout.states import RunEnding, ServiceStrategy, TaskDefinitionStatus
from moorage.rollout.watch import Awaited, Outcome, follow

from .exec import session
from .logs import AwsLogs
from .tasks import AwsTaskRows

_ROLLOUT_TIMEOUT = 900.0

_REMEMBERED = 50
"""Deployments in the history; ECS keeps those of the last 90 days."""

_REVISIONS = 20
"""Maximum of DescribeServiceRevisions."""


@dataclass(frozen=True)
class AwsPlace:
    """The apps and jobs of a stack or a cluster."""

    name: str
    """Its name in output."""
    apps: Mapping[str, App]
    jobs: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """The outputs of each `Job` component."""
    login: Login = field(default_factory=Login)
    """The credentials for requests about them."""

    kind = "aws"
    rules = RULES
    """The known failures of the environment."""
    advice = ADVICE
    """The advice for outcomes that need no diagnosis."""
    deploys_again = "the next `pulumi up`"
    """The command that deploys the program's revision again after a rollback."""
    counts_again = "the next `pulumi up` that changes its count, or `pulumi up --refresh`"
    """The command that restores the program's count after `scale`."""
    pause = 3.0
    """Seconds between two looks."""

    def _app(self, name: str) -> tuple[App, Asker]:
        app = self.apps[name]
        return app, Asker(app.region, self.login)

    def ecs(self, app: str) -> AwsEcs:
        """Return an app's service, as rollouts are followed by."""
        details = self.apps[app]
        return AwsEcs(
            details.cluster,
            details.service,
            target_groups=details.target_groups,
            log_group=details.log_group,
            stream_prefix=details.stream_prefix,
            login=self.login,
        )

    def service(self, app: str) -> Mapping[str, Any]:
        """Return an app's service as in a DescribeServices response; empty if there is none."""
        details, ask = self._app(app)
        with ignoring("ClusterNotFoundException"):
            answer = ask("ecs", "describe_services", cluster=details.cluster, services=[details.service])
            services: list[Json] = listed(answer, "services")
            return services[0] if services else {}
        return {}

    def tasks(self, app: str) -> list[TaskRow]:
        """Return an app's tasks that have not stopped."""
        return AwsTaskRows(*self._app(app)).rows()

    def targets(self, app: str) -> list[TargetRow]:
        """Return an app's targets."""
        return AwsTaskRows(*self._app(app)).targets()

    def past(self, app: str) -> list[Past]:
        """Return the deployments in the history, newest first."""
        details, ask = self._app(app)
        where = {"cluster": details.cluster, "service": details.service}
        deployments = service_deployments_of(
            ask("ecs", "list_service_deployments", **where, maxResults=_REMEMBERED)
        )
        revisions = list(dict.fromkeys(item.revision for item in deployments if item.revision))
        definitions: dict[str, str] = {}
        for some in chunks(revisions, _REVISIONS):
            answer = ask("ecs", "describe_service_revisions", serviceRevisionArns=list(some))
            definitions |= task_definitions_of(answer)
        deployments.sort(key=lambda item: item.created_at, reverse=True)
        return [Past(item, definitions.get(item.revision, "")) for item in deployments]

    def lines(self, selection: LogSelection) -> Iterator[LogLine]:
        """Yield lines of the log, oldest first; forever if they are followed."""
        apps = [self._app(app) for app in selection.apps]
        for app, _ in apps:
            if not app.log_group:
                raise OperateError(
                    f"{app.name}: its log is not in CloudWatch Logs, or its log group is not known"
                )
        return AwsLogs(apps, selection).lines()

    def execute(self, app: str, task: str, container: str, command: Sequence[str]) -> int:
        """Run a command in a container with ECS Exec, on this terminal; return the session's exit code.

        Args:
            app: the app.
            task: the beginning of a task's id; empty for the one that runs longest.
            container: the container's name; empty for the app's own.
            command: the command and its arguments.
        """
        return session(*self._app(app), self.service(app), task, container, command)

    def revision(self, app: str, text: str) -> str:
        """Return the ARN of a revision that can be deployed, given as a number, `family:number` or ARN."""
        _, ask = self._app(app)
        family = _family(self.service(app))
        name = f"{family}:{text}" if text.isdecimal() else text
        try:
            definition = ask("ecs", "describe_task_definition", taskDefinition=name)["taskDefinition"]
        except Refused as error:
            there = ", ".join(short(arn) for arn in self.revisions(app)[:10]) or "none"
            raise OperateError(
                f"{app}: unknown revision {text!r}; known revisions: {there}\n{error}"
            ) from None
        if definition.get("status", TaskDefinitionStatus.ACTIVE) != TaskDefinitionStatus.ACTIVE:
            raise OperateError(f"{app}: {name} was deregistered and cannot be deployed")
        if definition["family"] != family:
            raise OperateError(f"{app}: {name} is not a revision of {family}")
        return str(definition["taskDefinitionArn"])

    def revisions(self, app: str) -> list[str]:
        """Return the ARNs of revisions that can be deployed, newest first."""
        _, ask = self._app(app)
        family = _family(self.service(app))
        arns = ask.every(
            "ecs",
            "list_task_definitions",
            "taskDefinitionArns",
            familyPrefix=family,
            status=TaskDefinitionStatus.ACTIVE,
            sort="DESC",
        )
        # The prefix also matches families whose names begin with it.
        return [str(arn) for arn in arns if short(str(arn)).rpartition(":")[0] == family]

    def follow(self, app: str, want: str, deployment: str, say: Tell) -> Outcome:
        """Follow a deployment until it ends."""
        timeout = _ROLLOUT_TIMEOUT + _waits(self.service(app))
        awaited = Awaited(self.ecs(app), want, timeout, deployment=deployment)
        return asyncio.run(follow(awaited, Loop.real(say)))

    def limits(self, app: str) -> Limits | None:
        """Return the range of an app's autoscaling; None if it has none."""
        details, ask = self._app(app)
        answer = ask(
            "application-autoscaling",
            "describe_scalable_targets",
            ServiceNamespace="ecs",
            ResourceIds=[f"service/{short(details.cluster)}/{details.service}"],
            ScalableDimension="ecs:service:DesiredCount",
        )
        for target in listed(answer, "ScalableTargets"):
            return Limits(int(target["MinCapacity"]), int(target["MaxCapacity"]))
        return None

    def scale(self, app: str, count: int) -> None:
        """Set the number of tasks."""
        details, ask = self._app(app)
        ask("ecs", "update_service", cluster=details.cluster, service=details.service, desiredCount=count)

    def run_job(self, job: str, command: Sequence[str], say: Tell, log: Tell) -> JobEnd:
        """Run a job once, and follow it to its end."""
        from moorage.rollout.job import run
        from moorage.rollout.job_aws import AwsTasks, job_task
        from moorage.rollout.job_report import report

        outputs = self.jobs[job]
        task = job_task(job, outputs, command)
        tasks = AwsTasks(task.cluster, self.login)
        timeout = float(outputs.get("timeout") or _ROLLOUT_TIMEOUT)
        ended = asyncio.run(run(tasks, task, timeout=timeout, loop=Loop.real(say), log=log))
        return JobEnd(ended.ok, ended.exit_code, ended.kind is RunEnding.TIMED_OUT, report(ended, task))


def _waits(service: Mapping[str, Any]) -> float:
    """Return the bake and step times of a service's deployments in seconds (API reference,
    DeploymentConfiguration)."""
    configuration = part(service, "deploymentConfiguration")
    if configuration.get("strategy") in (None, ServiceStrategy.ROLLING):
        return 0
    canary, linear = part(configuration, "canaryConfiguration"), part(configuration, "linearConfiguration")
    minutes = float(configuration.get("bakeTimeInMinutes") or 0) + float(
        canary.get("canaryBakeTimeInMinutes") or 0
    )
    if percent := float(linear.get("stepPercent") or 0):
        minutes += (math.ceil(100 / percent) - 1) * float(linear.get("stepBakeTimeInMinutes") or 0)
    return minutes * 60


def _family(service: Mapping[str, Any]) -> str:
    if not service:
        raise OperateError("the service is gone")
    return short(str(service["taskDefinition"])).rpartition(":")[0]
