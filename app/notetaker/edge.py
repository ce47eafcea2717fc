"""Middleware of every request: the balancer's headers, a deadline, security headers, a log line."""

import logging
import time

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .balancer import behind_balancer
from .deadline import deadline
from .store import Store, StoreUnavailable
from .task import Task

log = logging.getLogger("notetaker")

WITHOUT_TABLE = ("/healthz", "/static/")
"""Paths that never use the table."""

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Swagger UI is a script, calls the API, and has its icons as data: addresses.
CSP_DOCS = CSP.replace("img-src 'self'", "img-src 'self' data:; script-src 'self'; connect-src 'self'")


class Edge:
    """The outermost layer, so that error pages are covered too."""

    def __init__(self, app: ASGIApp, task: Task) -> None:
        """`task` is who answers."""
        self.app = app
        self.task = task

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        behind_balancer(scope)
        start = time.perf_counter()
        status = None

        async def complete(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(scope["path"], MutableHeaders(scope=message))
            await send(message)

        failure: Exception | None = None
        try:
            await self.app(scope, receive, complete)
        except Exception as error:
            # Once the error page is out, raising further would only log the same traceback twice.
            if status is None:
                raise
            failure = error
        finally:
            if scope["path"] != "/healthz" or status != 200:
                self._log(scope, status or 500, time.perf_counter() - start, failure)

    def _add_headers(self, path: str, headers: MutableHeaders) -> None:
        headers["X-Task-Id"] = self.task.id
        headers["Content-Security-Policy"] = CSP_DOCS if path == "/api/docs" else CSP
        headers["X-Content-Type-Options"] = "nosniff"
        # Not `no-referrer`: with it, browsers send `Origin: null` with forms.
        headers["Referrer-Policy"] = "same-origin"
        # Pages are private; style sheets and scripts are asked for again, but sent only when they changed.
        headers["Cache-Control"] = "no-cache" if path.startswith("/static/") else "no-store"

    def _log(self, scope: Scope, status: int, seconds: float, failure: Exception | None) -> None:
        message = "request"
        if isinstance(failure, StoreUnavailable):
            message, failure = f"the notes cannot be reached: {failure}", None
        log.log(
            logging.ERROR if status >= 500 else logging.INFO,
            message,
            exc_info=failure,
            extra={
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "ms": round(seconds * 1000, 1),
            },
        )


class Deadline:
    """Raises StoreUnavailable when the answer has not begun in time because the table hangs."""

    def __init__(self, app: ASGIApp, store: Store, seconds: float) -> None:
        """Give each request `seconds`, from when its body is there."""
        self.app = app
        self.store = store
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"].startswith(WITHOUT_TABLE):
            await self.app(scope, receive, send)
            return

        async def send_in_time(message: Message) -> None:
            # A slow reader of the answer has all the time there is.
            if message["type"] == "http.response.start" and not timeout.expired():
                timeout.reschedule(None)
            await send(message)

        try:
            async with deadline(self.seconds) as timeout:
                if not self.store.is_connected:
                    # The SDK loads slowly on a small task: that is not the table's time.
                    await run_in_threadpool(self.store.connect)
                    timeout.reschedule(time.monotonic() + self.seconds)
                await self.app(scope, receive, send_in_time)
        except TimeoutError as error:
            if not timeout.expired():
                raise
            late = f"table {self.store.table!r}: no answer within {self.seconds:g} s"
            raise StoreUnavailable(late) from error
