"""A component as the functions that make its resources take it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

import pulumi

from moorage.model.problems import Problems
from moorage.model.tags import APP_TAG, STACK_TAG, check_tags, wrong_tag_value
from moorage.model.texts import is_scalar, text_of

from .inputs import checked_later

Model = TypeVar("Model")
Passed = TypeVar("Passed")

Tags = dict[str, pulumi.Input[str]] | pulumi.Output[dict[str, str]]
"""Tags by key; an Output if the keys are known later."""


@dataclass(frozen=True)
class Wiring(Generic[Model]):
    """A component's parent, model and tags; a component adds its references to others."""

    parent: pulumi.Resource
    name: str
    model: Model
    tags: Tags
    permissions_boundary: pulumi.Input[str] | None = field(default=None, kw_only=True)
    """That of the roles it makes."""

    @property
    def child(self) -> pulumi.ResourceOptions:
        """The options of its resources."""
        return pulumi.ResourceOptions(parent=self.parent)

    @property
    def common(self) -> Any:
        """The tags and options of its resources."""
        return {"tags": self.tags, "opts": self.child}


Owner = Wiring[Any]
"""The component that resources belong to."""


@dataclass(frozen=True)
class Wired(Wiring[Model], Generic[Model, Passed]):
    """A component with the checked arguments beside its model: references to others, and Outputs."""

    passed: Passed


def tags_for(name: str, tags: "Tags | Mapping[str, pulumi.Input[str]] | None") -> Tags:
    """Return the user's tags, and those of the app and the stack.

    Raises:
        RunError: the value of a tag is an Output that, once known, AWS would refuse.
    """
    own: dict[str, pulumi.Input[str]] = {APP_TAG: name, STACK_TAG: pulumi.get_stack()}
    if isinstance(tags, pulumi.Output):
        return merged(own, tags.apply(lambda resolved: _checked_tags(name, resolved)))
    for key, value in (tags or {}).items():
        own[key] = checked_later(f"{name}: tags.{key}", value, wrong_tag_value)
    return own


def _checked_tags(name: str, tags: Any) -> dict[str, str]:
    problems = Problems("Component", name)
    if not isinstance(tags, Mapping):
        raise pulumi.RunError(f"{name}: tags: must be an object")
    tag_values = {
        key: text_of(value) for key, value in cast("Mapping[str, Any]", tags).items() if is_scalar(value)
    }
    check_tags("tags", tag_values, problems)
    for key in cast("Mapping[str, Any]", tags):
        if key not in tag_values:
            problems.say(f"tags.{key}", "must be a string, a number or a boolean")
    if problems:
        raise pulumi.RunError(f"{name}: " + "; ".join(map(str, problems)))
    return tag_values


def merged(*tags: "Tags | Mapping[str, pulumi.Input[str]]") -> Tags:
    """Return several tags in one; the last value of a key counts."""
    if any(isinstance(tag_set, pulumi.Output) for tag_set in tags):
        together = pulumi.Output.all(*tags)
        return together.apply(
            lambda tag_sets: {key: value for tag_set in tag_sets for key, value in tag_set.items()}
        )
    return {key: value for tag_set in tags for key, value in cast("Mapping[str, Any]", tag_set).items()}
