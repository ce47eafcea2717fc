"""The container runner against a real daemon; `MOORAGE_REQUIRE_DOCKER=1` makes its absence a failure."""

import asyncio
import json
import os
import socket
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from moorage.local.balancer.balancer import Balancer
from moorage.local.model import ServiceSpec
from moorage.local.runner import (
    BuildFailed,
    BuildSpec,
    ContainerSpec,
    ContainerStart,
    Exit,
    ImageSpec,
    LinuxParameters,
    MountPoint,
    PortMapping,
    Running,
    StartFailed,
    TaskSpec,
)
from moorage.local.runner.docker import DockerRunner, unavailable
from moorage.local.runner.ports import Ports
from moorage.local.scheduler.logs import LogStore
from moorage.local.scheduler.scheduler import Outcome, Scheduler
from moorage.local.scheduler.task import Host
from moorage.rollout.states import Ending

DEADLINE = 60
BASE = os.environ.get("MOORAGE_TEST_BASE_IMAGE", "")
SERVE = (
    "import http.server as h\n"
    "class A(h.BaseHTTPRequestHandler):\n"
    "    def do_GET(self): self.send_response(200); self.end_headers(); self.wfile.write(b'hello')\n"
    "    def log_message(self, *a): pass\n"
    "server = h.HTTPServer(('', 8080), A)\n"
    # Only now: Docker accepts connections before the server listens, and resets them.
    "print('serving', flush=True)\n"
    "server.serve_forever()\n"
)


pytestmark = pytest.mark.usefixtures("docker_daemon")


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout.strip()


def left(owner: str) -> list[str]:
    kinds = ("container ls --all", "network ls", "volume ls")
    return [
        name
        for kind in kinds
        for name in docker(*kind.split(), "--quiet", "--filter", f"label=moorage.owner={owner}").split()
    ]


