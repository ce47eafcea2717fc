"""The container runner's decisions without a daemon: command lines, names, messages."""

import struct

import pytest

from moorage.local.runner import ContainerSpec, ImageSpec, MountPoint, PortMapping, TaskSpec
from moorage.local.runner.docker.arguments import (
    command,
    container_name,
    environment,
    limits,
    mounts,
    published,
    volume_name,
)
from moorage.local.runner.docker.container import exit_reason, start_error
from moorage.local.runner.docker.pause import pause_program
from moorage.local.runner.lines import Lines

IMAGE = ImageSpec("registry/web:1", "web-1")


def task(*containers: ContainerSpec, memory: int | None = None) -> TaskSpec:
    return TaskSpec("a" * 32, "my app", containers, memory=memory)


def test_values_never_are_words_of_the_command_line() -> None:
    words, lines, others = environment({"A": "one", "B": "two\nlines", "C": "x" * 70_000})
    assert words == ["--env-file", "/dev/stdin", "--env", "B", "--env", "C"]
    assert lines == b"A=one\n"
    assert others == {"B": "two\nlines", "C": "x" * 70_000}
    assert environment({}) == ([], b"", {})


def test_tasks_share_the_volume_of_a_file_system_only() -> None:
    points = (MountPoint("files", "/files", read_only=True), MountPoint("own", "/own"))
    container = ContainerSpec("web", IMAGE, mount_points=points)
    first = task(container)._replace(volumes=("files", "own"), file_systems={"files": "fs-1:fsap-1:/"})
    second = first._replace(id="b" * 32, app="other")
    shared = volume_name("owner", first, "files")
    assert shared == volume_name("owner", second, "files")
    assert shared.startswith("moorage-owner-")
    third = first._replace(file_systems={"files": "fs-1::/"})
    assert len({shared, volume_name("another", first, "files"), volume_name("owner", third, "files")}) == 3
    assert mounts("owner", second, container) == [
        *("--mount", f"type=volume,source={shared},target=/files,readonly"),
        *("--mount", f"type=volume,source=moorage-{second.id}-own,target=/own"),
    ]


def test_ports_are_published_on_the_loopback_address() -> None:
    container = ContainerSpec("web", IMAGE, ports=(PortMapping(53, protocol="udp"),))
    assert published(container, {53: 20053, 80: 0}) == [
        "--publish",
        "127.0.0.1:20053:53/udp",
        "--publish",
        "127.0.0.1::80/tcp",
    ]


def test_an_entry_point_of_several_words_goes_before_the_command() -> None:
    container = ContainerSpec("web", IMAGE, entry_point=("sh", "-c"), command=("exit 1",))
    assert command(container, "tag") == ["--entrypoint", "sh", "tag", "-c", "exit 1"]
    assert command(ContainerSpec("web", IMAGE), "tag") == ["tag"]


def test_the_tasks_memory_limits_its_only_container() -> None:
    one, two = ContainerSpec("one", IMAGE), ContainerSpec("two", IMAGE, memory=64)
    assert limits(task(one, memory=512), one) == ["--memory", "512m", "--memory-swap", "512m"]
    assert limits(task(one, two, memory=512), one) == []
    assert limits(task(two, memory=512), two) == ["--memory", "64m", "--memory-swap", "64m"]


def test_names_are_what_docker_takes() -> None:
    assert container_name(task(), "web") == "moorage-my-app-web-aaaaaaaaaaaa"


@pytest.mark.parametrize(
    ("docker", "shown"),
    [
        (
            "driver failed: Bind for 127.0.0.1:8080 failed: port is already allocated",
            "127.0.0.1:8080 is in use by another program: stop it or change the port",
        ),
        (
            "Error starting userland proxy: listen tcp4 127.0.0.1:80: bind: address already in use",
            "127.0.0.1:80 is in use by another program: stop it or change the port",
        ),
        (
            'OCI runtime create failed: exec: "gunicorn": executable file not found in $PATH: unknown',
            "cannot run 'gunicorn': executable file not found in $PATH",
        ),
        (
            "No such image: moorage-local:x",
            "CannotPullContainerError: registry/web:1 is no longer in the Docker daemon",
        ),
        ("anything else", "anything else"),
    ],
)
def test_why_a_container_does_not_start(docker: str, shown: str) -> None:
    assert start_error(docker, ContainerSpec("web", IMAGE)) == shown


@pytest.mark.parametrize(
    ("state", "line", "reason"),
    [
        ({"OOMKilled": True, "ExitCode": 137}, "", "OutOfMemoryError: Container killed due to memory usage"),
        ({"OOMKilled": True, "ExitCode": 0}, "", None),
        ({"OOMKilled": False, "ExitCode": 1}, "exec /bin/x: exec format error", "another architecture"),
        ({"OOMKilled": False, "ExitCode": 1}, "the app said exec format error", None),
        ({"OOMKilled": False, "ExitCode": 127, "Error": "gone"}, "", "gone"),
    ],
)
def test_why_a_container_ended(state: dict[str, object], line: str, reason: str | None) -> None:
    found = exit_reason({"Error": "", **state}, line)
    assert found == reason if reason is None else reason in str(found)


def test_lines_come_whole_whatever_the_pieces_are() -> None:
    seen: list[str] = []
    lines = Lines(seen.append)
    for piece in (b"on", b"e\r\ntw", b"o\n\n", "\u00e4".encode()[:1], "\u00e4".encode()[1:]):
        lines.feed(piece)
    lines.close()
    lines.close()
    assert seen == ["one", "two", "", "\u00e4"]
    assert lines.taken == 12


@pytest.mark.parametrize(("architecture", "machine"), [("amd64", 0x3E), ("arm64", 0xB7)])
def test_the_pause_program_is_an_executable_of_the_architecture(architecture: str, machine: int) -> None:
    program = pause_program(architecture)
    kind, found, _, entry = struct.unpack_from("<HHIQ", program, 16)
    assert (program[:4], kind, found) == (b"\x7fELF", 2, machine)
    assert len(program) > entry - 0x400000
    with pytest.raises(LookupError):
        pause_program("riscv64")
