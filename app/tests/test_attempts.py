"""Guessing at passwords is slowed down; the owner of the name gets in."""

import re
import secrets
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from notetaker.attempts import (
    CLIENT_FREE,
    DELAY_MAX,
    FREE,
    NAME_FREE,
    WAIT_MAX,
    WINDOW,
    Attempts,
    TryLater,
)
from notetaker.balancer import behind_balancer, client_of
from notetaker.store import Store
from starlette.requests import Request
from support.notetaker import Person, Visit

START = 1_800_000_000 // WINDOW * WINDOW
"""The first second of an hour."""


class Clock:
    now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def name() -> str:
    return f"n{secrets.token_hex(6)}"


@pytest.fixture
def attempts(
    make_env: Callable[[str], dict[str, str]], name: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Attempts:
    """Count in a table of this test alone."""
    for variable, value in make_env(f"attempts-{name}").items():
        monkeypatch.setenv(variable, value)
    return Attempts(Store(f"attempts-{name}", "eu-west-1"), clock)


def wait(attempts: Attempts, name: str, client: str) -> int:
    """Seconds for which an attempt is refused; 0 when it is admitted."""
    try:
        attempts.begin(name, client)
    except TryLater as refused:
        return refused.wait
    return 0


def test_a_client_waits_twice_as_long_after_each_failure(attempts: Attempts, clock: Clock, name: str) -> None:
    assert [wait(attempts, name, "192.0.2.1") for _ in range(FREE)] == [0] * FREE
    waits = []
    for _ in range(11):
        waits.append(wait(attempts, name, "192.0.2.1"))
        clock.now += waits[-1] - 1
        assert wait(attempts, name, "192.0.2.1") == (1 if waits[-1] > 1 else waits[-1])
        clock.now += 1
        assert wait(attempts, name, "192.0.2.1") == 0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, WAIT_MAX, WAIT_MAX]


def test_other_clients_and_other_names_need_not_wait(attempts: Attempts, name: str) -> None:
    for _ in range(FREE):
        attempts.begin(name, "192.0.2.1")
    assert wait(attempts, name, "192.0.2.1")
    assert wait(attempts, name, "192.0.2.2") == 0
    assert wait(attempts, f"{name}x", "192.0.2.1") == 0


def test_no_name_is_counted_for_another_name_and_its_client(attempts: Attempts, name: str) -> None:
    for between in "\n\0-# ":
        for _ in range(FREE):
            attempts.begin(f"{name}{between}192.0.2.1", "192.0.2.9")
    assert wait(attempts, name, "192.0.2.1") == 0


def test_a_client_waits_after_failures_at_many_names(attempts: Attempts, clock: Clock, name: str) -> None:
    names = (f"{name}{number}" for number in range(1000))
    assert [wait(attempts, next(names), "192.0.2.1") for _ in range(CLIENT_FREE)] == [0] * CLIENT_FREE
    waits = []
    for _ in range(10):
        waits.append(wait(attempts, next(names), "192.0.2.1"))
        assert wait(attempts, next(names), "192.0.2.2") == 0
        clock.now += waits[-1]
        assert wait(attempts, next(names), "192.0.2.1") == 0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, WAIT_MAX]


def test_parallel_guesses_at_many_names_are_counted_one_by_one(attempts: Attempts, name: str) -> None:
    with ThreadPoolExecutor(20) as pool:
        waits = list(pool.map(lambda number: wait(attempts, f"{name}{number}", "192.0.2.1"), range(90)))
    assert waits.count(0) == CLIENT_FREE


def test_an_attempt_that_is_refused_at_a_name_is_not_counted_for_the_client(
    attempts: Attempts, name: str
) -> None:
    waits = [wait(attempts, name, "192.0.2.1") for _ in range(2 * CLIENT_FREE)]
    assert waits.count(0) == FREE
    others = [wait(attempts, f"{name}{number}", "192.0.2.1") for number in range(CLIENT_FREE)]
    assert others.count(0) == CLIENT_FREE - FREE


def test_an_attempt_that_is_refused_for_its_client_is_not_counted_at_the_name(
    attempts: Attempts, name: str
) -> None:
    for number in range(CLIENT_FREE):
        attempts.begin(f"{name}{number}", "192.0.2.1")
    assert all(wait(attempts, name, "192.0.2.1") for _ in range(NAME_FREE + 1))
    assert attempts.begin(name, "192.0.2.2").delay == 0


def test_log_ins_that_succeed_are_not_counted_for_their_client(attempts: Attempts, name: str) -> None:
    for number in range(CLIENT_FREE + 5):
        attempts.succeeded(attempts.begin(f"{name}{number}", "192.0.2.1"))
    assert wait(attempts, name, "192.0.2.1") == 0


@pytest.mark.parametrize("like_a_client", ["192.0.2.1", "", "*", "*-192.0.2.1"])
def test_no_name_is_counted_for_a_client(attempts: Attempts, like_a_client: str) -> None:
    for client in range(CLIENT_FREE + 1):
        attempts.begin(like_a_client, f"198.51.100.{client}")
    assert wait(attempts, "another", "192.0.2.1") == 0


def test_counting_starts_anew_each_hour(attempts: Attempts, clock: Clock, name: str) -> None:
    clock.now = START + WINDOW - 1
    for _ in range(FREE):
        attempts.begin(name, "192.0.2.1")
    assert wait(attempts, name, "192.0.2.1")
    clock.now += 1
    assert wait(attempts, name, "192.0.2.1") == 0


