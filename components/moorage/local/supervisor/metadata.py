"""The task metadata endpoint ("Amazon ECS task metadata endpoint version 4") of every container."""

import datetime
import hmac
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from moorage.local.runner.ports import HOST
from moorage.local.scheduler.deployments import Service
from moorage.local.scheduler.records import Task
from moorage.local.scheduler.scheduler import Scheduler

from .middleware import known_hosts_only


class Metadata:
    """Serves `/v4/<task id>-<token>-<container>`; only the container itself has its token."""

    def __init__(self, scheduler: Scheduler) -> None:
        """Describe the scheduler's tasks; `start` serves them."""
        self.address = ""
        """`host:port` at which tasks reach it; empty before `start`."""
        self._scheduler = scheduler
        self._key = secrets.token_bytes(32)
        self._hosts: set[str] = set()
        application = web.Application(middlewares=[known_hosts_only(lambda: self._hosts)])
        application.add_routes(
            [
                web.get("/v4/{id}", self._of_container),
                web.get("/v4/{id}/task", self._of_task),
                web.get("/v4/{id}/taskWithTags", self._of_task),
                web.get("/v4/{id}/stats", self._stats),
                web.get("/v4/{id}/task/stats", self._task_stats),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None)

    async def start(self, port: int, expose: Callable[[int], Awaitable[str]]) -> None:
        """Serve on a port of 127.0.0.1; `expose` returns `host:port` at which tasks reach it."""
        address = await expose(port)
        self._hosts = {f"{HOST}:{port}", f"localhost:{port}", address}
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, port).start()
        self.address = address

    async def stop(self) -> None:
        """Stop serving."""
        await self._runner.cleanup()

    def url(self, task_id: str, container: str) -> str:
        """Return the container's ECS_CONTAINER_METADATA_URI_V4."""
        return f"http://{self.address}/v4/{task_id}-{self._token(task_id, container)}-{container}"

    def _token(self, task_id: str, container: str) -> str:
        """Return a token: task ids are not secret, as `ps` and Docker show them."""
        return hmac.digest(self._key, f"{task_id}-{container}".encode(), "sha256").hex()[:32]

    def _found(self, request: web.Request) -> tuple[Service, Task, str]:
        task_id, _, rest = request.match_info["id"].partition("-")
        token, _, container = rest.partition("-")
        run = self._scheduler.find(task_id)
        expected = self._token(task_id, container)
        if run is None or not hmac.compare_digest(token.encode(), expected.encode()):
            raise web.HTTPNotFound(text="no such container\n")
        return run.service, run.task, container

    async def _of_container(self, request: web.Request) -> web.Response:
        service, task, container = self._found(request)
        return web.json_response(_container(service, task, container))

    async def _of_task(self, request: web.Request) -> web.Response:
        service, task, _ = self._found(request)
        return web.json_response(task_metadata(service, task))

    async def _stats(self, request: web.Request) -> web.Response:
        self._found(request)
        now = _time(self._scheduler.now())
        return web.json_response({"read": now, "cpu_stats": {}, "memory_stats": {}})

    async def _task_stats(self, request: web.Request) -> web.Response:
        _, task, _ = self._found(request)
        empty: dict[str, Any] = {"cpu_stats": {}, "memory_stats": {}}
        return web.json_response({c.get("runtimeId", c["name"]): empty for c in task.containers})


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
