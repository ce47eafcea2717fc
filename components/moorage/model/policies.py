"""IAM's limits on the policies of a role ("IAM and AWS STS quotas", which does not count whitespace), and the
split of its rights into policies that fit."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from .iam import Statement, policy
from .later import estimated

INLINE_LIMIT = 10_240
"""Characters of all inline policies of a role together."""

_ROOM = INLINE_LIMIT // 2
"""Characters of one inline policy: a role needs room for its new one beside its old one."""

MANAGED_LIMIT = 6_144
"""Characters of a managed policy."""

MANAGED_POLICIES = 10
"""Managed policies of a role, the default quota."""

_UNKNOWN_ARN = "arn:" + "x" * 156
"""Stands for an ARN that is an Output; few are longer: the policies of a role must not depend on
values that are unknown in a preview."""


class Layout(NamedTuple):
    """The split of a role's rights into policies."""

    managed: bool
    """True if the policies are managed; else there is one inline policy."""
    parts: tuple[range, ...]
    """The indices of the rights in each policy."""
    largest: int
    """The characters of a policy with only the largest right."""


def layout(sizes: Sequence[int], skeleton: int) -> Layout:
    """Split rights into policies: one inline policy if they fit, else managed ones.

    A right that is too large for a managed policy stays inline if it fits there.
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
    """Split statements into the policies of a role; an ARN may be a stand-in."""
    sizes = [_characters(json.dumps(estimated(statement, _UNKNOWN_ARN))) + 1 for statement in statements]
    return layout(sizes, _DOCUMENT)


def resources_layout(arns: Sequence[str | None]) -> Layout:
    """Split the rights on resources into the policies of an execution role; None is an unknown ARN."""
    return layout([len(arn or _UNKNOWN_ARN) + 5 for arn in arns], _EXECUTION)


_DOCUMENT = 40
"""Characters around the statements of a policy."""

_EXECUTION = 700
"""Characters of an execution role's statements without their resources: those of `execution_statements`."""


def fitting_policy(statements: Sequence[Statement], *, managed: bool) -> tuple[str, str]:
    """Return a policy document, and what is wrong with its size; an empty string if it fits."""
    document = policy(statements)
    size, limit = _characters(document), MANAGED_LIMIT if managed else INLINE_LIMIT
    takes = "a managed policy takes" if managed else "the inline policies of a role take"
    return document, f"has {size:,} characters, and {takes} {limit:,}" if size > limit else ""


def too_large(parts: Layout) -> str:
    """Return why a role cannot have these policies; an empty string if it can."""
    if parts.managed and parts.largest > MANAGED_LIMIT:
        return (
            f"need managed policies of {MANAGED_LIMIT:,} characters, and one statement has "
            f"{parts.largest:,}; name its resources in several statements"
        )
    if len(parts.parts) <= MANAGED_POLICIES:
        return ""
    return (
        f"need {len(parts.parts)} managed policies of {MANAGED_LIMIT:,} characters, and a role has at most "
        f"{MANAGED_POLICIES}; allow less, or name several resources by one ARN with a wildcard"
    )


def _characters(text: str) -> int:
    return len("".join(text.split()))
