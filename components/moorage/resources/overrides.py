"""`overrides`: the last word on the inputs of a component's resources.

A transformation of the SDK merges them in this process before a resource is registered, so a plugin does it
too, and a component without `overrides` has none.
"""

import difflib
import inspect
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

import pulumi
import pulumi_aws as aws

from moorage.model.overrides import CHILDREN, Overrides, merged, short_names
from moorage.model.problems import Problems

from .inputs import is_plain

Inputs = TypeVar("Inputs", bound=Mapping[str, Any])


def check_overrides(kind: str, args: Mapping[str, Any], made: Sequence[str], problems: Problems) -> None:
    """Check that `overrides` names resources that the component makes, and inputs that these have."""
    for short, inputs in cast("Overrides", args.get("overrides", {})).items():
        where, child = f"overrides.{short}", CHILDREN[kind].get(short)
        if child is None or short not in made:
            what = "is not a resource of" if child is None else "is not made by"
            problems.say(where, f"{what} this {kind}; must be one of {', '.join(sorted(made))}")
            continue
        allowed = _inputs(child.type)
        for name, value in inputs.items():
            if name not in allowed:
                near = difflib.get_close_matches(name, allowed, n=1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                names = ", ".join(allowed)
                problems.say(f"{where}.{name}", f"is not an input of {child.type}; {hint}It has {names}")
            elif not is_plain(value):
                wrong = "must be known when the program runs; for an Output use Pulumi's `transforms`"
                problems.say(f"{where}.{name}", wrong)


def _inputs(class_name: str) -> list[str]:
    """Return the names of the inputs of a resource class of pulumi_aws."""
    module, _, name = class_name.partition(".")
    of_class = inspect.signature(getattr(getattr(aws, module), f"{name}Args"))
    return sorted(of_class.parameters)


def with_overrides(
    component: pulumi.ComponentResource,
    name: str,
    args: Mapping[str, Any],
    opts: pulumi.ResourceOptions | None,
) -> pulumi.ResourceOptions | None:
    """Return a component's options with a transformation that merges `overrides`, if it has some."""
    overrides = cast("Overrides", args.get("overrides", {}))
    if not overrides:
        return opts
    kind = type(component).__name__

    def transform(of: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not (of.opts.parent is component or type(of.opts.parent).__name__ == "ContainerImage"):
            return None
        props = dict(of.props)
        for short in short_names(kind, name, of.type_, of.name):
            for key, value in overrides.get(short, {}).items():
                props[key] = _merged(props.get(key), value)
        return pulumi.ResourceTransformationResult(props, of.opts)

    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(transformations=[transform]))


def with_changes(settings: Inputs, changes: Mapping[str, Any]) -> Inputs:
    """Return inputs of a service with those of its overrides, for what is compared with them later."""
    changed = {key: _merged(settings[key], changes[key]) for key in settings if key in changes}
    return cast("Inputs", {**settings, **changed})


def _merged(value: Any, over: Any) -> Any:
    if isinstance(value, pulumi.Output) and isinstance(over, Mapping):
        return cast("pulumi.Output[Any]", value).apply(lambda base: merged(base, over))
    return merged(value, over)
