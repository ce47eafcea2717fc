"""Writing, listing, editing and deleting; whose notes are whose."""

import html
import re
import secrets
from typing import Any

import pytest
from notetaker.rules import TEXT_MAX
from notetaker.store import Store
from support.notetaker import MakeEnv, Person, Start, Visit


def test_write_and_list(member: Person) -> None:
    assert member.write("first\r\nsecond line  ").headers["location"] == "/"
    assert member.write("newer").status_code == 303
    page = member.get("/").text
    assert "Note saved." in page
    assert page.index(">newer<") < page.index(">first\nsecond line<")


def test_delete(member: Person) -> None:
    member.write("to be deleted")
    (note,) = member.note_ids()
    assert member.post(f"/notes/{note}/delete").headers["location"] == "/"
    page = member.get("/").text
    assert "Note deleted." in page
    assert "to be deleted" not in page
    assert member.post(f"/notes/{note}/delete").status_code == 303
    assert "deleted already" in member.get("/").text


def test_edit(member: Person) -> None:
    member.write("before")
    (note,) = member.note_ids()
    form = f"/notes/{note}/edit"
    assert "before</textarea>" in member.get(form).text
    assert member.post(f"/notes/{note}", form, text="after", version="1").status_code == 303
    page = member.get("/").text
    assert ">after<" in page
    assert ">edited<" in page
    assert "before" not in page


def test_an_edit_from_an_old_page_overwrites_nothing(member: Person) -> None:
    member.write("one")
    (note,) = member.note_ids()
    form = f"/notes/{note}/edit"
    member.post(f"/notes/{note}", form, text="two", version="1")
    late = member.post(f"/notes/{note}", form, text="three", version="1")
    assert late.status_code == 409
    assert ">two<" in late.text
    assert "three</textarea>" in late.text
    assert ">two<" in member.get("/").text
    again = member.post(f"/notes/{note}", form, text="three", version="2")
    assert again.status_code == 303


def test_notes_of_others(member: Person, visit: Visit) -> None:
    member.write("mine alone")
    (note,) = member.note_ids()
    other = visit()
    other.sign_up()
    assert "mine alone" not in other.get("/").text
    assert other.get(f"/notes/{note}/edit").status_code == 404
    assert other.post(f"/notes/{note}/delete").status_code == 303
    assert other.post(f"/notes/{note}", text="changed", version="1").status_code == 404
    assert member.note_ids() == [note]
    assert ">mine alone<" in member.get("/").text


@pytest.mark.parametrize("forged", ["..", "%2e%2e%2fx", "NOTES%23x", "1-a", "9" * 2000, "%00", "ACCOUNT"])
def test_forged_ids(member: Person, forged: str) -> None:
    assert member.get(f"/notes/{forged}/edit").status_code == 404
    assert member.post(f"/notes/{forged}/delete").status_code in (303, 404, 405)


def test_markup_is_shown_not_run(member: Person) -> None:
    text = "<script>alert(1)</script>\"'&<img src=x onerror=y></textarea><b>"
    member.write(text)
    page = member.get("/").text
    assert "<script" not in page
    assert "<img src=x" not in page
    assert html.escape(text, quote=False).split("'")[1] in page.replace("&#34;", '"').replace("&#39;", "'")
    (note,) = member.note_ids()
    assert "<b>" not in member.get(f"/notes/{note}/edit").text


def test_limits_keep_what_was_written(member: Person) -> None:
    text = "<&" + "x" * TEXT_MAX
    answer = member.write(text)
    assert answer.status_code == 422
    assert "up to 10,000 characters; this one has 10,002" in answer.text
    assert f"{html.escape(text)}</textarea>" in answer.text
    assert "is empty" in member.write("  \r\n ").text
    assert member.note_ids() == []
    assert member.write("ж" * TEXT_MAX).status_code == 303
    assert len(member.note_ids()) == 1


