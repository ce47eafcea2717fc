"""Isolation of an evaluation from its process, whose state is restored afterwards."""

import gc
import os
import sys
import warnings
from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from typing import Any

import pulumi
from pulumi.runtime import resource
from pulumi.runtime.proto import source_pb2

from moorage import pulumi_private


@contextmanager
def isolated(unawaited: list[str]) -> Generator[None]:
    """Run the body, and restore the process and the SDK's globals afterwards.

    `unawaited` receives Python's warning about each coroutine that was not awaited.
    """
    with (
        _process_restored(),
        _defaults_restored(),
        _never_awaited_in(unawaited),
        _without_positions(),
        _without_chatter(),
        _types_read_once(),
        _urns_at_once(),
        _rare_collections(),
    ):
        yield


@contextmanager
def _defaults_restored() -> Generator[None]:
    """Restore the SDK's settings of threads that have none of their own.

    The first value of a setting becomes its default in all contexts: a later thread would register its
    resources with the evaluation, which would live as long as the process.
    """
    defaults = pulumi_private.settings_defaults()
    try:
        yield
    finally:
        for setting, default in defaults.items():
            pulumi_private.set_default(setting, default)


@contextmanager
def _process_restored() -> Generator[None]:
    """Restore directory, environment, arguments and import path, which a program may change."""
    directory, environment, arguments, path = os.getcwd(), dict(os.environ), sys.argv, list(sys.path)
    try:
        yield
    finally:
        os.chdir(directory)
        if environment != dict(os.environ):
            os.environ.clear()
            os.environ.update(environment)
        sys.argv = arguments
        sys.path[:] = path


@contextmanager
def _replaced(module: Any, name: str, value: Any) -> Generator[None]:
    """Replace a name of a module, if it has it."""
    original = getattr(module, name, None)
    if original is not None:
        setattr(module, name, value)
    try:
        yield
    finally:
        if original is not None:
            setattr(module, name, original)


def _without_positions() -> AbstractContextManager[None]:
    """Disable the SDK's search for the source position of each resource: it takes a quarter of the time."""
    return _replaced(resource, pulumi_private.STACK_TRACE, source_pb2.StackTrace)


def _without_chatter() -> AbstractContextManager[None]:
    """Omit the SDK's own debug messages, a hundred per app; keep those of the program."""
    original = pulumi.log.debug

    def debug(msg: str, *args: Any, **kwargs: Any) -> None:
        if not sys._getframe(1).f_globals.get("__name__", "").startswith("pulumi."):  # pyright: ignore[reportPrivateUsage]
            original(msg, *args, **kwargs)

    return _replaced(pulumi.log, "debug", debug)


@contextmanager
def _types_read_once() -> Generator[None]:
    """Let the SDK read the annotations of a class, and a type in them, once and not for each resource.

    The two functions depend on their argument alone (pulumi 3.237 to 3.272).
    """
    types = pulumi_private.types
    with ExitStack() as stack:
        for name in ("resource_types", "unwrap_type"):
            stack.enter_context(_replaced(types, name, cache(getattr(types, name))))
        yield


def _urns_at_once() -> AbstractContextManager[None]:
    """Let the SDK form the URN of a resource and of an alias with one Output, of the nine that it makes."""
    original = resource.create_urn

    def create_urn(name: Any, type_: Any, parent: Any = None, *of_stack: Any) -> pulumi.Output[str]:
        def below(urn: str) -> str:
            return f"{urn.rpartition('::')[0]}${type_}::{name}"

        if isinstance(name, str) and isinstance(type_, str):
            if isinstance(parent, pulumi.Resource):
                return parent.urn.apply(below)
            if isinstance(parent, str):
                return pulumi.Output.from_input(below(parent))
        return original(name, type_, parent, *of_stack)

    return _replaced(resource, "create_urn", create_urn)


@contextmanager
def _rare_collections() -> Generator[None]:
    """Run the garbage collector rarely: a program's objects live until its end, and it took half the time."""
    thresholds = gc.get_threshold()
    if thresholds[0]:
        gc.set_threshold(100_000, 1_000, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


@contextmanager
def _never_awaited_in(messages: list[str]) -> Generator[None]:
    """Collect the warnings about coroutines that were not awaited; pass on all others."""
    with warnings.catch_warnings():
        show = warnings.showwarning

        def collect(message: Warning | str, *rest: Any, **more: Any) -> None:
            text = str(message)
            if text.startswith("coroutine ") and text.endswith(" was never awaited"):
                messages.append(text)
            else:
                show(message, *rest, **more)

        # Importing a provider's package emits deprecation warnings, which only matter when warnings are
        # errors.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"pulumi_\w+(\.|$)")
        warnings.filterwarnings("always", message="coroutine .* was never awaited", category=RuntimeWarning)
        warnings.showwarning = collect
        yield
