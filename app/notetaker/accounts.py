"""Signing up and logging in."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from starlette.concurrency import run_in_threadpool

from .attempts import Attempt, Attempts, TryLater
from .deadline import paused
from .rules import NAME_PATTERN, PASSWORD_MAX, tidy_name
from .store import Store

# OWASP's Password Storage Cheat Sheet, the setting for little memory: a task may have 512 MiB in all.
HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, type=Type.ID)
HASHES_AT_ONCE = 2
"""Each takes 19 MiB, which the allocator keeps for the next one of the same thread."""
PLACES = 100
"""Log-ins and sign-ups under way in a task; further ones are refused."""
CLIENT_PLACES = PLACES // 10
"""Of these, how many one client may have."""
AT_ONCE = 8
"""Of these, how many use the table or hash; the others wait for their turn and take no thread."""
TURN_WAIT = 2.5
"""Seconds that one waits for its turn, before it is refused."""
BUSY_WAIT = 5
"""Seconds after which one that was refused may try again."""

# Belongs to no password; costs as much, so that an unknown name is refused no faster than a wrong password.
NOBODYS_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzLg$dGhpcyBpcyB0aGUgaGFzaCBvZiBubyBwYXNzd29yZC4"
)

T = TypeVar("T")


class Accounts:
    """Passwords are kept as argon2id hashes only."""

    def __init__(
        self,
        store: Store,
        attempts: Attempts,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """The accounts live in `store`."""
        self._store = store
        self._attempts = attempts
        self._sleep = sleep
        # Threads of their own: in those of the requests, of which there are many, each would keep 19 MiB.
        self._hashing = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="hash")
        self._places: Counter[str] = Counter()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def sign_up(self, name: str, password: str, client: str) -> None:
        """`name` and `password` have passed the rules. Raises NameTaken, TryLater."""
        with self._place(client):
            async with self._turn():
                password_hash = await self._hash(HASHER.hash, password)
                await run_in_threadpool(self._store.add_account, name, password_hash)

    async def log_in(self, name: str, password: str, client: str) -> str | None:
        """Return the account's name when the password is right, else None. Raises TryLater."""
        name = tidy_name(name)
        with self._place(client):
            async with self._turn():
                attempt = await run_in_threadpool(self._attempts.begin, name, client)
                if not attempt.delay:
                    return name if await self._is_right(name, password, attempt) else None
            with paused():
                await self._sleep(attempt.delay)
            async with self._turn():
                return name if await self._is_right(name, password, attempt) else None

    async def _is_right(self, name: str, password: str, attempt: Attempt) -> bool:
        known = await run_in_threadpool(self._known_hash, name)
        right = await self._hash(verify, known or NOBODYS_HASH, password[:PASSWORD_MAX])
        if not right or not known or len(password) > PASSWORD_MAX:
            return False
        await run_in_threadpool(self._attempts.succeeded, attempt)
        return True

    def _known_hash(self, name: str) -> str | None:
        return self._store.password_hash(name) if NAME_PATTERN.fullmatch(name) else None

    @contextmanager
    def _place(self, client: str) -> Iterator[None]:
        if self._places[client] >= CLIENT_PLACES:
            raise TryLater(429, BUSY_WAIT, "Too many log-ins from your network at once. Try again shortly.")
        if self._places.total() >= PLACES:
            raise busy()
        self._places[client] += 1
        try:
            yield
        finally:
            self._places[client] -= 1
            # Without those that have none.
            self._places = +self._places

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(TURN_WAIT):
                await self._turns.acquire()
        except TimeoutError as error:
            raise busy() from error
        try:
            yield
        finally:
            self._turns.release()

    async def _hash(self, work: Callable[..., T], *args: str) -> T:
        with paused():
            return await asyncio.get_running_loop().run_in_executor(self._hashing, work, *args)


def busy() -> TryLater:
    """Return the refusal of what would wait too long."""
    return TryLater(503, BUSY_WAIT, "Too many people are logging in. Try again in a few seconds.")


def verify(password_hash: str, password: str) -> bool:
    """Return whether the password belongs to the hash."""
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
