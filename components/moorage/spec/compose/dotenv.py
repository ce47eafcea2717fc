"""`.env` files and the files of `env_file`, read as Compose reads them.

Compose Specification, "env_file", and the Docker documentation, "Set environment variables within your
container's environment", `.env` file syntax.
"""

import re
from pathlib import Path

from .interpolate import InterpolationError, Lookup, substitute
from .nodes import ComposeError

_LINE = re.compile(r"(?:export[ \t]+)?(?P<name>[A-Za-z0-9_.\-\[\]]+)[ \t]*(?P<sign>[=:])?")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v", '"': '"', "\\": "\\"}


def read_env_file(path: Path, shown: str, lookup: Lookup, raw: bool = False) -> dict[str, str]:
    """Read a file of variables and return them.

    Args:
        path: the file.
        shown: its name in messages.
        lookup: gives values for variables in it, after those that the file itself has set.
        raw: take everything after `=` as it stands (`format: raw`).

    Raises:
        ComposeError: there is no such file, or a line is wrong; the text says where.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ComposeError(f"{shown}: cannot be read: {reason}") from error
    return parse_env(text, shown, lookup, raw)


def parse_env(text: str, shown: str, lookup: Lookup, raw: bool = False) -> dict[str, str]:
    """Return the variables that a text sets; a name without a value takes it from `lookup`.

    Raises:
        ComposeError: a line is wrong; the text says where.
    """
    values: dict[str, str] = {}
    lines = text.replace("\r\n", "\n").split("\n")
    number = 0
    while number < len(lines):
        line, first = lines[number].strip(), number + 1
        number += 1
        if not line or line.startswith("#"):
            continue
        match = _LINE.match(line)
        rest = line[match.end() :].lstrip() if match else ""
        if match is None or (rest and match["sign"] is None and not rest.startswith("#")):
            raise ComposeError(f"{shown}:{first}: {line!r} is no line of the form NAME=value")
        name = match["name"]
        if match["sign"] is None:
            inherited = lookup(name)
            if inherited is not None:
                values[name] = inherited
            continue
        if raw:
            values[name] = rest
            continue
        quote = rest[:1]
        try:
            if quote in ("'", '"'):
                body, number = _quoted(lines, number, rest, shown, first)
                values[name] = body if quote == "'" else substitute(_unescaped(body), _with(values, lookup))
            else:
                bare = "" if rest.startswith("#") else rest.partition(" #")[0].rstrip()
                values[name] = substitute(bare, _with(values, lookup))
        except InterpolationError as error:
            raise ComposeError(f"{shown}:{first}: {name}: {error}") from error
    return values


def _with(values: dict[str, str], lookup: Lookup) -> Lookup:
    return lambda name: values[name] if name in values else lookup(name)


def _quoted(lines: list[str], number: int, rest: str, shown: str, first: int) -> tuple[str, int]:
    """Return what stands between quotes, over several lines where it does, and the next line's index."""
    quote, text = rest[0], rest[1:]
    while True:
        position = 0
        while (end := text.find(quote, position)) >= 0:
            if not _escaped(text, end):
                body = text[:end]
                return body.replace("\\'", "'") if quote == "'" else body, number
            position = end + 1
        if number >= len(lines):
            raise ComposeError(f"{shown}:{first}: the closing {quote} is missing")
        text += "\n" + lines[number]
        number += 1


def _escaped(text: str, position: int) -> bool:
    before = text[:position]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _unescaped(body: str) -> str:
    def one(match: re.Match[str]) -> str:
        char = match.group(1)
        # An escaped dollar sign must come out of the interpolation that follows as one.
        return "$$" if char == "$" else _ESCAPES.get(char, match.group())

    return re.sub(r"\\(.)", one, body)
