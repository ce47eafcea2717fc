"""Tasks as processes: order, health, ports, ends. Real processes, no balancer."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from moorage.local.model import ServiceSpec
from moorage.local.runner import BuildFailed, BuildSpec, ContainerCheck, ContainerSpec, ImageSpec, PortMapping
from moorage.local.runner.groups import Groups, end_left_over
from moorage.local.runner.listening import silent
from moorage.local.runner.ports import Ports, local_host_port
from moorage.local.runner.process import ProcessRunner, command, local_address
from moorage.local.runner.processes import started_at
from moorage.local.scheduler import task as task_module
from moorage.local.scheduler.deployments import Service
from moorage.local.scheduler.logs import LogStore
from moorage.local.scheduler.records import Task
from moorage.local.scheduler.scheduler import Outcome, Scheduler
from moorage.local.scheduler.task import Host
from moorage.local.state import Paths
from moorage.model.dockerfile import Stage
from moorage.rollout.states import Ending

PYTHON = sys.executable
LISTEN = "import os,socket,time; s=socket.create_server(('127.0.0.1', int(os.environ['PORT']))); "
SLEEP = "import time; time.sleep(60)"


class NoBalancer:
    """Takes targets and says nothing about them."""

    def register(
        self, group_arn: str, target_id: str, host: str, port: int, check_port: int | None
    ) -> None: ...

    async def deregister(self, group_arn: str, target_id: str) -> None: ...


class World:
    """A scheduler that starts real processes."""

    def __init__(self, folder: Path) -> None:
        self.paths = Paths(folder, "dev")
        self.paths.make()
        self.groups = Groups(self.paths.groups)
        self.logs = LogStore(self.paths.logs)
        self.reports: list[str] = []
        runner = ProcessRunner(self.paths, self.groups)
        host = Host(runner, NoBalancer(), Ports(), self.logs, lambda _t, c: c.environment, time.time)
        self.scheduler = Scheduler(host, lambda spec: 1)

    def container(self, name: str, code: str, **more: Any) -> ContainerSpec:
        context = self.paths.project_dir / "context"
        context.mkdir(exist_ok=True)
        (context / "Dockerfile").write_text("FROM scratch\n")
        build = BuildSpec(str(context), str(context / "Dockerfile"))
        return ContainerSpec(name, ImageSpec("r/x:1", "x", build), command=(PYTHON, "-u", "-c", code), **more)

    async def apply(self, *containers: ContainerSpec, **more: Any) -> Outcome:
        values: dict[str, Any] = {"desired_count": 1, "circuit_breaker": True, **more}
        spec = ServiceSpec(
            app="app",
            name="app",
            arn="arn:aws:ecs:r:1:service/c/app",
            cluster_arn="arn:aws:ecs:r:1:cluster/c",
            family="app",
            containers=containers,
            **values,
        )
        return (await self.scheduler.apply((spec,), False, self.reports.append))[0]

    @property
    def service(self) -> Service:
        return self.scheduler.services["app"]

    @property
    def task(self) -> Task:
        return next(t for t in self.service.tasks.values() if t.alive)

    def lines(self) -> list[str]:
        return [f"{line.container}: {line.text}" for line in self.logs.recent(["app"], None, 100)]


async def until(look: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while not look():
            await asyncio.sleep(0.02)


Run = Callable[[Callable[[World], Awaitable[None]]], None]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a coroutine in a world of its own, and stop what it started."""

    def run_(body: Callable[[World], Awaitable[None]]) -> None:
        async def main() -> None:
            world = World(tmp_path)
            try:
                async with asyncio.timeout(60):
                    await body(world)
            finally:
                await world.scheduler.close()
                world.logs.close()

        asyncio.run(main())

    return run_


def test_containers_start_in_the_order_of_their_dependencies(run: Run) -> None:
    async def body(world: World) -> None:
        mark = str(world.paths.home / "mark")
        check = ContainerCheck(("CMD-SHELL", "test -e $MARK"), interval=1, retries=30)
        outcome = await world.apply(
            world.container("web", f"print('web'); {SLEEP}", depends_on={"init": "SUCCESS", "db": "HEALTHY"}),
            world.container("init", "print('init')", essential=False),
            world.container(
                "db",
                f"print('db'); open({mark!r}, 'w'); {SLEEP}",
                environment={"MARK": mark},
                health_check=check,
            ),
        )
        assert outcome == Outcome("app", Ending.COMPLETED)
        await until(lambda: len(world.lines()) == 3)
        assert world.lines()[-1] == "web: web"
        assert sorted(world.lines()[:-1]) == ["db: db", "init: init"]
        states = {c["name"]: (c["lastStatus"], c.get("exitCode")) for c in world.task.containers}
        assert states == {"web": ("RUNNING", None), "init": ("STOPPED", 0), "db": ("RUNNING", None)}

    run(body)


