"""A component's arguments as inputs: recorded, computed, and checked once they are known."""

from collections.abc import Callable, Mapping
from inspect import isawaitable
from typing import Any, TypeVar, cast

import pulumi
from pulumi.output import Unknown
from pulumi.runtime.sync_await import _sync_await  # pyright: ignore[reportPrivateUsage]

from moorage.model.later import later

T = TypeVar("T")
Args = TypeVar("Args", bound=Mapping[str, Any])

_SECRET = ("secret_values", "secrets")
"""Arguments whose values are secret, or the references to them: of an app, and of how an image is built."""


def given(args: Args) -> Args:
    """Return the arguments without those that are None, however deep: in Python it stands for an omitted one.

    Raises:
        ValueError: they are not a mapping.
    """
    if not isinstance(args, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"args: {args!r}: must be an object, such as {{'network': network.ref}}")
    return cast("Args", _given(args))


def _given(value: Any) -> Any:
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return {key: _given(item) for key, item in items if item is not None}
    return [_given(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


def plain_inputs(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments whose values are known without waiting, to record with the component.

    A component that was registered with an Output would wait for it, and its children for the component: an
    image could not be built before the load balancer is there. Values that are meant to be secret stay out:
    as plain texts they would be in the stack's state for all to read.
    """
    plain = {key: value for key, value in args.items() if key not in _SECRET and is_plain(value)}
    if "build" in args:
        plain["build"] = plain_inputs(args["build"])
    if "containers" in args:
        containers = cast("Mapping[str, Mapping[str, Any]]", args["containers"])
        plain["containers"] = {name: plain_inputs(settings) for name, settings in containers.items()}
    return plain


def is_plain(value: Any) -> bool:
    """Return whether `value` is known without waiting, however deep: no Output is in it, and nothing that a
    preview in a plugin does not know."""
    if isinstance(value, Mapping):
        return all(is_plain(item) for item in cast("Mapping[Any, Any]", value).values())
    if isinstance(value, list | tuple):
        return all(is_plain(item) for item in cast("list[Any]", value))
    return not (isinstance(value, pulumi.Output | Unknown) or isawaitable(value))


def known_constant(value: pulumi.Output[T]) -> T | None:
    """Return the value of an Output that is known and comes from no resource, else None.

    For Outputs that arrived over the wire: they have resolved, so nothing is waited for.
    """
    if _sync_await(value.resources()):
        return None
    return _sync_await(value.future())


def computed(function: Callable[..., T], *inputs: Any) -> pulumi.Output[T]:
    """Return what `function` makes of the inputs, once all of them are known.

    Plain ones are handed on as they are: `Output.all` would make an Output of each value in them, however
    deep, and for the SDK an Output is as much work as a tenth of a resource.
    """
    awaited = [value for value in inputs if not is_plain(value)]

    def call(known: list[Any]) -> T:
        values = iter(known)
        return function(*(value if is_plain(value) else next(values) for value in inputs))

    return pulumi.Output.all(*awaited).apply(call)


def checked_later(what: str, value: pulumi.Input[str], wrong: Callable[[str], str]) -> pulumi.Input[str]:
    """Return a value that was checked if it is a string; an Output is checked once it is known.

    Args:
        what: names the component and its argument, for the error.
        value: not shown, because an Output may be secret.
        wrong: returns what is wrong with a value; nothing when it is good.

    Raises:
        RunError: once the value is known, and wrong.
    """
    if isinstance(value, str):
        return value

    def checked(known: str) -> str:
        if why := wrong(known):
            raise pulumi.RunError(f"{what}: {why}")
        return known

    return pulumi.Output.from_input(value).apply(checked)


def set_apart(value: Any, where: str, values: dict[str, Any]) -> Any:
    """Return a value of dicts and lists with a stand-in for each part that is known later.

    Args:
        value: the value.
        where: its path, which the keys of stand-ins begin with.
        values: takes what is known later, by the key of its stand-in.
    """
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return {key: set_apart(item, f"{where}.{key}", values) for key, item in items}
    if isinstance(value, list):
        items = enumerate(cast("list[Any]", value))
        return [set_apart(item, f"{where}[{index}]", values) for index, item in items]
    if isinstance(value, str | int | float | None):
        return value
    values[where] = value
    return later(where)
