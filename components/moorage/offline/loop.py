"""The event loop of an evaluation."""

import asyncio
import gc
import inspect
import os
import weakref
from collections.abc import Callable, Coroutine, Iterable
from types import FrameType, TracebackType
from typing import Any, cast

import pulumi

_CANCELLATIONS = 4
"""Maximum number of cancellations of a task that does not end."""

_SDK = os.path.dirname(pulumi.__file__) + os.sep


class InlineLoop(asyncio.SelectorEventLoop):
    """A loop that does not send Pulumi's calls to another thread.

    The SDK hands each call of the monitor to an executor, because an engine may take its time. Here the
    answer is computed in microseconds, and calling it at once is faster and keeps registrations in program
    order.
    """

    def __init__(self) -> None:
        """Create a loop that is not the thread's current one."""
        super().__init__()
        # `evaluate` reports failures; asyncio would print about the remaining tasks.
        self.set_exception_handler(lambda loop, context: None)
        # asyncio.all_tasks() also iterates over the tasks of other loops.
        self._tasks: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()

    def create_task(self, coro: Any, **more: Any) -> "asyncio.Task[Any]":
        """Create a task, and remember it."""
        task = super().create_task(coro, **more)
        self._tasks.add(task)
        return task

    @property
    def pending(self) -> "list[asyncio.Task[Any]]":
        """The tasks that are not done."""
        return [task for task in self._tasks if not task.done()]

    async def settle(self) -> None:
        """Wait until nothing can happen without an external event: a timer, a thread, a socket."""
        ready: Any = vars(self)["_ready"]
        while ready:
            await asyncio.sleep(0)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Run Pulumi's own calls directly; everything else in a thread."""
        module = getattr(func, "__module__", None) or ""
        if executor is not None or args or not module.startswith("pulumi.runtime."):
            return super().run_in_executor(executor, func, *args)
        future = self.create_future()
        try:
            result = func()
        except Exception as error:
            future.set_exception(error)
            return future
        # The monitor answers with a coroutine where transforms run first; the SDK wraps that of an invoke in
        # a pair.
        if asyncio.iscoroutine(result):
            return self.create_task(result)
        if isinstance(result, tuple):
            first = cast("tuple[Any, ...]", result)[0]
            if asyncio.iscoroutine(first):
                return self.create_task(_first(first))
        future.set_result(result)
        return future

    def finish(self, error: BaseException | None) -> None:
        """Cancel the remaining tasks, and close; the loop leaves no warnings behind.

        `error` ended the program; its traceback keeps unfinished coroutines alive.
        """
        tasks, cancelled = self.pending, 0
        unstarted = _unstarted(error, *self._tasks) if error or tasks else []
        try:
            # The SDK catches the first cancellation to clean up, and may wait again.
            while tasks and cancelled < _CANCELLATIONS:
                for task in tasks:
                    task.cancel()
                self.run_until_complete(asyncio.wait(tasks, timeout=1 / _CANCELLATIONS))
                tasks, cancelled = self.pending, cancelled + 1
            self.run_until_complete(self.shutdown_asyncgens())
        finally:
            for coroutine in [*unstarted, *(_unstarted(error, *self._tasks) if error else ())]:
                coroutine.close()
            self.close()


async def _first(coroutine: Any) -> tuple[Any, None]:
    return await coroutine, None


def _unstarted(*roots: Any) -> list[Coroutine[Any, Any, Any]]:
    """Return the coroutines in tasks and exceptions that were never awaited; Python would warn when they are
    collected."""
    coroutines: list[Coroutine[Any, Any, Any]] = []
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if inspect.iscoroutine(item) and inspect.getcoroutinestate(item) == inspect.CORO_CREATED:
            coroutines.append(item)
        waiting += _at_hand(item)
    return coroutines


def _at_hand(item: Any) -> Iterable[Any]:
    if isinstance(item, FrameType):
        # Closure variables of the program's functions stay: a test may still await them.
        around = () if item.f_code.co_filename.startswith(_SDK) else item.f_code.co_freevars
        return [value for name, value in item.f_locals.items() if name not in around]
    if inspect.iscoroutine(item):
        return item.cr_frame, item.cr_await
    if isinstance(item, TracebackType):
        return item.tb_frame, item.tb_next
    if isinstance(item, BaseException):
        return item.__traceback__, item.__cause__, item.__context__
    # A task's traceback is not that of its exception.
    return gc.get_referents(item) if isinstance(item, asyncio.Task) else ()
