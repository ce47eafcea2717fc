"""IAM's limits on the policies of a role, and how its rights are cut into policies that fit ("IAM and AWS STS
quotas"); whitespace does not count there."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from .iam import Statement, policy
from .later import filled, keys_in

INLINE_LIMIT = 10_240
"""Characters of all inline policies of a role together."""

_ROOM = INLINE_LIMIT // 2
"""Characters of one inline policy, so that a role has room for its new one beside its old one."""

MANAGED_LIMIT = 6_144
"""Characters of a managed policy."""

MANAGED_POLICIES = 10
"""Managed policies that a role can have, as long as the quota is not raised."""

_UNKNOWN_ARN = "arn:" + "x" * 156
"""Stands for an ARN that is an Output: the policies of a role must not depend on values that are not known in
a preview, and few ARNs are longer."""


class Layout(NamedTuple):
    """How the rights of a role are cut into policies."""

    managed: bool
    """Whether the policies are managed ones; else there is one, inline."""
    parts: tuple[range, ...]
    """The indices of the rights in each policy."""
    largest: int
    """The characters of a policy with the largest right alone."""


def layout(sizes: Sequence[int], skeleton: int) -> Layout:
    """Return in which policy each right is: in one inline policy while they fit, else in managed ones.

    A right that is too large for a managed policy stays inline while it fits there at all.

    Args:
        sizes: the characters of each right.
        skeleton: the characters of a policy without any.
    """
    largest = skeleton + max(sizes, default=0)
    if skeleton + sum(sizes) <= (_ROOM if largest <= MANAGED_LIMIT else INLINE_LIMIT):
        return Layout(False, (range(len(sizes)),), largest)
    parts: list[range] = []
    start, filled = 0, skeleton
    for index, size in enumerate(sizes):
        if index > start and filled + size > MANAGED_LIMIT:
            parts.append(range(start, index))
            start, filled = index, skeleton
        filled += size
    return Layout(True, (*parts, range(start, len(sizes))), largest)


def statements_layout(statements: Sequence[Statement]) -> Layout:
    """Return in which policy of a role each statement is; an ARN may be a stand-in."""
    sizes = [
        _characters(json.dumps(filled(statement, dict.fromkeys(keys_in(statement), _UNKNOWN_ARN)))) + 1
        for statement in statements
    ]
    return layout(sizes, _DOCUMENT)


def resources_layout(arns: Sequence[str | None]) -> Layout:
    """Return in which policy of an execution role the rights on each resource are; None is an ARN that is not
    known."""
    return layout([len(arn or _UNKNOWN_ARN) + 5 for arn in arns], _EXECUTION)


_DOCUMENT = 40
"""Characters around the statements of a policy."""

_EXECUTION = 700
"""Characters of an execution role's statements without their resources: those of `execution_statements`."""


def fitting_policy(statements: Sequence[Statement], *, managed: bool) -> tuple[str, str]:
    """Return a policy document, and what is wrong with its size; nothing when IAM takes it."""
    document = policy(statements)
    size, limit = _characters(document), MANAGED_LIMIT if managed else INLINE_LIMIT
    takes = "a managed policy takes" if managed else "the inline policies of a role take"
    return document, f"has {size:,} characters, and {takes} {limit:,}" if size > limit else ""


def too_large(parts: Layout) -> str:
    """Return why a role cannot have these policies; nothing when it can."""
    if parts.managed and parts.largest > MANAGED_LIMIT:
        return (
            f"need managed policies of {MANAGED_LIMIT:,} characters, and one statement takes "
            f"{parts.largest:,}: name its resources in several statements"
        )
    if len(parts.parts) <= MANAGED_POLICIES:
        return ""
    return (
        f"need {len(parts.parts)} managed policies of {MANAGED_LIMIT:,} characters, and a role has "
        f"{MANAGED_POLICIES} at most: allow less, or name several resources by one ARN with a wildcard"
    )


def _characters(text: str) -> int:
    return sum(not character.isspace() for character in text)
