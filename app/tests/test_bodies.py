"""Request bodies: bounded, UTF-8 only; forms are parsed in a thread. Never a 500, and the loop goes on."""

import asyncio
import json
import secrets
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from notetaker import bodies
from notetaker.app import create_app
from notetaker.bodies import CONTENT_TYPE_MAX, FIELDS_MAX, FORM
from notetaker.rules import API_BODY_MAX, BODY_MAX, TEXT_MAX
from notetaker.settings import Settings
from notetaker.task import Task
from support.notetaker import Person, Replica

OK = (
    FORM,
    f"{FORM}; charset=utf-8",
    f'{FORM};charset="UTF-8"',
    f"{FORM.upper()} ; Charset=utf8",
    f"{FORM}; boundary=x",
)
HOSTILE = (
    *(
        f"{FORM}; charset={name}"
        for name in ("punycode", "idna", "undefined", "utf-7", "utf-16", "latin-1", "zip")
    ),
    f"{FORM}; charset=",
    f"{FORM}; charset",
    f"{FORM}; charset*=utf-8''punycode",
    f"{FORM}; charset=utf-8; charset=punycode",
    f"{FORM}; charset=utf-8, {FORM}",
    f'{FORM}; charset="utf-8\\"; charset=punycode',
)
LONG = (f"{FORM}; x={'y' * CONTENT_TYPE_MAX}", FORM + ';"' * 20_000)
OTHER = (
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=x; charset=punycode",
    "multipart/form-data",
    "text/plain",
    "application/json",
    "",
    ";;;",
    "\xe9/\xff",
)


def post(
    member: Person, path: str, content: bytes | Iterator[bytes], content_type: str = FORM
) -> httpx.Response:
    headers = {"Content-Type": content_type.encode("latin-1")} if content_type else {}
    return member.client.post(next(member.urls) + path, content=content, headers=headers)


def note(member: Person, text: bytes) -> bytes:
    return b"csrf_token=" + member.token("/").encode() + b"&text=" + text


@pytest.mark.parametrize("content_type", OK)
def test_forms_in_utf8(member: Person, content_type: str) -> None:
    answer = post(member, "/notes", note(member, b"%E2%82%AC+\xe2\x82\xac"), content_type)
    assert answer.status_code == 303
    assert ">€ €<" in member.get("/").text


@pytest.mark.parametrize("content_type", [*HOSTILE, *OTHER], ids=range(len(HOSTILE + OTHER)))
def test_everything_else_is_refused_with_a_page_of_ours(member: Person, content_type: str) -> None:
    answer = post(member, "/notes", note(member, b"x" * 100_000), content_type)
    assert answer.status_code == 415
    assert "UTF-8" in answer.text or FORM in answer.text
    assert member.name in answer.text
    assert answer.text.rstrip().endswith("</html>")
    token = post(member, "/api/token", b"username=x&password=y", content_type)
    assert token.status_code == 415
    assert token.json()["detail"].endswith(".")
    assert member.note_ids() == []


def test_two_content_types_are_refused(member: Person) -> None:
    headers = [("Content-Type", FORM), ("Content-Type", f"{FORM}; charset=punycode")]
    answer = member.client.post(next(member.urls) + "/notes", content=note(member, b"x"), headers=headers)
    assert answer.status_code == 415


@pytest.mark.parametrize("content_type", LONG, ids=["parameter", "quotes"])
def test_a_long_content_type_is_refused_as_such(member: Person, content_type: str) -> None:
    answer = post(member, "/notes", note(member, b"x"), content_type)
    assert answer.status_code == 415
    assert f"Content-Type header, of at most {CONTENT_TYPE_MAX} characters." in answer.text
    assert "UTF-8" not in answer.text


