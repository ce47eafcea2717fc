"""Schedule expressions of EventBridge Scheduler ("Schedule types on EventBridge Scheduler")."""

import calendar
import difflib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import takewhile
from typing import NamedTuple

from .problems import Problems

_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}

_FORMS = "rate(5 minutes), cron(0 3 * * ? *) or at(2027-01-31T03:00:00)"

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    """Names of `low` and the numbers after it."""
    special: str = r"(?!)"
    """Further forms of a value."""


_NTH_DAY = r"\?|L|[1-7]L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)#[1-5]"
_DAY = _Field("day of month", 1, 31, special=r"\?|L|([1-9]|[12][0-9]|3[01])W")
_MONTH = _Field("month", 1, 12, _MONTHS)
_YEAR = _Field("year", 1970, 2199)
_WEEKDAY = _Field("day of week", 1, 7, _DAYS, special=_NTH_DAY)
_CRON = (_Field("minutes", 0, 59), _Field("hours", 0, 23), _DAY, _MONTH, _WEEKDAY, _YEAR)

_TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"


def check_schedule(field: str, expression: str, problems: Problems) -> None:
    """Check a schedule: `rate(...)`, `cron(...)` or `at(...)`."""
    kind, inside = _parts(expression)
    if kind not in ("rate", "cron", "at"):
        same = from_unix(expression)
        problems.add(field, expression, f"must be like {_FORMS}" + (f"; write {same}" if same else ""))
        return
    if wrong := {"rate": _rate, "cron": _cron, "at": _at}[kind](inside):
        problems.add(field, expression, wrong)


def _parts(expression: str) -> tuple[str, str]:
    """Return the kind of an expression, and the text in its parentheses."""
    kind, _, rest = expression.partition("(")
    return (kind, rest.removesuffix(")")) if rest.endswith(")") else ("", expression)


def is_over(expression: str, timezone: str, now: datetime) -> bool:
    """Return whether a well-formed schedule has no run after `now`, a time with its zone."""
    local = now.astimezone(_zone(timezone) or UTC).replace(tzinfo=None)
    kind, inside = _parts(expression)
    if kind == "at" and not _at(inside):
        return datetime.fromisoformat(inside) < local
    if kind != "cron" or _cron(inside):
        return False
    return not any(day >= local.date() for day in _dates(inside, local.year))


def runs(expression: str, timezone: str, began: datetime, after: datetime, until: datetime) -> bool:
    """Return whether a well-formed schedule runs in a span of time, its end included.

    `began` is when a `rate` begins; all have a zone.
    """
    import zoneinfo

    kind, inside = _parts(expression)
    if kind == "rate":
        count, unit = inside.split(" ")
        every = int(count) * _SECONDS[unit.removesuffix("s")]
        return (until - began).total_seconds() // every > (after - began).total_seconds() // every
    zone = zoneinfo.ZoneInfo(timezone)
    if kind == "at":
        return after < datetime.fromisoformat(inside).replace(tzinfo=zone) <= until
    minute = until.replace(second=0, microsecond=0)
    while minute > after:
        if _is_due(inside, minute.astimezone(zone)):
            return True
        minute -= timedelta(minutes=1)
    return False


def _is_due(cron: str, moment: datetime) -> bool:
    minutes, hours, *_ = _values(cron.upper())
    if moment.minute not in _numbers(_CRON[0], minutes) or moment.hour not in _numbers(_CRON[1], hours):
        return False
    return any(
        day == moment.date()
        for day in takewhile(lambda day: day.year == moment.year, _dates(cron, moment.year))
    )


def _rate(text: str) -> str:
    match = re.fullmatch(r"([1-9][0-9]*) (minute|hour|day)(s?)", text)
    if match is None:
        return "rate must have an integer above 0 and minutes, hours or days, such as rate(5 minutes)"
    number, unit, plural = match.groups()
    return "" if number == "1" or plural else f"rate must have a plural unit: rate({number} {unit}s)"


def _at(text: str) -> str:
    try:
        exists = bool(re.fullmatch(_TIME, text) and datetime.fromisoformat(text))
    except ValueError:
        exists = False
    wrong = "at must have a date and time that exist, without a zone, such as at(2027-01-31T03:00:00)"
    return "" if exists else wrong


def _cron(text: str) -> str:
    values = _values(text)
    if len(values) != len(_CRON):
        named = ", ".join(field.name for field in _CRON)
        return f"cron must have six fields ({named}), not {len(values)}{_unix_hint(text)}"
    for field, value in zip(_CRON, values, strict=True):
        try:
            for part in value.split(","):
                if not re.fullmatch(field.special, part.upper()):
                    _numbers(field, part)
        except ValueError:
            names = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
            allowed = f"{field.low} to {field.high}{names}, lists, ranges, steps or *"
            return f"{value!r} is not valid for {field.name}: {allowed}"
    if (values[2] == "?") == (values[4] == "?"):
        return "one of day of month and day of week must be ?, and only one"
    return ""


