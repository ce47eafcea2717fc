import pytest

from moorage.model.service_names import APP, COMPOSE_APP, Place, service_names

SERVICE = "aws:ecs/service:Service"
OWN = "acme:index:Web"


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ([(SERVICE, "web")], "web"),
        ([(SERVICE, "web-bridge"), (APP, "web")], "web"),
        ([(SERVICE, "web-service"), (OWN, "web")], "web"),
        ([(SERVICE, "web-bridge"), (APP, "web"), (OWN, "all")], "web"),
        ([(SERVICE, "shop-web"), (COMPOSE_APP, "shop")], "web"),
        ([(SERVICE, "shop-web-bridge"), (APP, "shop-web"), (COMPOSE_APP, "shop")], "web"),
        ([(SERVICE, "shop"), (APP, "shop"), (COMPOSE_APP, "shop")], "shop"),
    ],
)
def test_a_name(place: Place, name: str) -> None:
    assert service_names({"it": place}) == {"it": name}


def test_several_services_of_a_component_have_their_own_names() -> None:
    places = {name: [(SERVICE, name), (OWN, "all")] for name in ("web", "worker")}
    assert service_names(places) == {"web": "web", "worker": "worker"}


def test_one_name_in_two_compose_files() -> None:
    files = {
        file: [(SERVICE, f"{file}-web"), (APP, f"{file}-web"), (COMPOSE_APP, file)] for file in ("a", "b")
    }
    assert service_names(files) == {"a": "a-web", "b": "b-web"}
