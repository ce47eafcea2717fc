"""The JSON API and its documentation page."""

import re

import pytest
from support.notetaker import Person, Visit


@pytest.fixture
def auth(member: Person) -> dict[str, str]:
    answer = member.client.post(
        next(member.urls) + "/api/token", data={"username": member.name, "password": "correct horse"}
    )
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "bearer"
    assert answer.json()["expires_in"] == 3600
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_write_list_delete(member: Person, auth: dict[str, str]) -> None:
    url = next(member.urls)
    made = member.client.post(f"{url}/api/notes", json={"text": "by program"}, headers=auth)
    assert made.status_code == 201
    assert made.json()["text"] == "by program"
    assert member.note_ids() == [made.json()["id"]]
    assert member.get("/api/notes", headers=auth).json() == {"notes": [made.json()], "next": None}
    gone = member.client.delete(f"{url}/api/notes/{made.json()['id']}", headers=auth)
    assert gone.status_code == 204
    assert gone.content == b""
    assert member.client.delete(f"{url}/api/notes/{made.json()['id']}", headers=auth).status_code == 404
    assert member.note_ids() == []


def test_pages(member: Person, auth: dict[str, str]) -> None:
    for text in "abc":
        member.write(text)
    first = member.get("/api/notes?limit=2", headers=auth).json()
    assert [note["text"] for note in first["notes"]] == ["c", "b"]
    second = member.get(f"/api/notes?limit=2&before={first['next']}", headers=auth).json()
    assert [note["text"] for note in second["notes"]] == ["a"]
    assert second["next"] is None


def test_notes_of_others(member: Person, auth: dict[str, str], visit: Visit) -> None:
    other = visit()
    other.sign_up()
    other.write("not yours")
    (note,) = other.note_ids()
    assert member.get("/api/notes", headers=auth).json()["notes"] == []
    assert member.client.delete(f"{next(member.urls)}/api/notes/{note}", headers=auth).status_code == 404
    assert other.note_ids() == [note]


def test_limits(member: Person, auth: dict[str, str]) -> None:
    for text, message in (("x" * 10_001, "this one has 10,001"), (" ", "is empty")):
        answer = member.client.post(f"{next(member.urls)}/api/notes", json={"text": text}, headers=auth)
        assert answer.status_code == 422
        assert message in answer.text
    bodies = {"{": 422, '{"text": 1}': 422, "[]": 422, '{"text": "half \\ud800"}': 201}
    for body, status in bodies.items():
        headers = auth | {"Content-Type": "application/json"}
        answer = member.client.post(f"{next(member.urls)}/api/notes", content=body, headers=headers)
        assert answer.status_code == status
    assert answer.json()["text"] == "half ?"


@pytest.mark.parametrize("token", [None, "", "Bearer", "Bearer x", "Bearer x.y.z", "Basic x"])
def test_without_a_token(member: Person, token: str | None) -> None:
    """The session of the pages does not count: a form of another site could use it."""
    headers = {"Authorization": token} if token else {}
    answer = member.get("/api/notes", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/json"


def test_a_session_is_no_token(member: Person) -> None:
    session = next(iter(member.client.cookies.values()))
    assert member.get("/api/notes", headers={"Authorization": f"Bearer {session}"}).status_code == 401


def test_wrong_password(member: Person) -> None:
    form = {"username": member.name, "password": "wrong horse"}
    answer = member.client.post(next(member.urls) + "/api/token", data=form)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "Name or password is wrong."


def test_errors_are_json(visitor: Person) -> None:
    answer = visitor.get("/api/nothing")
    assert answer.status_code == 404
    assert answer.json() == {"detail": "Not Found"}


def test_docs_need_no_internet(visitor: Person) -> None:
    page = visitor.get("/api/docs")
    assert page.status_code == 200
    assert "//" not in page.text
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assets = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    assert len(assets) == 4
    for asset in assets:
        answer = visitor.get(asset)
        assert answer.status_code == 200
        assert len(answer.content) > 100
    assert "//" not in re.sub("// .*", "", visitor.get("/static/docs.js").text)
    assert "@import" not in visitor.get("/static/swagger/swagger-ui.css").text


def test_openapi(visitor: Person) -> None:
    schema = visitor.get("/api/openapi.json").json()
    assert {(path, method) for path, methods in schema["paths"].items() for method in methods} == {
        ("/api/token", "post"),
        ("/api/notes", "get"),
        ("/api/notes", "post"),
        ("/api/notes/{note_id}", "delete"),
    }
    flow = schema["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]["password"]
    assert flow["tokenUrl"] == "/api/token"
