# ruff: noqa: E501 - a row of a table is one line
"""Cycles, long chains, and what is not text: one clear error each, and no traceback."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moorage.compose_file.nodes import Node, Where
from moorage.compose_file.report import Report
from moorage.compose_file.values import seconds, size
from moorage.model.problems import ArgumentsError, Problems
from moorage.resources.compose.apps import App
from moorage.resources.compose.translation import compose_apps

Apps = Callable[..., list[App]]

CLUSTER = {"arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/c", "name": "c"}
NETWORK = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a", "subnet-b"]}


@pytest.fixture
def apps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Apps:
    """Translate a compose file in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(text: str, task: str = "per_service", folder: str = ".", **environment: str) -> list[App]:
        Path("compose.yml").write_text(text)
        args: Any = {"cluster": CLUSTER, "network": NETWORK, "task": task, "folder": folder}
        return compose_apps("shop", args, environment, frozenset())[1]

    return run


@pytest.mark.parametrize("task", ["per_service", "one"])
@pytest.mark.parametrize(
    ("services", "said"),
    [
        (
            "a: {image: x, depends_on: [b]}\n  b:\n    image: x\n    depends_on: [a]",
            "2: services.a: dependency cycle: a -> b -> a",
        ),
        ("a:\n    image: x\n    depends_on:\n    - a", "5: services.a: dependency cycle: a -> a"),
        (
            "c: {image: x, depends_on: [b]}\n  b: {image: x, links: [a]}\n  a:\n    {image: x, depends_on: [b]}",
            "3: services.b: dependency cycle: b -> a -> b",
        ),
        (
            "a: {image: x, depends_on: [b]}\n  b: {image: x, extends: b}",
            "3: services.b.extends: dependency cycle: b -> b",
        ),
    ],
)
def test_a_cycle_is_named_with_its_line(apps: Apps, services: str, said: str, task: str) -> None:
    with pytest.raises(ArgumentsError) as error:
        apps(f"services:\n  {services}\n", task)
    assert [str(problem) for problem in error.value.problems] == [f"compose.yml:{said}"]


@pytest.mark.parametrize("network", ["volumes_from: [b]", "network_mode: 'service:b'"])
def test_what_containers_share_makes_cycles_too(apps: Apps, network: str) -> None:
    text = f"services:\n  a:\n    image: x\n    {network}\n  b: {{image: x, depends_on: [a]}}\n"
    with pytest.raises(ArgumentsError, match=r"compose\.yml:4: services\.a: dependency cycle: a -> b -> a"):
        apps(text, "one")


def test_a_long_chain_of_dependencies_is_no_cycle(apps: Apps) -> None:
    services = [f"  s{n}: {{image: x, depends_on: [s{n + 1}]}}" for n in range(1200)]
    made = apps("\n".join(["services:", *services, "  s1200: {image: x}"]))
    assert [made[0].task.name, made[-1].task.name] == ["s1200", "s0"]


def test_a_long_chain_of_extends_is_bounded(apps: Apps) -> None:
    services = [f"  s{n}: {{extends: s{n + 1}}}" for n in range(1200, 0, -1)]
    with pytest.raises(ArgumentsError, match=r"services\.s\d+\.extends: has more than 100 levels"):
        apps("\n".join(["services:", "  s0: {extends: s1}", *services, "  s1201: {image: x}"]))


def test_a_folder_that_links_to_itself_is_a_cycle(apps: Apps) -> None:
    os.symlink(".", "sub")
    with pytest.raises(
        ArgumentsError, match=r"compose\.yml:1: services\.a\.extends: dependency cycle: a -> a"
    ):
        apps("services: {a: {extends: {file: sub/compose.yml, service: a}}}")
    with pytest.raises(ArgumentsError, match=r"compose\.yml:1: include: include cycle: sub/compose\.yml"):
        apps("include: [sub/compose.yml]\nservices: {a: {image: x}}")


def test_a_build_context_that_links_to_itself_is_named_with_its_line(apps: Apps) -> None:
    os.symlink("l", "l")
    with pytest.raises(ArgumentsError) as error:
        apps("services:\n  a:\n    build: ./l\n")
    said = "compose.yml:3: services.a.build.context: 'l': is not a folder of the project"
    assert [str(problem) for problem in error.value.problems] == [said]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services: {a: {image: x, env_file: pipe}}", "compose.yml:1: services.a.env_file: pipe: cannot be read"),
        ("services: {a: {image: x, label_file: pipe}}", "compose.yml:1: services.a.label_file: pipe: cannot be read"),
        ("services: {a: {extends: {file: pipe, service: a}}}", "files: pipe: cannot be read"),
        ("include: [pipe]\nservices: {}", "files: pipe: cannot be read"),
        (
            "services: {a: {image: x, secrets: [s]}}\nsecrets: {s: {file: pipe}}",
            "compose.yml:2: secrets.s.file: pipe: cannot be read: it is not a regular file",
        ),
    ],
)  # fmt: skip
def test_a_pipe_is_not_waited_for(apps: Apps, text: str, said: str) -> None:
    os.mkfifo("pipe")
    with pytest.raises(ArgumentsError) as error:
        apps(text)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services: {a: {image: x, environment: {V: $BAD}}}", "services.a.environment.V: the value of the variable BAD"),
        ("services: {a: {image: x, environment: [BAD]}}", "services.a.environment.BAD: the value of the variable BAD"),
        ("services: {a: {image: x, secrets: [s]}}\nsecrets: {s: {environment: BAD}}", "secrets.s.environment: the value of the variable BAD"),
    ],
)  # fmt: skip
def test_a_variable_that_is_not_text_is_named(apps: Apps, text: str, said: str) -> None:
    with pytest.raises(ArgumentsError) as error:
        apps(text, BAD=os.fsdecode(b"a\xff"))
    assert f"{said} is not UTF-8 text" in str(error.value)
    assert apps("services: {a: {image: x}}", BAD=os.fsdecode(b"a\xff"))[0].args["image"] == "x"


