"""A task that does not listen where it is to: said while it still may, with where it does listen."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from moorage.local.runner.listening import elsewhere, silent, unreachable
from moorage.local.runner.processes import Listener, listeners, listeners_beside, who_listens


@pytest.fixture
def listening() -> Iterator[Callable[[str, str], tuple[int, int]]]:
    """Start a process group that listens; return its id and its port."""
    started: list[subprocess.Popen[str]] = []

    def start(family: str, host: str) -> tuple[int, int]:
        code = (
            f"import socket; s = socket.socket(socket.{family}); s.bind(({host!r}, 0)); s.listen(); "
            "print(s.getsockname()[1], flush=True); input()"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        assert process.stdout is not None
        return process.pid, int(process.stdout.readline())

    yield start
    for process in started:
        process.communicate("\n")


@pytest.mark.parametrize(
    ("family", "host", "loopback"),
    [
        ("AF_INET", "127.0.0.1", True),
        ("AF_INET", "0.0.0.0", False),
        ("AF_INET6", "::1", True),
        ("AF_INET6", "::", False),
    ],
)
def test_where_a_process_listens(
    listening: Callable[[str, str], tuple[int, int]], family: str, host: str, loopback: bool
) -> None:
    if family == "AF_INET6" and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    group, port = listening(family, host)
    assert listeners(group) == [Listener(port, host)]
    assert Listener(port, host) in (listeners_beside(group) or [])
    assert Listener(port, host).is_loopback is loopback


def test_who_has_a_port_is_named(listening: Callable[[str, str], tuple[int, int]]) -> None:
    group, port = listening("AF_INET", "127.0.0.1")
    assert (who_listens(port) or "").endswith(f"(pid {group})")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert who_listens(unused.getsockname()[1]) is None


def test_nothing_is_known_of_a_process_that_is_gone() -> None:
    assert listeners_beside(2**22 + 1) is None


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ([Listener(8080, "0.0.0.0")], None),
        ([Listener(8080, "::")], None),
        ([Listener(8080, "127.0.0.1"), Listener(8080, "172.17.0.2")], None),
        (
            [Listener(8080, "127.0.0.1")],
            "container web listens on 127.0.0.1:8080 only, which nothing outside the container reaches: make "
            "it listen on 0.0.0.0:8080",
        ),
        (
            [Listener(5000, "127.0.0.1"), Listener(9000, "0.0.0.0")],
            "container web: nothing listens on port 8080; it listens on 127.0.0.1:5000: set `port: 5000`, or "
            "make it listen on 0.0.0.0:8080",
        ),
        ([Listener(9000, "0.0.0.0")], silent("web", "port 8080")),
        ([], "container web: nothing listens on port 8080 yet, nor on another port; is it still starting?"),
    ],
)
def test_in_a_container(found: list[Listener], text: str | None) -> None:
    assert unreachable("web", 8080, found, {9000}) == text


def test_as_a_process() -> None:
    assert elsewhere("web", 20001, [Listener(20001, "127.0.0.1"), Listener(5000, "0.0.0.0")]) is None
    assert elsewhere("web", 20001, []) is None
    text = elsewhere("web", 20001, [Listener(5000, "0.0.0.0")])
    assert text is not None
    assert text.startswith("container web listens on port 5000, not on its PORT 20001: ")
