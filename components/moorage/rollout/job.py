"""One run of a job's task on AWS, followed to its end.

    task = job_task("migrate", outputs_of_the_job, command=["python", "migrate.py", "--check"])
    ended = asyncio.run(run(AwsTasks(task.cluster), task, timeout=900, loop=Loop.real(print), log=print))
    print(report(ended, task))
    sys.exit(ended.exit_code if ended.exit_code is not None else 1)

`outputs_of_the_job` are the outputs of a `Job` component in the stack's state; without them, create a
`JobTask`. An interrupted run leaves its task running: its id was printed, and `AwsTasks.stop` stops it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from .ask import AskError, Loop, Patient, Refused, Unreachable
from .job_aws import AwsTasks, JobTask
from .observed import StoppedTask
from .revisions import short
from .states import RunEnding, TaskStatus

POLL = 2.0
"""Seconds between two looks."""

STOPS_WITHIN = 150.0
"""Seconds to wait for a task that is stopping: the longest stop timeout is 120."""

UNKNOWN = 10
"""Consecutive looks at which ECS may not know a task that was just started."""

WAITS_FOR_CAPACITY = "waiting for capacity"
"""The progress of a task that is PROVISIONING."""

LOG_LINES = 20
"""Log lines of a run that are kept."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended."""

    kind: RunEnding
    exit_code: int | None = None
    """The container's; None if it never ran or its code is not known."""
    task: str = ""
    """The task's ARN."""
    reason: str = ""
    """Why no task was started."""
    stopped: StoppedTask | None = None
    stopped_while: str = ""
    """Its state when it timed out."""
    log: Sequence[str] = ()
    """Its last lines."""
    unasked: Sequence[str] = ()
    """Requests that failed, each with the reason."""

    @property
    def ok(self) -> bool:
        """Whether the command exited with code 0."""
        return self.kind is RunEnding.SUCCEEDED


async def run(
    tasks: AwsTasks, task: JobTask, *, timeout: float, loop: Loop, log: Callable[[str], None], arn: str = ""
) -> Ended:
    """Start a task, or follow the running one with an ARN, to its end; stop it after `timeout` seconds.

    `log` takes each line that the container logs.

    Raises:
        Denied: the credentials do not allow running or describing the task, or have expired.
        Unreachable: AWS did not answer until the timeout.
        Refused: AWS answered with an error that a retry does not change.
    """
    end = loop.now() + timeout
    if not arn:
        try:
            arn = await Patient(loop, end)(tasks.start, task, uuid4().hex)
        except Refused as error:
            return Ended(RunEnding.NOT_STARTED, reason=str(error))
        loop.say(f"started task {short(arn)}")
    return await _Run(tasks, task, arn, loop, log).follow(end)


@dataclass(slots=True)
class _Run:
    """Follows one task."""

    tasks: AwsTasks
    task: JobTask
    arn: str
    loop: Loop
    log: Callable[[str], None]
    token: str = ""
    lines: list[str] = field(default_factory=list[str])
    unasked: list[str] = field(default_factory=list[str])
    log_is_readable: bool = True
    progress: str = ""
    stopped_while: str = ""
    """Its state when it timed out."""

    async def follow(self, end: float) -> Ended:
        unknown = 0
        while True:
            patient = Patient(self.loop, end)
            try:
                seen = await patient(self.tasks.look, self.arn)
                # ECS is eventually consistent: a new task may not be visible yet.
                unknown = unknown + 1 if seen is None else 0
            except Unreachable:
                if self.stopped_while:
                    raise
                seen = None
            if unknown >= UNKNOWN:
                return self.ended(RunEnding.LOST)
            if seen is not None:
                if not self.stopped_while or seen.status == TaskStatus.STOPPED:
                    self.tell(_progress(seen.status))
                if seen.status not in _BEFORE_IT_RUNS:
                    await self.read_log()
                if seen.status == TaskStatus.STOPPED:
                    return await self.end(seen.task)
            if self.loop.now() >= end:
                if self.stopped_while:
                    return self.ended(RunEnding.TIMED_OUT)
                end = self.loop.now() + STOPS_WITHIN
                await self.stop()
            await self.loop.sleep(POLL)

    async def end(self, task: StoppedTask) -> Ended:
        code = next((item.exit_code for item in task.containers if item.name == self.task.container), None)
        if code is not None and (code or not self.lines):
            # The last lines reach CloudWatch a moment later.
            await self.loop.sleep(POLL)
            await self.read_log()
        # It may have exited just before it was stopped.
        kind = RunEnding.SUCCEEDED if code == 0 and not self.stopped_while else RunEnding.FAILED
        return self.ended(RunEnding.TIMED_OUT if self.stopped_while else kind, task, code)

    def ended(self, kind: RunEnding, task: StoppedTask | None = None, code: int | None = None) -> Ended:
        return Ended(
            kind,
            code,
            self.arn,
            stopped=task,
            stopped_while=self.stopped_while,
            log=self.lines[-LOG_LINES:],
            unasked=self.unasked,
        )

    async def stop(self) -> None:
        self.stopped_while = self.progress or "starting"
        self.tell("timed out; stopping the task")
        try:
            await self.loop.call(self.tasks.stop, self.arn, "It took longer than its timeout")
        except AskError as error:
            self.unasked.append(f"the task could not be stopped and may still run: {error}")

    async def read_log(self) -> None:
        """Pass on the lines since the last call."""
        if not self.task.log_group or not self.log_is_readable:
            return
        stream = f"{self.task.stream_prefix}/{self.task.container}/{short(self.arn)}"
        try:
            while True:
                lines, token = await self.loop.call(self.tasks.log, self.task.log_group, stream, self.token)
                for line in lines:
                    self.log(line)
                self.lines += lines
                # The last page names itself as the next one.
                last, self.token = token == self.token, token
                if last or not lines:
                    return
        except Unreachable:
            return
        except AskError as error:
            self.log_is_readable = False
            self.unasked.append(f"the log: {error.brief}")

    def tell(self, line: str) -> None:
        if line != self.progress:
            self.progress = line
            self.loop.say(line)


_BEFORE_IT_RUNS = (TaskStatus.PROVISIONING, TaskStatus.PENDING, TaskStatus.ACTIVATING)


def _progress(status: TaskStatus | str) -> str:
    if not isinstance(status, TaskStatus):
        return status.lower()
    match status:
        case TaskStatus.PROVISIONING:
            return WAITS_FOR_CAPACITY
        case TaskStatus.PENDING:
            return "pulling the image"
        case TaskStatus.ACTIVATING:
            return "starting"
        case TaskStatus.RUNNING:
            return "running"
        case TaskStatus.DEACTIVATING | TaskStatus.STOPPING | TaskStatus.DEPROVISIONING:
            return "ending"
        case TaskStatus.STOPPED:
            return "ended"
