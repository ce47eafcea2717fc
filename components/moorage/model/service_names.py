"""Names of services, as plans and commands print them and users type them."""

from collections import Counter
from collections.abc import Mapping, Sequence

APP, COMPOSE_APP = "moorage:index:ContainerApp", "moorage:index:ComposeApp"

Place = Sequence[tuple[str, str]]
"""The types and logical names of a service and of the components that it is inside of, the nearest first."""


def service_names(places: Mapping[str, Place]) -> dict[str, str]:
    """Return the names of services by the keys of their places.

    The name is that of the service's component: of an app, or of another component with one service. In a
    compose file it is the name there. Services that would have the same name keep their logical names.
    """
    siblings = Counter(tuple(place[1:]) for place in places.values())
    names = {key: _name(place, siblings[tuple(place[1:])] == 1) for key, place in places.items()}
    used = Counter(names.values())
    return {key: name if used[name] == 1 else places[key][0][1] for key, name in names.items()}


def _name(place: Place, alone: bool) -> str:
    (_, own), *above = place
    compose = next((name for type_, name in above if type_ == COMPOSE_APP), None)
    app = next((name for type_, name in above if type_ == APP), None)
    if compose is not None:
        return (app or own).removeprefix(f"{compose}-")
    return app or (above[0][1] if above and alone else own)
