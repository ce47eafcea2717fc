"""NoteTaker as a process, its visitors, and the types of the fixtures of its tests."""

import itertools
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

APP = Path(__file__).parents[2] / "app"
TIMEOUT = 30
PASSWORD = "correct horse"


def wait_for(done: Callable[[], Any], what: str) -> Any:
    """Poll until `done` gives something."""
    deadline = time.monotonic() + TIMEOUT
    while not (result := done()):
        assert time.monotonic() < deadline, f"{what}: not within {TIMEOUT} s"
        threading.Event().wait(0.02)
    return result


class Replica:
    """`python -m notetaker` as a process."""

    def __init__(self, env: dict[str, str]) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "notetaker"],
            cwd=APP,
            env={"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": "0"} | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.url = self.wait_line(r"http://127\.0\.0\.1:\d+")

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def wait_line(self, pattern: str) -> str:
        def found() -> str | None:
            text = "\n".join(self.lines)
            match = re.search(pattern, text)
            assert match or self.process.poll() is None, f"the server stopped:\n{text}"
            return match and match[0]

        return wait_for(found, f"a log line with {pattern!r}")

    def requests(self) -> list[dict[str, Any]]:
        """The log lines of requests."""
        return [line for line in map(json.loads, list(self.lines)) if "path" in line]

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(TIMEOUT)
        self.reader.join(TIMEOUT)
        assert self.process.stdout
        self.process.stdout.close()
        return code


class Person:
    """A browser without scripts. Each request goes to another replica than the one before."""

    def __init__(self, urls: list[str]) -> None:
        self.urls = itertools.cycle(urls)
        # An address of one's own: failed log-ins are counted per client.
        address = f"10.{'.'.join(str(number) for number in secrets.token_bytes(3))}"
        # There is no TLS, whose certificates would take longer to load than a test does.
        self.client = httpx.Client(verify=False, timeout=TIMEOUT, headers={"X-Forwarded-For": address})
        self.name = f"u{secrets.token_hex(6)}"

    def get(self, path: str, **kwargs: Any) -> httpx.Response:
        return self.client.get(next(self.urls) + path, **kwargs)

    def token(self, path: str = "/login") -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path).text)
        assert found, f"no CSRF token on {path}"
        return found[1]

    def post(self, path: str, form: str = "/", **fields: str) -> httpx.Response:
        """Fetch the page `form`, then post its form."""
        return self.client.post(next(self.urls) + path, data={"csrf_token": self.token(form)} | fields)

    def sign_up(self, password: str = PASSWORD) -> httpx.Response:
        return self.post("/signup", "/signup", name=self.name, password=password)

    def log_in(self, password: str = PASSWORD) -> httpx.Response:
        return self.post("/login", "/login", name=self.name, password=password)

    def write(self, text: str) -> httpx.Response:
        return self.post("/notes", text=text)

    def note_ids(self) -> list[str]:
        return re.findall(r'id="n([^"]+)"', self.get("/").text)


MakeEnv = Callable[[str], dict[str, str]]
"""Makes a new table, and returns the environment of tasks that use it."""

Start = Callable[[dict[str, str]], Replica]
"""Starts one more replica."""

Visit = Callable[..., Person]
"""Makes a new visitor, of both replicas unless other addresses are given."""
