"""Sessions and tokens: signed, and kept by the client. A session ends when the table no longer has it."""

import hashlib
import json
import secrets
from functools import cached_property
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .settings import Settings
from .store import Store

SESSION_SECONDS = 7 * 24 * 3600
TOKEN_SECONDS = 3600
WITHOUT_SESSION = ("/healthz", "/static/", "/api/")
"""Paths that neither read nor write a session, and so need neither key nor table."""


class Signer:
    """Signs with SESSION_SECRET, else with the key that all tasks share. The first use may block."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Nothing is looked up yet."""
        self._settings = settings
        self._store = store

    @cached_property
    def _key(self) -> str:
        return self._settings.session_secret or self._store.signing_key()

    def sign(self, purpose: str, data: Any) -> str:
        """The data as signed, time-stamped text; what was signed for one purpose is not valid for another."""
        return self._serializer(purpose).dumps(data)

    def read(self, purpose: str, signed: str, max_age: int) -> Any:
        """The data, or None when the signature is wrong or older than `max_age` seconds."""
        try:
            return self._serializer(purpose).loads(signed, max_age=max_age)
        except BadData:
            return None

    def _serializer(self, purpose: str) -> URLSafeTimedSerializer:
        signer = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        return URLSafeTimedSerializer(self._key, salt=f"notetaker.{purpose}", signer_kwargs=signer)


class SessionMiddleware:
    """`request.session` from a signed cookie. Starlette's own wants its key and its Secure flag at start."""

    def __init__(self, app: ASGIApp, signer: Signer, store: Store, cookie: str) -> None:
        """`cookie` is the cookie's name; `store` says which sessions have ended."""
        self.app = app
        self.signer = signer
        self.store = store
        self.cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the session, and write the cookie when the session was changed."""
        if scope["type"] != "http" or scope["path"].startswith(WITHOUT_SESSION):
            await self.app(scope, receive, send)
            return
        signed = HTTPConnection(scope).cookies.get(self.cookie)
        scope["session"] = {}
        if signed:
            await run_in_threadpool(self._load, scope, signed)
        session = scope["session"]
        before = json.dumps(session)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and (
                json.dumps(session) != before or (signed and not session)
            ):
                value = await run_in_threadpool(self.signer.sign, "session", session) if session else ""
                age = SESSION_SECONDS if session else 0
                secure = "; Secure" if scope["scheme"] == "https" else ""
                cookie = f"{self.cookie}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_with_cookie)

    def _load(self, scope: Scope, signed: str) -> None:
        session = self.signer.read("session", signed, SESSION_SECONDS)
        if not isinstance(session, dict):
            return
        # The page that says the table is out of reach still names the user.
        scope["session"] = session
        # Visitors have nothing that could end, and cost no read.
        user = session.get("user")
        if user and self.store.session_user(str(session.get("id"))) != user:
            scope["session"] = {}


def cookie_name(table: str) -> str:
    """Differs by table: browsers share cookies between the ports of a host, where two stacks may run."""
    return f"notetaker_{hashlib.sha256(table.encode()).hexdigest()[:8]}"


def start_session(request: Request, user: str) -> None:
    """Log in: nothing of the session before it stays, its CSRF token included. Blocking."""
    end_session(request)
    store: Store = request.app.state.store
    session_id = secrets.token_urlsafe(24)
    store.start_session(session_id, user, SESSION_SECONDS)
    request.session.update(user=user, id=session_id)


def end_session(request: Request) -> None:
    """Log out, in every task: a copy of the cookie is worth nothing afterwards. Blocking."""
    store: Store = request.app.state.store
    if session_id := request.session.get("id"):
        store.end_session(session_id)
    request.session.clear()


def csrf_token(request: Request) -> str:
    """The token that forms of this session carry; made on first use."""
    return request.session.setdefault("csrf", secrets.token_urlsafe(24))


def csrf_matches(request: Request, token: str) -> bool:
    """Return whether a posted token is this session's."""
    expected = request.session.get("csrf", "")
    return bool(expected) and secrets.compare_digest(expected.encode(), token.encode())
