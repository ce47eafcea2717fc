"""The examples, run as their READMEs say: what a person sees in each scenario."""

import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.local_project import eventually

from moorage.local.command.client import Client
from moorage.local.state import Paths

ROOT = Path(__file__).parents[2]
IGNORED = shutil.ignore_patterns("__pycache__", ".moorage", ".build", ".venv")

Moorage = Callable[..., subprocess.CompletedProcess[str]]


class Example:
    """A copy of an example, and one of its stacks run there."""

    def __init__(self, folder: Path, name: str, stack: str, moorage: Moorage) -> None:
        self.folder, self._stack, self._moorage = folder / "examples" / name, stack, moorage
        if not self.folder.exists():
            shutil.copytree(ROOT / "examples" / name, self.folder, ignore=IGNORED)
        # What NoteTaker needs is installed once for all tests, as it is once for a person.
        venvs = ROOT / ".cache" / "venvs"
        venvs.mkdir(parents=True, exist_ok=True)
        (self.folder / ".moorage").mkdir(exist_ok=True)
        link = self.folder / ".moorage" / "venvs"
        if not link.exists():
            link.symlink_to(venvs)

    def local(self, verb: str, *arguments: str) -> str:
        return self._moorage("local", verb, "--stack", self._stack, *arguments, cwd=self.folder).stdout

    def up(self, *arguments: str) -> str:
        return self.local("up", "--runner", "process", *arguments)

    def url(self, *arguments: str) -> str:
        found = re.search(r"^url +(\S+)$", self.up(*arguments), re.M)
        assert found is not None
        return found[1]

    def follow(self, *arguments: str) -> subprocess.Popen[str]:
        """Follow what tasks print."""
        words = [sys.executable, "-m", "moorage.cli", "local", "logs", "--follow", "--stack", self._stack]
        return subprocess.Popen([*words, *arguments], cwd=self.folder, stdout=subprocess.PIPE, text=True)

    def ps(self) -> list[dict[str, str]]:
        header, *rows = (line.split() for line in self.local("ps").splitlines())
        # "3s ago" is two words.
        return [dict(zip(header, [*row[:7], "", row[-1]], strict=True)) for row in rows]

    def services(self) -> list[dict[str, Any]]:
        """Return what runs, without the time that a command takes."""
        return Client(Paths(self.folder, self._stack)).get("/describe")["services"]

    def healthy(self, count: int) -> list[dict[str, str]]:
        """Return the tasks if so many are healthy and no other is there, else nothing."""
        tasks = self.ps()
        return tasks if [task["HEALTH"] for task in tasks] == ["HEALTHY"] * count else []


def page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def pages(tasks: list[dict[str, str]]) -> list[str]:
    return [page(f"http://{task['ADDRESS']}/") for task in tasks]


def ids(tasks: list[dict[str, str]]) -> set[str]:
    return {task["TASK"] for task in tasks}


@pytest.fixture
def example(tmp_path: Path, moorage: Moorage) -> Iterator[Callable[[str, str], Example]]:
    """Copy an example; what runs of it is stopped at the end."""
    made: list[Example] = []

    def copy(name: str, stack: str) -> Example:
        made.append(Example(tmp_path, name, stack, moorage))
        return made[-1]

    yield copy
    for one in made:
        one.local("down", "--data")


