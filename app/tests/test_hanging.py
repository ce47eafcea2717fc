"""A table that takes connections and never answers."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import pytest
from notetaker.app import create_app
from notetaker.sessions import Signer, cookie_name
from notetaker.settings import Settings
from notetaker.store import CALLS_AT_ONCE, Store
from notetaker.task import Task
from starlette.types import ASGIApp

SETTINGS = Settings("hangs", session_secret="key", region="eu-west-1", deadline=0.3)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[ASGIApp]:
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as silent:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        edge = create_app(SETTINGS, Task("here"))
        edge.app.state.store.connect()
        yield edge


def cookie(**session: str) -> dict[str, str]:
    signed = Signer(SETTINGS, Store("hangs")).sign("session", {"csrf": "token", **session})
    return {cookie_name("hangs"): signed}


Ask = Callable[[httpx.AsyncClient], "asyncio.Future[httpx.Response]"]


def answers(app: ASGIApp, *asks: Ask, **session: str) -> list[httpx.Response]:
    """Ask all at once."""

    async def all_of_them() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://x", cookies=cookie(**session)
        ) as client:
            return list(await asyncio.gather(*(ask(client) for ask in asks)))

    return asyncio.run(all_of_them())


def test_a_note_comes_back_with_the_503(app: ASGIApp) -> None:
    form = {"csrf_token": "token", "text": "nearly lost"}
    (answer,) = answers(app, lambda client: client.post("/notes", data=form), user="anna", id="1")
    assert answer.status_code == 503
    assert "cannot be reached" in answer.text
    assert "nearly lost</textarea>" in answer.text
    assert "anna" in answer.text


@pytest.mark.parametrize("path", ["/login", "/signup"])
def test_forms_of_visitors_are_a_503(app: ASGIApp, path: str) -> None:
    form = {"csrf_token": "token", "name": "anna", "password": "correct horse"}
    (answer,) = answers(app, lambda client: client.post(path, data=form))
    assert answer.status_code == 503
    assert "cannot be reached" in answer.text


def test_the_api_is_a_503_in_json(app: ASGIApp) -> None:
    token = Signer(SETTINGS, Store("hangs")).sign("api-token", "anna")
    form = {"username": "anna", "password": "correct horse"}
    asked = answers(
        app,
        lambda client: client.post("/api/token", data=form),
        lambda client: client.get("/api/notes", headers={"Authorization": f"Bearer {token}"}),
    )
    assert [answer.status_code for answer in asked] == [503, 503]
    assert all("cannot be reached" in answer.json()["detail"] for answer in asked)


def test_more_requests_than_threads_are_all_a_503(app: ASGIApp) -> None:
    """Those that wait for a thread do not wait for the deadlines of the ones before them as well."""
    asked = answers(app, *[lambda client: client.get("/")] * (3 * CALLS_AT_ONCE), user="anna", id="1")
    assert {answer.status_code for answer in asked} == {503}


@pytest.mark.usefixtures("app")
def test_what_needs_no_table_is_answered() -> None:
    paths = ("/healthz", "/static/style.css", "/login")
    patient = create_app(replace(SETTINGS, deadline=60), Task("here"))
    asked = answers(patient, *[lambda client, path=path: client.get(path) for path in paths])
    assert [answer.status_code for answer in asked] == [200, 200, 200]


def test_a_page_gives_up_within_five_seconds() -> None:
    assert Settings("any").deadline < 5
