"""A component's inputs: recorded, computed, and checked once they are known."""

from collections.abc import Callable, Mapping, Sequence
from inspect import isawaitable
from typing import Any, TypeVar, cast

import pulumi
from pulumi.output import UNKNOWN, Unknown
from pulumi.resource import DependencyResource

from moorage.model.later import later
from moorage.model.texts import known_text
from moorage.pulumi_private import sync_await

from .outputs import output_of

T = TypeVar("T")
Args = TypeVar("Args", bound=Mapping[str, Any])

_SECRET = ("secret_values", "secrets")
"""Arguments whose values are secrets or references to secrets: of an app, and of a build."""


def normalized(args: Args) -> Args:
    """Return the arguments without those that are None at any depth, and with lists in place of tuples.

    In Python, None is an omitted argument.

    Raises:
        ValueError: they are not a mapping.
    """
    if not isinstance(args, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"args: {args!r}: must be an object, such as {{'network': network.ref}}")
    return cast("Args", _normalized(args))


def _normalized(value: Any) -> Any:
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return {key: _normalized(item) for key, item in items if item is not None}
    # A tuple is a list of constants.
    return (
        [_normalized(item) for item in cast("list[Any]", value)] if isinstance(value, list | tuple) else value
    )


def plain_inputs(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments whose values are known without waiting, to record with the component.

    A component that is registered with an Output waits for it, and its children wait for the component: an
    image could not be built before the load balancer exists. Secrets are omitted: as plain strings they would
    be readable in the stack's state.
    """
    plain = {key: value for key, value in args.items() if key not in _SECRET and is_plain(value)}
    if "build" in args:
        plain["build"] = plain_inputs(args["build"])
    if "containers" in args:
        containers = cast("Mapping[str, Mapping[str, Any]]", args["containers"])
        plain["containers"] = {name: plain_inputs(settings) for name, settings in containers.items()}
    return plain


def is_plain(value: Any) -> bool:
    """Return whether `value` is known without waiting: it holds no Output, and nothing unknown in a preview
    of a plugin, at any depth."""
    if isinstance(value, str | int | float | None):
        return True
    if isinstance(value, Mapping):
        return all(is_plain(item) for item in cast("Mapping[Any, Any]", value).values())
    if isinstance(value, list | tuple):
        return all(is_plain(item) for item in cast("list[Any]", value))
    return not (isinstance(value, pulumi.Output | Unknown) or isawaitable(value))


def with_unknown(value: Any, is_unknown: Callable[[Any], bool]) -> Any:
    """Return arguments with their unknown values as Outputs have them in a preview."""
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return {key: with_unknown(item, is_unknown) for key, item in items}
    if isinstance(value, list):
        return [with_unknown(item, is_unknown) for item in cast("list[Any]", value)]
    return UNKNOWN if is_unknown(value) else value


_STACK_REFERENCE = "pulumi:pulumi:StackReference"


def known_constant(value: pulumi.Output[T]) -> T | None:
    """Return the value of an Output that came over the wire (it has resolved) and from no resource but a
    stack reference, else None."""
    if not all(map(_is_stack_reference, sync_await(value.resources()))):
        return None
    return sync_await(value.future())


def is_secret(value: pulumi.Output[Any]) -> bool:
    """Return whether a resolved Output is a secret."""
    return sync_await(value.is_secret())


def _is_stack_reference(resource: pulumi.Resource) -> bool:
    """Return whether a resource is a reference to another stack; over the wire it is only a URN."""
    if isinstance(resource, pulumi.StackReference):
        return True
    urn = sync_await(resource.urn.future()) if isinstance(resource, DependencyResource) else None
    return f"::{_STACK_REFERENCE}::" in (urn or "")


def present(**values: Any) -> Any:
    """Return the nested inputs that are not None."""
    return {key: value for key, value in values.items() if value is not None}


def computed(function: Callable[..., T], *inputs: Any) -> pulumi.Output[T]:
    """Apply `function` to the inputs once all of them are known.

    Plain ones are passed as they are: `Output.all` would make an Output of each value in them at any depth,
    and in the SDK an Output costs a tenth of a resource.
    """
    awaited = [place for place, value in enumerate(inputs) if not is_plain(value)]

    def call(resolved: list[Any]) -> T:
        values = [*inputs]
        for place, value in zip(awaited, resolved, strict=True):
            values[place] = value
        return function(*values)

    if len(awaited) == 1:
        return output_of(inputs[awaited[0]]).apply(lambda resolved: call([resolved]))
    return pulumi.Output.all(*(inputs[place] for place in awaited)).apply(call)


def after(resources: Sequence[pulumi.Resource], value: pulumi.Output[T]) -> pulumi.Output[T]:
    """Return an output whose users wait until the resources are there; a preview knows it."""
    if not resources:
        return value
    return cast("pulumi.Output[T]", computed(lambda *_: value, *(resource.urn for resource in resources)))


def checked_later(what: str, value: pulumi.Input[str], wrong: Callable[[str], str]) -> pulumi.Input[str]:
    """Return a value that is checked once it is known; a string was checked before.

    `what` names the component and its argument; the value is not shown, because it may be secret. `wrong`
    returns what is wrong with it, empty for nothing.

    Raises:
        RunError: the value, once known, is wrong.
    """
    if isinstance(value, str):
        return value

    def checked(result: Any) -> str:
        try:
            text = known_text(result)
        except ValueError as error:
            raise pulumi.RunError(f"{what}: {error}") from None
        if why := wrong(text):
            raise pulumi.RunError(f"{what}: {why}")
        return text

    return output_of(value).apply(checked)


def set_apart(value: Any, where: str, values: dict[str, Any]) -> Any:
    """Return a value of dicts and lists with a stand-in for each part that is known later.

    The keys of stand-ins are paths that begin with `where`; `values` receives the parts by their keys.
    """
    if isinstance(value, str | int | float | None):
        return value
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return {key: set_apart(item, f"{where}.{key}", values) for key, item in items}
    if isinstance(value, list):
        items = enumerate(cast("list[Any]", value))
        return [set_apart(item, f"{where}[{index}]", values) for index, item in items]
    values[where] = value
    return later(where)
