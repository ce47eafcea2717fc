"""Steps by the messages in a queue, and what autoscaling refuses."""

import math
from typing import Any

import pytest
from support.fixtures import Lines

from moorage.model.app import app_spec
from moorage.model.fields.app import CONTAINER_APP
from moorage.model.fields.checks import check_fields
from moorage.model.fields.values import Values
from moorage.model.queue import check_queue
from moorage.model.scaling import Step, backlog, check_scaling, intervals

BALANCED = {"load_balancer": {"arn_suffix": "app/x"}}
METRIC = {"namespace": "Shop", "name": "Orders"}
NIGHT = {"schedule": "cron(0 20 ? * MON-FRI *)", "timezone": "Europe/Vienna", "min": 0, "max": 0}
MORNING = {"schedule": "cron(0 7 ? * MON-FRI *)", "timezone": "Europe/Vienna"}


def tasks(messages: int, per_task: int, most: int) -> int:
    """Return the exact count that the steps of a queue set, 0 below the alarm's threshold."""
    steps = backlog("orders", per_task, most)
    return next((step.change for step in reversed(steps.above) if messages >= step.value), 0)


@pytest.mark.parametrize("per_task", [1, 10])
def test_up_to_20_tasks_there_is_one_for_each_part_of_the_messages(per_task: int) -> None:
    for messages in range(0, 400):
        assert tasks(messages, per_task, 20) == min(20, math.ceil(messages / per_task))


@pytest.mark.parametrize("most", [1, 7, 21, 30, 1000, 5000])
def test_more_tasks_are_counted_in_20_steps_and_are_never_too_few(most: int) -> None:
    steps = backlog("orders", 10, most)
    assert len(steps.above) <= 20
    assert tasks(0, 10, most) == 0
    assert tasks(1, 10, most) >= 1
    assert tasks(10**9, 10, most) == most
    for messages in range(0, most * 10 + 50, 7):
        needed = min(most, math.ceil(messages / 10))
        assert needed <= tasks(messages, 10, most) <= max(needed + math.ceil(most / 20), 0)


def test_intervals_begin_at_the_threshold() -> None:
    rising = [Step(100, 1), Step(500, 5)]
    assert list(intervals(rising, rising=True)) == [(0, 400, 1), (400, None, 5)]
    assert list(intervals(rising[:1], rising=True)) == [(0, None, 1)]
    falling = [Step(10, -1), Step(2.5, -3)]
    assert list(intervals(falling, rising=False)) == [(-7.5, 0, -1), (None, -7.5, -3)]
    assert list(intervals(falling[:1], rising=False)) == [(None, 0, -1)]


@pytest.fixture
def lines(problem_lines: Lines) -> Lines:
    """Check an app's autoscaling, beside other arguments; return what is wrong."""

    def run(scaling: dict[str, Any], **args: Any) -> list[str]:
        args = {"cluster": {"arn": "a", "name": "n"}, "image": "nginx:1", "autoscaling": scaling, **args}

        def check(problems: Any) -> None:
            check_fields(Values(CONTAINER_APP, args), problems)
            chosen = app_spec("web", args, "family").autoscaling
            assert chosen is not None
            check_scaling(chosen, args, problems)

        return problem_lines(check)

    return run


def steps(**sides: Any) -> dict[str, Any]:
    return {"metric": METRIC, **sides}


@pytest.mark.parametrize(
    ("scaling", "args"),
    [
        ({"min": 0, "max": 5}, {"queue": {}}),
        ({"min": 0, "max": 5, "queue": {"name": "orders"}}, {}),
        ({"min": 0, "max": 5, "steps": steps(above=[{"value": 1, "change": 1}])}, {}),
        ({"min": 0, "max": 5, "schedules": [{"schedule": "cron(0 7 * * ? *)", "min": 1}]}, {}),
        ({"min": 1, "max": 5, "schedules": [NIGHT, MORNING]}, {}),
        ({"min": 1, "max": 5, "latency": 0.2, "metric": {**METRIC, "target": 0.5}}, BALANCED),
        ({"min": 1, "max": 5, "predictive": {"metric": "requests", "target": 100}}, BALANCED),
    ],
)
def test_good(lines: Lines, scaling: dict[str, Any], args: dict[str, Any]) -> None:
    assert lines(scaling, **args) == []


