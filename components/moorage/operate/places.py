"""The places where apps run, on AWS and in a local run, and the choice of their apps by name."""

from collections.abc import Collection
from typing import TYPE_CHECKING, TypeAlias

from moorage.errors import UsageError, no_such

if TYPE_CHECKING:
    from .aws.place import AwsPlace
    from .local import LocalPlace

Place: TypeAlias = "AwsPlace | LocalPlace"
"""The apps and jobs of a stack, a cluster or a local run: two classes with the same attributes and methods.

Raises:
    AskError: a request to AWS failed.
    LocalError: the local run does not answer.
    OperateError: the request cannot be fulfilled.
"""


def chosen(place: Place, app: str | None) -> list[str]:
    """Return the named app, or all.

    Raises:
        UsageError: the app is unknown; the text lists the apps.
    """
    apps = sorted(place.apps)
    return apps if app is None else [known(app, apps, "app")]


def the_one(place: Place, app: str | None) -> str:
    """Return the named app, or the only one.

    Raises:
        UsageError: the app is unknown, or there are several; the text lists the apps.
    """
    apps = chosen(place, app)
    if len(apps) == 1:
        return apps[0]
    raise UsageError(f"choose an app: {', '.join(apps)}" if apps else f"{place.name} has no app")


def known(name: str, names: Collection[str], what: str) -> str:
    """Return a name that is one of `names`.

    Raises:
        UsageError: the name is unknown.
    """
    if name in names:
        return name
    raise UsageError(no_such(what, name, names))