def test_success_takes_back_its_own_attempt_only(attempts: Attempts, name: str) -> None:
    for _ in range(FREE - 1):
        attempts.begin(name, "192.0.2.1")
    for _ in range(3):
        attempts.succeeded(attempts.begin(name, "192.0.2.2"))
    last = attempts.begin(name, "192.0.2.1")
    assert wait(attempts, name, "192.0.2.1")
    attempts.succeeded(last)
    assert wait(attempts, name, "192.0.2.1"), "the failures before it still count"
    assert wait(attempts, name, "192.0.2.2") == 0


def test_parallel_guesses_are_counted_one_by_one(attempts: Attempts, name: str) -> None:
    with ThreadPoolExecutor(20) as pool:
        waits = list(pool.map(lambda _: wait(attempts, name, "192.0.2.1"), range(60)))
    assert waits.count(0) == FREE


def test_guesses_from_many_clients_are_delayed_and_none_refused(attempts: Attempts, name: str) -> None:
    delays = [attempts.begin(name, f"192.0.2.{client}").delay for client in range(NAME_FREE + 40)]
    assert delays[:NAME_FREE] == [0] * NAME_FREE
    assert delays[NAME_FREE] > 0
    assert delays == sorted(delays)
    assert delays[-1] == DELAY_MAX
    assert attempts.begin(f"{name}x", "192.0.2.1").delay == 0


def from_client(person: Person, forwarded: str, name: str, password: str) -> httpx.Response:
    form = {"csrf_token": person.token("/login"), "name": name, "password": password}
    headers = {"X-Forwarded-For": forwarded}
    return person.client.post(next(person.urls) + "/login", data=form, headers=headers)


def guess_until_refused(person: Person, name: str) -> httpx.Response:
    """Each guess claims to be from another client than the balancer says, and goes to another task."""
    for number in range(4 * FREE):
        answer = from_client(person, f"198.51.100.{number}, 192.0.2.66", name, f"guess number {number}")
        if answer.status_code == 429:
            assert number >= FREE
            return answer
        assert answer.status_code == 401
    raise AssertionError("never refused")


def test_a_guesser_is_refused_and_the_owner_is_not(member: Person, visit: Visit) -> None:
    guesser = visit()
    answer = guess_until_refused(guesser, member.name)
    assert int(answer.headers["retry-after"]) >= 1
    assert re.search(r"Too many attempts .* Try again in (a second|\d+ seconds)\.", answer.text)
    assert f'value="{member.name}"' in answer.text
    assert from_client(member, "203.0.113.5", member.name, "correct horse").status_code == 303
    assert from_client(guesser, "192.0.2.66", member.name, "correct horse").status_code in (429, 303)


def test_one_password_tried_at_many_names_is_refused(visit: Visit) -> None:
    sprayer, other = visit(), visit()
    answers = [
        from_client(sprayer, f"198.51.100.{number}, 192.0.2.77", f"{sprayer.name}{number}", "Winter2026")
        for number in range(CLIENT_FREE + 8)
    ]
    assert [answer.status_code for answer in answers[:CLIENT_FREE]] == [401] * CLIENT_FREE
    refused = [answer for answer in answers if answer.status_code == 429]
    assert int(refused[-1].headers["retry-after"]) >= 1
    assert "Too many failed log-ins from your network. Try again in " in refused[-1].text
    assert from_client(other, "192.0.2.78", other.name, "Winter2026").status_code == 401


def test_an_account_of_ones_own_clears_nothing(member: Person, visit: Visit) -> None:
    """Counts were kept for 65,536 buckets of names, and any log-in cleared its bucket."""
    guesser = visit()
    bucket = zlib.crc32(member.name.encode()) % 65536
    while zlib.crc32(guesser.name.encode()) % 65536 != bucket:
        guesser.name = f"u{secrets.token_hex(6)}"
    assert guesser.sign_up().status_code == 303
    for number in range(4 * FREE):
        assert from_client(guesser, "192.0.2.7", guesser.name, "correct horse").status_code == 303
        if from_client(guesser, "192.0.2.7", member.name, f"guess number {number}").status_code == 429:
            break
    else:
        raise AssertionError("never refused")


def test_an_unknown_name_is_refused_alike(visitor: Person, member: Person, visit: Visit) -> None:
    unknown, known = (guess_until_refused(visit(), name) for name in (visitor.name, member.name))
    hide = f'{visitor.name}|{member.name}|csrf_token" value="[^"]+|\\d+ seconds|a second'
    assert re.sub(hide, "", unknown.text.split("<footer>")[0]) == re.sub(
        hide, "", known.text.split("<footer>")[0]
    )


def test_the_api_counts_too(member: Person) -> None:
    form = {"username": member.name, "password": "wrong horse"}
    for _ in range(4 * FREE):
        answer = member.client.post(next(member.urls) + "/api/token", data=form)
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.json()["detail"].startswith("Too many attempts")


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ([], "10.0.0.9"),
        (["192.0.2.1"], "192.0.2.1"),
        (["198.51.100.1, 192.0.2.1"], "192.0.2.1"),
        (["198.51.100.1", "192.0.2.1"], "192.0.2.1"),
        (["192.0.2.1:50123"], "192.0.2.1"),
        (["::ffff:192.0.2.1"], "192.0.2.1"),
        (["2001:db8:1:2:aaaa::1"], "2001:db8:1:2::/64"),
        (["192.0.2.7, [2001:db8:1:2:bbbb::2]:50123"], "2001:db8:1:2::/64"),
        (["192.0.2.1, nonsense"], "nonsense"),
    ],
)
def test_the_client_is_whom_the_balancer_names(forwarded: list[str], client: str) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope = {"type": "http", "client": ("10.0.0.9", 40000), "scheme": "http", "headers": headers}
    behind_balancer(scope)
    assert client_of(Request(scope)) == client