def test_a_failed_init_container_fails_the_task(run: Run) -> None:
    async def body(world: World) -> None:
        outcome = await world.apply(
            world.container("web", "print('never')", depends_on={"init": "SUCCESS"}),
            world.container("init", "print('no schema'); raise SystemExit(3)", essential=False),
        )
        assert outcome.state is Ending.FAILED
        task = world.service.failures[-1]
        assert task.stop_code == "TaskFailedToStart"
        assert "container init exited with code 3" in (task.stopped_reason or "")
        assert world.lines()[-1] == "init: no schema"

    run(body)


def test_an_unhealthy_container_is_replaced(run: Run) -> None:
    async def body(world: World) -> None:
        mark = world.paths.home / "sick"
        check = ContainerCheck(("CMD-SHELL", f"test ! -e {mark}"), interval=0.1, retries=2)
        await world.apply(world.container("web", SLEEP, health_check=check))
        first = world.task
        mark.touch()
        await until(lambda: first.last_status == "STOPPED")
        mark.unlink()
        assert first.stopped_reason == "Task failed container health checks"
        await until(lambda: world.task.is_ready())
        assert world.task.restarts == 1

    run(body)


def test_a_task_gets_its_own_port_and_fixed_host_ports_where_they_are_free(run: Run) -> None:
    async def body(world: World) -> None:
        free = Ports().take()
        web = world.container(
            "web",
            f"{LISTEN} {SLEEP}",
            ports=(PortMapping(80, free),),
            environment={"PORT": "80", "HOST": "::"},
        )
        outcome = await world.apply(web, desired_count=2)
        assert outcome.state is Ending.COMPLETED
        tasks = world.service.tasks.values()
        ports = sorted(task.containers[0]["networkBindings"][0]["hostPort"] for task in tasks)
        assert free in ports
        assert len(set(ports)) == 2

    run(body)
    assert [local_host_port(port) for port in (80, 443, 1024, 8080)] == [8080, 8443, 1024, 8080]


def test_stopping_is_term_then_kill_for_the_whole_group(run: Run) -> None:
    async def body(world: World) -> None:
        stubborn = (
            "import signal,subprocess,sys,time; signal.signal(signal.SIGTERM, lambda *_: print('no'));"
            f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}]);"
            "print(child.pid, flush=True)\nwhile True: time.sleep(1)"
        )
        await world.apply(world.container("web", stubborn, stop_timeout=0.5))
        task = world.task
        await until(world.lines)
        child = int(world.lines()[0].split()[-1])
        await world.scheduler.remove("app")
        assert task.last_status == "STOPPED"
        assert task.containers[0]["exitCode"] == 128 + signal.SIGKILL
        assert world.lines()[-1] == "web: no"
        await until(lambda: started_at(child) is None)

    run(body)


def test_a_public_image_without_a_container_engine_says_what_to_do(run: Run) -> None:
    async def body(world: World) -> None:
        public = ContainerSpec("web", ImageSpec("nginx:1", "pulled-1"))
        outcome = await world.apply(public)
        assert outcome.state is Ending.FAILED
        assert outcome.reason.endswith("nginx:1 is a ready-made image, which needs a container engine")
        start = "start Docker, then run `moorage local down` and `moorage local up`"
        assert outcome.hint == f"{start}; or set `local: {{command: [...]}}` on the app or job"
        # A plain ECS service takes no command.
        assert (await world.apply(public, component=False)).hint == start
        assert world.scheduler.services == {}
        local = ImageSpec("nginx:1", "pulled-2", None, (PYTHON, "-c", SLEEP))
        assert (await world.apply(ContainerSpec("web", local))).state is Ending.COMPLETED

    run(body)


def test_a_service_without_tasks_needs_no_image_until_it_is_scaled_up(run: Run) -> None:
    async def body(world: World) -> None:
        public = ContainerSpec("web", ImageSpec("nginx:1", "pulled-1"))
        assert (await world.apply(public, desired_count=0)).state is Ending.COMPLETED
        assert world.service.tasks == {}
        world.scheduler.scale("app", 1)
        await until(lambda: world.service.failures)
        assert "nginx:1 is a ready-made image" in str(world.service.failures[0].stopped_reason)
        assert "start Docker" in str(world.service.failures[0].stopped_reason)

        # The count that `scale` set stays, so the image is needed now; with the program's own zero it is not.
        assert (await world.apply(public, desired_count=0)).state is Ending.FAILED
        world.scheduler.scale("app", 0)
        assert (await world.apply(public, desired_count=0)).state is Ending.COMPLETED

    run(body)


def test_what_is_run() -> None:
    stage = Stage(entry_point=("tini",), command=("serve",))
    image = ImageSpec("x", "x")
    assert command(ContainerSpec("c", image), stage, {}) == ["tini", "serve"]
    assert command(ContainerSpec("c", image, command=("other",)), stage, {}) == ["tini", "other"]
    assert command(ContainerSpec("c", image, entry_point=("sh",)), stage, {}) == ["sh"]
    local = ImageSpec("x", "x", None, ("run", "--port=${PORT}", "$HOME/$UNSET"))
    spec = ContainerSpec("c", local, command=("other",))
    assert command(spec, stage, {"PORT": "1", "HOME": "/h"}) == ["run", "--port=1", "/h/$UNSET"]


