"""Files of patterns that exclude parts of a folder from a build context, as BuildKit reads them.

`.dockerignore` is Docker's ("Build context", .dockerignore files); its patterns are those of the
moby/patternmatcher library, which BuildKit, Compose and docker-build use. The library compiles a pattern only
when it matches a path against it, so a fault that only compiling finds is refused when a path meets it.
"""

import posixpath
import re
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from moorage.errors import MoorageError

_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" + (
    "\u2028\u2029\u202f\u205f\u3000"
)
"""Go's unicode.IsSpace."""
_LONGEST_LINE = 65_535
"""The longest line, in bytes, that Go's bufio.Scanner reads."""
_MEMORY = 320 << 20
"""Bytes that RE2 may use for an expression; Go refuses about the same sizes."""
_LITERAL = re.compile(r"\\Q.*?(\\E|$)|\\[^CQ]", re.DOTALL)
_SURROGATES = re.compile("[\udc80-\udcff]")
_CHARACTER = r"(\\[^\udc80-\udcff]|[^]\\\-\udc80-\udcff])"
_RANGE = f"{_CHARACTER}(?:-{_CHARACTER})?(?=[^-])"
"""A character of a class, or a range."""
_ITEM = re.compile(rf"\\.|\[(?P<not>\^?+)(?P<ranges>(?:{_RANGE})+)\]|[^*\\[]", re.DOTALL)
"""A part of a pattern that stands for one character."""

Matches = Sequence[bool]
"""For each pattern, whether it matches a folder or one above it."""


class PatternError(MoorageError, ValueError):
    """A line that is not a pattern; the text names the file, the line and the pattern."""


class Pattern(NamedTuple):
    """One line of the file."""

    line: int
    text: str
    """As it stands in the file."""
    cleaned: str
    """As a path, without `!`."""
    keeps: bool
    """True if it begins with `!`: its paths are sent again."""
    match: Callable[[str], bool]
    """Matches a path, relative to the context. Raises PatternError."""


class Ignore:
    """Patterns of which the last one that matches decides."""

    def __init__(self, patterns: Sequence[Pattern] = ()) -> None:
        """Take the patterns in the order of the file."""
        self.nothing: Matches = (False,) * len(patterns)
        self._patterns = patterns
        self._pairs = [(pattern.keeps, pattern.match) for pattern in patterns]
        kept = [re.sub(r"/\*$", "", re.sub(r"/\*\*$", "", p.cleaned)) for p in patterns if p.keeps]
        self._kept = None if any(re.search(r"[*\[\]?^\\]", prefix) for prefix in kept) else kept

    def matches(self, path: str, parent: Matches) -> tuple[bool, Matches]:
        """Return whether a path is ignored, and its `Matches` for the paths below it.

        Raises:
            PatternError: the path meets a pattern that cannot be compiled.
        """
        ignored = False
        matches = list(parent)
        for number, (keeps, match) in enumerate(self._pairs):
            if not matches[number]:
                if keeps != ignored or not match(path):
                    continue
                matches[number] = True
            ignored = not keeps
        return ignored, matches

    def matches_along(self, path: str) -> tuple[bool, Matches]:
        """Return the same for a path alone, as if the folders above it had been walked."""
        ignored, matches = False, self.nothing
        for part in ancestry(path):
            ignored, matches = self.matches(part, matches)
        return ignored, matches

    def may_keep_below(self, folder: str) -> bool:
        """Return whether a path below an ignored folder may be sent."""
        return self._kept is None or any(f"{kept}/".startswith(f"{folder}/") for kept in self._kept)

    def decides(self, path: str) -> Pattern | None:
        """Return the pattern that ignores a path; None if it is not ignored."""
        ignored, matches = self.matches_along(path)
        if not ignored:
            return None
        return next(p for p, hit in reversed([*zip(self._patterns, matches, strict=True)]) if hit)


def ancestry(path: str) -> list[str]:
    """Return the folders of a path, from the first, and the path itself."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]


def read(file: Path) -> Ignore:
    """Read the patterns of a file.

    Raises:
        PatternError: Docker refuses a line.
    """
    patterns: list[Pattern] = []
    lines = file.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    for number, line in enumerate(lines, 1):
        if len(line) > _LONGEST_LINE:
            raise PatternError(f"{file}, line {number}: longer than {_LONGEST_LINE} bytes")
        text = line.removesuffix(b"\r").decode(errors="surrogateescape")
        pattern = "" if text.startswith("#") else text.strip(_SPACE)
        if pattern:
            patterns += _patterns(file, number, pattern)
    return Ignore(patterns)


def _patterns(file: Path, line: int, text: str) -> list[Pattern]:
    """Return the pattern of a line; none where cleaning leaves only spaces."""
    keeps = text.startswith("!")
    path = text[1:].strip(_SPACE) if keeps else text
    path = _clean(path) if path else path
    if len(path) > 1:
        path = path.removeprefix("/")
    # The matcher trims and cleans again, now with the `!`.
    path = (f"!{path}" if keeps else path).strip(_SPACE)
    if not path:
        return []
    cleaned = _clean(path)
    keeps = cleaned.startswith("!")
    cleaned = cleaned.removeprefix("!")
    error = PatternError(f"{file}, line {line}: {_shown(text)} is not a pattern")
    if not cleaned:
        raise PatternError(f"{error}; ! needs a path after it")
    try:
        _check_syntax(cleaned)
    except ValueError as fault:
        raise PatternError(f"{error}: {fault}; write \\[ and \\\\ for the characters themselves") from None
    return [Pattern(line, text, cleaned, keeps, _matcher(cleaned, error))]


def _clean(path: str) -> str:
    """Return Go's path.Clean, for which two slashes at the beginning are one."""
    cleaned = posixpath.normpath(path)
    return f"/{cleaned.lstrip('/')}" if cleaned.startswith("/") else cleaned


