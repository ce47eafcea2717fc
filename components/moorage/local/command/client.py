"""Client of the supervisor's control interface. Standard library only, so that `ps` starts fast."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

from moorage.errors import LocalError
from moorage.local import private
from moorage.local.model import JobEnd
from moorage.local.state import Paths
from moorage.version import __version__

START_WITHIN = 20.0
END_WITHIN = 40.0
"""More than the reaper's command may take."""
HOST = "supervisor"
"""The only `Host` that the supervisor accepts."""


class NotRunning(LocalError):
    """The supervisor is not running."""

    exit_code = 3


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__(HOST)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(str(self._path))


class Client:
    """Talks to the supervisor of one project and stack."""

    def __init__(self, paths: Paths) -> None:
        """Keep the paths; connections are opened per request."""
        self.paths = paths

    def running(self) -> bool:
        """Return whether a supervisor answers."""
        try:
            self.get("/hello")
        except NotRunning:
            return False
        return True

    def watched(self) -> list[Path]:
        """Return the folders that `up --watch` watches, with all below them: the project folder, and the
        build contexts of the running stack outside of it."""
        project = self.paths.project_dir
        try:
            contexts = [Path(context) for context in self.get("/describe")["contexts"]]
        except LocalError:
            contexts = []
        elsewhere = (c for c in contexts if not c.is_relative_to(project) and c.is_dir())
        return [folder.resolve() for folder in (project, *elsewhere)]

    def get(self, path: str) -> Any:
        """Return the JSON answer of a GET.

        Raises:
            NotRunning: there is no supervisor.
        """
        with self._request("GET", path, None) as response:
            return json.load(response)

    def lines(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the JSON lines of a GET as they come."""
        with self._request("GET", path, None) as response:
            for line in response:
                yield json.loads(line)

    def run(
        self,
        path: str,
        body: dict[str, Any],
        report: Callable[[str], None] = lambda _line: None,
        begun: Callable[[dict[str, Any]], None] = lambda _begun: None,
        log: Callable[[str], None] = lambda _line: None,
    ) -> Any:
        """Send a POST, pass on progress, started rollouts and log lines, and return the result.

        Raises:
            LocalError: the supervisor reports an error; NotRunning: there is no supervisor.
        """
        with self._request("POST", path, json.dumps(body)) as response:
            for line in response:
                item = json.loads(line)
                if "progress" in item:
                    report(item["progress"])
                elif "begun" in item:
                    begun(item["begun"])
                elif "log" in item:
                    log(item["log"])
                elif "error" in item:
                    see = f" (see {self.paths.log})" if item.get("unexpected") else ""
                    raise LocalError(item["error"] + see)
                elif "result" in item:
                    return item["result"]
        raise LocalError(f"the supervisor closed the connection: see {self.paths.log}")

    def run_job(
        self,
        job: str,
        command: Sequence[str] = (),
        report: Callable[[str], None] = lambda _line: None,
        log: Callable[[str], None] = print,
    ) -> JobEnd:
        """Run a job to its end, with another command if one is given; `log` takes each line it prints.

        Raises:
            LocalError: the job is unknown; NotRunning: there is no supervisor.
        """
        body = {"job": job, "command": list(command)}
        return JobEnd(**self.run("/run", body, report, log=log))

    def down(self, report: Callable[[str], None] = lambda _line: None, *, data: bool) -> None:
        """Stop everything, with `data` remove the data too, and return when the supervisor has ended.

        Raises:
            LocalError: the supervisor reports an error, or does not end; NotRunning: there is no supervisor.
        """
        self.run("/down", {"data": data}, report)
        deadline = time.monotonic() + END_WITHIN
        while self.paths.home.exists():
            with self.paths.lock() as lock:
                if lock is not None:
                    return
            if time.monotonic() > deadline:
                raise LocalError(f"the supervisor stopped everything, but does not end: see {self.paths.log}")
            time.sleep(0.02)

    def start(self, runner: str) -> subprocess.Popen[bytes] | None:
        """Start a supervisor in the background unless one answers; `wait` for it later.

        Raises:
            LocalError: the running one has another version or runner.
        """
        try:
            self.check(self.get("/hello"), runner)
        except NotRunning:
            return self._spawn(runner)
        return None

    @staticmethod
    def check(hello: dict[str, Any], runner: str) -> None:
        """Check that a running supervisor can take an `up`, by its answer to `/hello`.

        Raises:
            LocalError: it has another version or runner.
        """
        if hello["version"] != __version__:
            raise LocalError(
                f"the local run was started by moorage {hello['version']}, and this is {__version__}: "
                "run `moorage local down` first"
            )
        if runner not in ("auto", hello["runner"]):
            raise LocalError(
                f"this stack runs with the {hello['runner']} runner: run `moorage local down` to change it"
            )

    def wait(self, process: subprocess.Popen[bytes] | None, runner: str) -> None:
        """Return when the supervisor answers; start one again if the one that answered `start` has ended.

        Raises:
            LocalError: it failed, or timed out; the message has the end of its log.
        """
        deadline = time.monotonic() + START_WITHIN
        while not self.running():
            status = process.poll() if process else 0
            if status or time.monotonic() > deadline:
                raise LocalError(self._start_error())
            if status == 0:
                process = self._spawn(runner)
            time.sleep(0.02)

    def _spawn(self, runner: str) -> subprocess.Popen[bytes]:
        self.paths.make()
        if self.paths.log.exists() and self.paths.log.stat().st_size > 5_000_000:
            self.paths.log.replace(self.paths.log.with_suffix(".log.1"))
        words = [sys.executable, "-m", "moorage.local.supervisor.main"]
        with private.open_file(self.paths.log, "a") as log:
            return subprocess.Popen(
                [*words, str(self.paths.project_dir), self.paths.stack, runner],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=dict(os.environ),
                start_new_session=True,
            )

    def _start_error(self) -> str:
        lines = self.paths.log.read_text(errors="replace").splitlines()[-3:]
        for line in reversed(lines):
            if line.startswith("error: "):
                return line.removeprefix("error: ")
        return f"the supervisor did not start: see {self.paths.log}\n  " + "\n  ".join(lines)

    @contextlib.contextmanager
    def _request(self, method: str, path: str, body: str | None) -> Generator[http.client.HTTPResponse]:
        connection = _Connection(self.paths.socket)
        with contextlib.closing(connection):
            try:
                connection.request(method, path, body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
            except (FileNotFoundError, ConnectionError):
                raise NotRunning("no local run", hint="start it with `moorage local up`") from None
            except (OSError, http.client.HTTPException) as error:
                raise LocalError(f"the supervisor does not answer ({error}): see {self.paths.log}") from None
            if answer.status != http.client.OK:
                raise LocalError(
                    f"the supervisor answered {answer.status} to {path}: it may have another version "
                    f"(`moorage local down` stops it); see {self.paths.log}"
                )
            with answer:
                yield answer