def test_too_large_a_request(member: Person) -> None:
    assert member.write("x" * 300_000).status_code == 422
    assert member.write("x" * 2_000_000).status_code == 413
    assert member.note_ids() == []


def test_a_note_survives_the_end_of_the_session(member: Person) -> None:
    form = {"csrf_token": member.token("/"), "text": "nearly lost"}
    member.client.cookies.clear()
    answer = member.client.post(next(member.urls) + "/notes", data=form)
    assert answer.status_code == 401
    assert "your session has ended" in answer.text
    token, draft = (
        re.search(f'name="{name}" value="([^"]+)"', answer.text)[1] for name in ("csrf_token", "draft")
    )
    fields = {"name": member.name, "password": "correct horse", "csrf_token": token, "draft": draft}
    back = member.client.post(next(member.urls) + "/login", data=fields)
    assert back.status_code == 200
    assert "nearly lost</textarea>" in back.text
    assert "not saved yet" in back.text


def test_a_note_survives_a_refused_form(member: Person) -> None:
    answer = member.client.post(
        next(member.urls) + "/notes", data={"text": "nearly lost", "csrf_token": "old"}
    )
    assert answer.status_code == 403
    assert "nearly lost</textarea>" in answer.text


def test_a_note_survives_a_table_out_of_reach(start: Start, make_env: MakeEnv, visit: Visit) -> None:
    env = make_env(f"t{secrets.token_hex(4)}")
    secret = {"SESSION_SECRET": "the same for both"}
    good = start(env | secret)
    bad = start(env | secret | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    person = visit(good.url)
    person.sign_up()
    form = {"csrf_token": person.token("/"), "text": "nearly lost"}
    answer = person.client.post(f"{bad.url}/notes", data=form)
    assert answer.status_code == 503
    assert "nearly lost</textarea>" in answer.text
    assert "cannot be reached" in answer.text
    assert answer.headers["content-security-policy"]
    assert person.client.get(f"{bad.url}/healthz").status_code == 200
    bad.wait_line("the notes cannot be reached: table")
    assert "Traceback" not in "\n".join(bad.lines)


def test_pages_of_notes(member: Person) -> None:
    token = member.token("/")
    for number in range(22):
        form = {"csrf_token": token, "text": f"number {number}."}
        assert member.client.post(next(member.urls) + "/notes", data=form).status_code == 303
    first = member.get("/").text
    assert len(re.findall(r">number \d+\.<", first)) == 20
    older = re.search(r'href="(/\?before=[^"]+)"', first)[1]
    second = member.get(older).text
    assert re.findall(r">(number \d+\.)<", second) == ["number 1.", "number 0."]
    assert "Newest notes" in second
    assert "before=" not in second
    assert member.get("/?before=nonsense").status_code == 200


def test_the_store_follows_short_pages_of_dynamodb() -> None:
    class ShortPages:
        """Gives one item per query, as DynamoDB may: its pages end at 1 MB."""

        def query(
            self, *, Limit: int, ExclusiveStartKey: dict[str, int] | None = None, **_: Any
        ) -> dict[str, Any]:
            number = ExclusiveStartKey["n"] - 1 if ExclusiveStartKey else 5
            item = {"sk": f"id-{number}", "text": "x", "created": "2026-01-01T00:00:00+00:00", "version": 1}
            assert Limit > 0
            return {"Items": [item], **({"LastEvaluatedKey": {"n": number}} if number > 1 else {})}

    store = Store("any")
    vars(store)["_client"] = ShortPages()
    notes, older = store.notes("me", 3)
    assert [note.id for note in notes] == ["id-5", "id-4", "id-3"]
    assert older == "id-3"
    notes, older = store.notes("me", 5)
    assert len(notes) == 5
    assert older is None


@pytest.mark.parametrize("path", ["/notes/1-a/edit"])
def test_pages_for_members_only(visitor: Person, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login"