def _shown(text: str) -> str:
    return repr(_SURROGATES.sub(lambda match: f"\\x{ord(match.group()) - 0xDC00:02x}", text))


def _check_syntax(pattern: str) -> None:
    """Match the pattern against the path `.` as Go's filepath.Match does, which looks at the next chunk
    between stars only when this one matches.

    Raises:
        ValueError: the pattern is malformed; the text says how.
    """
    rest, reached = pattern, True
    while rest and reached:
        rest = rest.lstrip("*")
        items: list[re.Match[str]] = []
        while rest and rest[0] != "*":
            item = _ITEM.match(rest)
            if item is None:
                wrong = "a [ needs characters or ranges, and a closing ]"
                raise ValueError("its last \\ escapes nothing" if rest == "\\" else wrong)
            items.append(item)
            rest = rest[item.end() :]
        reached = len(items) == 1 and _may_be_dot(items[0])


def _may_be_dot(item: re.Match[str]) -> bool:
    if item["ranges"] is None:
        return item[0] in (".", "?", "\\.")
    ranges = re.findall(_RANGE, item["ranges"] + "]", re.DOTALL)
    return any(low[-1] <= "." <= (high or low)[-1] for low, high in ranges) != bool(item["not"])


def _matcher(pattern: str, error: PatternError) -> Callable[[str], bool]:
    """Return the match function of a pattern, as moby/patternmatcher compiles it."""
    expression, kind = _expression(pattern)
    if kind != "regexp":
        if not _SURROGATES.search(pattern):
            return _comparison(pattern, kind)
        # The pattern may be some of the bytes of a character.
        compare = _comparison(_bytewise(pattern), kind)
        return lambda path: compare(_bytewise(path))
    try:
        search = _search(f"^{expression}$")
    except ValueError as fault:
        refused = PatternError(f"{error}: {fault}")

        def refuse(_: str) -> NoReturn:
            raise refused

        return refuse
    return lambda path: search(_as_go_reads(path).encode()) is not None


def _search(expression: str) -> Callable[[bytes], Any]:
    """Compile a regular expression of Go's: RE2 has the same syntax, and time linear in the path's length.

    Raises:
        ValueError: Go does not compile it; the text says why.
    """
    re2: Any = import_module("re2")  # here, so that only such a pattern loads it
    if "\\C" in _LITERAL.sub("", expression):
        # In RE2 it is a byte.
        raise ValueError("invalid escape sequence: \\C")
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = _MEMORY
    try:
        return re2.compile(expression.encode(), options).search
    except re2.error as fault:
        raise ValueError(fault.args[0].decode(errors="replace")) from None


def _as_go_reads(text: str) -> str:
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def _bytewise(text: str) -> str:
    return text.encode(errors="surrogateescape").decode("latin-1")


def _comparison(pattern: str, kind: str) -> Callable[[str], bool]:
    if kind == "exact":
        return pattern.__eq__
    if kind == "prefix":
        prefix = pattern[:-2]
        return lambda path: path.startswith(prefix)
    suffix = pattern[2:]
    whole = suffix[1:] if suffix.startswith("/") else None
    return lambda path: path.endswith(suffix) or path == whole


def _expression(pattern: str) -> tuple[str, str]:
    """Return a regular expression of Go's, and the kind of comparison."""
    parts: list[str] = []
    kind = "exact"
    rest = _as_go_reads(pattern).removeprefix("\ufeff")
    first = True
    while rest:
        if rest.startswith("**"):
            rest = rest[2:].removeprefix("/")
            if rest:
                parts.append("(.*/)?")
                kind = "regexp"
            elif kind == "exact":
                kind = "prefix"
            else:
                parts.append(".*")
                kind = "regexp"
            kind = "suffix" if first else kind
        else:
            if rest[0] in "*?[]\\" and rest != "\\":
                kind = "regexp"
            size = 2 if rest[0] == "\\" else 1
            parts.append({"*": "[^/]*", "?": "[^/]"}.get(rest[0]) or _quoted(rest[:size]))
            rest = rest[size:]
        first = False
    return "".join(parts), kind


def _quoted(text: str) -> str:
    """Return literal text, escaped as patternmatcher does, which forgets `{`, `|` and `}`."""
    return f"\\{text}" if text in tuple(".+()$") else text
