"""The time that one request may spend on the table, known to its worker threads as well."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

_timeout: ContextVar[asyncio.Timeout | None] = ContextVar("timeout", default=None)


@asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[asyncio.Timeout]:
    """Raise TimeoutError when the block takes longer; a worker thread it waits for is left to itself."""
    async with asyncio.timeout(seconds) as timeout:
        token = _timeout.set(timeout)
        try:
            yield timeout
        finally:
            _timeout.reset(token)


def remaining() -> float:
    """Return the seconds that are left to the request of this task or worker thread."""
    timeout = _timeout.get()
    when = timeout.when() if timeout else None
    return math.inf if when is None else when - time.monotonic()


@contextmanager
def paused() -> Iterator[None]:
    """Stop the clock while the request waits for something else than the table."""
    timeout, left = _timeout.get(), remaining()
    if timeout is None or left == math.inf:
        yield
        return
    timeout.reschedule(None)
    try:
        yield
    finally:
        timeout.reschedule(time.monotonic() + left)
