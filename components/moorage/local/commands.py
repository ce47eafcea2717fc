"""`ps`, `logs`, `scale` and `down` of a local run. Nothing here needs Pulumi."""

import difflib
import time
from typing import Any
from urllib.parse import urlencode

from moorage.errors import UsageError

from .client import Client, NotRunning
from .state import Paths
from .view import View, ago, table


def ps(paths: Paths) -> int:
    """Print the tasks that run, or try to."""
    rows: list[tuple[str, ...]] = []
    for entry in Client(paths).get("/describe")["services"]:
        tasks = [t for t in entry["tasks"] if t["lastStatus"] != "STOPPED"]
        for task in sorted(tasks, key=lambda t: t["createdAt"]):
            rows.append(
                (
                    entry["app"],
                    task["taskArn"].rsplit("/", 1)[-1][:8],
                    task["taskDefinitionArn"].rsplit("/", 1)[-1],
                    task["lastStatus"],
                    _health(task),
                    _address(task),
                    task["availabilityZone"],
                    ago(task.get("startedAt")),
                    str(task["restarts"]),
                )
            )
        if not tasks:
            rows.append((entry["app"], "-", "-", "no tasks", "-", "-", "-", "-", "-"))
    table(("APP", "TASK", "REVISION", "STATUS", "HEALTH", "ADDRESS", "ZONE", "STARTED", "RESTARTS"), rows)
    return 0


def logs(paths: Paths, *, app: str | None, task: str | None, tail: int, follow: bool) -> int:
    """Print what tasks print."""
    client = Client(paths)
    if app is not None:
        _known(client, app)
    query = {"tail": str(tail), "follow": "1" if follow else "0"}
    query |= {"app": app} if app is not None else {}
    query |= {"task": task} if task is not None else {}
    try:
        for line in client.lines(f"/logs?{urlencode(query)}"):
            stamp = time.strftime("%H:%M:%S", time.localtime(line["time"]))
            print(f"{stamp} {line['app']}/{line['task'][:8]} {line['text']}", flush=True)
    except KeyboardInterrupt:
        return 0
    return 0


def scale(paths: Paths, app: str, count: int, view: View) -> int:
    """Run another number of tasks."""
    client = Client(paths)
    _known(client, app)
    result = client.run("/scale", {"app": app, "count": count}, view.progress)
    view.done()
    if not result["ok"]:
        view.say(f"{app}: {result['state']}. {result['reason']}")
        return 1
    view.say(f"{app}: {count} task(s), until an `up` with another count in the program")
    return 0


def down(paths: Paths, view: View, *, data: bool) -> int:
    """Stop everything; remove data when asked to."""
    client = Client(paths)
    try:
        client.run("/down", {"data": data}, view.progress)
        view.done()
        view.say("stopped" + ("; data removed" if data else "; data is kept (`down --data` removes it)"))
    except NotRunning:
        from .groups import end_left_over

        left = end_left_over(paths.groups)
        view.say(f"ended {len(left)} left-over process group(s)" if left else "nothing is running")
        if data:
            import shutil

            shutil.rmtree(paths.data, ignore_errors=True)
            view.say("data removed")
    return 0


def _known(client: Client, app: str) -> None:
    names = [entry["app"] for entry in client.get("/describe")["services"]]
    if app in names:
        return
    near = difflib.get_close_matches(app, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(names)) or 'none'}"
    raise UsageError(f"there is no app {app!r}; {hint}")


def _health(task: dict[str, Any]) -> str:
    """Containers' own health, and that of its targets where it has any."""
    states = [state for state, _reason in task["targets"].values()]
    if task["healthStatus"] != "UNKNOWN" and not states:
        return task["healthStatus"]
    if task["ready"]:
        return "HEALTHY"
    return "UNHEALTHY" if "unhealthy" in states or task["healthStatus"] == "UNHEALTHY" else "UNKNOWN"


def _address(task: dict[str, Any]) -> str:
    bindings = [b for c in task["containers"] for b in c.get("networkBindings", [])]
    return ", ".join(f"{b['bindIP']}:{b['hostPort']}" for b in bindings) or "-"
