"""Schedule expressions of EventBridge Scheduler ("Schedule types on EventBridge Scheduler")."""

import calendar
import difflib
import re
from datetime import UTC, datetime
from typing import NamedTuple

from .problems import Problems
from .unix_cron import from_unix

_FORMS = "rate(5 minutes), cron(0 3 * * ? *) or at(2027-01-31T03:00:00)"

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    """What stands for `low` and the numbers after it."""
    special: str = r"(?!)"
    """What else a value can be."""


_DAY = _Field("day of month", 1, 31, special=r"\?|L|([1-9]|[12]\d|3[01])W")
_MONTH = _Field("month", 1, 12, _MONTHS)
_YEAR = _Field("year", 1970, 2199)
_CRON = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _DAY,
    _MONTH,
    _Field("day of week", 1, 7, _DAYS, special=r"\?|L|[1-7]L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)#[1-5]"),
    _YEAR,
)

_TIME = "%Y-%m-%dT%H:%M:%S"


def check_schedule(field: str, expression: str, problems: Problems) -> None:
    """Check `rate(...)`, `cron(...)` or `at(...)`, and say what is wrong with it."""
    kind, inside = _parts(expression)
    if kind not in ("rate", "cron", "at"):
        same = from_unix(expression)
        problems.add(field, expression, f"must be like {_FORMS}" + (f"; write {same}" if same else ""))
        return
    wrong = {"rate": _rate, "cron": _cron, "at": _at}[kind](inside)
    if wrong:
        problems.add(field, expression, wrong)


def _parts(expression: str) -> tuple[str, str]:
    """Return the kind of an expression, and what is in its parentheses."""
    kind, _, rest = expression.partition("(")
    return (kind, rest.removesuffix(")")) if rest.endswith(")") else ("", expression)


def is_over(expression: str, timezone: str, now: datetime) -> bool:
    """Return whether a schedule that is well formed has no run left after `now`.

    Args:
        expression: `rate(...)`, `cron(...)` or `at(...)`.
        timezone: the name of its time zone.
        now: a time with its zone.
    """
    import zoneinfo

    try:
        local = now.astimezone(zoneinfo.ZoneInfo(timezone)).replace(tzinfo=None)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        local = now.astimezone(UTC).replace(tzinfo=None)
    kind, inside = _parts(expression)
    if kind == "at" and not _at(inside):
        return datetime.strptime(inside, _TIME) < local
    if kind != "cron" or _cron(inside):
        return False
    values = inside.split()
    year = max(_numbers(_YEAR, values[5]))
    months = [month for month in _numbers(_MONTH, values[3]) if year > local.year or month >= local.month]
    if year < local.year or not months:
        return True
    days = _named_days(values[2])
    return (year, months) == (local.year, [local.month]) and days is not None and days[-1] < local.day


def _rate(text: str) -> str:
    found = re.fullmatch(r"([1-9]\d*) (minute|hour|day)(s?)", text)
    if found is None:
        return "rate takes a whole number above 0 and minutes, hours or days, such as rate(5 minutes)"
    number, unit, plural = found.groups()
    if number != "1" and not plural:
        return f"rate takes the plural for more than one: rate({number} {unit}s)"
    return ""


def _at(text: str) -> str:
    try:
        datetime.strptime(text, _TIME)
    except ValueError:
        return "at takes a date and time that exist, without a zone: at(2027-01-31T03:00:00)"
    return ""


def _cron(text: str) -> str:
    values = text.split()
    if len(values) != len(_CRON):
        named = ", ".join(field.name for field in _CRON)
        return f"cron takes six fields ({named}), not {len(values)}{_unix_hint(text)}"
    for field, value in zip(_CRON, values, strict=True):
        if not all(_is_good(field, part) for part in value.split(",")):
            return f"{value!r} is no {field.name}: {_allowed(field)}"
    if (values[2] == "?") == (values[4] == "?"):
        return "exactly one of day of month and day of week must be ?, the other one counts"
    return ""


def _unix_hint(text: str) -> str:
    """Return what a Unix expression, which lacks the year, is in AWS's form."""
    if len(text.split()) != 5:
        return ""
    same = from_unix(text)
    if same:
        return f": a Unix expression lacks the year; write {same}"
    return ": a Unix expression lacks the year, and one of its days must be ?"


def never_comes(expression: str) -> bool:
    """Return whether a well-formed schedule names only days that no calendar has, such as 31 February."""
    kind, inside = _parts(expression)
    if kind != "cron" or _cron(inside):
        return False
    _, _, day, month, _, year = inside.split()
    days = _named_days(day)
    february = 29 if any(map(calendar.isleap, _numbers(_YEAR, year))) else 28
    lengths = [
        february if number == 2 else calendar.monthrange(2001, number)[1]
        for number in _numbers(_MONTH, month)
    ]
    return days is not None and days[0] > max(lengths)


def _named_days(text: str) -> list[int] | None:
    """Return the days of the month that are named by number, in order; None where some are not."""
    numbers = text.upper().replace("W", "")
    return None if numbers == "?" or "L" in numbers else _numbers(_DAY, numbers)


def _numbers(field: _Field, text: str) -> list[int]:
    """Return the numbers that a field names, which was checked before."""
    found: set[int] = set()
    for part in text.split(","):
        base, _, step = part.partition("/")
        first, dash, last = base.partition("-")
        if base == "*":
            low, high = field.low, field.high
        else:
            low = _number(field, first)
            high = _number(field, last) if dash else field.high if step else low
        # A range such as FRI-MON goes on at the beginning.
        further = [*range(low, field.high + 1), *range(field.low, high + 1)]
        found.update((range(low, high + 1) if low <= high else further)[:: int(step or 1)])
    return sorted(found)


def _number(field: _Field, text: str) -> int:
    return field.low + field.names.index(text.upper()) if text.upper() in field.names else int(text)


def _is_good(field: _Field, part: str) -> bool:
    if re.fullmatch(field.special, part.upper()):
        return True
    base, slash, step = part.partition("/")
    if slash and not (step.isdecimal() and 1 <= int(step) <= field.high):
        return False
    if base == "*":
        return True
    first, dash, last = base.partition("-")
    return _is_number(field, first) and (not dash or _is_number(field, last))


def _is_number(field: _Field, text: str) -> bool:
    return text.upper() in field.names or (text.isdecimal() and field.low <= int(text) <= field.high)


def _allowed(field: _Field) -> str:
    names = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
    return f"{field.low} to {field.high}{names}, lists, ranges, steps or *"


def check_timezone(field: str, name: str, problems: Problems) -> None:
    """Check the name of a time zone, where this machine has a list of them."""
    import zoneinfo

    try:
        zoneinfo.ZoneInfo("UTC")
    except zoneinfo.ZoneInfoNotFoundError:
        return
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(name, zoneinfo.available_timezones(), n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        problems.add(field, name, f"must be a time zone's name, such as Europe/Vienna{hint}")
