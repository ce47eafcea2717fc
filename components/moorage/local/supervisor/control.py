"""The supervisor's control interface: HTTP over a Unix socket, with streamed JSON lines."""

import asyncio
import contextlib
import dataclasses
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from moorage.errors import LocalError
from moorage.local import private
from moorage.local.command.client import HOST
from moorage.local.model import LocalStack, decode
from moorage.local.runner import Report
from moorage.local.scheduler.deployments import Service
from moorage.local.scheduler.describe import (
    describe_service,
    describe_service_deployments,
    describe_task,
)
from moorage.local.scheduler.logs import KEPT
from moorage.local.scheduler.scheduler import judge
from moorage.rollout.logs import LogLine
from moorage.rollout.states import Ending
from moorage.version import __version__

from .middleware import known_hosts_only
from .supervisor import Supervisor

log = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], None]
Work = Callable[[dict[str, Any], Send], Awaitable[Any]]
"""Does what the JSON of a request asks for."""


class Control:
    """Answers the command line."""

    def __init__(self, supervisor: Supervisor) -> None:
        """Serve this supervisor."""
        self._supervisor = supervisor
        self._work: set[asyncio.Task[None]] = set()
        application = web.Application(
            client_max_size=64 * 1024 * 1024, middlewares=[known_hosts_only(lambda: {HOST})]
        )
        application.add_routes(
            [
                web.get("/hello", self._hello),
                web.post("/up", self._streaming(self._up)),
                web.post("/scale", self._streaming(self._scale)),
                web.post("/deploy", self._streaming(self._deploy)),
                web.post("/run", self._streaming(self._run)),
                web.get("/inside", self._inside),
                web.post("/down", self._streaming(self._down)),
                web.get("/describe", self._describe),
                web.get("/logs", self._logs),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)

    async def start(self, path: Path) -> None:
        """Listen on a Unix socket of this user's, in a folder of this user's."""
        path.unlink(missing_ok=True)
        await self._runner.setup()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        path.chmod(private.FILE)
        await web.SockSite(self._runner, listener).start()

    async def stop(self) -> None:
        """Close it after the requests in progress."""
        if self._work:
            await asyncio.wait(self._work, timeout=2)
        await self._runner.cleanup()

    async def _hello(self, _request: web.Request) -> web.Response:
        supervisor = self._supervisor
        return web.json_response(
            {
                "version": __version__,
                "pid": os.getpid(),
                "runner": supervisor.runner.name,
                "idle": not supervisor.scheduler.services,
            }
        )

    async def _up(self, body: dict[str, Any], send: Send) -> dict[str, Any]:
        return await self._supervisor.up(
            decode(LocalStack, body["stack"]),
            force=body["force"],
            port=body["port"],
            report=_report(send),
            begun=lambda begun: send({"begun": begun._asdict()}),
        )

    async def _scale(self, body: dict[str, Any], _send: Send) -> dict[str, Any]:
        return self._supervisor.scheduler.scale(body["app"], body["count"])._asdict()

    async def _deploy(self, body: dict[str, Any], _send: Send) -> dict[str, Any]:
        return self._supervisor.scheduler.redeploy(body["app"], body["revision"])._asdict()

    async def _run(self, body: dict[str, Any], send: Send) -> dict[str, Any]:
        jobs = self._supervisor.jobs
        job = jobs.named(body["job"], body["command"])
        ended = await jobs.run(job, _report(send), lambda line: send({"log": line.text}))
        return dataclasses.asdict(ended)

    async def _down(self, body: dict[str, Any], send: Send) -> None:
        await self._supervisor.down(_report(send), data=body["data"])

    async def _inside(self, request: web.Request) -> web.Response:
        run = self._supervisor.scheduler.find(request.query["task"])
        inside = run.inside(request.query["container"]) if run else None
        return web.json_response(inside and inside._asdict())

    async def _describe(self, _request: web.Request) -> web.Response:
        services = self._supervisor.scheduler.services
        return web.json_response(
            {
                "listeners": self._supervisor.listeners,
                "jobs": [job.task.app for job in self._supervisor.jobs.specs],
                "contexts": self._supervisor.stack.contexts if self._supervisor.stack else [],
                "services": [
                    {
                        "app": app,
                        "service": describe_service(service),
                        "serviceDeployments": describe_service_deployments(service),
                        "failing": _failing(service),
                        "tasks": [
                            describe_task(service, task)
                            | {
                                "restarts": task.restarts,
                                "ready": task.is_ready(),
                                "targets": task.targets,
                                "detail": task.detail,
                                "notice": task.notice,
                            }
                            for task in service.tasks.values()
                        ],
                    }
                    for app, service in services.items()
                ],
            }
        )

    async def _logs(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        apps = [query["app"]] if "app" in query else list(self._supervisor.scheduler.services)
        task, tail = query.get("task", ""), int(query.get("tail", "100"))
        since = float(query.get("since", "0"))
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        logs = self._supervisor.logs
        queue: asyncio.Queue[LogLine] = asyncio.Queue()

        def take(line: LogLine) -> None:
            if queue.qsize() < KEPT:
                queue.put_nowait(line)

        with contextlib.suppress(ConnectionResetError), logs.following(take):
            for line in logs.recent(apps, task, tail, since):
                await response.write(_line(line))
            while query.get("follow") == "1" and (line := await self._next(queue)):
                if line.task.startswith(task) and ("app" not in query or line.app == query["app"]):
                    await response.write(_line(line))
        return response

    async def _next(self, queue: asyncio.Queue[LogLine]) -> LogLine | None:
        """Return the next line, None when the supervisor stops."""
        line = asyncio.create_task(queue.get())
        stopped = asyncio.create_task(self._supervisor.stopped.wait())
        try:
            await asyncio.wait([line, stopped], return_when=asyncio.FIRST_COMPLETED)
            return line.result() if line.done() else None
        finally:
            line.cancel()
            stopped.cancel()

    def _streaming(self, work: Work) -> Handler:
        return lambda request: self._stream(request, work)

    async def _stream(self, request: web.Request, work: Work) -> web.StreamResponse:
        """Run `work` to its end, even if the client goes away, and stream its reports."""
        body = await request.json()
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

        async def run() -> None:
            try:
                result = await work(body, queue.put_nowait)
                queue.put_nowait({"result": result})
            except LocalError as error:
                queue.put_nowait({"error": str(error)})
            except Exception as error:
                log.exception("%s %s", request.method, request.path)
                queue.put_nowait({"error": f"{type(error).__name__}: {error}", "unexpected": True})
            queue.put_nowait(None)

        job = asyncio.create_task(run())
        self._work.add(job)
        job.add_done_callback(self._work.discard)
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        with contextlib.suppress(ConnectionResetError):
            while (item := await queue.get()) is not None:
                await response.write(json.dumps(item).encode() + b"\n")
        return response


def _report(send: Send) -> Report:
    return lambda text: send({"progress": text})


def _failing(service: Service) -> bool:
    """Return whether its rollout goes on without success."""
    outcome = judge(service)
    return outcome is not None and outcome.state is Ending.FAILING


def _line(line: LogLine) -> bytes:
    return json.dumps(dataclasses.asdict(line)).encode() + b"\n"