@pytest.mark.parametrize("charset", ["utf-16", "punycode"])
def test_the_api_takes_utf8_only(member: Person, charset: str) -> None:
    answer = post(member, "/api/notes", b"{}", f"application/json; charset={charset}")
    assert answer.status_code == 415
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "damage",
    [
        b"\xff\xfe",
        b"%FF",
        b"%ED%A0%80",
        b"x\xc3",
        b"x" + b"&a=b" * FIELDS_MAX,
        b"x" + b"&" * BODY_MAX,
        b"&x=%80" * 5,
    ],
    ids=["bytes", "percent", "surrogate", "half", "fields", "empty-fields", "latin"],
)
def test_a_damaged_form_is_a_400(member: Person, damage: bytes) -> None:
    answer = post(member, "/notes", note(member, damage)[:BODY_MAX])
    assert answer.status_code == 400
    assert "could not be understood" in answer.text
    assert answer.text.rstrip().endswith("</html>")


@pytest.mark.parametrize(
    "odd",
    [
        b"%00%01a\x00",
        b"%",
        b"%zz%4",
        b"x&" + b"a[b]" * 50_000 + b"=c",
        b"x&=&&=x&a==b&;",
        b"%41" * 300_000,
        b"%F0%9F%A6%80" * 80_000,
        b"+" * 900_000,
        b"%25" * 300_000,
    ],
    ids=["nul", "percent", "hex", "deep", "equals", "ascii", "crabs", "plus", "twice"],
)
def test_an_odd_form_is_no_failure(member: Person, odd: bytes) -> None:
    assert post(member, "/notes", note(member, odd)).status_code in (303, 422)
    assert post(member, "/login", note(member, b"x&name=" + odd)).status_code in (401, 429)
    assert member.get("/").status_code == 200


@pytest.mark.parametrize("path", ["/notes", "/login", "/api/token", "/api/notes"])
@pytest.mark.parametrize("chunked", [True, False])
def test_too_large(member: Person, path: str, chunked: bool) -> None:
    limit = API_BODY_MAX if path.startswith("/api") else BODY_MAX
    body = b"x=" + b"y" * limit
    content_type = "application/json" if path == "/api/notes" else FORM
    answer = post(member, path, iter([body[:5], body[5:]]) if chunked else body, content_type)
    if path == "/api/notes":
        # What is wrong with the token comes first.
        assert answer.status_code in (401, 413)
    else:
        assert answer.status_code == 413
    if path.startswith("/api"):
        assert answer.json()["detail"].endswith(".")
    else:
        assert "1024 KiB" in answer.text
        assert answer.text.rstrip().endswith("</html>")
        assert answer.headers["content-security-policy"]


def test_a_declared_length_is_refused_before_the_body_comes(replicas: list[Replica]) -> None:
    with socket.create_connection(("127.0.0.1", replicas[0].port), timeout=20) as client:
        client.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (BODY_MAX + 1))
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


def test_forms_are_parsed_in_a_thread_while_the_loop_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    parsing, finish = threading.Event(), threading.Event()

    def parse(body: bytes) -> dict[str, str]:
        assert threading.current_thread() is not threading.main_thread()
        parsing.set()
        assert finish.wait(20)
        return {}

    monkeypatch.setattr(bodies, "parse_form", parse)
    app = create_app(Settings("none", session_secret="key", region="eu-west-1"), Task("here"))

    async def scenario() -> tuple[int, int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            form = asyncio.create_task(client.post("/login", data={"name": "x"}))
            await asyncio.to_thread(parsing.wait, 20)
            health = await client.get("/healthz")
            finish.set()
            return health.status_code, (await form).status_code

    assert asyncio.run(scenario()) == (200, 403)


def test_json_is_bounded_and_odd_json_is_refused(member: Person) -> None:
    form = {"username": member.name, "password": "correct horse"}
    token = member.client.post(next(member.urls) + "/api/token", data=form).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    odd = {
        b'{"text": "' + b"x" * API_BODY_MAX + b'"}': 413,
        b"[" * 120_000: 400,
        b'{"text": ' + b"1" * 120_000 + b"}": 400,
        b'{"text": "\xff"}': 400,
        json.dumps({"text": secrets.token_hex(4)}).encode("utf-16"): 415,
        b'{"text": "\\u0000"}': 201,
        b'{"text": "' + rb"\ud83e\udd80" * TEXT_MAX + b'"}': 201,
    }
    for body, status in odd.items():
        answer = member.client.post(next(member.urls) + "/api/notes", content=body, headers=headers)
        assert answer.status_code == status, body[:20]
        assert answer.json()
