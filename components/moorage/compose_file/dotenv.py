"""`.env` files, and the files of `env_file` and `label_file`, in the grammar of compose-go (`dotenv`).

python-dotenv has another grammar: names and values end elsewhere, and it expands other variables.
"""

import re
from pathlib import Path

from .files import ComposeError, read_text, shown_path
from .interpolation import Interpolation, InterpolationError, Lookup

# White space of Unicode: Python's own `strip` and `\s` also match separators of ASCII.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_BLANK = re.compile(f"[{_SPACE}]*")
_TRAILING = re.compile(f"[{_SPACE}]+\\Z")
_INDENT = re.compile("[\t\v\f\r \x85\xa0]*")
_EXPORT = re.compile("export[\t\n\f\r ]+")
_NAME = re.compile("[^=:\n]*")
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_ESCAPE = re.compile(r'\\([abfnrtv$"\\]|0[0-9]{0,3})')
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v", '"': '"', "\\": "\\"}


def read_env_file(
    path: Path, lookup: Lookup, values: dict[str, str] | None = None, raw: bool = False
) -> dict[str, str]:
    """Read a file of variables and return them with `values`, those of earlier files.

    Variables in it come from `lookup`, then from those set before; with `raw` (`format: raw`) values are
    literal.

    Raises:
        ComposeError: the file cannot be read, or a line is wrong; the text has the line.
    """
    parser = _raw if raw else parse_env
    return parser(read_text(path), shown_path(path), lookup, {} if values is None else values)


def parse_env(text: str, shown: str, lookup: Lookup, values: dict[str, str]) -> dict[str, str]:
    """Add the variables that a text sets to `values` and return them.

    A name without `=` takes its value from `lookup`. Variables in values come from `lookup`, then from those
    set before.

    Raises:
        ComposeError: a line is wrong; the text has the line.
    """

    def resolved(variable: str) -> str | None:
        outer = lookup(variable)
        return values.get(variable) if outer is None else outer

    interpolation = Interpolation(resolved)
    position = 0
    while (position := _statement(text, position)) < len(text):
        try:
            position = _assign(text, position, lookup, values, interpolation)
        except InterpolationError as error:
            line = text.count("\n", 0, position) + 1
            raise ComposeError(f"{shown}:{line}: {error}") from error
    return values


def _statement(text: str, position: int) -> int:
    """Return where the next statement begins: after white space and comments."""
    while True:
        position = _end(_BLANK, text, position)
        if text[position : position + 1] != "#":
            return position
        end = text.find("\n", position)
        position = len(text) if end < 0 else end


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return where a match that begins at `position` ends."""
    match = pattern.match(text, position)
    return match.end() if match else position


def _assign(
    text: str, position: int, lookup: Lookup, values: dict[str, str], interpolation: Interpolation
) -> int:
    """Read one statement into `values` and return where it ends."""
    position = _end(_EXPORT, text, position)
    end = _end(_NAME, text, position)
    name = _TRAILING.sub("", text[position:end])
    if not re.fullmatch(r"[\w.\-\[\]]+", name):
        # Not shown: it may be a line of a secret.
        raise InterpolationError("must be NAME=value, without white space in the name")
    if text[end : end + 1] not in ("=", ":"):
        if (inherited := lookup(name)) is not None:
            values[name] = inherited
        return end
    start = _end(_INDENT, text, end + 1)
    if text[start : start + 1] in ("'", '"'):
        value, end = _quoted(text, start)
    else:
        newline = text.find("\n", start)
        end = len(text) if newline < 0 else newline
        value = _TRAILING.sub("", text[start:end].partition(" #")[0])
    if text[start : start + 1] != "'":
        try:
            value = interpolation.substitute(value)
        except InterpolationError as error:
            raise InterpolationError(f"{name}: {error}") from error
    values[name] = value
    return end


def _quoted(text: str, start: int) -> tuple[str, int]:
    """Return the text between quotes, which may have several lines, and where the statement ends."""
    quote = text[start]
    match = re.compile(rf"(?:[^\\{quote}]|\\.)*{quote}", re.DOTALL).match(text, start + 1)
    if match is None:
        raise InterpolationError(f"the closing {quote} is missing")
    body = _PAIR.sub(lambda pair: quote if pair[1] == quote else pair[0], match.group()[:-1])
    return body if quote == "'" else _ESCAPE.sub(_escaped, body), match.end()


def _escaped(match: re.Match[str]) -> str:
    code = match.group(1)
    if code.startswith("0"):
        # Three octal digits after the zero; with fewer, compose-go only drops the zero.
        return chr(int(code, 8)) if re.fullmatch("0[0-3][0-7]{2}", code) else f"\\{code[1:]}"
    # The interpolation that follows must return an escaped dollar sign as one.
    return "$$" if code == "$" else _ESCAPES[code]


def _raw(text: str, shown: str, lookup: Lookup, values: dict[str, str]) -> dict[str, str]:
    """Add the variables of a file with `format: raw` to `values`: NAME=value, to the end of the line."""
    for number, line in enumerate(text.split("\n"), 1):
        statement = line.removesuffix("\r")
        statement = statement[_end(_BLANK, statement, 0) :]
        if not statement or statement.startswith("#"):
            continue
        name, sign, value = statement.partition("=")
        if not name or re.search(f"[{_SPACE}]", name):
            raise ComposeError(f"{shown}:{number}: must be NAME=value")
        if sign:
            values[name] = value
        elif (inherited := lookup(name)) is not None:
            values[name] = inherited
    return values