def _values(text: str) -> list[str]:
    return [value for value in text.split(" ") if value]


def _unix_hint(text: str) -> str:
    """Return advice for a Unix expression, which has no year."""
    if len(text.split()) != 5:
        return ""
    same = from_unix(text)
    advice = f"; write {same}" if same else ", and one of its days must be ?"
    return f"; a Unix expression has no year{advice}"


def never_comes(expression: str) -> bool:
    """Return whether a well-formed schedule names only days that do not exist, such as 31 February."""
    kind, inside = _parts(expression)
    if kind != "cron" or _cron(inside):
        return False
    return next(_dates(inside, _YEAR.low), None) is None


def _dates(cron: str, first_year: int) -> Iterator[date]:
    """Yield the days of a well-formed cron expression, from a year on and month by month."""
    _, _, day, month, weekday, year = _values(cron.upper())
    for number in _numbers(_YEAR, year):
        for of_year in _numbers(_MONTH, month) if number >= first_year else ():
            weekdays = weekday != "?"
            days = _weekdays(weekday, number, of_year) if weekdays else _month_days(day, number, of_year)
            length = calendar.monthrange(number, of_year)[1]
            yield from (date(number, of_year, month_day) for month_day in days if month_day <= length)


def _month_days(text: str, year: int, month: int) -> Iterator[int]:
    """Yield the days of a month that its field names, some of them beyond its end."""
    first, length = calendar.monthrange(year, month)
    for part in text.split(","):
        if part == "L":
            yield length
        elif part.endswith("W"):
            day = int(part[:-1])
            weekday = (first + day - 1) % 7
            if weekday == calendar.SATURDAY:
                day += 2 if day == 1 else -1
            elif weekday == calendar.SUNDAY:
                day += -2 if day == length else 1
            yield day if int(part[:-1]) <= length else length + 1
        else:
            yield from _numbers(_DAY, part)


def _weekdays(text: str, year: int, month: int) -> Iterator[int]:
    """Yield the days of a month that the field for days of the week names, some of them beyond its end."""
    first, length = calendar.monthrange(year, month)
    for part in text.split(","):
        name, _, nth = part.partition("#")
        last = len(name) > 1 and name.endswith("L")
        # L alone is the last day of the week.
        for number in _numbers(_WEEKDAY, "7" if name == "L" else name.removesuffix("L") if last else name):
            # Sunday is 1 in AWS, and 6 in Python.
            days = range(1 + (number - 2 - first) % 7, 36, 7)
            if nth:
                yield days[int(nth) - 1]
            elif last:
                yield max(day for day in days if day <= length)
            else:
                yield from days


def _numbers(field: _Field, text: str) -> list[int]:
    """Return the numbers that a field names.

    Raises:
        ValueError: a part is not a number, a range or a step of the field.
    """
    numbers: set[int] = set()
    for part in text.split(","):
        base, slash, step = part.partition("/")
        first, dash, last = base.partition("-")
        low = field.low if base == "*" else _number(field, first)
        high = _number(field, last) if dash else field.high if slash or base == "*" else low
        # A range such as FRI-MON continues at the beginning.
        further = [*range(low, field.high + 1), *range(field.low, high + 1)]
        every = _integer(step, 1, field.high) if slash else 1
        numbers.update((range(low, high + 1) if low <= high else further)[::every])
    return sorted(numbers)


def _number(field: _Field, text: str) -> int:
    if text.upper() in field.names:
        return field.low + field.names.index(text.upper())
    return _integer(text, field.low, field.high)


def _integer(text: str, low: int, high: int) -> int:
    if text.isascii() and text.isdecimal() and low <= int(text) <= high:
        return int(text)
    raise ValueError(text)


def check_timezone(field: str, name: str, problems: Problems) -> None:
    """Check the name of a time zone, if this machine has a list of them."""
    import zoneinfo

    if _zone("UTC") is not None and _zone(name) is None:
        near = difflib.get_close_matches(name, zoneinfo.available_timezones(), n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        problems.add(field, name, f"must be the name of a time zone, such as Europe/Vienna{hint}")


def _zone(name: str) -> tzinfo | None:
    """Return a time zone; None if this machine does not have it."""
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


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
    """Return the AWS form of a Unix expression or macro (crontab(5)); an empty string if there is none, or it
    never runs.

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
    cron = f"{minutes} {hours} {day} {month} {weekday} *"
    return "" if _cron(cron) or never_comes(f"cron({cron})") else f"cron({cron})"


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
