"""The gate between a program and the engine: nothing is registered before all components are checked.

The SDK registers a resource in a task of the event loop, which runs after the program's last line: by then
every constructor has checked its arguments. Two things would break that order. A component that asks whether
an Output is secret must let the loop run. And after an exception the SDK still registers what the program
declared before it.
"""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import get_monitor, get_root_directory, get_root_resource

from moorage.model.arguments import opener, watcher
from moorage.model.configuration import check_keys
from moorage.model.preset_definitions import defined_presets
from moorage.model.presets import DEFINED
from moorage.pulumi_private import ensure_event_loop, sync_await

from .inputs import Args, is_secret, known_constant, normalized, plain_inputs
from .overrides import with_overrides
from .program import shared

Model = TypeVar("Model")

_TURNS = 100
"""Turns of the event loop without a call to the engine after which an Output waits for a resource; each
`apply` takes a few."""

_STACK = "pulumi:pulumi:Stack"

_SDK = "pulumi.runtime.stack"
"""The module of the SDK that catches what a program raises (pulumi 3.237 to 3.272)."""


@contextmanager
def checking() -> Generator[None]:
    """Check a component's arguments: what the body raises ends the program before anything is registered.

    This does not hold for a program that catches the error, or that let the event loop run before, by a plain
    `aws.get_...()`, `await`, or a component made inside `apply`.
    """
    monitor = get_monitor()
    mocked = isinstance(monitor, MockMonitor)
    if mocked:
        from .mocks import complete

        complete(monitor)
    opening = opener.set(_opened)
    try:
        yield
    except ValueError as error:
        # A plugin goes on with the next component, a test with mocks with the next test.
        if get_root_resource() is not None and not mocked:
            with held():
                _gate().refused.append(error)
        raise
    finally:
        opener.reset(opening)


def checked_arguments(
    component: pulumi.ComponentResource,
    name: Any,
    args: Args,
    opts: pulumi.ResourceOptions | None,
    check: Callable[[str, Args], Model],
) -> tuple[dict[str, Any], pulumi.ResourceOptions | None, Model]:
    """Check a component's name and arguments, and the configuration; return the inputs to record, the
    options, and what `check` returns.

    Raises:
        ValueError: something is wrong; the text lists every problem.
    """
    with checking():
        if not isinstance(name, str):
            raise ValueError(f"name: {name!r}: must be a string")
        # In the configuration, as the policy's exceptions are: a plan, a policy pack and programs of other
        # languages need the same ones.
        check_keys({**get_config_env(), **CONFIG.get()}, pulumi.get_project())
        DEFINED.set(defined_presets(pulumi.Config("moorage").get("presets")))
        watch = watcher.get()
        args = normalized(watch(name, args) if watch else args)
        model = check(name, args)
    return plain_inputs(args), with_overrides(component, name, args, opts), model


def _opened(value: Any) -> Any:
    """Return the value of an Output that is known before there is any resource: of a constant, or of another
    stack; else the Output. A secret stays one."""
    if not isinstance(value, pulumi.Output):
        return value
    output = cast("pulumi.Output[Any]", value)
    with held():
        if not sync_await(_read_now(output)) or is_secret(output):
            return output
        constant = known_constant(output)
        return output if constant is None else constant


@contextmanager
def held() -> Generator[None]:
    """Hold back calls to the engine until the event loop runs by itself; the body may run it."""
    gate = _gate()
    gate.close()
    try:
        yield
    finally:
        gate.open_later()


async def _read_now(value: pulumi.Output[Any]) -> bool:
    """Let everything reach the engine that makes no resource, until an Output is resolved.

    Returns:
        True if it is; if not, it depends on a resource.
    """
    gate = _gate()
    resolved = asyncio.ensure_future(value.resources())
    gate.reading.set()
    turns = 0
    while not resolved.done() and turns < _TURNS:
        if calls := gate.running():
            await asyncio.wait([*calls, resolved], return_when=asyncio.FIRST_COMPLETED)
            turns = 0
        else:
            await asyncio.sleep(0)
            turns += 1
    # It is not cancelled, which would cancel the Output; what it raises is raised by others too.
    resolved.add_done_callback(lambda task: task.cancelled() or task.exception())
    return resolved.done()


def _gate() -> "_Gate":
    loop = ensure_event_loop()
    gates = shared("gates", WeakKeyDictionary[asyncio.AbstractEventLoop, _Gate])
    if loop not in gates:
        gates[loop] = _Gate(loop)
    return gates[loop]


class _Gate:
    """The gate of one program."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.refused: list[ValueError] = []
        self._loop = loop
        self._call: Callable[..., Any] = self._loop.run_in_executor
        self._opened = asyncio.Event()
        self.reading = asyncio.Event()
        """Set once calls that make no resource pass."""
        self._running: set[asyncio.Future[Any]] = set()
        self._failure: pulumi.RunError | None = None
        self._opening: asyncio.Handle | None = None

    def running(self) -> "set[asyncio.Future[Any]]":
        """Return the calls to the engine that have no answer yet."""
        return {call for call in self._running if not call.done()}

    def close(self) -> None:
        if self._opened.is_set():
            return
        if self._opening is not None:
            self._opening.cancel()
        # The SDK sends everything to the engine through this method of the loop.
        setattr(self._loop, "run_in_executor", self._later)  # noqa: B010 - replaced on this loop only

    def open_later(self) -> None:
        if not self._opened.is_set():
            self._opening = self._loop.call_soon(self._open)

    def _open(self) -> None:
        ended = next((error for error in self.refused if _ended_program(error)), None)
        if ended is not None:
            # Pulumi prints only the text of a RunError; it would wrap a ValueError.
            self._failure = pulumi.RunError(_text(ended))
        # Their frames would keep the program alive.
        self.refused.clear()
        self._opening = None
        self._opened.set()
        self.reading.set()
        self._remove_opened()

    def _remove_opened(self) -> None:
        """Let calls pass directly. Components that a plugin makes at once each have a gate on its loop."""
        call: Any = self._loop.run_in_executor
        while isinstance(owner := call.__self__, _Gate) and owner._opened.is_set() and owner._failure is None:
            call = owner._call
        if owner is self._loop:
            vars(self._loop).pop("run_in_executor", None)
        else:
            setattr(self._loop, "run_in_executor", call)  # noqa: B010 - of this loop only

    def _later(self, executor: Any, function: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":
        return asyncio.ensure_future(self._when_open(executor, function, *args), loop=self._loop)

    async def _when_open(self, *call: Any) -> Any:
        await (self._opened if _makes_resource(call[1]) else self.reading).wait()
        if self._failure is not None:
            raise self._failure
        running = self._call(*call)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return await running


def _makes_resource(call: Any) -> bool:
    """Return whether a call to the engine registers a resource other than the stack's own.

    The request is a variable of the SDK's function, which others wrap (pulumi 3.237 to 3.272).
    """
    for cell in getattr(call, "__closure__", None) or ():
        content = cell.cell_contents
        if isinstance(content, resource_pb2.RegisterResourceRequest):
            return content.type != _STACK
        if callable(content) and _makes_resource(content):
            return True
    return False


def _ended_program(error: ValueError) -> bool:
    """Return whether the SDK caught an exception, and not the program."""
    traceback = error.__traceback__
    return traceback is not None and traceback.tb_frame.f_globals.get("__name__") == _SDK


def _text(error: ValueError) -> str:
    from moorage.offline.trace import own_lines  # Loads the whole of offline; only an error needs it.

    return "\n  ".join([str(error), *own_lines(error, Path(get_root_directory()))])
