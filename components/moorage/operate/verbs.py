"""What the other verbs do: `ps`, `logs`, `exec`, `scale`, `rollback` and `run`."""

import sys
import time
from collections.abc import Sequence

from moorage.errors import UsageError
from moorage.local.command.view import ago
from moorage.rollout.ask import Denied, Unreachable
from moorage.rollout.diagnosis import report
from moorage.rollout.observed import service_of
from moorage.rollout.revisions import short
from moorage.rollout.states import RolloutState, ServiceDeploymentStatus

from .place import Limits, OperateError, Place, TaskRow, Wanted
from .printing import Printer

_SETTLES_WITHIN = 900.0
"""Seconds a changed count is waited for."""


def ps(place: Place, apps: Sequence[str], out: Printer) -> int:
    """Print the tasks that run, or try to."""
    found = {app: place.tasks(app) for app in apps}
    out.document(
        "ps",
        {
            "place": {"kind": place.kind, "name": place.name},
            "tasks": [_document(app, row) for app, rows in found.items() for row in rows],
        },
    )
    counted = any(row.restarts is not None for rows in found.values() for row in rows)
    header = ("APP", "TASK", "REVISION", "STATUS", "HEALTH", "ADDRESS", "ZONE", "STARTED")
    rows = [cells for app, tasks in found.items() for cells in _rows(app, tasks)]
    out.table(
        (*header, "RESTARTS") if counted else header, [cells if counted else cells[:-1] for cells in rows]
    )
    return 0


def _rows(app: str, tasks: Sequence[TaskRow]) -> list[tuple[str, ...]]:
    if not tasks:
        return [(app, "-", "-", "no tasks", "-", "-", "-", "-", "-")]
    return [
        (
            app,
            row.id[:8],
            row.revision,
            row.status,
            row.health,
            row.address or "-",
            row.zone or "-",
            ago(row.started_at.timestamp() if row.started_at else None),
            str(row.restarts),
        )
        for row in tasks
    ]


def _document(app: str, row: TaskRow) -> dict[str, object]:
    known: dict[str, object] = {
        "app": app,
        "id": row.id,
        "revision": row.revision,
        "status": row.status,
        "health": row.health,
        "address": row.address,
        "zone": row.zone,
        "started_at": row.started_at,
        "containers": list(row.containers),
    }
    return known if row.restarts is None else known | {"restarts": row.restarts}


def logs(place: Place, wanted: Wanted, out: Printer) -> int:
    """Print what tasks print."""
    for line in place.lines(wanted):
        if out.as_json:
            out.record(
                {
                    "time": line.time,
                    "app": line.app,
                    "task": line.task,
                    "container": line.container,
                    "text": line.text,
                }
            )
        else:
            stamp = time.strftime("%H:%M:%S", time.localtime(line.time))
            out.say(f"{stamp} {line.app}/{line.task[:8]} {line.text}")
    return 0


def scale(place: Place, app: str, count: int, out: Printer) -> int:
    """Run another number of tasks, and wait until they do."""
    service = place.service(app)
    if not service:
        raise OperateError(f"{app}: the service is gone")
    if service.get("schedulingStrategy") == "DAEMON":
        raise OperateError(f"{app} runs one task on every instance: its number is that of the instances")
    limits = None
    try:
        limits = place.limits(app)
    except Denied as error:
        out.warn(f"whether {app} is autoscaled is not known: {error.action or error} is not allowed")
    if limits:
        _check_limits(app, count, limits)
        out.warn(
            f"{app} is autoscaled from {limits.lowest} to {limits.highest}: it may soon change the number"
        )
    place.scale(app, count)
    end = time.monotonic() + _SETTLES_WITHIN
    while True:
        try:
            look = service_of({"services": [place.service(app)]})
        except Unreachable as error:
            if time.monotonic() > end:
                raise
            out.progress(f"{app}: AWS does not answer, asking again: {error}")
            place.pause()
            continue
        primary = look.primary
        if primary is None or primary.rollout_state == RolloutState.FAILED:
            raise OperateError(f"{app}: its tasks fail to start; `moorage why {app}` says why")
        done = primary.desired == primary.running == count and not primary.pending
        if done and primary.settled:
            break
        out.progress(f"{app}: {primary.running}/{count} tasks running, {primary.pending} starting")
        if time.monotonic() > end:
            raise OperateError(f"{app}: {primary.running} of {count} tasks run after {_SETTLES_WITHIN:g} s")
        place.pause()
    out.document("scale", {"app": app, "count": count})
    out.say(f"{app}: {count} task(s), until {place.counts_again}")
    return 0


