"""The dashboard of an app, whole: what a person reads when it changes."""

import json
from collections.abc import Callable

import pytest

from moorage.model.dashboard import Shown, dashboard_body

ALONE = Shown("eu-west-1", "main", "web", None, [], False)
ROLLING = Shown("eu-west-1", "main", "web", "app/web/1", ["targetgroup/web/1"], False)
BLUE_GREEN = Shown("eu-west-1", "main", "web", "app/web/1", ["targetgroup/web/1", "targetgroup/web/2"], False)


@pytest.mark.parametrize(
    ("shown", "name"),
    [(ROLLING, "dashboard"), (BLUE_GREEN, "dashboard-blue-green")],
    ids=["rolling", "blue/green"],
)
def test_golden(golden: Callable[..., None], shown: Shown, name: str) -> None:
    golden(json.loads(dashboard_body(shown)), f"{name}.json")


@pytest.mark.parametrize("shown", [ALONE, ROLLING, BLUE_GREEN])
def test_widgets_do_not_overlap_and_stay_on_the_page(shown: Shown) -> None:
    widgets = json.loads(dashboard_body(shown))["widgets"]
    places = {(widget["x"], widget["y"]) for widget in widgets}
    assert len(places) == len(widgets)
    assert all(widget["x"] + widget["width"] <= 24 for widget in widgets)
    assert all(widget["properties"]["region"] == "eu-west-1" for widget in widgets)
