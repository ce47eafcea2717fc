"""Few passwords are hashed at once, in threads of their own, and few requests wait for it."""

import asyncio
import threading

import pytest
from notetaker import accounts
from notetaker.accounts import (
    AT_ONCE,
    BUSY_WAIT,
    CLIENT_PLACES,
    HASHER,
    HASHES_AT_ONCE,
    NOBODYS_HASH,
    PLACES,
    Accounts,
)
from notetaker.attempts import Attempt, TryLater


class EmptyStore:
    """A store without accounts, and attempts without limit."""

    def __init__(self, delay: float = 0) -> None:
        self.delay = delay
        self.begun = self.succeeded_attempts = 0

    def begin(self, name: str, client: str) -> Attempt:
        self.begun += 1
        return Attempt((), self.delay)

    def succeeded(self, attempt: Attempt) -> None:
        self.succeeded_attempts += 1

    def password_hash(self, name: str) -> str | None:
        return None


class Spy:
    """Verifies nothing before it is let go; counts."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.go, self.full = threading.Event(), threading.Event()
        self.verified: list[str] = []
        self.threads: set[str] = set()
        self.now = self.most = 0

    def verify(self, password_hash: str, password: str) -> bool:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.verified.append(password_hash)
            self.threads.add(threading.current_thread().name)
            if self.now == HASHES_AT_ONCE:
                self.full.set()
        assert self.go.wait(20)
        with self.lock:
            self.now -= 1
        return True


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    spy = Spy()
    monkeypatch.setattr(accounts, "HASHER", spy)
    return spy


def test_an_unknown_name_costs_a_verification(spy: Spy) -> None:
    spy.go.set()
    store = EmptyStore()
    assert asyncio.run(Accounts(store, store).log_in("unknown", "whatever", "192.0.2.1")) is None
    assert spy.verified == [NOBODYS_HASH]
    assert store.succeeded_attempts == 0
    assert not HASHER.check_needs_rehash(NOBODYS_HASH)


def test_few_hashes_at_once_and_the_rest_is_refused(spy: Spy, monkeypatch: pytest.MonkeyPatch) -> None:
    over = 7
    monkeypatch.setattr(accounts, "TURN_WAIT", 20)

    async def scenario() -> list[str | BaseException | None]:
        store = EmptyStore()
        made = Accounts(store, store)
        asked = [
            asyncio.create_task(made.log_in(f"name{n}", "whatever", f"192.0.2.{n}"))
            for n in range(PLACES + over)
        ]
        refused, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        assert all(task.exception() for task in refused)
        assert await asyncio.to_thread(spy.full.wait, 20)
        spy.go.set()
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert await made.log_in("later", "whatever", "192.0.2.1") is None
        return results

    results = asyncio.run(scenario())
    refused = [result for result in results if isinstance(result, TryLater)]
    assert len(refused) == over
    assert {error.status for error in refused} == {503}
    assert [result for result in results if result not in refused] == [None] * PLACES
    assert spy.most == HASHES_AT_ONCE
    assert all(name.startswith("hash") for name in spy.threads)


def test_one_client_has_a_share_of_the_places(spy: Spy, monkeypatch: pytest.MonkeyPatch) -> None:
    over = 7
    monkeypatch.setattr(accounts, "TURN_WAIT", 20)

    async def scenario() -> list[str | BaseException | None]:
        store = EmptyStore()
        made = Accounts(store, store)
        asked = [
            asyncio.create_task(made.log_in(f"name{n}", "whatever", "192.0.2.1"))
            for n in range(CLIENT_PLACES + over)
        ]
        assert await asyncio.to_thread(spy.full.wait, 20)
        with pytest.raises(TryLater) as refused:
            await made.sign_up("name", "whatever", "192.0.2.1")
        assert (refused.value.status, refused.value.wait) == (429, BUSY_WAIT)
        asked.append(asyncio.create_task(made.log_in("other", "whatever", "192.0.2.2")))
        spy.go.set()
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert await made.log_in("later", "whatever", "192.0.2.1") is None
        assert not made._places, "nothing is kept of clients that have gone"
        return results

    results = asyncio.run(scenario())
    refused = [result for result in results if isinstance(result, TryLater)]
    assert [error.status for error in refused] == [429] * over
    assert [result for result in results if result not in refused] == [None] * (CLIENT_PLACES + 1)


def test_one_that_waits_too_long_is_refused_and_not_counted(
    spy: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "TURN_WAIT", 0.01)

    async def scenario() -> int:
        store = EmptyStore()
        made = Accounts(store, store)
        before = [asyncio.create_task(made.log_in("before", "whatever", "")) for _ in range(AT_ONCE)]
        assert await asyncio.to_thread(spy.full.wait, 20)
        with pytest.raises(TryLater) as refused:
            await made.log_in("late", "whatever", "")
        assert (refused.value.status, refused.value.wait) == (503, BUSY_WAIT)
        spy.go.set()
        await asyncio.gather(*before)
        return store.begun

    assert asyncio.run(scenario()) == AT_ONCE


def test_a_name_under_attack_is_delayed_before_the_password_is_looked_at(spy: Spy) -> None:
    spy.go.set()
    slept: list[tuple[float, int]] = []

    async def sleep(seconds: float) -> None:
        slept.append((seconds, len(spy.verified)))

    store = EmptyStore(delay=1.5)
    asyncio.run(Accounts(store, store, sleep).log_in("unknown", "whatever", "192.0.2.1"))
    assert slept == [(1.5, 0)]
