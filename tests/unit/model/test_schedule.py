"""Schedule expressions of EventBridge Scheduler."""

from datetime import UTC, datetime

import pytest

from moorage.model.problems import Problems
from moorage.model.schedule import check_schedule, check_timezone, from_unix, is_over, never_comes, runs


def problem(expression: str) -> str:
    problems = Problems("Job", "nightly")
    check_schedule("schedule", expression, problems)
    return _only(problems)


def _only(problems: Problems) -> str:
    try:
        problems.raise_if_any()
    except ValueError as error:
        _, line = str(error).split("\n  - ")
        return line
    return ""


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)",
        "rate(1 hours)",
        "rate(5 minutes)",
        "rate(90 days)",
        "cron(0 3 * * ? *)",
        "cron(15 10 ? * MON-FRI *)",
        "cron(0/15 8-18 ? * 2#1 2026-2030)",
        "cron(0,30 0 L JAN,JUL ? *)",
        "cron(0 18 15W * ? *)",
        "cron(0 0 29 2 ? *)",
        "cron(0 0 29 2 ? 2027-2028)",
        "cron(0 0 31 1/2 ? *)",
        "cron(0 0 L 2 ? *)",
        "cron(0 18 ? * 6L *)",
        "cron(*/5 * ? * mon *)",
        "at(2027-01-31T03:00:00)",
    ],
)
def test_right_expressions(expression: str) -> None:
    assert problem(expression) == ""


