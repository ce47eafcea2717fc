"""The tags of a component's resources."""

from collections.abc import Mapping

import pulumi

from moorage.model.tags import APP_TAG, STACK_TAG, wrong_tag_value

from .inputs import checked_later

Tags = dict[str, pulumi.Input[str]]
"""Tags by key."""


def tags_for(name: str, tags: Mapping[str, pulumi.Input[str]] | None) -> Tags:
    """Return the user's tags, and those of the app and the stack.

    Raises:
        RunError: the value of a tag is an Output that, once known, AWS would refuse.
    """
    given = {
        key: checked_later(f"{name}: tags.{key}", value, wrong_tag_value)
        for key, value in (tags or {}).items()
    }
    return {APP_TAG: name, STACK_TAG: pulumi.get_stack(), **given}
