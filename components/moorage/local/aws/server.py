"""The AWS data services (ministack) as a separate process, which saves every change.

ministack itself writes its state only when it shuts down; a killed process would lose every table. So its
ASGI application is wrapped here: soon after a request that may have changed something, all is saved.
The guard is in front of it, since ministack accepts any request to its port.
Arguments: SOCKET_FD PORT FOLDER ACCOUNT REGION; credentials and host names come as JSON on standard input,
which other users of the machine cannot read. It runs in an environment of its own (requirements.txt) and
imports nothing of the library that needs more.
"""

import asyncio
import contextlib
import importlib
import json
import os
import pkgutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from .credentials import Credentials
from .guard import SERVED, App, Guard, Identity, Receive, Send
from .guard.request import Scope

SAVE_AFTER = 0.1
"""Seconds after which a change is saved."""

_READS = ("Get", "List", "Describe", "Query", "Scan", "BatchGet", "TransactGet")

_MODULES = frozenset({*SERVED, "dynamodb_streams"})
"""The modules of ministack that are used; those with a leading underscore are parts of them."""

_DOORS = ("_handle_pre_body_request", "_handle_post_body_shortcuts", "_handle_special_data_plane_request")
"""Functions of ministack that answer a request before it is dispatched to a service."""


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
        """Keep the application and `save`, which writes everything."""
        self._app, self._save = app, save
        self._pending: asyncio.Task[None] | None = None
        self._cost = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)
        if changes(scope) and (self._pending is None or self._pending.done()):
            self._pending = asyncio.create_task(self._later())

    async def _later(self) -> None:
        # The time of saving grows with the data: it takes at most a tenth of the time.
        await asyncio.sleep(max(SAVE_AFTER, 10 * self._cost))
        self._pending = None
        began = time.monotonic()
        self._save()
        self._cost = time.monotonic() - began


def environment(port: int, folder: Path, account: str, region: str) -> dict[str, str]:
    """Return the environment of ministack: our services, persistent state, no use of Docker."""
    return {
        "SERVICES": ",".join([*SERVED, "dynamodbstreams"]),
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


class _NotServed(ModuleType):
    """A stand-in for a service that is not served; every call does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _nothing


def _nothing(*_arguments: Any, **_named: Any) -> None:
    """Do nothing."""


def omit_unserved() -> None:
    """Keep every other service of ministack out of this process: Lambda runs uploaded code, for one.

    `SERVICES` closes their APIs only: ministack also reaches them by paths and hosts of its own, and SNS
    imports Lambda.
    """
    services = importlib.import_module("ministack.services")
    for module in pkgutil.iter_modules(services.__path__):
        if module.name not in _MODULES and not module.name.startswith("_"):
            name = f"{services.__name__}.{module.name}"
            sys.modules[name] = _NotServed(name)
            setattr(services, module.name, sys.modules[name])


async def _not_handled(*_arguments: Any, **_named: Any) -> None:
    """Return nothing, so that the credential scope decides."""


def close_doors(ministack: Any) -> None:
    """Dispatch by the credential scope alone: `/health` and `/iceberg` are buckets of S3.

    ministack looks for endpoints of its own and of other services by path, host and header first. The
    guard has checked that what passes is signed for a served one.

    Raises:
        AttributeError: this version of ministack dispatches differently.
    """
    for name in _DOORS:
        getattr(ministack, name)
        setattr(ministack, name, _not_handled)


async def _serve(fd: int, identity: Identity) -> None:
    omit_unserved()
    ministack: Any = importlib.import_module("ministack.app")
    close_doors(ministack)
    persistence: Any = importlib.import_module("ministack.core.persistence")
    serve: Any = importlib.import_module("hypercorn.asyncio").serve
    config: Any = importlib.import_module("hypercorn.config").Config()

    def save() -> None:
        # ministack 1.5.33 has no public way to save while it runs; a test notices when this one goes.
        persistence.save_all(ministack._build_persistence_save_dict())

    config.bind = [f"fd://{fd}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    app = Guard(Saving(ministack.app, save), identity)
    await serve(app, config, shutdown_trigger=stopped.wait)


def main() -> None:
    """Serve until SIGTERM."""
    fd, port, folder, account, region = sys.argv[1:]
    os.environ.update(environment(int(port), Path(folder), account, region))
    accepted = json.load(sys.stdin)
    identity = Identity(Credentials(*accepted["credentials"]), tuple(accepted["hosts"]), account, region)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(int(fd), identity))
