"""The process of the AWS data services."""

import asyncio
import contextlib
import http.client
import json
import logging
import os
import shutil
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from moorage.errors import LocalError
from moorage.local import private
from moorage.local.model import LocalStack
from moorage.local.runner import Report, venv
from moorage.local.runner.groups import Groups
from moorage.local.runner.ports import HOST
from moorage.local.state import cache_dir

from .credentials import Credentials

if TYPE_CHECKING:
    from .declared import Declared

START_WITHIN = 20.0

_SERVE = """
import sys
# Last: what the server shares with this library must not replace its own packages.
sys.path.append(sys.argv.pop(1))
from moorage.local.aws.server import main
main()
"""
_LIBRARY = Path(__file__).parents[3]

log = logging.getLogger(__name__)


class DataServices:
    """The child process; started when the first `up` needs it, kept until `down`."""

    def __init__(
        self, folder: Path, log: Path, groups: Groups, expose: Callable[[int], Awaitable[str]]
    ) -> None:
        """Keep data in `folder`; `expose` returns `host:port` at which tasks reach a local port."""
        self._folder, self._log, self._groups, self._expose = folder, log, groups, expose
        self.credentials = Credentials.new()
        """The only credentials that are accepted, until this object, which tasks do not outlive, is gone."""
        self.address = ""
        """`host:port` at which tasks reach the services; empty before `start`."""
        self._process: asyncio.subprocess.Process | None = None
        self.port: int | None = None
        self._starting = asyncio.Lock()
        self._watching: asyncio.Task[None] | None = None
        self._declared: Declared | None = None
        self._content = ""
        """The resources that were declared last, as JSON."""

    @property
    def running(self) -> bool:
        """True if the process runs."""
        return self._process is not None and self._process.returncode is None

    async def apply(
        self, stack: LocalStack, preferred_port: int | None, report: Report = log.info
    ) -> list[str]:
        """Create what the stack declares; return remarks for the user.

        Raises:
            LocalError: the services do not start, or refuse a request.
        """
        if not stack.data:
            return []
        await self.start(stack.account, stack.region, preferred_port, report)
        content = json.dumps([(d.type, d.name, d.inputs) for d in stack.data], sort_keys=True, default=str)
        if content == self._content:
            return []
        assert self.port is not None
        endpoint = f"http://{HOST}:{self.port}"
        declared = await asyncio.to_thread(_declared, endpoint, self.credentials, stack)
        remarks = await asyncio.to_thread(declared.ensure)
        self._declared, self._content = declared, content
        return remarks

    @property
    def rewrites(self) -> Mapping[str, str]:
        """Values of the evaluated program -> local values, where the two differ."""
        return self._declared.rewrites if self._declared else {}

    async def messages(self, queue: str) -> Mapping[str, int]:
        """Return the numeric attributes of a queue, by its name; nothing while the process does not run."""
        if self._declared is None or not self.running:
            return {}
        return await asyncio.to_thread(self._declared.messages, queue)

    async def stop(self, *, remove: bool) -> None:
        """End the process; `remove` also removes the data."""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        await self._end()
        if remove:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def start(
        self, account: str, region: str, preferred_port: int | None, report: Report = log.info
    ) -> None:
        """Start the process unless it runs; return when it answers.

        Raises:
            LocalError: it cannot be installed, or does not start.
        """
        async with self._starting:
            if not self.running:
                await self._start(account, region, preferred_port, report)
                self._watching = asyncio.create_task(self._watch(account, region))

    async def _watch(self, account: str, region: str) -> None:
        """Restart the process, on its port, when it ends by itself."""
        while self._process is not None:
            code = await self._process.wait()
            log.warning("the AWS data services ended (exit code %s): restarting them", code)
            self._groups.discard(self._process.pid)
            await asyncio.sleep(1)
            async with self._starting:
                try:
                    await self._start(account, region, self.port)
                except LocalError as error:
                    log.error("%s", error)
                    return

    async def _start(
        self, account: str, region: str, preferred_port: int | None, report: Report = log.info
    ) -> None:
        python = await server_python(report)
        listener = _listener(preferred_port)
        port: int = listener.getsockname()[1]
        if port != self.port:
            self._content = ""
        self.port = port
        private.make_folder(self._folder)
        arguments = [str(listener.fileno()), str(port), str(self._folder), account, region]
        env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        with private.open_file(self._log, "a") as log, listener:
            self.address = await self._expose(port)
            self._process = await asyncio.create_subprocess_exec(
                python,
                "-c",
                _SERVE,
                str(_LIBRARY),
                *arguments,
                env=env,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=[listener.fileno()],
                start_new_session=True,
                umask=0o077,
            )
        self._groups.add(self._process.pid)
        try:
            async with asyncio.timeout(START_WITHIN):
                await self._introduce(self._process)
                await asyncio.to_thread(self._ready)
        except (TimeoutError, OSError) as error:
            await self._end()
            raise LocalError(
                f"the AWS data services did not start ({error or 'timed out'}): see {self._log}"
            ) from None

    async def _introduce(self, process: asyncio.subprocess.Process) -> None:
        """Write the credentials to the process by a pipe: other users see arguments."""
        assert self.port is not None
        assert process.stdin is not None
        hosts = [f"{HOST}:{self.port}", f"localhost:{self.port}", self.address]
        credentials = [self.credentials.access_key, self.credentials.secret_key]
        process.stdin.write(json.dumps({"credentials": credentials, "hosts": hosts}).encode())
        process.stdin.close()
        await process.stdin.wait_closed()

    async def _end(self) -> None:
        """Send SIGTERM, on which everything is saved."""
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(10):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        self._groups.discard(process.pid)
        self._process = None

    def _ready(self) -> None:
        """Wait for the first answer, a refusal: the socket is open from the start."""
        assert self.port is not None
        connection = http.client.HTTPConnection(HOST, self.port, timeout=START_WITHIN)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from None
        finally:
            connection.close()


async def server_python(report: Report) -> Path:
    """Return the Python of the server's own environment, installed on first use.

    ministack requires exact versions, which would hold back the program's own packages. The environment is
    shared by the user's projects.

    Raises:
        LocalError: the installation failed.
    """
    what = "the local AWS data services"
    folder = await venv.prepare(cache_dir() / "venvs", Path(__file__).parent, report, what, uv=True)
    assert folder is not None
    return folder / "bin" / "python"


def _declared(endpoint: str, credentials: Credentials, stack: LocalStack) -> "Declared":
    # boto3 takes a while to import, and a stack without data never needs it.
    from .declared import Declared

    return Declared(endpoint, credentials, stack)


def _listener(preferred: int | None) -> socket.socket:
    for port in (preferred or 0, 0):
        with contextlib.suppress(OSError):
            return socket.create_server((HOST, port), backlog=128)
    raise LocalError("no port of 127.0.0.1 is free for the AWS data services")