def test_health_checks_ask_the_local_port() -> None:
    ports = {8080: 20001, 80: 20002}
    text = (
        "curl -f http://localhost:8080/healthz && curl http://127.0.0.1/ || nc 0.0.0.0:9000 x.localhost:8080"
    )
    assert local_address(text, ports) == (
        "curl -f http://127.0.0.1:20001/healthz && curl http://127.0.0.1:20002/ "
        "|| nc 0.0.0.0:9000 x.localhost:8080"
    )


def test_left_over_groups_are_ended_only_where_they_are_the_same(tmp_path: Path) -> None:
    async def main() -> list[int | None]:
        words = [PYTHON, "-c", SLEEP]
        ours = await asyncio.create_subprocess_exec(*words, start_new_session=True)
        other = await asyncio.create_subprocess_exec(*words, start_new_session=True)
        file = tmp_path / "groups"
        file.write_text(f"{ours.pid} {started_at(ours.pid)}\n{other.pid} 12345.5\nnonsense\n{2**22 + 1} 1\n")
        assert await asyncio.to_thread(end_left_over, file) == [ours.pid]
        await ours.wait()
        still = other.returncode
        os.killpg(other.pid, signal.SIGKILL)
        await other.wait()
        return [ours.returncode, still]

    assert asyncio.run(main()) == [-signal.SIGTERM, None]
    assert end_left_over(tmp_path / "groups") == []


def test_a_build_that_cannot_be_read_is_an_error_of_the_image(tmp_path: Path) -> None:
    async def main() -> None:
        paths = Paths(tmp_path, "dev")
        runner = ProcessRunner(paths, Groups(paths.groups))
        (tmp_path / "Dockerfile").write_text("# empty\n")
        build = BuildSpec(str(tmp_path), str(tmp_path / "Dockerfile"))
        with pytest.raises(BuildFailed, match="the Dockerfile has no instruction"):
            await runner.prepare(ImageSpec("x", "x", build), lambda _line: None)

    asyncio.run(main())


def test_a_process_has_the_added_files_below_its_working_directory(tmp_path: Path) -> None:
    files = {
        "context/Dockerfile": "",
        "context/a/old": "1",
        "files/0": "a=1",
        "files/1/new": "2",
        "files/2": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    dockerfile = tmp_path / "Dockerfile"
    copied = [["0", "/app/conf/a.ini"], ["1", "/app/a"], ["2", "/etc/elsewhere"]]
    lines = [f"COPY --from=moorage-files {json.dumps(each)}" for each in copied]
    dockerfile.write_text("\n".join(["FROM x", "WORKDIR /app", *lines]))

    async def main() -> None:
        paths = Paths(tmp_path, "dev")
        runner = ProcessRunner(paths, Groups(paths.groups))
        named = {"moorage-files": str(tmp_path / "files")}
        build = BuildSpec(str(tmp_path / "context"), str(dockerfile), named=named)
        await runner.prepare(ImageSpec("x", "key", build), lambda _line: None)
        folder = paths.images / "key"
        found = {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}
        assert found == {"Dockerfile": "", "a/old": "1", "a/new": "2", "conf/a.ini": "a=1"}

    asyncio.run(main())


def test_without_an_engine_files_in_a_ready_made_image_need_a_local_command(tmp_path: Path) -> None:
    build = BuildSpec(str(tmp_path), str(tmp_path / "Dockerfile"), only_files=True)

    async def main() -> None:
        paths = Paths(tmp_path, "dev")
        runner = ProcessRunner(paths, Groups(paths.groups))
        with pytest.raises(BuildFailed, match="x is a ready-made image"):
            await runner.prepare(ImageSpec("x", "x", build), lambda _line: None)
        await runner.prepare(ImageSpec("x", "y", build, ("serve",)), lambda _line: None)

    asyncio.run(main())


def test_silence_is_said_and_the_task_is_given_its_time(
    run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_module, "NOTICED_AFTER", 0.2)
    monkeypatch.setattr(task_module, "LISTENS_WITHIN", 0.5)

    async def body(world: World) -> None:
        flag = world.paths.project_dir / "now"
        wait = f"import os, time\nwhile not os.path.exists({os.fspath(flag)!r}): time.sleep(0.02)\n"
        web = world.container("web", wait + LISTEN + SLEEP, ports=(PortMapping(80, None),))
        await world.apply(web, grace=60)
        await until(lambda: world.task.notice)
        port = world.task.containers[0]["networkBindings"][0]["hostPort"]
        assert world.task.notice == silent("web", f"PORT {port}")
        assert not world.task.hopeless
        flag.touch()
        await until(lambda: world.task.is_ready())

    run(body)
