"""The event loop of an evaluation."""

import asyncio
from collections.abc import Callable
from typing import Any


class InlineLoop(asyncio.SelectorEventLoop):
    """A loop that does not send Pulumi's calls to another thread.

    The SDK hands each call of the monitor to an executor, because an engine may take its time. Here the answer is
    computed in microseconds, and calling it at once is faster and keeps registrations in program order.
    """

    def __init__(self) -> None:
        super().__init__()
        # What fails is reported by `evaluate`; asyncio would print about the tasks that were left behind.
        self.set_exception_handler(lambda loop, context: None)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Run Pulumi's own calls here and now; everything else in a thread."""
        module = getattr(func, "__module__", None) or ""
        if executor is not None or args or not module.startswith("pulumi.runtime."):
            return super().run_in_executor(executor, func, *args)
        future = self.create_future()
        try:
            result = func()
        except Exception as error:
            future.set_exception(error)
            return future
        # The monitor answers with a coroutine where transforms run first; the SDK wraps that of an invoke in a pair.
        if asyncio.iscoroutine(result):
            return self.create_task(result)
        if isinstance(result, tuple) and asyncio.iscoroutine(result[0]):
            return self.create_task(_first(result[0]))
        future.set_result(result)
        return future

    def finish(self) -> None:
        """Cancel what is left and close."""
        tasks = asyncio.all_tasks(self)
        for task in tasks:
            task.cancel()
        if tasks:
            self.run_until_complete(asyncio.wait(tasks, timeout=1))
        self.run_until_complete(self.shutdown_asyncgens())
        self.close()


async def _first(coroutine: Any) -> tuple[Any, None]:
    return await coroutine, None
