"""Schedules that have no run left."""

import pulumi_aws as aws
import pytest
from support.fixtures import Found

TARGET = "arn:aws:states:us-east-1:123456789012:stateMachine:s"


def test_a_schedule_that_never_comes(found: Found, preview: bool) -> None:
    def program() -> None:
        aws.cloudwatch.EventRule("rule", schedule_expression="cron(0 0 31 2 ? *)")

    assert found(program, preview) == [("error", "schedule-never", "rule")]


@pytest.mark.parametrize(
    ("expression", "over"),
    [
        ("at(2020-01-31T03:00:00)", True),
        ("cron(0 3 * * ? 2020)", True),
        ("cron(0 3 * * ? *)", False),
        ("cron(0 3 * * ? 2020-2199)", False),
        ("at(2199-01-31T03:00:00)", False),
        ("rate(1 day)", False),
    ],
)
def test_a_schedule_whose_last_date_is_over(found: Found, preview: bool, expression: str, over: bool) -> None:
    def program() -> None:
        aws.scheduler.Schedule(
            "nightly",
            schedule_expression=expression,
            schedule_expression_timezone="Europe/Vienna",
            flexible_time_window={"mode": "OFF"},
            target={"arn": TARGET, "role_arn": "arn:aws:iam::123456789012:role/r"},
        )
        aws.cloudwatch.EventRule("rule", schedule_expression=expression)

    expected = [("warning", "schedule-over", "nightly"), ("warning", "schedule-over", "rule")]
    assert found(program, preview) == (expected if over else [])