def test_notetaker_on_three_instances(tmp_path: Path, example: Callable[[str, str], Example]) -> None:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=IGNORED)
    notes = example("notetaker-ec2", "dev")
    assert "notetaker: deployed" in notes.up()
    first = notes.healthy(3)
    assert len({task["ZONE"] for task in first}) == 3
    for task, text in zip(first, pages(first), strict=True):
        assert "Write it down." in text
        assert f">{task['TASK']}</code> in {task['ZONE']}" in text
        assert "go-notetaker-task:1" in text

    assert "notetaker: unchanged" in notes.up()
    assert ids(notes.ps()) == ids(first)

    template = tmp_path / "app" / "notetaker" / "templates" / "welcome.html"
    template.write_text(template.read_text().replace("Write it down.", "Write it up."))
    assert "notetaker: deployed" in notes.up()
    second = eventually(lambda: notes.healthy(3))
    assert not ids(second) & ids(first)
    assert all("Write it up." in text for text in pages(second))
    assert {task["REVISION"] for task in second} == {"go-notetaker-task:2"}

    assert "notetaker: deployed" in notes.up("--force")
    third = eventually(lambda: notes.healthy(3))
    assert not ids(third) & ids(second)
    assert {task["REVISION"] for task in third} == {"go-notetaker-task:2"}


def test_httpd_on_a_port_of_the_instance_and_scaled_to_two(example: Callable[[str, str], Example]) -> None:
    httpd = example("ec2-then-fargate", "a-httpd")
    httpd.up()
    assert pages(httpd.healthy(1)) == ["<html><body><h1>It works!</h1></body></html>\n"]
    httpd.local("scale", "site", "2")
    two = eventually(lambda: httpd.healthy(2))
    assert ["It works!" in text for text in pages(two)] == [True, True]
    assert len({task["ADDRESS"] for task in two}) == 2


@pytest.mark.parametrize(("stack", "count"), [("b-dynamic", 3), ("d-daemon", 3)])
def test_several_tasks_behind_the_balancer(
    stack: str, count: int, example: Callable[[str, str], Example]
) -> None:
    site = example("ec2-then-fargate", stack)
    url = site.url()
    assert len({task["ADDRESS"] for task in site.healthy(count)}) == count
    assert "It works" in page(url)


def test_from_instances_to_fargate_by_configuration(example: Callable[[str, str], Example]) -> None:
    site = example("ec2-then-fargate", "c-own-image")
    url = site.url()
    answered = {re.findall(r"<code>(\w{32})</code>", page(url))[0][:8] for _ in range(20)}
    assert answered == ids(site.healthy(2))
    assert "It works, on EC2" in page(url)
    assert site.url("--config", "capacity=fargate") == url
    assert not answered & ids(eventually(lambda: site.healthy(2)))
    assert {"It works, on Fargate" in page(url) for _ in range(10)} == {True}


def test_hello_from_three_zones(example: Callable[[str, str], Example]) -> None:
    zones = example("three-zones", "dev")
    zones.up()
    before = zones.healthy(1)
    found = re.search(r"<h1>Hello from (\w+)!</h1>", pages(before)[0])
    assert found is not None
    # A container's id is that of the process here.
    os.kill(int(found[1]), signal.SIGKILL)
    after = eventually(lambda: not ids(zones.ps()) & ids(before) and zones.healthy(1))
    assert "Hello from " in pages(after)[0]
    assert found[0] not in pages(after)[0]
    zones.local("scale", "server", "3")
    three = eventually(lambda: zones.healthy(3))
    assert {task["ZONE"] for task in three} == {"us-east-1a", "us-east-1b", "us-east-1c"}
    assert len(set(pages(three))) == 3


def test_a_service_with_gpus_has_none_here(example: Callable[[str, str], Example]) -> None:
    gpu = example("gpu", "dev")
    said = gpu.up()
    assert re.search(r"Not run locally:(.|\n)*model-bridge \(its GPUs\)", said)
    gpu.healthy(1)
    found = re.search(r"^url +(\S+)$", said, re.M)
    assert found is not None
    assert page(found[1]) == "no GPU\n"


