"""Running an app's pre-deploy job before its service changes, once for each revision of the job.

The gate is in the Output from which the service takes its task definition: when the job fails, the service
is not updated. A tag on the revision of the job's task definition records its success: it survives a lost
state, and a job whose image, command or anything else changes has another revision.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pulumi

from moorage.model.pre_deploy import PreDeploySpec
from moorage.resources.watching import deploys, login_of, loop_of, watched
from moorage.rollout.states import RunEnding

from .service import run_parameters
from .task import TaskParts
from .task_definition import task_definition

if TYPE_CHECKING:
    from moorage.rollout.ask import Caller, Loop
    from moorage.rollout.job import Ended
    from moorage.rollout.job_aws import AwsTasks, JobTask

ACTIONS = (
    *("ecs:ListTagsForResource", "ecs:TagResource", "ecs:RunTask", "iam:PassRole", "ecs:ListTasks"),
    *("ecs:DescribeTasks", "ecs:StopTask", "logs:GetLogEvents"),
)
"""The actions that the credentials need to run the job, to follow it, and to record its success."""

TAG = "moorage:pre-deploy"
"""The tag on a revision of the job's task definition; Pulumi ignores it."""

SUCCEEDED = "succeeded"

_TRIES = 3
_PAUSE = 15.0
"""Seconds between two attempts."""

_PASSES = ("role", "no-capacity")
"""Diagnoses that may pass, of a task whose container never ran: a role that was just made, for one."""


def pre_deploy(
    parts: TaskParts, job: PreDeploySpec, definition: pulumi.Output[str], group: pulumi.Input[str]
) -> pulumi.Output[str]:
    """Make an app's pre-deploy job; return the ARN of the app's task definition, known once the job has
    succeeded for its revision; end the program with the reason if it fails."""
    wiring = replace(parts.wiring, model=job.task, name=job.task.name)
    revision = task_definition(parts, wiring, foreign_tags=[TAG])
    run = run_parameters(wiring, revision.arn, group)
    if not deploys():
        # A preview must not show more changes than there will be.
        return definition

    async def gate(args: list[Any]) -> str:
        from moorage.rollout.job_aws import AwsTasks, JobTask

        parameters: Mapping[str, Any] = args[1]
        task = JobTask(
            name=job.task.name,
            cluster=parameters["cluster"],
            task_definition=parameters["taskDefinition"],
            container=job.task.own.name,
            capacity_provider_strategy=parameters["capacityProviderStrategy"],
            network_configuration=parameters.get("networkConfiguration", {}),
            log_group=str(args[2]),
            stream_prefix=job.task.name,
        )
        tasks, loop = AwsTasks(task.cluster, args[3]), loop_of(wiring.parent, "pre-deploy: ")
        await pass_gate(Gate(wiring.parent, tasks, task, loop), job.timeout)
        return str(args[0])

    return pulumi.Output.all(definition, run, parts.log_group, login_of(wiring.parent)).apply(gate)


async def pass_gate(gate: "Gate", timeout: float) -> None:
    """Run a job unless its revision has succeeded, with progress on the app's row.

    Raises:
        RunError: the job failed, or it could not be run.
    """
    end = f"{gate.task.name}: failed, and nothing was deployed"
    await watched(gate.app, gate.problem(timeout), end, gate.loop.sleep)


class Gate(NamedTuple):
    """A job that must succeed, and its environment."""

    app: pulumi.Resource
    """The resource that progress and failure are shown on."""
    tasks: "AwsTasks"
    task: "JobTask"
    loop: "Loop"
    """With progress on the row of `app`."""

    async def problem(self, timeout: float) -> str | None:
        """Return what went wrong, or None."""
        from moorage.rollout.ask import AskError, Patient, unanswered
        from moorage.rollout.job_report import report
        from moorage.rollout.revisions import short

        name, end = short(self.task.task_definition), self.loop.now() + timeout
        patient = Patient(self.loop, end)
        try:
            if (await patient(self.tasks.tags, self.task.task_definition)).get(TAG) == SUCCEEDED:
                return None
            ended = await self.run(end, patient)
        except AskError as error:
            again = "run `up` again, which follows a task that still runs and does not start a second one"
            return f"whether {name} succeeds is not known: {unanswered(error, ACTIONS, again)}\n{_KEPT}"
        if ended is None:
            return f"{name} was not started: timed out while an earlier one still runs\n{_KEPT}"
        if not ended.ok:
            return f"{report(ended, self.task)}\n{_KEPT}"
        try:
            await patient(self.tasks.tag, self.task.task_definition, TAG, SUCCEEDED)
        except AskError as error:
            text = f"{name} succeeded, but could not be tagged, so the next `up` runs it again: {error}"
            pulumi.log.warn(text, resource=self.app)
        return None

    async def run(self, end: float, patient: "Caller") -> "Ended | None":
        """Return the end of the job; None if another revision of it did not end in time."""
        from moorage.rollout.job import run
        from moorage.rollout.job_report import diagnosis

        tries = 0
        while True:
            arn = await self.others_ended(end, patient)
            if arn is None:
                return None
            timeout = end - self.loop.now()
            log = self.loop.say
            ended = await run(self.tasks, self.task, timeout=timeout, loop=self.loop, log=log, arn=arn)
            tries += 1
            never_ran = ended.kind in (RunEnding.FAILED, RunEnding.NOT_STARTED) and ended.exit_code is None
            # An attempt without time left would be stopped at once, and hide why this one failed.
            last = tries == _TRIES or self.loop.now() + _PAUSE >= end
            if not never_ran or last or diagnosis(ended).rule not in _PASSES:
                return ended
            self.loop.say(f"it did not start; retrying: {diagnosis(ended).cause}")
            await self.loop.sleep(_PAUSE)

    async def others_ended(self, end: float, patient: "Caller") -> str | None:
        """Return the ARN of the job's task that an interrupted `up` left running, empty for none; None if
        one of another revision does not end: two migrations must not run at once."""
        from moorage.rollout.revisions import short

        family = short(self.task.task_definition).rpartition(":")[0]
        while True:
            running = await patient(self.tasks.running, family)
            ours = [arn for arn, revision in running if revision == self.task.task_definition]
            if ours or not running:
                return ours[0] if ours else ""
            if self.loop.now() >= end:
                return None
            self.loop.say(f"waiting for {short(running[0][1])}, which is still running")
            await self.loop.sleep(_PAUSE)


_KEPT = "nothing was deployed; the service is unchanged"
