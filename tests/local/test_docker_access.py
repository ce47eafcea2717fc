"""Access of containers to a project's data services and metadata: those of another project have none."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from support.signed import ACCOUNT, REGION

from moorage.local.aws.process import DataServices
from moorage.local.runner import ContainerSpec, ContainerStart, ImageSpec, TaskSpec
from moorage.local.runner.docker import DockerRunner
from moorage.local.runner.groups import Groups
from moorage.local.runner.ports import Ports
from moorage.local.supervisor.metadata import Metadata

ASK = """
import http.client, json, os, sys
for url in sys.argv[1:]:
    host, _, path = url.removeprefix("http://").partition("/")
    try:
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("GET", "/" + path)
        print(json.dumps(connection.getresponse().status), flush=True)
    except (OSError, http.client.HTTPException) as error:
        print(json.dumps(type(error).__name__), flush=True)
"""
NO_TASK = SimpleNamespace(find=lambda _task: None)


async def ask(runner: DockerRunner, base: str, *urls: str) -> list[Any]:
    """Return the status that a container of this runner's project gets from each URL, or its error."""
    container = ContainerSpec("web", ImageSpec(base, "base"), command=("python3", "-c", ASK, *urls))
    task = TaskSpec(uuid.uuid4().hex, "web", (container,))
    lines: list[str] = []
    await runner.prepare(container.image, lines.append)
    running = await runner.start(ContainerStart(task, container, {}, {}, lines.append))
    await asyncio.wait_for(running.wait(), 60)
    return [json.loads(line) for line in lines]


async def with_projects(folder: Path, body: Callable[[DockerRunner, DockerRunner], Awaitable[None]]) -> None:
    runners = [DockerRunner(folder / name, "test") for name in ("ours", "theirs")]
    try:
        await body(runners[0], runners[1])
    finally:
        for runner in runners:
            await runner.cleanup()
            await runner.aclose()


def test_a_container_of_another_project_reaches_neither_data_nor_metadata(
    docker_daemon: str, tmp_path: Path
) -> None:
    async def body(ours: DockerRunner, theirs: DockerRunner) -> None:
        data = DataServices(tmp_path / "data", tmp_path / "log", Groups(tmp_path / "groups"), ours.expose)
        metadata = Metadata(NO_TASK)  # pyright: ignore[reportArgumentType]
        try:
            await data.start(ACCOUNT, REGION, None)
            await metadata.start(Ports().take(), ours.expose)
            urls = (f"http://{data.address}/", metadata.url("0" * 32, "web"))
            # Ours are let through to the guards: not signed, and no such task.
            assert await ask(ours, docker_daemon, *urls) == [403, 404]
            refused = await ask(theirs, docker_daemon, *urls)
            assert set(refused) <= {"RemoteDisconnected", "TimeoutError", "ConnectionResetError"}
            assert len(refused) == 2
            around = (
                f"http://{data.address.rpartition(':')[0]}:{data.port}/",
                f"http://127.0.0.1:{data.port}/",
            )
            assert await ask(theirs, docker_daemon, *around) == ["ConnectionRefusedError"] * 2
        finally:
            await metadata.stop()
            await data.stop(remove=True)

    asyncio.run(with_projects(tmp_path, body))