def test_pizza_at_a_public_address_then_behind_https(example: Callable[[str, str], Example]) -> None:
    pizza = example("jwt-pizza", "public-ip")
    pizza.up()
    address = pizza.healthy(1)[0]["ADDRESS"]
    assert f"  reached at {address}\n" in pizza.local("status")
    assert '"path": "/api/order/menu"' in page(f"http://{address}/api/docs")

    pizza = example("jwt-pizza", "alb")
    url = pizza.url()
    assert url.startswith("https://127.0.0.1:")
    assert len(pizza.healthy(1)) == 1
    trusted = ssl.create_default_context(cafile=pizza.folder / ".moorage" / "localhost.crt")
    with urllib.request.urlopen(f"{url}/api/docs", timeout=10, context=trusted) as answer:
        assert answer.status == 200
        assert '"path": "/api/order/menu"' in answer.read().decode()
    with pytest.raises(urllib.error.URLError, match="self-signed certificate"):
        page(url)


def test_a_compose_file_as_with_the_ecs_cli(example: Callable[[str, str], Example]) -> None:
    compose = example("compose", "dev")
    assert "web: deployed" in compose.up()
    task = compose.healthy(1)[0]
    assert "<h1" in page(f"http://{task['ADDRESS']}/")

    with compose.follow("--task", task["TASK"]) as followed:
        with pytest.raises(urllib.error.HTTPError, match="404"):
            page(f"http://{task['ADDRESS']}/asked-while-followed")
        assert followed.stdout is not None
        told = next(line for line in followed.stdout if "asked-while-followed" in line)
        followed.terminate()
    assert task["TASK"] in told

    compose.local("scale", "web", "2")
    two = eventually(lambda: compose.healthy(2))
    assert task["TASK"] in ids(two)
    assert len({one["ADDRESS"] for one in two}) == 2

    assert "stopped" in compose.local("down")
    assert "nothing is running" in compose.local("down")


def test_workers_only_while_there_are_orders(example: Callable[[str, str], Example]) -> None:
    orders = example("worker", "dev")
    url = orders.url()

    def workers() -> int:
        (worker,) = (entry for entry in orders.services() if entry["app"] == "worker")
        return worker["service"]["runningCount"]

    assert workers() == 0
    for number in range(6):
        request = urllib.request.Request(f"{url}/{number}/3", method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.read() == f"order {number} is in the queue\n".encode()
    eventually(lambda: workers() == 2, 40)
    eventually(lambda: workers() == 0, 90)
    done = orders.local("logs", "worker")
    assert {f"worked on order {number}" in done for number in range(6)} == {True}


def test_grpc_calls_go_to_the_tasks_in_turn(example: Callable[[str, str], Example]) -> None:
    greeter = example("grpc", "dev")
    url = greeter.url()
    tasks = greeter.healthy(2)
    names = ["Ada", "Grace", "Alan", "Edsger"]
    # Its requirements are those of the server, whose environment is there.
    python = next(
        (greeter.folder / ".moorage" / "venvs").glob("*/lib/python3*/site-packages/grpc_tools")
    ).parents[3]
    address = url.removeprefix("https://").partition("/")[0]
    client = [str(python / "bin" / "python"), "client.py", address, "--ca", ".moorage/localhost.crt", *names]

    def called() -> list[str]:
        return subprocess.run(
            client, cwd=greeter.folder, capture_output=True, text=True, check=True, timeout=60
        ).stdout.splitlines()

    *greetings, together = called()
    assert together == "in one call: " + "; ".join(f"Hello, {name}" for name in names)
    found = [re.fullmatch(r"Hello, (\w+) \(from (\w+)\)", line) for line in greetings]
    assert [match[1] for match in found if match] == names
    assert len({match[2] for match in found if match}) == 2

    server = greeter.folder / "app" / "server.py"
    server.write_text(server.read_text().replace("Hello, {", "Good day, {"))
    assert "greeter: deployed" in greeter.up()
    assert not ids(eventually(lambda: greeter.healthy(2))) & ids(tasks)
    assert called()[0].startswith("Good day, Ada")


def test_the_log_is_here_without_its_router(example: Callable[[str, str], Example]) -> None:
    watched = example("monitoring", "dev")
    url = watched.url()
    assert page(f"{url}/hello") == "hello\n"
    assert eventually(lambda: '"path": "/hello", "status": 200' in watched.local("logs", "watched"), 20)
