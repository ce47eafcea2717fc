"""Parts of boto3's answers, and requests with a maximum number of items."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

T = TypeVar("T")

Answer = Mapping[str, Any]
"""A boto3 response, or a part of one."""

MOST_DESCRIBED = 100
"""Maximum of DescribeTasks and of DescribeContainerInstances."""


def listed(answer: Answer, key: str) -> list[Any]:
    """Return the list under `key`; an empty one if there is none."""
    return cast("list[Any]", answer.get(key) or [])


def part(answer: Answer, key: str) -> Answer:
    """Return the object under `key`; an empty one if there is none."""
    return cast("Answer", answer.get(key) or {})


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield `size` items at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def camel(name: str) -> str:
    """Return the name in the API of a name in Python."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