def _check_limits(app: str, count: int, limits: Limits) -> None:
    if not limits.lowest <= count <= limits.highest:
        raise OperateError(
            f"{app} is autoscaled from {limits.lowest} to {limits.highest}, and {count} would be undone at "
            "once: change `autoscaling` in the program"
        )


def rollback(place: Place, app: str, revision: str | None, out: Printer, *, yes: bool) -> int:
    """Deploy an earlier revision, and follow it.

    Raises:
        UsageError: nobody is there to say yes.
        OperateError: there is no revision to go back to.
    """
    look = place.ecs(app).service()
    primary = look.primary
    if primary is None:
        raise OperateError(f"{app}: the service is gone")
    want = place.revision(app, revision) if revision else _last_good(place, app, primary.task_definition)
    if want == primary.task_definition and primary.settled:
        raise OperateError(f"{app}: {short(want)} is what runs")
    going = "" if primary.settled else f" ({primary.rollout_state.lower()})"
    aside = f"{app}: this replaces {short(primary.task_definition)}{going} by {short(want)}"
    print(aside, flush=True, file=sys.stderr if out.as_json else sys.stdout)
    out.warn(f"{place.deploys_again} deploys the program's revision again")
    if not yes and not _agreed():
        out.say("nothing was changed")
        return 1
    deployment = place.ecs(app).redeploy(want)
    outcome = place.follow(app, want, deployment, out.progress)
    advice = {} if place.advice is None else {"advice": place.advice}
    text = report(outcome, want, rules=place.rules, **advice)
    out.document(
        "rollback",
        {
            "app": app,
            "from": short(primary.task_definition),
            "to": short(want),
            "outcome": outcome.kind,
            "running": short(outcome.running or want),
            "text": text,
        },
    )
    out.say(f"{app}: {text}")
    return 0 if outcome.ok else 1


def _last_good(place: Place, app: str, running: str) -> str:
    for item in place.past(app):
        succeeded = item.deployment.status == ServiceDeploymentStatus.SUCCESSFUL
        if succeeded and item.task_definition not in ("", running):
            return item.task_definition
    others = [short(arn) for arn in place.revisions(app) if arn != running][:10]
    there = f"name one: {', '.join(others)}" if others else "there is no other revision"
    raise OperateError(f"{app}: ECS remembers no other revision whose deployment completed; {there}")


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to ask: say --yes")
    return input("Do it? [y/N] ").strip().lower() in ("y", "yes")


def run(place: Place, job: str, command: Sequence[str], out: Printer) -> int:
    """Run a job once; return its exit code, 124 when its time was up, 125 when it has none."""
    lines: list[str] = []

    def log(line: str, /) -> None:
        lines.append(line)
        out.say(line)

    try:
        end = place.run_job(job, command, out.progress, log)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"{job} is no longer followed; its task goes on") from None
    out.document(
        "run",
        {
            "job": job,
            "ok": end.ok,
            "exit_code": end.exit_code,
            "timed_out": end.timed_out,
            "text": end.text,
            "log": lines,
        },
    )
    out.say(end.text)
    if end.timed_out:
        return 124
    return 125 if end.exit_code is None else end.exit_code


def execute(place: Place, app: str, task: str, container: str, command: Sequence[str], out: Printer) -> int:
    """Run a command in a container of an app; return its exit code as far as it is known."""
    if out.as_json:
        raise UsageError("exec has no --json: what the command prints is the output")
    return place.execute(app, task, container, command or ["/bin/sh"])
