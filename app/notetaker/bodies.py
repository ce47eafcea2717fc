"""Bodies of requests: bounded first, UTF-8 only; forms are parsed off the event loop."""

from json import detect_encoding
from urllib.parse import parse_qsl

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .rules import API_BODY_MAX, BODY_MAX

FORM = "application/x-www-form-urlencoded"
CONTENT_TYPE_MAX = 200
"""Characters. FastAPI reads the parameters of a longer one in quadratic time."""
FIELDS_MAX = 20
"""The largest form of the pages has four fields."""
PARSED_AT_ONCE = 2
"""A body takes several times its size while it is parsed."""

TOO_LARGE = "That is too much at once: one request may have {} KiB. Go back and shorten it."
CONTENT_TYPE = f"Send one Content-Type header, of at most {CONTENT_TYPE_MAX} characters."
NOT_UTF8 = "Only UTF-8 is accepted: send the request with charset=utf-8, or without a charset."
NOT_A_FORM = f"This address takes forms only, sent as {FORM}."
DAMAGED = "The request could not be understood: its form is damaged, or is not UTF-8."
CUT_OFF = "The request ended before all of it was received."


class Bodies:
    """Reads the body of a request before anything else does, and its form into `request.state`.

    What cannot be accepted is kept in `request.state.refused` and raised where the body is used, so that
    the answer is the application's own page, or JSON.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app
        self._parsing = CapacityLimiter(PARSED_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, then pass the request on with it."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        headers, body = Headers(scope=scope), b""
        state = scope.setdefault("state", {})
        state["form"] = {}
        try:
            limit = API_BODY_MAX if scope["path"].startswith("/api/") else BODY_MAX
            body = await read_body(headers, receive, limit)
            media_type = utf8_media_type(headers)
            if body and media_type != FORM:
                if detect_encoding(body) not in ("utf-8", "utf-8-sig"):
                    raise HTTPException(415, NOT_UTF8)
                state["form_refused"] = HTTPException(415, NOT_A_FORM)
            elif body:
                state["form"] = await anyio.to_thread.run_sync(parse_form, body, limiter=self._parsing)
        except HTTPException as error:
            state["refused"] = error
        await self.app(scope, replay(body, receive, state.get("refused")), send)


async def read_body(headers: Headers, receive: Receive, limit: int) -> bytes:
    """Return the whole body. Raises HTTPException 413 before more than `limit` bytes are kept."""
    too_large = HTTPException(413, TOO_LARGE.format(limit // 1024))
    if int(headers.get("content-length", "0")) > limit:
        raise too_large
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HTTPException(400, CUT_OFF)
        body += message.get("body", b"")
        if len(body) > limit:
            raise too_large
        if not message.get("more_body"):
            return bytes(body)


def utf8_media_type(headers: Headers) -> str:
    """Return the media type, lower case. Raises HTTPException 415 for another charset than UTF-8."""
    declared = headers.getlist("content-type")
    if len(declared) > 1 or sum(map(len, declared)) > CONTENT_TYPE_MAX:
        raise HTTPException(415, CONTENT_TYPE)
    media_type, *parameters = "".join(declared).lower().split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        # RFC 2231 writes `charset*=` and `charset*0=` too.
        if name.strip().startswith("charset") and value.strip().strip('"') not in ("utf-8", "utf8"):
            raise HTTPException(415, NOT_UTF8)
    return media_type.strip()


def parse_form(body: bytes) -> dict[str, str]:
    """Return the fields; of a name given twice the last one. Raises HTTPException 400."""
    try:
        text = body.decode()
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX))
    except ValueError as error:
        raise HTTPException(400, DAMAGED) from error


def replay(body: bytes, receive: Receive, refused: HTTPException | None) -> Receive:
    """Return a `receive` that gives the body once more, or raises what is wrong with it."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if refused:
            raise refused
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


async def posted_form(request: Request) -> dict[str, str]:
    """Return the fields of the form. Raises HTTPException 400, 413 or 415."""
    for refused in ("refused", "form_refused"):
        if error := getattr(request.state, refused, None):
            raise error
    return getattr(request.state, "form", {})
