"""ECS Exec: a command in a container on AWS, on this terminal ("Monitor Amazon ECS containers with ECS
Exec")."""

import json
import shlex
import shutil
from collections.abc import Sequence

from moorage.local.command import foreground
from moorage.operate.apps import App, Json
from moorage.operate.place import OperateError
from moorage.rollout.answers import listed
from moorage.rollout.ask import Refused
from moorage.rollout.aws import Asker
from moorage.rollout.revisions import short
from moorage.rollout.states import TaskStatus

from .tasks import AwsTaskRows

PLUGIN = "session-manager-plugin"
_GUIDE = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/"
    "session-manager-working-with-install-plugin.html"
)


def session(app: App, ask: Asker, service: Json, task: str, container: str, command: Sequence[str]) -> int:
    """Run a command in a container; return the exit code of the session, which is not the command's.

    Raises:
        OperateError: a prerequisite of ECS Exec is missing; the text names it.
        AskError: a request to AWS failed.
    """
    if not service:
        raise OperateError(f"{app.name}: the service is gone")
    if not service.get("enableExecuteCommand"):
        raise OperateError(
            f"{app.name}: ECS Exec is not enabled; set `execute_command` to true and run `pulumi up`, which "
            "replaces the tasks"
        )
    plugin = shutil.which(PLUGIN)
    if plugin is None:
        raise OperateError(f"{PLUGIN} is not installed; ECS Exec needs it: {_GUIDE}")
    row = _task(app, AwsTaskRows(app, ask).described(), task)
    inside = _container(app, row, container)
    try:
        answer = ask(
            "ecs",
            "execute_command",
            cluster=app.cluster,
            task=row["taskArn"],
            container=inside["name"],
            interactive=True,
            command=shlex.join(command),
        )
    except Refused as error:
        raise OperateError(f"{app.name}: ECS Exec was rejected: {error}{_hint(str(error))}") from None
    return _run(plugin, app, ask, row, inside, answer["session"])


def _task(app: App, tasks: Sequence[Json], beginning: str) -> Json:
    running = [
        task
        for task in tasks
        if task.get("lastStatus") == TaskStatus.RUNNING and short(str(task["taskArn"])).startswith(beginning)
    ]
    if not running:
        raise OperateError(f"{app.name} has no running task{f' {beginning}' if beginning else ''}")
    able = next((task for task in running if task.get("enableExecuteCommand")), None)
    if able is None:
        raise OperateError(
            f"{app.name}: its tasks were started before ECS Exec was enabled; change `redeploy` and run "
            "`pulumi up` to replace them"
        )
    return able


def _container(app: App, task: Json, name: str) -> Json:
    containers: list[Json] = listed(task, "containers")
    container_name = name or app.container or str(containers[0]["name"])
    container = next((item for item in containers if item["name"] == container_name), None)
    id_ = short(str(task["taskArn"]))[:8]
    if container is None:
        there = ", ".join(str(item["name"]) for item in containers)
        raise OperateError(f"task {id_} has no container {container_name!r}; it has {there}")
    agents = [
        item for item in listed(container, "managedAgents") if item.get("name") == "ExecuteCommandAgent"
    ]
    state = str(agents[0].get("lastStatus", "")) if agents else "missing"
    if state != TaskStatus.RUNNING:
        reason = str(agents[0].get("reason") or "") if agents else ""
        raise OperateError(
            f"the ECS Exec agent in container {container_name} of task {id_} is {state.lower()}"
            f"{f' ({reason})' if reason else ''}: it starts some seconds after the container, cannot run "
            "with a read-only root file system, and needs a route to Systems Manager (NAT gateway or "
            "ssmmessages endpoint) and the ssmmessages actions in the task role"
        )
    return container


def _hint(text: str) -> str:
    if "TargetNotConnectedException" in text:
        return (
            "\nthe agent runs but is not connected: the task needs a route to Systems Manager (NAT gateway "
            "or ssmmessages endpoint), and ssmmessages:CreateControlChannel, CreateDataChannel, "
            "OpenControlChannel and OpenDataChannel in its task role"
        )
    return ""


def _run(plugin: str, app: App, ask: Asker, task: Json, container: Json, started: Json) -> int:
    """Hand the terminal to the plugin, with the arguments that the AWS CLI passes to it."""
    cluster, id_ = short(app.cluster), short(str(task["taskArn"]))
    target = {"Target": f"ecs:{cluster}_{id_}_{container.get('runtimeId', '')}"}
    session_ = {key: started[key] for key in ("sessionId", "streamUrl", "tokenValue")}
    words = [
        plugin,
        json.dumps(session_),
        ask.region,
        "StartSession",
        ask.login.profile or "",
        json.dumps(target),
        f"https://ecs.{ask.region}.amazonaws.com",
    ]
    # Ctrl-C is for the command in the container.
    return foreground.run(words).returncode