class Bench:
    """One runner in one event loop, and what its containers printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runner = DockerRunner(folder, "test")
        self.owner = self.runner.reap_command()[3].split("=")[1]
        self.lines: list[str] = []
        self.report: list[str] = []

    def task(self, *containers: ContainerSpec, **fields: Any) -> TaskSpec:
        return TaskSpec(uuid.uuid4().hex, "web", containers, **fields)

    def container(self, *command: str, name: str = "web", **fields: Any) -> ContainerSpec:
        return ContainerSpec(name, ImageSpec(BASE, "base"), command=command or None, **fields)

    def python(self, code: str, **fields: Any) -> ContainerSpec:
        return self.container("python3", "-uc", code, **fields)

    async def start(
        self,
        container: ContainerSpec,
        task: TaskSpec | None = None,
        environment: dict[str, str] | None = None,
    ) -> Running:
        task = task or self.task(container)
        await self.runner.prepare(container.image, self.report.append)
        ports = {port.container_port: port.host_port or free_port() for port in container.ports}
        return await self.runner.start(
            ContainerStart(task, container, environment or {}, ports, self.lines.append)
        )

    async def run(self, container: ContainerSpec, environment: dict[str, str] | None = None) -> Exit:
        running = await self.start(container, environment=environment)
        return await asyncio.wait_for(running.wait(), DEADLINE)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not condition():
                await asyncio.sleep(0.02)


Scenario = Callable[[Bench], Coroutine[Any, Any, None]]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[[Scenario], Bench]]:
    owners: list[str] = []

    def run(scenario: Scenario) -> Bench:
        async def whole() -> Bench:
            bench = Bench(tmp_path)
            owners.append(bench.owner)
            try:
                await scenario(bench)
            finally:
                await bench.runner.cleanup()
                await bench.runner.aclose()
            return bench

        return asyncio.run(whole())

    yield run
    for owner in owners:
        assert left(owner) == []


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def fetch(host: str, port: int) -> bytes:
    with urllib.request.urlopen(f"http://{host}:{port}", timeout=5) as answer:
        return answer.read()


def image(folder: Path, dockerfile: str, **fields: Any) -> ImageSpec:
    (folder / "context").mkdir(exist_ok=True)
    path = folder / "context" / "Dockerfile"
    path.write_text(f"FROM {BASE} AS wanted\n{dockerfile}\n")
    (folder / "context" / "file.txt").write_text(f"{folder}\n")
    key = f"test-{abs(hash((str(folder), dockerfile)))}"
    return ImageSpec("registry/test:1", key, BuildSpec(str(folder / "context"), str(path), **fields))


@pytest.fixture
def built() -> Iterator[list[ImageSpec]]:
    images: list[ImageSpec] = []
    yield images
    for each in images:
        docker("image", "rm", "--force", f"moorage-local:{each.key}")


def test_an_image_is_built_once_and_runs(
    bench: Callable[[Scenario], Bench], built: list[ImageSpec], tmp_path: Path
) -> None:
    spec = image(
        tmp_path,
        'ARG WORD\nCOPY file.txt /\nRUN echo "$WORD" > /word\nCMD ["cat", "/word", "/file.txt"]\n'
        "FROM scratch AS unwanted",
        args={"WORD": "two words"},
        target="wanted",
    )
    built.append(spec)

    async def scenario(bench: Bench) -> None:
        await asyncio.gather(*(bench.runner.prepare(spec, bench.report.append) for _ in range(3)))
        assert any("file.txt" in line for line in bench.report)
        bench.report.clear()
        await DockerRunner(tmp_path, "other").prepare(spec, bench.report.append)
        assert bench.report == []
        assert await bench.run(ContainerSpec("web", spec)) == Exit(0)

    assert bench(scenario).lines == ["two words", str(tmp_path)]


def test_a_failed_build_shows_its_last_lines(bench: Callable[[Scenario], Bench], tmp_path: Path) -> None:
    spec = image(tmp_path, "RUN echo the reason && exit 3")

    async def scenario(bench: Bench) -> None:
        with pytest.raises(
            BuildFailed, match=r"(?s)building .*context failed:.*the reason.*exit code: 3|code: 3"
        ):
            await bench.runner.prepare(spec, bench.report.append)

    bench(scenario)


def test_an_image_nobody_has(bench: Callable[[Scenario], Bench]) -> None:
    async def scenario(bench: Bench) -> None:
        with pytest.raises(BuildFailed, match=r"CannotPullContainerError: localhost:1/none: .*refused"):
            await bench.runner.prepare(ImageSpec("localhost:1/none", "none"), bench.report.append)

    bench(scenario)


def test_ports_are_reached_on_the_loopback_address_only(bench: Callable[[Scenario], Bench]) -> None:
    async def scenario(bench: Bench) -> None:
        running = await bench.start(bench.python(SERVE, ports=(PortMapping(8080),)))
        await bench.until(lambda: "serving" in bench.lines)
        port = running.ports[8080]
        assert running.host == "127.0.0.1"
        assert await asyncio.to_thread(fetch, running.host, port) == b"hello"
        bound = docker(
            "container", "inspect", "--format", "{{json .NetworkSettings.Ports}}", running.runtime_id
        )
        assert bound == f'{{"8080/tcp":[{{"HostIp":"127.0.0.1","HostPort":"{port}"}}]}}'
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((docker_gateway(bench.owner), port), timeout=5)
        await running.stop(5)

    bench(scenario)


def test_a_task_without_checks_is_ready_once_its_container_listens(
    bench: Callable[[Scenario], Bench], tmp_path: Path
) -> None:
    async def scenario(bench: Bench) -> None:
        logs = LogStore(tmp_path / "logs")
        host = Host(bench.runner, Balancer(), Ports(), logs, lambda _task, _container: {}, time.time)
        scheduler = Scheduler(host, lambda _spec: 1)
        code = f"import time; time.sleep(1)\n{SERVE}"
        slow = bench.python(code, ports=(PortMapping(8080),), stop_timeout=1)
        arn = "arn:aws:ecs:r:1:service/c/web"
        spec = ServiceSpec("web", "web", arn, "arn:aws:ecs:r:1:cluster/c", "web", (slow,), desired_count=1)
        try:
            assert await scheduler.apply((spec,), False, bench.report.append) == [
                Outcome("web", Ending.COMPLETED)
            ]
            (task,) = scheduler.services["web"].tasks.values()
            port = task.containers[0]["networkBindings"][0]["hostPort"]
            assert await asyncio.to_thread(fetch, "127.0.0.1", port) == b"hello"
        finally:
            await scheduler.close()
            logs.close()

    bench(scenario)


def docker_gateway(owner: str) -> str:
    pools = "{{(index .IPAM.Config 0).Gateway}}"
    return docker("network", "inspect", "--format", pools, f"moorage-{owner}")


def test_a_port_in_use_is_named(bench: Callable[[Scenario], Bench]) -> None:
    async def scenario(bench: Bench) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with pytest.raises(StartFailed, match=rf"127\.0\.0\.1:{port} is in use"):
                await bench.start(bench.container("true", ports=(PortMapping(80, port),)))
        assert docker("ps", "--all", "--quiet", "--filter", f"label=moorage.owner={bench.owner}") == ""

    bench(scenario)


def test_environment_is_exact_and_not_on_any_command_line(bench: Callable[[Scenario], Bench]) -> None:
    environment = {
        "PLAIN": " spaces and 'quotes' # and $signs  ",
        "LINES": "first\nsecond\r\n",
        "EMPTY": "",
        "LONG": "x" * 100_000,
        "DOCKER_HOST": "tcp://nowhere:1",
        "SECRET": "hunter2-" + "s" * 20,
    }
    seen: list[str] = []

    async def watch() -> None:
        while True:
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.append(path.read_bytes().decode(errors="replace"))
                except OSError:
                    continue
            await asyncio.sleep(0)

    async def scenario(bench: Bench) -> None:
        watcher = asyncio.create_task(watch())
        code = "import os, json; [print(json.dumps(os.environ[k])) for k in " + repr(list(environment)) + "]"
        assert await bench.run(bench.python(code), environment) == Exit(0)
        watcher.cancel()

    assert [json.loads(line) for line in bench(scenario).lines] == list(environment.values())
    assert any("docker\0run" in line for line in seen) or not Path("/proc/self").exists()
    assert not any("hunter2" in line for line in seen)


def test_the_last_line_of_a_dying_container_is_kept(bench: Callable[[Scenario], Bench]) -> None:
    code = "import sys; print('out'); sys.stderr.write('last words, no line end'); sys.exit(7)"

    async def scenario(bench: Bench) -> None:
        assert await bench.run(bench.python(code)) == Exit(7)
        assert sorted(bench.lines) == ["last words, no line end", "out"]

    bench(scenario)


def test_output_of_many_and_long_lines_is_complete(bench: Callable[[Scenario], Bench]) -> None:
    async def scenario(bench: Bench) -> None:
        await bench.run(bench.python("print('x' * 200_000)\nfor n in range(20_000): print(n)"))
        assert bench.lines[0] == "x" * 200_000
        assert bench.lines[1:] == [str(n) for n in range(20_000)]

    bench(scenario)


def test_memory_is_limited_and_the_kill_named(bench: Callable[[Scenario], Bench]) -> None:
    async def scenario(bench: Bench) -> None:
        ended = await bench.run(bench.python("print('in'); bytearray(10**9)", memory=32))
        assert ended == Exit(137, "OutOfMemoryError: Container killed due to memory usage")

    bench(scenario)


def test_stop_lets_it_handle_sigterm(bench: Callable[[Scenario], Bench]) -> None:
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *a: (print('draining'), sys.exit(3)))\n"
        "print('up')\nsignal.pause()"
    )

    async def scenario(bench: Bench) -> None:
        running = await bench.start(bench.python(code))
        waiters = [asyncio.create_task(running.wait()) for _ in range(2)]
        await bench.until(lambda: "up" in bench.lines)
        await running.stop(DEADLINE)
        assert [await waiter for waiter in waiters] == [Exit(3), Exit(3)]
        assert bench.lines == ["up", "draining"]
        await running.stop(1)

    bench(scenario)


def test_stop_kills_what_ignores_sigterm(bench: Callable[[Scenario], Bench]) -> None:
    async def scenario(bench: Bench) -> None:
        code = "import signal as s\ns.signal(s.SIGTERM, s.SIG_IGN); print('up')\nwhile True: s.pause()"
        running = await bench.start(bench.python(code))
        await bench.until(lambda: "up" in bench.lines)
        await asyncio.wait_for(running.stop(1), DEADLINE)
        assert await running.wait() == Exit(137)

    bench(scenario)


def test_limits_of_the_definition_hold(bench: Callable[[Scenario], Bench]) -> None:
    code = (
        "import os, resource\n"
        "try: open('/x', 'w')\nexcept OSError as e: print(e.strerror)\n"
        "open('/scratch/x', 'w'); open('/data/x', 'w')\n"
        "print(os.getcwd(), os.getuid(), resource.getrlimit(resource.RLIMIT_NOFILE), os.getpid() > 1)\n"
        "print(os.statvfs('/dev/shm').f_blocks * os.statvfs('/dev/shm').f_frsize >> 20)\n"
    )
    linux = LinuxParameters(
        init_process=True,
        capabilities_dropped=("NET_RAW",),
        tmpfs={"/scratch": "size=1m,mode=1777"},
        shared_memory=16,
        ulimits=(("nofile", 512, 1024),),
    )

    async def scenario(bench: Bench) -> None:
        container = bench.container(
            "-uc",
            code,
            entry_point=("python3", "-W", "ignore"),
            read_only_root=True,
            user="0:10",
            working_directory="/usr",
            mount_points=(MountPoint("data", "/data"),),
            linux=linux,
            cpu=256,
            memory_reservation=16,
            labels={"team": "a"},
        )
        task = bench.task(container, volumes=("data",))
        running = await bench.start(container, task)
        assert await running.wait() == Exit(0)
        await bench.runner.close(task)
        assert docker("volume", "ls", "--quiet", "--filter", f"label=moorage.owner={bench.owner}") == ""

    assert bench(scenario).lines == ["Read-only file system", "/usr 0 (512, 1024) True", "16"]


def test_a_file_system_is_kept_and_shared_until_its_data_is_removed(
    bench: Callable[[Scenario], Bench],
) -> None:
    def kept(owner: str) -> list[str]:
        return docker("volume", "ls", "--quiet", "--filter", f"label=moorage.data={owner}").split()

    async def scenario(bench: Bench) -> None:
        mounts = (MountPoint("files", "/files"),)
        fields: dict[str, Any] = {"volumes": ("files",), "file_systems": {"files": "fs-1::/"}}
        for code in ("open('/files/a', 'w').write('kept')", "print(open('/files/a').read())"):
            container = bench.python(code, mount_points=mounts)
            task = bench.task(container, **fields)
            running = await bench.start(container, task)
            assert await running.wait() == Exit(0)
            await running.stop(1)
            await bench.runner.close(task)
        await bench.runner.cleanup()
        assert len(kept(bench.owner)) == 1
        await bench.runner.remove_data()
        assert kept(bench.owner) == []

    assert bench(scenario).lines == ["kept"]


def test_a_program_that_is_not_there(bench: Callable[[Scenario], Bench]) -> None:
    async def scenario(bench: Bench) -> None:
        with pytest.raises(StartFailed, match=r"cannot run 'nope': executable file not found"):
            await bench.start(bench.container("nope"))

    bench(scenario)


def test_a_program_of_another_architecture(
    bench: Callable[[Scenario], Bench], built: list[ImageSpec], tmp_path: Path
) -> None:
    spec = image(tmp_path, 'RUN printf "no program" > /x; chmod +x /x\nCMD ["/x"]')
    built.append(spec)

    async def scenario(bench: Bench) -> None:
        try:
            ended = await bench.run(ContainerSpec("web", spec))
        except StartFailed as error:
            ended = Exit(None, str(error))
        assert ended.reason is not None
        assert "another architecture" in ended.reason

    bench(scenario)


def test_health_checks_run_inside(bench: Callable[[Scenario], Bench]) -> None:
    async def scenario(bench: Bench) -> None:
        running = await bench.start(bench.container("sleep", "60"), environment={"CODE": "4"})
        assert await running.check(("CMD", "true"), DEADLINE) == 0
        assert await running.check(("CMD-SHELL", "exit $CODE"), DEADLINE) == 4
        assert await running.check(("CMD", "sleep", "60"), 0.2) == 124
        await running.stop(0)
        assert await running.check(("CMD", "true"), DEADLINE) != 0

    bench(scenario)


def test_containers_of_a_task_share_localhost(bench: Callable[[Scenario], Bench]) -> None:
    async def scenario(bench: Bench) -> None:
        first = bench.container("true", name="init", essential=False)
        server = bench.python(SERVE, name="server", ports=(PortMapping(8080),))
        ask = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8080').read())"
        client = bench.python(ask, name="client")
        task = bench.task(first, server, client)
        assert await (await bench.start(first, task)).wait() == Exit(0)
        serving = await bench.start(server, task)
        await bench.until(lambda: "serving" in bench.lines)
        assert await (await bench.start(client, task)).wait() == Exit(0)
        assert bench.lines == ["serving", "b'hello'"]
        assert await asyncio.to_thread(fetch, serving.host, serving.ports[8080]) == b"hello"
        await serving.stop(1)
        await bench.runner.close(task)
        assert docker("ps", "--all", "--quiet", "--filter", f"label=moorage.task={task.id}") == ""
        await bench.runner.close(task)

    bench(scenario)


def test_tasks_reach_each_other_by_the_apps_name(bench: Callable[[Scenario], Bench]) -> None:
    async def scenario(bench: Bench) -> None:
        await bench.start(bench.python(SERVE))
        await bench.until(lambda: "serving" in bench.lines)
        ask = "import urllib.request as r; print(r.urlopen('http://web:8080').read())"
        assert await bench.run(bench.python(ask)) == Exit(0)
        assert bench.lines[-1] == "b'hello'"

    bench(scenario)


def test_tasks_reach_what_the_supervisor_serves(bench: Callable[[Scenario], Bench]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received = await reader.read()
        writer.write(b"got %d" % len(received))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def scenario(bench: Bench) -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        address = await bench.runner.expose(server.sockets[0].getsockname()[1])
        assert await bench.runner.expose(server.sockets[0].getsockname()[1]) == address
        host, port = address.split(":")
        code = (
            "import socket\n"
            f"s = socket.create_connection(({host!r}, {port}))\n"
            "s.sendall(b'x' * 1_000_000); s.shutdown(socket.SHUT_WR); print(s.makefile('rb').read())"
        )
        assert await bench.run(bench.python(code)) == Exit(0)
        server.close()
        assert bench.lines == ["b'got 1000000'"]
        if host != "host.docker.internal":  # Only the network's own containers are served.
            reader, writer = await asyncio.open_connection(host, int(port), local_addr=("127.0.0.1", 0))
            assert await reader.read() == b""
            writer.close()

    bench(scenario)


def test_what_a_killed_supervisor_left_is_reaped_without_its_environment(
    bench: Callable[[Scenario], Bench],
) -> None:
    async def scenario(bench: Bench) -> None:
        container = bench.container("sleep", "600", mount_points=(MountPoint("data", "/data"),))
        one, two = bench.container("sleep", "600", name="one"), bench.container("sleep", "600", name="two")
        await bench.start(container, bench.task(container, volumes=("data",)))
        pair = bench.task(one, two)
        running = [await bench.start(each, pair) for each in (one, two)]
        other = DockerRunner(bench.folder, "other")
        await other.cleanup()
        assert len(left(bench.owner)) == 6
        done = await asyncio.to_thread(
            subprocess.run, bench.runner.reap_command(), env={"PATH": os.environ["PATH"]}, timeout=DEADLINE
        )
        assert done.returncode == 0
        assert left(bench.owner) == []
        for each in running:
            assert (await each.wait()).code is None or (await each.wait()).code == 137

    bench(scenario)


def test_a_daemon_that_does_not_answer_is_told_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asyncio.run(unavailable()) is None
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{silent.getsockname()[1]}")
        assert asyncio.run(unavailable(timeout=0.5)) == "`docker version` did not answer within 0.5 s"
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    reason = asyncio.run(unavailable())
    assert reason is not None
    assert "unix:///nowhere.sock" in reason
    monkeypatch.setenv("PATH", "/nowhere")
    assert asyncio.run(unavailable()) == "there is no `docker` command on PATH"
