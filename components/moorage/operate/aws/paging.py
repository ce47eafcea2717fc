"""Paged answers of AWS, and requests with a maximum number of items."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

from moorage.rollout import aws
from moorage.rollout.login import Login

T = TypeVar("T")


class Asker:
    """Sends requests to AWS in one region.

    Raises:
        AskError: as `moorage.rollout.aws.ask` does.
    """

    def __init__(self, region: str, login: Login) -> None:
        """Use the credentials of a login."""
        self.region, self.login = region, login

    def __call__(self, api: str, operation: str, /, **parameters: Any) -> Any:
        """Return the answer to one request."""
        return aws.ask(api, self.region, self.login, operation, **parameters)

    def every(self, api: str, operation: str, key: str, /, **parameters: Any) -> Iterator[Any]:
        """Yield the items under `key` of every page."""
        for page in aws.pages(api, self.region, self.login, operation, **parameters):
            yield from listed(page, key)

    def region_of(self) -> str:
        """Return the region, including the default one of the AWS configuration."""
        return aws.asked(lambda: aws.client("ecs", self.region, self.login).meta.region_name)


def listed(answer: Any, key: str) -> list[Any]:
    """Return the list under `key`; an empty one if there is none."""
    return cast("list[Any]", answer.get(key) or [])


def part(answer: Any, key: str) -> Mapping[str, Any]:
    """Return the object under `key`; an empty one if there is none."""
    return cast("Mapping[str, Any]", answer.get(key) or {})


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield `size` items at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
