"""The report on a job's run: its ending, and the diagnosis if it failed."""

from dataclasses import replace

from .diagnosis import Diagnosis, diagnose, explained
from .evidence import Evidence
from .job import WAITS_FOR_CAPACITY, Ended
from .job_aws import JobTask
from .revisions import short
from .states import RunEnding, StopCode

_LATE = Diagnosis(
    "slow",
    "it ran longer than its `timeout`",
    "raise its `timeout`, or give it more `cpu` and `memory`",
)

_NEVER_RAN = Diagnosis(
    "no-capacity",
    "the cluster had no capacity for it in time",
    "give the cluster more instances or zones, or raise its `timeout`",
)

_ANOTHER = Diagnosis(
    "job-failed",
    "another container of the task exited and stopped the task",
    "make only the job's own container essential",
)

_STOPPED = Diagnosis("stopped", "someone stopped it", "find out who stopped it; run it again")

_REFUSED = Diagnosis("unknown", "ECS rejected the request", "correct what ECS names, and run it again")


def _evidence(ended: Ended) -> Evidence:
    # ECS stopped a task that timed out: its stop reason is not evidence.
    stopped = [ended.stopped] if ended.stopped and ended.kind is not RunEnding.TIMED_OUT else []
    return Evidence(stopped=stopped, reason=ended.reason, log=ended.log, unasked=ended.unasked)


def diagnosis(ended: Ended) -> Diagnosis:
    """Return the most likely diagnosis of a failed run."""
    if ended.kind is RunEnding.TIMED_OUT:
        return _NEVER_RAN if ended.stopped_while == WAITS_FOR_CAPACITY else _LATE
    likeliest = diagnose(_evidence(ended))
    if likeliest.rule == "unknown" and ended.kind is RunEnding.NOT_STARTED:
        return _REFUSED
    if likeliest.rule == "unknown":
        if ended.stopped and ended.stopped.stop_code == StopCode.USER_INITIATED:
            return _STOPPED
        return replace(likeliest, advice="check the job's log")
    if likeliest.rule not in ("crash", "exits"):
        return likeliest
    if ended.exit_code is None:
        return _ANOTHER
    advice = "see its last log lines below" if ended.log else "run its command in the image by hand"
    return Diagnosis("job-failed", f"its command exited with code {ended.exit_code}", advice)


def report(ended: Ended, task: JobTask) -> str:
    """Return the report on a run: a sentence, followed by the diagnosis if it failed."""
    name = short(task.task_definition)
    if ended.kind is RunEnding.SUCCEEDED:
        return f"{name} exited with code 0"
    if ended.kind is RunEnding.LOST:
        return f"the result of {name} is not known: ECS no longer has the task"
    if ended.kind is RunEnding.NOT_STARTED:
        sentence = f"{name} was not started: {ended.reason}"
    elif ended.kind is RunEnding.TIMED_OUT:
        sentence = f"{name} timed out and was stopped: {ended.stopped_while}"
    elif ended.exit_code is None:
        ran = any(item.exit_code is not None for item in ended.stopped.containers) if ended.stopped else False
        sentence = f"{name} failed{', its exit code is not known' if ran else ' before its container ran'}"
    else:
        sentence = f"{name} failed: exit code {ended.exit_code}"
    return f"{sentence}\n{explained(diagnosis(ended), _evidence(ended))}"