@pytest.mark.parametrize(
    ("scaling", "start"),
    [
        ({"min": 0, "max": 5, "cpu": 50}, "autoscaling.min: 0: nothing starts the first task"),
        (
            {"min": 0, "max": 5, "steps": steps(below=[{"value": 1, "change": -1}])},
            "autoscaling.min: 0: nothing starts",
        ),
        (
            {"min": 0, "max": 5, "steps": steps(above=[{"value": 1, "change": 50}], adjustment="percent")},
            "autoscaling.min: 0: nothing starts",
        ),
        ({"min": 1, "max": 5, "schedules": [{**NIGHT, "max": 5}, NIGHT]}, None),
        ({"min": 0, "max": 5, "queue": {"name": "q"}, "schedules": [NIGHT]}, None),
        ({"min": 1, "max": 5, "schedules": [NIGHT]}, "autoscaling.schedules[0].min: 0: stops the last task"),
        (
            {"min": 2, "max": 5, "schedules": [{"schedule": "cron(0 7 * * ? *)", "max": 1}]},
            "autoscaling.schedules[0].max: 1: must be at least min, 2; set both",
        ),
        (
            {"min": 1, "max": 2, "schedules": [{"schedule": "0 7 * * *"}]},
            "autoscaling.schedules[0].schedule: '0 7 * * *': must be like rate(5 minutes)",
        ),
        (
            {"min": 1, "max": 2, "schedules": [{**MORNING, "timezone": "Europe/Vienne"}]},
            "autoscaling.schedules[0].timezone: 'Europe/Vienne': must be the name of a time zone",
        ),
        ({"min": 0, "max": 2, "queue": {}}, "autoscaling.queue.name: is required"),
        (
            {"min": 1, "max": 2, "cpu": 50, "queue": {"name": "q"}},
            "autoscaling.queue: cannot be combined with cpu, which is a target of its own",
        ),
        ({"min": 1, "max": 2, "latency": 1.5}, "autoscaling.latency: 1.5: needs load_balancer.arn_suffix"),
        (
            {"min": 1, "max": 2, "predictive": {"metric": "requests", "target": 5}},
            "autoscaling.predictive.metric: 'requests': needs load_balancer.arn_suffix",
        ),
        (
            {"min": 1, "max": 2, "metric": {**METRIC, "target": 0}},
            "autoscaling.metric.target: 0: must be above 0",
        ),
        ({"min": 1, "max": 2, "steps": steps()}, "autoscaling.steps: needs above or below"),
        (
            {"min": 1, "max": 2, "steps": steps(above=[{"value": 5, "change": -1}])},
            "autoscaling.steps.above.change: -1: must be above 0: it scales out",
        ),
        (
            {"min": 1, "max": 2, "steps": steps(below=[{"value": 5, "change": 1}])},
            "autoscaling.steps.below.change: 1: must be below 0: it scales in",
        ),
        (
            {
                "min": 1,
                "max": 2,
                "steps": steps(above=[{"value": 5, "change": 1}, {"value": 5, "change": 2}]),
            },
            "autoscaling.steps.above: has the same value twice",
        ),
        (
            {
                "min": 1,
                "max": 2,
                "steps": steps(above=[{"value": 5, "change": 1}], below=[{"value": 5, "change": -1}]),
            },
            "autoscaling.steps.below.value: 5: must be below the lowest value in above, 5",
        ),
    ],
)
def test_bad(lines: Lines, scaling: dict[str, Any], start: str | None) -> None:
    found = lines(scaling)
    assert len(found) == 1, found
    assert found[0].startswith(start or "autoscaling.schedules["), found


def test_a_queue_must_hide_a_message_for_as_long_as_a_task_stops(problem_lines: Lines) -> None:
    def found(**args: Any) -> list[str]:
        args = {"cluster": {"arn": "a", "name": "n"}, "image": "nginx:1", **args}
        app = app_spec("web", args, "family")
        queue = app.queue
        assert queue is not None
        return problem_lines(lambda problems: check_queue(queue, app.stop_timeout, args, problems))

    assert found(queue={}) == []
    assert found(queue={"visibility_timeout": 60}, stop_timeout=60) == []
    for visible, stop, held in ((60, 61, 61), (29, 0, 30)):
        (line,) = found(queue={"visibility_timeout": visible}, stop_timeout=stop)
        assert line.startswith(
            f"queue.visibility_timeout: {visible}: must be at least stop_timeout, {held} s"
        )
    taken = found(queue={}, environment={"QUEUE_URL": "x"})
    assert taken == ["environment.QUEUE_URL: is set by queue; choose another name"]
