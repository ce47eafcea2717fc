"""The application, put together."""

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from . import api, pages
from .accounts import Accounts
from .attempts import Attempts
from .bodies import Bodies
from .edge import Deadline, Edge
from .render import HERE, page
from .sessions import SessionMiddleware, Signer, cookie_name
from .settings import Settings
from .store import Store, StoreUnavailable
from .task import Task

log = logging.getLogger("notetaker")

ABOUT = "Write notes and read them back. Sign up on the [start page](/), then press **Authorize** here."
MESSAGES = {
    400: "The request could not be understood.",
    404: "This page does not exist.",
    405: "This page cannot be used in that way.",
    422: "Something in the form is not as expected. Go back, reload the page and try again.",
    500: "Something went wrong here. It has been logged.",
    503: "The notes cannot be reached at the moment. Nothing that was saved is lost: try again shortly.",
}


def create_app(settings: Settings, task: Task) -> ASGIApp:
    """Everything that answers requests. Connects to nothing before it is started."""
    store = Store(settings.table, settings.region)
    signer = Signer(settings, store)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Health checks need not wait for the table: the first visitor must not wait for boto3's import.
        threading.Thread(target=warm_up, args=[signer], daemon=True).start()
        yield

    app = FastAPI(
        title="NoteTaker",
        description=ABOUT,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=lifespan,
    )
    app.state.task = task
    app.state.store = store
    app.state.signer = signer
    app.state.accounts = Accounts(store, Attempts(store))
    # The last one added is the first that a request passes.
    app.add_middleware(SessionMiddleware, signer=signer, store=store, cookie=cookie_name(settings.table))
    app.add_middleware(Deadline, store=store, seconds=settings.deadline)
    app.add_middleware(Bodies)
    app.add_exception_handler(pages.FormRefused, pages.refused_page)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, invalid_request)
    app.add_exception_handler(Exception, failure)
    app.add_api_route("/healthz", health, include_in_schema=False)
    app.include_router(api.router)
    app.include_router(pages.router)
    app.mount("/static/swagger", GZipMiddleware(StaticFiles(packages=[("fastapi_offline", "static")])))
    app.mount("/static", GZipMiddleware(StaticFiles(directory=HERE / "static")))
    return Edge(app, task)


async def health() -> dict[str, str]:
    """The process serves. Says nothing about the table: restarting tasks would not bring that back."""
    return {"status": "ok"}


def warm_up(signer: Signer) -> None:
    """Connect and read the signing key ahead of the first visitor."""
    try:
        signer.sign("warm-up", None)
    except StoreUnavailable as error:
        log.warning("the notes cannot be reached yet: %s", error)


def is_api(request: Request) -> bool:
    """Return whether the answer is for a program."""
    return request.url.path.startswith("/api/") and request.url.path != "/api/docs"


def error_page(request: Request, status: int, message: str | None = None) -> Response:
    """Says what is wrong, and gives back the note that could not be saved."""
    unsaved = getattr(request.state, "form", {}).get("text")
    text = message or MESSAGES.get(status) or MESSAGES[400 if status < 500 else 500]
    return page(request, "error.html", status, code=status, message=text, unsaved=unsaved)


async def http_error(request: Request, error: Exception) -> Response:
    """Not found, too large and the like."""
    assert isinstance(error, HTTPException)
    if is_api(request):
        return await http_exception_handler(request, error)
    if error.headers and "Location" in error.headers:
        return RedirectResponse(error.headers["Location"], error.status_code)
    # Starlette's own texts are bare phrases such as "Not Found"; ours are sentences.
    own = error.detail if error.detail.endswith(".") else None
    return error_page(request, error.status_code, own)


async def invalid_request(request: Request, error: Exception) -> Response:
    """A field of the wrong kind."""
    assert isinstance(error, RequestValidationError)
    if not is_api(request):
        return error_page(request, 422)
    # Without the input, which FastAPI would repeat: the caller has it.
    problems = [{key: problem[key] for key in ("loc", "msg", "type")} for problem in error.errors()]
    return JSONResponse({"detail": problems}, 422)


async def failure(request: Request, error: Exception) -> Response:
    """A mistake of ours, or the table is out of reach."""
    status = 503 if isinstance(error, StoreUnavailable) else 500
    api = is_api(request)
    answer = JSONResponse({"detail": MESSAGES[status]}, status) if api else error_page(request, status)
    if status == 503:
        answer.headers["Retry-After"] = "5"
    return answer
