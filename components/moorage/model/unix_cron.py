"""Unix cron expressions in the form of EventBridge Scheduler ("Schedule types on EventBridge Scheduler",
Cron-based schedules; crontab(5))."""

import re

_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}

_FIELD = r"(?:\*|[0-9A-Za-z]+(?:-[0-9A-Za-z]+)?)(?:/[0-9]+)?"
_FIELDS = re.compile(rf"{_FIELD}(?:,{_FIELD})*")


def from_unix(expression: str) -> str:
    """Return the AWS form of a Unix expression or macro; an empty string if there is none.

    Unix combines day of month and day of week with or; AWS allows only one of the two.
    """
    fields = _MACROS.get(expression.strip().lower(), expression).split()
    if len(fields) != 5 or not all(_FIELDS.fullmatch(field) for field in fields):
        return ""
    minutes, hours, day, month, weekday = fields
    minutes, hours = (_steps(field, 0) for field in (minutes, hours))
    month = _steps(month, 1)
    if weekday == "*":
        day, weekday = _steps(day, 1), "?"
    elif day == "*":
        day, weekday = "?", ",".join(_weekday(part) for part in weekday.split(","))
    else:
        return ""
    return f"cron({minutes} {hours} {day} {month} {weekday} *)"


def _steps(field: str, first: int) -> str:
    """Return a field whose steps begin at a number, as in AWS's own examples."""
    return re.sub(r"\*/", f"{first}/", field)


def _weekday(part: str) -> str:
    """Return days of the week in AWS's numbers: 1 is Sunday, which is 0 and 7 in Unix."""
    base, slash, step = part.partition("/")
    if base == "*":
        return f"1{slash}{step}" if slash else "*"
    first, dash, last = base.partition("-")
    if not (first.isdecimal() and (not dash or last.isdecimal())):
        return part
    if not dash:
        return f"{int(first) % 7 + 1}{slash}{step}"
    days = [number % 7 + 1 for number in range(int(first), int(last) + 1, int(step or 1))]
    if not step and days == sorted(days):
        return f"{days[0]}-{days[-1]}"
    return ",".join(map(str, days))
