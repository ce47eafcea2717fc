"""Which app or job is meant."""

from collections.abc import Sequence

from moorage.errors import UsageError, no_such

from .place import Place


def chosen(place: Place, app: str | None) -> list[str]:
    """Return the app that was named, else all.

    Raises:
        UsageError: there is no such app; the text lists those there are.
    """
    apps = sorted(place.apps())
    return apps if app is None else [known(app, apps, "app")]


def the_one(place: Place, app: str | None) -> str:
    """Return the app that was named, else the only one.

    Raises:
        UsageError: there is no such app, or several to choose from; the text lists them.
    """
    apps = chosen(place, app)
    if len(apps) == 1:
        return apps[0]
    raise UsageError(f"choose an app: {', '.join(apps)}" if apps else f"{place.name} has no app")


def known(name: str, names: Sequence[str], what: str) -> str:
    """Return a name that is one of `names`.

    Raises:
        UsageError: it is not.
    """
    if name in names:
        return name
    raise UsageError(no_such(what, name, names))
