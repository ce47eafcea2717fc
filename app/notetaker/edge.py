"""What every answer gets: security headers, the task's id, a log line."""

import logging
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .store import StoreUnavailable
from .task import Task

log = logging.getLogger("notetaker")

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
