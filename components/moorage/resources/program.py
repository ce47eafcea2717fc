"""Values shared by a whole program."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor, get_root_resource, get_stack, is_dry_run

from moorage.pulumi_private import monitor_address

T = TypeVar("T")


_SHARED = "_moorage_shared"
"""The attribute of a program's monitor or task that holds what is shared. A table of our own would keep the
monitor alive: the values refer to it."""
_of_deployments: dict[tuple[str, str, bool], dict[str, Any]] = {}


def shared(key: str, make: Callable[[], T]) -> T:
    """Call `make` once per program and return its result: of an invoke, a provider, a table.

    The monitor identifies the program: one per process with an engine, a new one for each evaluation. Tests
    with Pulumi's mocks may share one; there the test's task identifies it.
    """
    program = _program()
    of_program: dict[str, Any] = getattr(program, _SHARED, {})
    setattr(program, _SHARED, of_program)
    if key not in of_program:
        of_program[key] = make()
    return cast("T", of_program[key])


def shared_by_deployment(key: str, make: Callable[[], T]) -> T:
    """Call `make` once per deployment and return its result, a plain table.

    In a program a deployment is the program. A plugin makes every component in a program of its own, with a
    monitor of its own; their one address identifies the deployment. No resource and no answer of a call may
    be shared this way: what it depends on could be deleted.
    """
    address = monitor_address() if get_root_resource() is None else None
    if address is None:
        return shared(key, make)
    tables = _of_deployments.setdefault((address, get_stack(), is_dry_run()), {})
    if key not in tables:
        tables[key] = make()
    return cast("T", tables[key])


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
