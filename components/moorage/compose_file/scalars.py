"""Scalars of YAML, as go-yaml resolves them (YAML 1.2 with parts of 1.1) and Go prints them."""

import math
import re
from datetime import datetime
from decimal import Decimal

Scalar = None | bool | int | float | str


class Timestamp(str):
    """A timestamp, as Go prints it; as a value it is a string, but not as a key."""

    __slots__ = ()


_BOOLEANS = {text: text.lower() == "true" for text in ("true", "True", "TRUE", "false", "False", "FALSE")}
_NULLS = ("", "~", "null", "Null", "NULL")
_INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)|(?P<dec>0|[1-9][0-9]*))"
)
_BASES = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_MISPLACED = re.compile(r"(?<![0-9])_|_(?![0-9])")
_TIMESTAMP = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)"
    r"(?:(?P<t>[Tt ])(?P<hour>\d\d?):(?P<minute>\d\d?):(?P<second>\d\d?)"
    r"(?:[.,](?P<fraction>\d+))?(?P<zone>Z|[-+]\d\d:\d\d)?)?",
    re.ASCII,
)


def resolved(text: str) -> Scalar:
    """Return the value of an unquoted scalar.

    Numbers may have underscores and the prefixes `0x`, `0o`, `0` and `0b`; integers beyond 64 bits are
    floats.
    """
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text in _NULLS:
        return None
    if _NOT_FINITE.fullmatch(text):
        return float(text.replace(".", ""))
    if text[0] == ".":
        return text if _MISPLACED.search(text) else _float(text.replace("_", ""), text)
    if text[0] not in "+-0123456789":
        return text
    if text in ("-0", "-0.0"):
        return -0.0
    if (timestamp := _timestamp(text)) is not None:
        return timestamp
    plain = text.replace("_", "")
    integer = _integer(plain)
    return _float(plain, text) if integer is None else integer


def _integer(text: str) -> int | None:
    match = _INTEGER.fullmatch(text)
    # Longer than any of 64 bits; Python refuses to convert much longer ones.
    if match is None or len(text) > 1000:
        return None
    sign = match["sign"]
    base = next(name for name in _BASES if match[name])
    value = int(match[base], _BASES[base])
    if sign == "-":
        return -value if value <= 2**63 else None
    return value if value < (2**63 if sign else 2**64) else None


def _float(plain: str, text: str) -> float | str:
    value = float(plain) if _FLOAT.fullmatch(plain) else math.inf
    return value if math.isfinite(value) else text


def _timestamp(text: str) -> Timestamp | None:
    match = _TIMESTAMP.fullmatch(text)
    if match is None or (match["t"] is not None and (match["t"] == " ") == (match["zone"] is not None)):
        return None
    parts = [int(match[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")]
    zone = match["zone"] or "Z"
    if zone != "Z" and (int(zone[1:3]) > 24 or int(zone[4:]) > 60):
        return None
    try:
        moment = datetime(*parts)  # type: ignore[arg-type, misc]
    except ValueError:
        return None
    fraction = (match["fraction"] or "")[:9].rstrip("0")
    offset = "+0000 UTC" if zone == "Z" else f"{zone.replace(':', '')} {zone.replace(':', '')}"
    return Timestamp(f"{moment.isoformat(' ')}{'.' if fraction else ''}{fraction} {offset}")


def scalar_text(value: Scalar) -> str:
    """Return a scalar as Go prints it: `true`, `1e+06`, `-0`; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_text(value)
    return str(value)


def _float_text(value: float) -> str:
    """Return the shortest digits that round-trip, with an exponent if it is below -4 or above 5."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{value:+}".replace("i", "I")
    power = Decimal(repr(value)).adjusted() if value else 0
    digits = Decimal(repr(value)).normalize()
    if -5 < power < 6:
        return f"{digits:f}"
    sign, figures, _ = digits.as_tuple()
    first, *rest = map(str, figures)
    return f"{'-' if sign else ''}{first}{'.' if rest else ''}{''.join(rest)}e{power:+03d}"