RATE = "rate must have an integer above 0 and minutes, hours or days, such as rate(5 minutes)"
FIELDS = "cron must have six fields (minutes, hours, day of month, month, day of week, year), not "
AT = "at must have a date and time that exist, without a zone, such as at(2027-01-31T03:00:00)"
ONE = "one of day of month and day of week must be ?, and only one"


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        ("", "must be like rate(5 minutes), cron(0 3 * * ? *) or at(2027-01-31T03:00:00)"),
        (
            "@daily",
            "must be like rate(5 minutes), cron(0 3 * * ? *) or at(2027-01-31T03:00:00); "
            "write cron(0 0 * * ? *)",
        ),
        (
            "0 3 * * 1-5",
            "must be like rate(5 minutes), cron(0 3 * * ? *) or at(2027-01-31T03:00:00); "
            "write cron(0 3 ? * 2-6 *)",
        ),
        ("rate(5 minutes", "must be like rate(5 minutes), cron(0 3 * * ? *) or at(2027-01-31T03:00:00)"),
        ("rate(0 minutes)", RATE),
        ("rate(1.5 hours)", RATE),
        ("rate(5 weeks)", RATE),
        ("rate(5 minute)", "rate must have a plural unit: rate(5 minutes)"),
        ("cron(0 3 * * *)", FIELDS + "5; a Unix expression has no year; write cron(0 3 * * ? *)"),
        (
            "cron(0 3 1 * 1)",
            FIELDS + "5; a Unix expression has no year, and one of its days must be ?",
        ),
        ("cron(0 3)", FIELDS + "2"),
        ("cron(60 3 * * ? *)", "'60' is not valid for minutes: 0 to 59, lists, ranges, steps or *"),
        ("cron(0 24 * * ? *)", "'24' is not valid for hours: 0 to 23, lists, ranges, steps or *"),
        ("cron(0 3 32 * ? *)", "'32' is not valid for day of month: 1 to 31, lists, ranges, steps or *"),
        (
            "cron(0 3 * 13 ? *)",
            "'13' is not valid for month: 1 to 12 or JAN to DEC, lists, ranges, steps or *",
        ),
        (
            "cron(0 3 ? * 0 *)",
            "'0' is not valid for day of week: 1 to 7 or SUN to SAT, lists, ranges, steps or *",
        ),
        ("cron(0 3 ? * MON 26)", "'26' is not valid for year: 1970 to 2199, lists, ranges, steps or *"),
        ("cron(0/0 3 * * ? *)", "'0/0' is not valid for minutes: 0 to 59, lists, ranges, steps or *"),
        ("cron(0 3 * * * *)", ONE),
        ("cron(0 3 ? * ? *)", ONE),
        ("at(2027-02-30T03:00:00)", AT),
        ("at(2027-01-31T03:00:00Z)", AT),
        ("at(2027-01-31)", AT),
        ("at(2027-1-31T03:00:00)", AT),
        ("at(2027-01-31T3:00:00)", AT),
        ("at(2027-01-31T03:00:60)", AT),
        ("at(2027-01-31 03:00:00)", AT),
        ("at(\u0662027-01-31T03:00:00)", AT),
        ("rate(1\u0660 minutes)", RATE),
        ("cron(\u0660 3 * * ? *)", "'\u0660' is not valid for minutes: 0 to 59, lists, ranges, steps or *"),
        (
            "cron(0/\u0665 3 * * ? *)",
            "'0/\u0665' is not valid for minutes: 0 to 59, lists, ranges, steps or *",
        ),
        ("cron(0\u00a03 * * ? *)", FIELDS + "5"),
        # What AWS would refuse, or what never comes, is not suggested.
        ("0 0 31 2 *", "must be like rate(5 minutes), cron(0 3 * * ? *) or at(2027-01-31T03:00:00)"),
        ("60 3 * * *", "must be like rate(5 minutes), cron(0 3 * * ? *) or at(2027-01-31T03:00:00)"),
    ],
)
def test_wrong_expressions(expression: str, wrong: str) -> None:
    assert problem(expression) == f"schedule: {expression!r}: {wrong}"


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 0 31 2 ? *)",
        "cron(0 0 31 2,4,6,9,11 ? *)",
        "cron(0 0 30-31 FEB ? *)",
        "cron(0 0 29 2 ? 2027)",
        "cron(0 0 31W APR ? *)",
        # February 2027 begins on a Monday and has 28 days; that of 2032 has five Sundays.
        "cron(0 3 ? 2 MON#5 2027)",
        "cron(0 3 ? feb 2#5,fri#5 2025-2027)",
        "cron(0 3 ? 2 1#5 2027-2031)",
    ],
)
def test_days_that_no_calendar_has(expression: str) -> None:
    assert problem(expression) == ""
    assert never_comes(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 0 31 1,2 ? *)",
        "cron(0 0 29 2 ? 2027-2028)",
        "cron(0 0 L 2 ? *)",
        "cron(0 0 ? 2 2 *)",
        "cron(0 3 ? 2 MON#4 2027)",
        "cron(0 3 ? 2 1#5 2027-2032)",
        "cron(0 3 ? 2 MON#5 *)",
        "cron(0 3 ? 2 6L 2027)",
        "cron(0 3 ? 2 L 2027)",
        "cron(0 3 28W 2 ? 2027)",
        "rate(1 day)",
        "at(2027-02-28T03:00:00)",
        "not a schedule",
    ],
)
def test_days_that_come(expression: str) -> None:
    assert not never_comes(expression)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("UTC", ""),
        ("Europe/Vienna", ""),
        (
            "Europe/Viena",
            "timezone: 'Europe/Viena': must be the name of a time zone, such as Europe/Vienna "
            "(did you mean 'Europe/Vienna'?)",
        ),
        ("../../etc", "timezone: '../../etc': must be the name of a time zone, such as Europe/Vienna"),
    ],
)
def test_time_zones(name: str, wrong: str) -> None:
    problems = Problems("Job", "nightly")
    check_timezone("timezone", name, problems)

    assert _only(problems) == wrong


@pytest.mark.parametrize(
    ("unix", "aws"),
    [
        ("0 3 * * *", "cron(0 3 * * ? *)"),
        ("*/15 * * * *", "cron(0/15 * * * ? *)"),
        ("0 9 1,15 * *", "cron(0 9 1,15 * ? *)"),
        ("0 0 */2 */3 *", "cron(0 0 1/2 1/3 ? *)"),
        # Sunday is 0 and 7 in crontab(5), and 1 in AWS.
        ("0 3 * * 0", "cron(0 3 ? * 1 *)"),
        ("0 3 * * 7", "cron(0 3 ? * 1 *)"),
        ("30 8 * 1 1-5", "cron(30 8 ? 1 2-6 *)"),
        ("0 3 * * 5-7", "cron(0 3 ? * 6,7,1 *)"),
        ("0 3 * * 1-5/2", "cron(0 3 ? * 2,4,6 *)"),
        ("0 3 * * */2", "cron(0 3 ? * 1/2 *)"),
        ("0 3 * jan mon-fri", "cron(0 3 ? jan mon-fri *)"),
        ("0 3 * * 6,0", "cron(0 3 ? * 7,1 *)"),
        ("@weekly", "cron(0 0 ? * 1 *)"),
        ("@monthly", "cron(0 0 1 * ? *)"),
        ("0 3 1 * 1", ""),
        ("@reboot", ""),
        ("0 3 * *", ""),
        ("a lot of other words", ""),
    ],
)
def test_what_aws_calls_a_unix_expression(unix: str, aws: str) -> None:
    assert from_unix(unix) == aws
    assert not aws or problem(aws) == ""


NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "timezone", "over"),
    [
        ("rate(1 day)", "UTC", False),
        ("at(2026-11-29T11:59:59)", "UTC", True),
        ("at(2026-11-29T12:00:01)", "UTC", False),
        # 12:00 UTC is 13:00 in Vienna, and 7:00 in New York.
        ("at(2026-11-29T12:30:00)", "Europe/Vienna", True),
        ("at(2026-11-29T07:30:00)", "America/New_York", False),
        ("cron(0 3 * * ? *)", "UTC", False),
        ("cron(0 3 * * ? 2020)", "UTC", True),
        ("cron(0 3 * * ? 2020-2026)", "UTC", False),
        ("cron(0 3 * JAN-OCT ? 2026)", "UTC", True),
        ("cron(0 3 28 11 ? 2026)", "UTC", True),
        ("cron(0 3 29,30 11 ? 2026)", "UTC", False),
        ("cron(0 3 28 11,12 ? 2026)", "UTC", False),
        ("cron(0 3 L 11 ? 2026)", "UTC", False),
        # 29 November 2026 is a Sunday.
        ("cron(0 3 ? 11 MON 2026)", "UTC", False),
        ("cron(0 3 ? 11 MON#4 2026)", "UTC", True),
        ("cron(0 3 ? 11 MON#5 2026)", "UTC", False),
        ("cron(0 3 ? 11 SAT 2026)", "UTC", True),
        ("cron(0 3 ? 11 L 2026)", "UTC", True),
        ("cron(0 3 ? 11 1L 2026)", "UTC", False),
        ("cron(0 3 ? 11 7L 2026)", "UTC", True),
        # A weekend's nearest weekday in the month: 27 and 30 November.
        ("cron(0 3 28W 11 ? 2026)", "UTC", True),
        ("cron(0 3 29W 11 ? 2026)", "UTC", False),
        ("not a schedule", "UTC", False),
        ("at(2026-01-01T00:00:00)", "No/Zone", True),
    ],
)
def test_a_schedule_that_is_over(expression: str, timezone: str, over: bool) -> None:
    assert is_over(expression, timezone, NOW) is over


@pytest.mark.parametrize(
    ("expression", "after", "until", "due"),
    [
        ("cron(0 8 ? * MON-FRI *)", "2027-01-04T06:59:00", "2027-01-04T07:00:01", True),
        ("cron(0 8 ? * MON-FRI *)", "2027-01-04T07:00:01", "2027-01-04T23:59:00", False),
        ("cron(0 8 ? * MON-FRI *)", "2027-01-02T00:00:00", "2027-01-03T23:00:00", False),
        ("cron(0 8 ? * MON-FRI *)", "2027-07-05T05:59:30", "2027-07-05T06:00:00", True),
        ("cron(0/15 * * * ? *)", "2027-01-04T07:14:59", "2027-01-04T07:15:00", True),
        ("cron(0/15 * * * ? *)", "2027-01-04T07:15:00", "2027-01-04T07:29:59", False),
        ("at(2027-01-04T08:00:00)", "2027-01-04T06:59:59", "2027-01-04T07:00:00", True),
        ("at(2027-01-04T08:00:00)", "2027-01-04T07:00:00", "2027-01-04T08:30:00", False),
        ("rate(5 minutes)", "2027-01-01T00:04:59", "2027-01-01T00:05:00", True),
        ("rate(5 minutes)", "2027-01-01T00:05:00", "2027-01-01T00:09:59", False),
        ("rate(2 hours)", "2027-01-01T01:59:00", "2027-01-01T02:01:00", True),
        ("rate(1 day)", "2027-01-01T01:59:00", "2027-01-01T23:01:00", False),
    ],
)
def test_whether_it_runs_in_a_span(expression: str, after: str, until: str, due: bool) -> None:
    began, first, last = (
        datetime.fromisoformat(text).replace(tzinfo=UTC) for text in ("2027-01-01T00:00:00", after, until)
    )
    assert runs(expression, "Europe/Vienna", began, first, last) is due
