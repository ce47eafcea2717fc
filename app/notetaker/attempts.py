"""Slow down guessing: failed log-ins are counted per client, per name and client, and per name.

A client that keeps failing, at one name or at many, must wait, twice as long after each failure; other
clients need not. A name that many clients fail at delays each of them, also its owner, but refuses none. The
counts are kept in the table, where all tasks share them, and start anew each hour.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from .store import Counter, Store

FREE = 5
"""Failures of a client at a name before it must wait: people mistype."""
CLIENT_FREE = 30
"""Failures of a client, at all names, before it must wait: many people may share an address."""
WAIT_MAX = 300
"""Seconds that a client must wait at most."""
NAME_FREE = 20
"""Failures at a name, from all clients, before they are delayed."""
DELAY_STEP, DELAY_MAX = 0.1, 3.0
"""Seconds of delay for each further failure at the name, and at most."""
WINDOW = 3600
"""Seconds after which counting starts anew."""


class TryLater(Exception):
    """A log-in or sign-up is refused for now; the text is for the person."""

    def __init__(self, status: int, wait: int, message: str) -> None:
        """`status` is 429 or 503, `wait` the seconds until another try is worth it."""
        super().__init__(message)
        self.status = status
        self.wait = wait


@dataclass(frozen=True)
class Attempt:
    """An attempt to log in, counted as failed until it has succeeded."""

    counters: tuple[Counter, ...]
    delay: float
    """Seconds to wait before the password is looked at."""


class Attempts:
    """Blocking: for worker threads."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        """Count in `store`."""
        self._store = store
        self._clock = clock

    def begin(self, name: str, client: str) -> Attempt:
        """Count an attempt ahead of its result, so that parallel ones count. Raises TryLater."""
        now = int(self._clock())
        end = now - now % WINDOW + WINDOW
        by_client, at_name = Counter.of(end, client=client), Counter.of(end, name)
        here = Counter.of(end, name, client)
        # The client first: one that is refused adds no further names to the table.
        self._admit(by_client, now, CLIENT_FREE, "Too many failed log-ins from your network.")
        try:
            self._admit(here, now, FREE, "Too many attempts to log in with this name.")
        except TryLater:
            self._store.take_back_failure(by_client)
            raise
        failures = self._store.count_failure(at_name)
        delay = min(DELAY_MAX, max(0, failures - NAME_FREE) * DELAY_STEP)
        return Attempt((by_client, here, at_name), delay)

    def succeeded(self, attempt: Attempt) -> None:
        """Take back what this attempt has counted, and nothing that another one has."""
        for counter in attempt.counters:
            self._store.take_back_failure(counter)

    def _admit(self, counter: Counter, now: int, free: int, refusal: str) -> None:
        if tally := self._store.count_try(counter, now):
            over = tally.failures - free
            # Of several at the same moment one is admitted.
            if over < 0 or self._store.refuse_until(counter, tally, now + wait_after(over)):
                return
            self._store.take_back_failure(counter)
        wait = max(1, self._store.refused_until(counter) - now)
        raise TryLater(429, wait, f"{refusal} Try again in {in_words(wait)}.")


def wait_after(over: int) -> int:
    """Return the seconds that a client must wait after so many failures more than are free."""
    return min(WAIT_MAX, 2 ** min(over, 10))


def in_words(seconds: int) -> str:
    """Return a wait in words."""
    if seconds < 60:
        return "a second" if seconds == 1 else f"{seconds} seconds"
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
