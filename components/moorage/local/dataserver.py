"""The AWS data services (ministack) as a process of their own, which saves what it holds as it changes.

ministack itself writes its state only when it shuts down; a killed process would lose every table. So its
ASGI application is wrapped here: a moment after a request that may have changed something, all is saved.
Usage: `python -m moorage.local.dataserver SOCKET_FD PORT FOLDER ACCOUNT REGION`.
"""

import asyncio
import contextlib
import importlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

SAVE_AFTER = 0.1
"""Seconds between a change and its being saved."""

_READS = ("Get", "List", "Describe", "Query", "Scan", "BatchGet", "TransactGet")

Scope = dict[str, Any]
App = Callable[[Scope, Callable[..., Awaitable[Any]], Callable[..., Awaitable[Any]]], Awaitable[None]]


def changes(scope: Scope) -> bool:
    """Return whether a request may change what the services hold."""
    if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return False
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    target = next((value.decode() for name, value in headers if name.lower() == b"x-amz-target"), "")
    return not target.rpartition(".")[2].startswith(_READS)


class Saving:
    """Wraps the application: saves after changes, one save for many."""

    def __init__(self, app: App, save: Callable[[], None]) -> None:
        """`save` writes everything."""
        self._app, self._save = app, save
        self._pending: asyncio.Task[None] | None = None
        self._cost = 0.0

    async def __call__(
        self, scope: Scope, receive: Callable[..., Awaitable[Any]], send: Callable[..., Awaitable[Any]]
    ) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)
        if changes(scope) and (self._pending is None or self._pending.done()):
            self._pending = asyncio.create_task(self._later())

    async def _later(self) -> None:
        # Saving costs time in proportion to what is held: at most a tenth of it is spent on that.
        await asyncio.sleep(max(SAVE_AFTER, 10 * self._cost))
        self._pending = None
        began = time.monotonic()
        self._save()
        self._cost = time.monotonic() - began


def environment(port: int, folder: Path, account: str, region: str) -> dict[str, str]:
    """Return what ministack reads: loopback only, everything kept, the developer's Docker left alone."""
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": account,
        "MINISTACK_REGION": region,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folder / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(folder / "s3"),
        "DOCKER_HOST": "unix:///dev/null/none",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }


async def _serve(fd: int) -> None:
    ministack: Any = importlib.import_module("ministack.app")
    persistence: Any = importlib.import_module("ministack.core.persistence")
    serve: Any = importlib.import_module("hypercorn.asyncio").serve
    config: Any = importlib.import_module("hypercorn.config").Config()

    def save() -> None:
        # There is no public way to save while it runs; a test notices when this one goes.
        persistence.save_all(ministack._build_persistence_save_dict())

    config.bind = [f"fd://{fd}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await serve(Saving(ministack.app, save), config, shutdown_trigger=stopped.wait)


def main() -> None:
    """Serve until SIGTERM."""
    fd, port, folder, account, region = sys.argv[1:]
    os.environ.update(environment(int(port), Path(folder), account, region))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(int(fd)))


if __name__ == "__main__":
    main()
