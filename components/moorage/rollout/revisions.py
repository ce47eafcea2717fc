"""Revisions of task definitions, identified by their ARNs."""

from collections.abc import Sequence


def short(arn: str) -> str:
    """Return the last part of an ARN: `family:revision`, a name, or the id of a task."""
    return arn.rsplit("/", 1)[-1]


def is_newer(revision: str, than: str) -> bool:
    """Return whether a revision is a later one of the same family."""
    family, _, number = revision.rpartition(":")
    other_family, _, other = than.rpartition(":")
    return family == other_family and number.isdigit() and other.isdigit() and int(number) > int(other)


def with_others(want: str, differs: Sequence[str]) -> str:
    """Return a clause that names the settings of a revision that differ from the program's."""
    return f"{short(want)} runs with settings other than requested: {', '.join(differs)}"
