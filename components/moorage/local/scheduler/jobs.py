"""Jobs of a local stack, run before a service changes and on demand."""

import asyncio
from collections.abc import Callable, Sequence

from moorage.errors import LocalError, no_such
from moorage.local.model import JobEnd, JobSpec
from moorage.local.runner import BuildFailed, Report, Runner
from moorage.local.state import State
from moorage.rollout.logs import LogLine

from .logs import LogStore
from .records import Task
from .scheduler import Scheduler
from .task import advised

LAST_LINES = 15


class Jobs:
    """The jobs of a stack."""

    def __init__(self, runner: Runner, scheduler: Scheduler, state: State, logs: LogStore) -> None:
        """Begin without jobs."""
        self._runner, self._scheduler, self._state, self._logs = runner, scheduler, state, logs
        self.specs: tuple[JobSpec, ...] = ()
        """The jobs of the running stack."""

    async def before(self, app: str, report: Report) -> str:
        """Run an app's pre-deploy job unless the same job has succeeded; return why the app must not change,
        or nothing."""
        job = next((item for item in self.specs if item.gates == app), None)
        if job is None:
            return ""
        family, content = job.task.family, job.task.fingerprint()
        if self._state.has_succeeded(family, content):
            return ""
        ended = await self.run(job, report, lambda line: report(f"{job.task.app}: {line.text}"))
        if not ended.reason:
            self._state.remember_success(family, content)
            return ""
        lines = self._logs.recent([job.task.app], ended.task, LAST_LINES) if ended.task else []
        log = ["last log lines:", *(f"  {line.text}" for line in lines)] if lines else []
        return "\n".join([f"its pre-deploy job failed, and nothing was changed: {ended.reason}", *log])

    def named(self, name: str, command: Sequence[str] = ()) -> JobSpec:
        """Return a job, with another command for its first container if one is given.

        Raises:
            LocalError: the job is unknown.
        """
        names = [item.task.app for item in self.specs]
        if name not in names:
            raise LocalError(no_such("job", name, names))
        job = self.specs[names.index(name)]
        if not command:
            return job
        first, *others = job.task.containers
        # As with RunTask's override, the entry point stays.
        local = first.image.local_command and tuple(command)
        image = first.image._replace(local_command=local)
        changed = first._replace(command=tuple(command), image=image)
        return job._replace(task=job.task._replace(containers=(changed, *others)))

    async def run(self, job: JobSpec, report: Report, log: Callable[[LogLine], None]) -> JobEnd:
        """Run a job's task to its end; `log` takes each line that it prints."""
        name = job.task.app
        try:
            for container in job.task.containers:
                await self._runner.prepare(container.image, lambda line: report(f"{name}: {line}"))
        except BuildFailed as error:
            return JobEnd("", None, False, f"its image could not be prepared\n{advised(error, job.task)}")
        started = self._scheduler.once(job.task)
        report(f"{name}: running {job.task.family}:{started.task.revision}, task {started.task.id[:8]}")

        def take(line: LogLine) -> None:
            if line.task == started.task.id:
                log(line)

        with self._logs.following(take):
            try:
                done, _ = await asyncio.wait([started.ended], timeout=job.timeout)
            finally:
                # The client may be gone.
                started.stop()
                await asyncio.wait([started.ended])
        return _end(started.task, job, late=not done)


def _end(task: Task, job: JobSpec, late: bool) -> JobEnd:
    container = task.containers[0]
    code = container.get("exitCode")
    if late:
        return JobEnd(task.id, code, True, f"timed out after {job.timeout:.0f} s; the task was stopped")
    if code is None:
        why = container.get("reason") or task.stopped_reason or "it did not start"
    elif code:
        detail = f" ({container['reason']})" if container.get("reason") else ""
        why = f"exit code {code}{detail}"
    else:
        why = ""
    return JobEnd(task.id, code, False, why)
