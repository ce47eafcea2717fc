r"""Regular expressions of Go's `regexp/syntax` in Python's syntax, as far as a pattern of .dockerignore can
hold them: BuildKit makes such an expression of each pattern.

The operators `.`, `*`, `(.*/)?` and a final `$` are BuildKit's own; of a pattern's own text `[...]`, `^`,
`|`, `{2}` and escapes such as `\d` are not literal.
"""

import re
import unicodedata
from functools import cache

Ranges = list[tuple[int, int]]

_ANY_FOLDERS = "(.*/)?"
_REPEAT = re.compile(r"\*|\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}")
_LAST = 0x10FFFF
_PERL: dict[str, Ranges] = {
    "d": [(48, 57)],
    "s": [(9, 10), (12, 13), (32, 32)],
    "w": [(48, 57), (65, 90), (95, 95), (97, 122)],
}
_POSIX: dict[str, Ranges] = {
    "alnum": [(48, 57), (65, 90), (97, 122)],
    "alpha": [(65, 90), (97, 122)],
    "ascii": [(0, 127)],
    "blank": [(9, 9), (32, 32)],
    "cntrl": [(0, 31), (127, 127)],
    "digit": [(48, 57)],
    "graph": [(33, 126)],
    "lower": [(97, 122)],
    "print": [(32, 126)],
    "punct": [(33, 47), (58, 64), (91, 96), (123, 126)],
    "space": [(9, 13), (32, 32)],
    "upper": [(65, 90)],
    "word": _PERL["w"],
    "xdigit": [(48, 57), (65, 70), (97, 102)],
}
_LETTERS = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_ANCHORS = {"A": r"\A", "b": r"\b", "B": r"\B", "z": r"\Z"}


def to_python(expression: str) -> str:
    """Return the same expression for `re.compile(..., re.ASCII)`.

    Raises:
        ValueError: Go does not compile it; the text says why.
    """
    parts: list[str] = []
    repeated = False
    rest = expression
    while rest:
        if rest.startswith(_ANY_FOLDERS):
            part, rest, repeating = "(?:.*/)?", rest[len(_ANY_FOLDERS) :], True
        elif (count := _REPEAT.match(rest)) is not None:
            if repeated or parts[-1] == "|":
                raise ValueError(f"{count.group()} repeats nothing")
            part, rest, repeating = f"(?:{parts.pop()}){_times(count)}", rest[count.end() :], True
        else:
            part, rest = _atom(rest)
            repeating = False
        parts.append(part)
        repeated = repeating
    return "".join(parts)


def _atom(text: str) -> tuple[str, str]:
    if text[0] == "[":
        return _class(text)
    if text[0] == "\\":
        return _escaped(text)
    operator = {"^": r"\A", "$": r"\Z", ".": ".", "|": "|"}.get(text[0])
    return operator or re.escape(text[0]), text[1:]


def _times(count: re.Match[str]) -> str:
    low, high = int(count.group(1) or 0), count.group(3)
    if low > 1000 or (high and not low <= int(high) <= 1000):
        raise ValueError(f"{count.group()} is not a number of times up to 1000")
    return count.group()


def _escaped(text: str) -> tuple[str, str]:
    letter = text[1]
    if letter in _ANCHORS:
        return _ANCHORS[letter], text[2:]
    if letter == "Q":
        literal, _, rest = text[2:].partition("\\E")
        return re.escape(literal), rest
    ranges = _named(text)
    if ranges is not None:
        return _set(ranges[0]), ranges[1]
    code, rest = _character(text)
    return re.escape(chr(code)), rest


def _class(text: str) -> tuple[str, str]:
    rest = text[1:]
    negated = rest.startswith("^")
    rest = rest[1:] if negated else rest
    ranges: Ranges = []
    first = True
    while first or not rest.startswith("]"):
        if not rest:
            raise ValueError("[ without ]")
        first = False
        end = rest.find(":]", 2)
        if rest.startswith("[:") and end >= 0:
            name = rest[2:end]
            members = _POSIX.get(name.removeprefix("^"))
            if members is None:
                raise ValueError(f"unknown class [:{name}:]")
            ranges += _others(members) if name.startswith("^") else members
            rest = rest[end + 2 :]
        elif (named := _named(rest)) is not None:
            ranges += named[0]
            rest = named[1]
        else:
            low, rest = _character(rest)
            high = low
            if rest.startswith("-") and not rest.startswith("-]") and len(rest) > 1:
                high, rest = _character(rest[1:])
            if high < low:
                raise ValueError(f"the range {chr(low)}-{chr(high)} is backwards")
            ranges.append((low, high))
    return _set(_others(ranges) if negated else ranges), rest[1:]


def _named(text: str) -> tuple[Ranges, str] | None:
    r"""Read `\d`, `\S`, `\pL` and the like; None is something else."""
    if len(text) < 2 or text[0] != "\\":
        return None
    letter, rest = text[1], text[2:]
    if letter.lower() in _PERL:
        ranges = _PERL[letter.lower()]
    elif letter in "pP":
        if rest[:1].upper() not in tuple("CLMNPSZ"):
            raise ValueError(f"unknown class {text[:3]}")
        ranges, rest = _category(rest[0].upper()), rest[1:]
    else:
        return None
    return (_others(ranges) if letter.isupper() else ranges), rest


@cache
def _category(letter: str) -> Ranges:
    return [(code, code) for code in range(_LAST + 1) if unicodedata.category(chr(code))[0] == letter]


def _character(text: str) -> tuple[int, str]:
    """Read one character, or an escaped one."""
    if text[0] != "\\":
        return ord(text[0]), text[1:]
    letter, rest = text[1:2], text[2:]
    if letter.isascii() and letter and not letter.isalnum():
        return ord(letter), rest
    octal = re.match(r"[1-7][0-7]{1,2}|0[0-7]{0,2}", text[1:])
    if octal:
        return int(octal.group(), 8), text[1 + octal.end() :]
    hexadecimal = re.match(r"x([0-9A-Fa-f]{2})", text[1:])
    if hexadecimal:
        return int(hexadecimal.group(1), 16), text[4:]
    if letter in _LETTERS:
        return _LETTERS[letter], rest
    raise ValueError(f"\\{letter} is not an escape")


def _others(ranges: Ranges) -> Ranges:
    others: Ranges = []
    start = 0
    for low, high in sorted(ranges):
        if low > start:
            others.append((start, low - 1))
        start = max(start, high + 1)
    return [*others, (start, _LAST)] if start <= _LAST else others


def _set(ranges: Ranges) -> str:
    """Return a class of Python's; one without a member matches nothing."""
    members = "".join(f"{re.escape(chr(low))}-{re.escape(chr(high))}" for low, high in ranges)
    return f"[{members}]" if members else "[^\\x00-\\U0010ffff]"
