"""The task metadata endpoint ("Amazon ECS task metadata endpoint version 4") of every container."""

import datetime
from typing import Any

from aiohttp import web

from .deployments import Service, Task
from .scheduler import Scheduler


def routes(scheduler: Scheduler) -> list[web.RouteDef]:
    """Return the routes below `/v4/<task id>-<container>`."""

    def found(request: web.Request) -> tuple[Service, Task, str]:
        task_id, _, container = request.match_info["id"].partition("-")
        entry = scheduler.find(task_id)
        if entry is None or container not in {c["name"] for c in entry[1].containers}:
            raise web.HTTPNotFound(text="no such container\n")
        return entry[0], entry[1], container

    async def of_container(request: web.Request) -> web.Response:
        service, task, container = found(request)
        return web.json_response(_container(service, task, container))

    async def of_task(request: web.Request) -> web.Response:
        service, task, _ = found(request)
        return web.json_response(task_metadata(service, task))

    async def stats(request: web.Request) -> web.Response:
        found(request)
        return web.json_response({"read": _time(scheduler.now()), "cpu_stats": {}, "memory_stats": {}})

    async def task_stats(request: web.Request) -> web.Response:
        _, task, _ = found(request)
        empty: dict[str, Any] = {"cpu_stats": {}, "memory_stats": {}}
        return web.json_response({c.get("runtimeId", c["name"]): empty for c in task.containers})

    return [
        web.get("/v4/{id}", of_container),
        web.get("/v4/{id}/task", of_task),
        web.get("/v4/{id}/taskWithTags", of_task),
        web.get("/v4/{id}/stats", stats),
        web.get("/v4/{id}/task/stats", task_stats),
    ]


def task_metadata(service: Service, task: Task) -> dict[str, Any]:
    """Return the answer of `${ECS_CONTAINER_METADATA_URI_V4}/task`."""
    spec = service.spec
    limits = {"CPU": spec.cpu / 1024 if spec.cpu else None, "Memory": spec.memory}
    return {
        "Cluster": spec.cluster_arn,
        "TaskARN": task.arn,
        "Family": spec.family,
        "Revision": str(task.revision),
        "ServiceName": spec.name,
        "DesiredStatus": task.desired_status,
        "KnownStatus": task.last_status,
        "Limits": {key: value for key, value in limits.items() if value is not None},
        "PullStartedAt": _time(task.created_at),
        "PullStoppedAt": _time(task.created_at),
        "AvailabilityZone": task.zone,
        "LaunchType": spec.launch_type,
        "Containers": [_container(service, task, c["name"]) for c in task.containers],
    }


def _container(service: Service, task: Task, name: str) -> dict[str, Any]:
    state = next(c for c in task.containers if c["name"] == name)
    cluster = service.spec.cluster_arn.rsplit("/", 1)[-1]
    base = task.arn.partition(":task/")[0]
    fields: dict[str, Any] = {
        "DockerId": state.get("runtimeId", ""),
        "Name": name,
        "DockerName": f"ecs-{service.spec.family}-{task.revision}-{name}-{task.id[:12]}",
        "Image": state["image"],
        "ImageID": "",
        "Labels": {
            "com.amazonaws.ecs.cluster": service.spec.cluster_arn,
            "com.amazonaws.ecs.container-name": name,
            "com.amazonaws.ecs.task-arn": task.arn,
            "com.amazonaws.ecs.task-definition-family": service.spec.family,
            "com.amazonaws.ecs.task-definition-version": str(task.revision),
        },
        "DesiredStatus": task.desired_status,
        "KnownStatus": state["lastStatus"],
        "ExitCode": state.get("exitCode"),
        "Limits": {"CPU": 0},
        "CreatedAt": _time(task.created_at),
        "StartedAt": _time(task.started_at),
        "Type": "NORMAL",
        "ContainerARN": f"{base}:container/{cluster}/{task.id}/{name}",
        "Networks": [{"NetworkMode": service.spec.network_mode, "IPv4Addresses": ["127.0.0.1"]}],
        "Ports": [
            {
                "ContainerPort": binding["containerPort"],
                "HostPort": binding["hostPort"],
                "Protocol": "tcp",
                "HostIp": binding["bindIP"],
            }
            for binding in state.get("networkBindings", [])
        ],
    }
    if state.get("healthStatus"):
        fields["Health"] = {"status": state["healthStatus"]}
    return {key: value for key, value in fields.items() if value is not None}


def _time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat().replace("+00:00", "Z")
