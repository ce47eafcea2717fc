"""The verbs `ps`, `logs`, `exec`, `scale`, `rollback` and `run`."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from itertools import compress
from typing import Any

from moorage.console import Printer, ago, confirm, say
from moorage.errors import UsageError
from moorage.rollout.ask import Denied, Unreachable
from moorage.rollout.diagnosis import report
from moorage.rollout.observed import service_of
from moorage.rollout.revisions import short
from moorage.rollout.states import RolloutState, ServiceDeploymentStatus

from .place import LogSelection, OperateError, TaskRow
from .places import Place, chosen, known, the_one

_SETTLES_WITHIN = 900.0
"""Seconds to wait for a changed count."""


def ps(place: Place, out: Printer, app: str | None) -> int:
    """Print the tasks that have not stopped."""
    by_app = {name: place.tasks(name) for name in chosen(place, app)}
    out.document(
        "ps",
        {
            "place": {"kind": place.kind, "name": place.name},
            "tasks": [_document(name, row) for name, rows in by_app.items() for row in rows],
        },
    )
    on_instances = any(row.instance for rows in by_app.values() for row in rows)
    counted = any(row.restarts is not None for rows in by_app.values() for row in rows)
    header = ("APP", "TASK", "REVISION", "STATUS", "HEALTH", "ADDRESS", "ZONE", "STARTED")
    further = {"INSTANCE": on_instances, "RESTARTS": counted}
    shown = (*[True] * len(header), *further.values())
    rows = [cells for name, tasks in by_app.items() for cells in _rows(name, tasks)]
    lines = [tuple(compress(cells, shown)) for cells in ((*header, *further), *rows)]
    out.table(lines[0], lines[1:], keys=2)
    return 0


def _rows(app: str, tasks: Sequence[TaskRow]) -> list[tuple[str, ...]]:
    if not tasks:
        return [(app, "-", "-", "no tasks", "-", "-", "-", "-", "-", "-")]
    return [
        (
            app,
            row.id[:8],
            row.revision,
            row.status,
            row.health,
            _addresses(row),
            row.zone or "-",
            ago(row.started_at),
            row.instance or "-",
            str(row.restarts),
        )
        for row in tasks
    ]


def _addresses(row: TaskRow) -> str:
    addresses = dict.fromkeys((*row.public_addresses, *row.address.split(", ")))
    return ", ".join(filter(None, addresses)) or "-"


def _document(app: str, row: TaskRow) -> dict[str, Any]:
    document = {"app": app, **asdict(row)}
    if not row.instance:
        del document["instance"]
    if row.restarts is None:
        del document["restarts"]
    return document


def logs(place: Place, out: Printer, app: str | None, **selection: Any) -> int:
    """Print the tasks' log; `selection` are fields of `LogSelection`."""
    for line in place.lines(LogSelection(tuple(chosen(place, app)), **selection)):
        if out.as_json:
            out.record(asdict(line))
        else:
            stamp = time.strftime("%H:%M:%S", time.localtime(line.time))
            out.say(f"{stamp} {line.app}/{line.task[:8]} {line.text}")
    return 0


def scale(place: Place, out: Printer, app: str, count: int) -> int:
    """Run another number of tasks, and wait until they run."""
    app = the_one(place, app)
    service = place.service(app)
    if not service:
        raise OperateError(f"{app}: the service is gone")
    if service.get("schedulingStrategy") == "DAEMON":
        raise OperateError(f"{app}: a daemon service runs one task on every instance and cannot be scaled")
    limits = None
    try:
        limits = place.limits(app)
    except Denied as error:
        out.warn(f"{app}: unknown whether it is autoscaled: {error.action or error} is not allowed")
    if limits:
        scaled = f"{app} is autoscaled from {limits.lowest} to {limits.highest}"
        if not limits.lowest <= count <= limits.highest:
            raise OperateError(
                f"{scaled} and would revert {count} at once; change `autoscaling` in the program"
            )
        out.warn(f"{scaled}, which may change the count soon")
    place.scale(app, count)
    end = time.monotonic() + _SETTLES_WITHIN
    while True:
        try:
            look = service_of({"services": [place.service(app)]})
        except Unreachable as error:
            if time.monotonic() > end:
                raise
            out.progress(f"{app}: AWS does not answer, retrying: {error}")
            time.sleep(place.pause)
            continue
        primary = look.primary
        if primary is None or primary.rollout_state == RolloutState.FAILED:
            raise OperateError(f"{app}: its tasks fail to start; run `moorage why {app}` for the reason")
        done = primary.desired == primary.running == count and not primary.pending
        if done and primary.settled:
            break
        out.progress(f"{app}: {primary.running}/{count} tasks running, {primary.pending} starting")
        if time.monotonic() > end:
            raise OperateError(f"{app}: {primary.running} of {count} tasks run after {_SETTLES_WITHIN:g} s")
        time.sleep(place.pause)
    out.document("scale", {"app": app, "count": count})
    out.say(f"{app}: {count} task(s), until {place.counts_again}")
    return 0


def rollback(place: Place, out: Printer, app: str | None, revision: str | None, yes: bool) -> int:
    """Deploy an earlier revision, and follow its rollout.

    Raises:
        UsageError: stdin is not a terminal, and `yes` is not set.
        OperateError: there is no revision to deploy.
    """
    app = the_one(place, app)
    primary = place.ecs(app).service().primary
    if primary is None:
        raise OperateError(f"{app}: the service is gone")
    want = place.revision(app, revision) if revision else _last_good(place, app, primary.task_definition)
    if want == primary.task_definition and primary.settled:
        raise OperateError(f"{app}: {short(want)} is already running")
    going = "" if primary.settled else f" ({primary.rollout_state.lower()})"
    replaced = f"{short(primary.task_definition)}{going}"
    say(f"{app}: this replaces {replaced} with {short(want)}", stderr=out.as_json)
    out.warn(f"{place.deploys_again} deploys the program's revision again")
    if not yes and not confirm("Continue?"):
        out.say("nothing was changed")
        return 1
    deployment = place.ecs(app).redeploy(want)
    outcome = place.follow(app, want, deployment, out.progress)
    text = report(outcome, want, rules=place.rules, advice=place.advice)
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


def run(place: Place, out: Printer, job: str, command: Sequence[str]) -> int:
    """Run a job once; return its exit code, 124 if it timed out, 125 if it has none."""
    job = known(job, place.jobs, "job")
    lines: list[str] = []

    def log(line: str, /) -> None:
        lines.append(line)
        out.say(line)

    try:
        end = place.run_job(job, command, out.progress, log)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"{job} is no longer followed; its task keeps running") from None
    out.document("run", {"job": job, **asdict(end), "log": lines})
    out.say(end.text)
    if end.timed_out:
        return 124
    return 125 if end.exit_code is None else end.exit_code


def execute(
    place: Place, out: Printer, app: str | None, task: str, container: str, command: Sequence[str]
) -> int:
    """Run a command in a container of an app; return its exit code as far as known."""
    if out.as_json:
        raise UsageError("--json: cannot be combined with exec, whose output is that of the command")
    return place.execute(the_one(place, app), task, container, command or ["/bin/sh"])
