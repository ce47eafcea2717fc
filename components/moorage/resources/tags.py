"""The tags of a component's resources."""

from collections.abc import Mapping

import pulumi

from moorage.model.tags import APP_TAG, STACK_TAG, wrong_tag_value

from .inputs import checked_later

Tags = dict[str, pulumi.Input[str]]
"""Tags by key."""


def tags_for(name: str, tags: Mapping[str, pulumi.Input[str]] | None) -> Tags:
    """Return the user's tags and those that say which app and stack a resource belongs to.

    Raises:
        RunError: a tag's value is an Output that AWS would refuse, once it is known.
    """
    given = {
        key: checked_later(f"{name}: tags.{key}", value, wrong_tag_value)
        for key, value in (tags or {}).items()
    }
    return {APP_TAG: name, STACK_TAG: pulumi.get_stack(), **given}
