"""Values shared by a whole program."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor, get_root_resource

T = TypeVar("T")


_shared: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


def shared(key: str, make: Callable[[], T]) -> T:
    """Call `make` once per program and return its result: of an invoke, a provider, a table.

    The monitor identifies the program: one per process with an engine, a new one for each evaluation. Tests
    with Pulumi's mocks may share one; there the test's task identifies it.
    """
    of_program = _shared.setdefault(_program(), {})
    if key not in of_program:
        of_program[key] = make()
    return cast("T", of_program[key])


def _program() -> Any:
    monitor = get_monitor()
    if isinstance(monitor, MockMonitor):
        with suppress(RuntimeError):
            return asyncio.current_task() or monitor
    return monitor


def shared_parent(component: pulumi.Resource) -> pulumi.Resource | None:
    """Return the parent of a shared resource: the stack, or in a plugin, where there is none, the
    component."""
    return None if get_root_resource() else component
