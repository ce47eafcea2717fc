"""Sign up, log in, log out; sessions and CSRF tokens."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.notetaker import Person, Replica, Visit


def test_sign_up_log_out_log_in(visitor: Person) -> None:
    assert visitor.sign_up().headers["location"] == "/"
    page = visitor.get("/").text
    assert f"Welcome, {visitor.name}." in page
    assert "No notes yet" in page
    assert "Welcome," not in visitor.get("/").text
    assert visitor.post("/logout").headers["location"] == "/"
    assert visitor.name not in visitor.get("/").text
    assert visitor.log_in().status_code == 303
    assert visitor.name in visitor.get("/").text


def test_names_ignore_case_and_space(member: Person) -> None:
    member.post("/logout")
    member.name = f"  {member.name.upper()} "
    assert member.log_in().status_code == 303


@pytest.mark.parametrize("password", ["wrong horse", "", "x" * 100_000])
def test_wrong_password(member: Person, password: str) -> None:
    member.post("/logout")
    answer = member.log_in(password)
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert f'value="{member.name}"' in answer.text
    assert "Your notes" not in member.get("/").text


def test_an_unknown_name_gets_the_same_answer(visitor: Person, member: Person) -> None:
    unknown, known = visitor.log_in("wrong horse"), member.log_in("wrong horse")
    assert unknown.status_code == known.status_code == 401
    hide = [visitor.name, member.name]
    pages = [re.sub("|".join([*hide, 'csrf_token" value="[^"]+']), "", p.text) for p in (unknown, known)]
    main = [re.search("<main.*</main>", p, re.DOTALL)[0] for p in pages]
    assert main[0] == main[1]


def test_a_taken_name_is_refused(member: Person, visitor: Person) -> None:
    visitor.name = member.name.upper()
    answer = visitor.sign_up("another password")
    assert answer.status_code == 422
    assert f"The name {member.name} is taken." in answer.text
    assert member.post("/logout").status_code == 303
    assert member.log_in().status_code == 303


def test_of_many_sign_ups_at_once_one_succeeds(visit: Visit) -> None:
    people = [visit() for _ in range(6)]
    tokens = [person.token("/signup") for person in people]

    def sign_up(index: int) -> int:
        form = {"name": people[0].name, "password": f"password {index}", "csrf_token": tokens[index]}
        return people[index].client.post(next(people[index].urls) + "/signup", data=form).status_code

    with ThreadPoolExecutor(len(people)) as pool:
        assert sorted(pool.map(sign_up, range(len(people)))) == [303] + [422] * 5


@pytest.mark.parametrize(
    ("name", "password", "message"),
    [
        ("ab", "long enough", "3 to 30 characters"),
        ("a" * 31, "long enough", "3 to 30 characters"),
        ("-abc", "long enough", "starts with a letter or a digit"),
        ("a b c", "long enough", "3 to 30 characters"),
        ("ünal", "long enough", "3 to 30 characters"),
        ("fine", "short", "at least 8 characters; this one has 5"),
        ("fine", "x" * 129, "at most 128 characters; this one has 129"),
    ],
)
def test_limits_of_names_and_passwords(visitor: Person, name: str, password: str, message: str) -> None:
    answer = visitor.post("/signup", "/signup", name=name, password=password)
    assert answer.status_code == 422
    assert message in answer.text
    assert f'value="{name}"' in answer.text
    assert password not in answer.text


def test_the_session_cookie(visitor: Person, replicas: list[Replica]) -> None:
    url, host = replicas[0].url, {"X-Forwarded-Proto": "https"}
    plain = visitor.get("/login").headers["set-cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    visitor.client.cookies.clear()
    assert visitor.client.get(f"{url}/login", headers=host).headers["set-cookie"].endswith("; Secure")


def test_log_in_makes_a_new_session(visitor: Person) -> None:
    before = visitor.token("/login")
    assert visitor.sign_up().status_code == 303
    assert visitor.token("/") != before


def test_a_forged_or_damaged_session_is_none(member: Person) -> None:
    cookie, value = next(iter(member.client.cookies.items()))
    # Not the last character, of which two bits mean nothing.
    other = value[:-2] + ("A" if value[-2] != "A" else "B") + value[-1]
    for forged in (other, "x", "", value.split(".", 1)[1]):
        member.client.cookies.set(cookie, forged, domain="127.0.0.1")
        assert member.name not in member.get("/").text
        member.client.cookies.clear()


def test_logging_out_ends_a_copy_of_the_session_too(
    member: Person, replicas: list[Replica], visit: Visit
) -> None:
    form = {"csrf_token": member.token("/"), "text": "by a thief"}
    copied = dict(member.client.cookies)

    def thief(replica: Replica) -> Person:
        person = visit(replica.url)
        person.client.cookies.update(copied)
        return person

    assert all(member.name in thief(replica).get("/").text for replica in replicas)
    assert member.post("/logout").status_code == 303
    for replica in replicas:
        assert member.name not in thief(replica).get("/").text
        assert thief(replica).client.post(f"{replica.url}/notes", data=form).status_code == 401
    assert member.log_in().status_code == 303
    assert member.note_ids() == []


def test_logging_in_again_ends_the_session_before(member: Person, visit: Visit) -> None:
    copy = visit()
    copy.client.cookies.update(member.client.cookies)
    assert member.log_in().status_code == 303
    assert member.name in member.get("/").text
    assert member.name not in copy.get("/").text


FORMS = ["/login", "/signup", "/logout", "/notes", "/notes/1-a", "/notes/1-a/delete"]


def test_every_form_is_listed() -> None:
    from notetaker.pages import router

    posts = {route.path for route in router.routes if "POST" in route.methods}
    assert posts == {form.replace("1-a", "{note_id}") for form in FORMS}


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("token", ["", "wrong", "ünal"])
def test_a_form_without_the_token_is_refused(member: Person, path: str, token: str) -> None:
    fields = {"name": "someone", "password": "long enough", "text": "kept text", "csrf_token": token}
    answer = member.client.post(next(member.urls) + path, data=fields)
    assert answer.status_code == 403
    assert "no longer valid" in answer.text
    page = member.get("/").text
    assert member.name in page
    assert "No notes yet" in page


def test_a_token_of_another_session_is_refused(member: Person, visit: Visit) -> None:
    other = visit()
    other.sign_up()
    answer = member.client.post(
        next(member.urls) + "/notes", data={"csrf_token": other.token("/"), "text": "planted"}
    )
    assert answer.status_code == 403
    assert member.note_ids() == []
