"""Schedule expressions of EventBridge Scheduler ("Schedule types on EventBridge Scheduler")."""

import difflib
import re
from datetime import datetime
from typing import NamedTuple

from .problems import Problems

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


_CRON = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of month", 1, 31, special=r"\?|L|([1-9]|[12]\d|3[01])W"),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 1, 7, _DAYS, special=r"\?|L|[1-7]L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)#[1-5]"),
    _Field("year", 1970, 2199),
)


def check_schedule(field: str, expression: str, problems: Problems) -> None:
    """Check `rate(...)`, `cron(...)` or `at(...)`, and say what is wrong with it."""
    kind, _, rest = expression.partition("(")
    inside = rest.removesuffix(")")
    if kind not in ("rate", "cron", "at") or not rest.endswith(")"):
        problems.add(field, expression, f"must be like {_FORMS}")
        return
    wrong = {"rate": _rate, "cron": _cron, "at": _at}[kind](inside)
    if wrong:
        problems.add(field, expression, wrong)


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
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return "at takes a date and time that exist, without a zone: at(2027-01-31T03:00:00)"
    return ""


def _cron(text: str) -> str:
    values = text.split()
    if len(values) != len(_CRON):
        named = ", ".join(field.name for field in _CRON)
        hint = ": a Unix expression lacks the year" if len(values) == 5 else ""
        return f"cron takes six fields ({named}), not {len(values)}{hint}"
    for field, value in zip(_CRON, values, strict=True):
        if not all(_is_good(field, part) for part in value.split(",")):
            return f"{value!r} is no {field.name}: {_allowed(field)}"
    if (values[2] == "?") == (values[4] == "?"):
        return "exactly one of day of month and day of week must be ?, the other one counts"
    return ""


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