def test_a_folder_that_is_not_text_is_refused(apps: Apps) -> None:
    with pytest.raises(ArgumentsError, match=r"folder: must be valid Unicode") as error:
        apps("services: {a: {image: x}}", folder=os.fsdecode(b"n\xff"))
    assert str(error.value).encode()


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("env_file: d.env", "compose.yml:4: services.a.env_file: d.env:22: A: the value becomes longer than 1048576"),
        ("label_file: d.env", "compose.yml:4: services.a.label_file: d.env:22: A: the value becomes longer than"),
        ("labels: {a: $BIG$BIG}", "compose.yml:4: services.a.labels.a: the value becomes longer than 1048576"),
        ("command: ['${NO:-${BIG:+$BIG$BIG}}']", "compose.yml:4: services.a.command.0: the value becomes longer than"),
        ("x-a: [" + "$BIG, " * 18 + "]", "files: compose.yml:4: services.a.x-a.16: the file's values become longer than"),
        ("labels: {PW: 'hunter2$' }\n    user: 'hunter2${'", "services.a.user: invalid interpolation at '${': ${ must"),
    ],
)  # fmt: skip
def test_variables_make_values_of_bounded_size(apps: Apps, key: str, said: str) -> None:
    Path("d.env").write_text("A=x\n" + "A=${A}${A}\n" * 40)
    with pytest.raises(ArgumentsError) as error:
        apps(f"services:\n  a:\n    image: x\n    {key}\n", BIG="x" * 2**20)
    assert said in str(error.value)
    assert "hunter2" not in str(error.value)
    assert len(str(error.value)) < 1000


def test_variables_of_an_environment_file_are_bounded(apps: Apps) -> None:
    Path(".env").write_text("A=x\n" + "A=${A}${A}\n" * 40)
    with pytest.raises(
        ArgumentsError, match=r"files: \.env:22: A: the value becomes longer than 1048576 characters"
    ):
        apps("services: {a: {image: x}}")


@pytest.mark.parametrize(
    "key",
    [
        "ports: ['1-99999999999']",
        "ports: ['1-65535', '1-65535']",
        "ports: ['1-600', '601-1001']",
        "ports: ['65536']",
        "ports: ['9-8']",
        "expose: ['1-99999999999']",
        "expose: ['0']",
        "cpus: 1e999",
        "mem_limit: " + "9" * 500 + "g",
        "stop_grace_period: " + "9" * 500 + "h",
        "scale: " + "9" * 5000,
    ],
)
def test_numbers_have_bounds(apps: Apps, key: str) -> None:
    with pytest.raises(ArgumentsError, match=r"compose\.yml:4: services\.a\."):
        apps(f"services:\n  a:\n    image: x\n    {key}\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("90s", 90), ("1m30s", 90), ("30s1m", 90), ("1.5m", 90), ("1h", 3600), ("1d", 86400),
        ("500ms", 1), ("1us", 1), ("1m1m", 120), (".5s", 1), ("100ms", 1), ("1000ms", 1),
        ("", None), ("90", None), ("-5s", None), ("1 m", None), ("1M", None), ("s", None), ("1..2s", None),
    ],
)  # fmt: skip
def test_durations(text: str, value: int | None) -> None:
    """As compose-go's (go-str2duration), in whole seconds, rounded up."""
    problems = Problems("x", "x")
    assert seconds(Node(text, Where("f", 1)), "p", Report(problems)) == value
    assert bool(len(problems)) == (value is None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5), ("5b", 5), ("5k", 5120), ("5KiB", 5120), ("1 gb", 2**30), ("0.5m", 2**19), ("1G", 2**30),
        ("1t", 2**40), ("1p", 2**50), ("", None), ("x", None), ("-1", None), ("1e3m", None), ("5 m b", None),
    ],
)  # fmt: skip
def test_sizes(text: str, value: int | None) -> None:
    """As compose-go's (go-units, RAMInBytes)."""
    problems = Problems("x", "x")
    assert size(Node(text, Where("f", 1)), "p", Report(problems)) == value
    assert bool(len(problems)) == (value is None)
