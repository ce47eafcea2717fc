"""Words of a Dockerfile: quotes, escapes and variables, as in BuildKit's shell lexer."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

_HEREDOC = re.compile(r"[0-9]*<<(-?)[\t\n\f\r ]*([^<]*)")
_AFTER_LESS_THAN = re.compile(r"<[\t\r ]*")
_NAME = re.compile(r"\d+|[@*#?\-$!]|[^\W\d]\w*")


@dataclass
class Lexer:
    """Expands the variables of a text."""

    lookup: Callable[[str], str | None]
    """The value of a variable; None if it is not set."""
    escape: str = "\\"
    raw: bool = False
    """True to keep quotes, escapes and variables that are not set."""

    def expand(self, text: str) -> str:
        """Return the text with its variables, without its quotes.

        Raises:
            ValueError: a quote or a brace is not closed, or a substitution is not supported.
        """
        self._text, self._at = text, 0
        return self._until("", self.raw)

    def split(self, text: str) -> list[str]:
        """Return the words of the expanded text.

        Raises:
            ValueError: as `expand`.
        """
        self._text, self._at = text, 0
        words = [""]
        for part, is_quoted in self._parts("", self.raw):
            first, *others = [part] if is_quoted else re.split(r"\s", part)
            words[-1] += first
            words += others
        return [word for word in words if word]

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next(self) -> str:
        character = self._peek()
        self._at += 1
        return character

    def _until(self, stop: str, keep_escapes: bool) -> str:
        return "".join(part for part, _ in self._parts(stop, keep_escapes))

    def _parts(self, stop: str, keep_escapes: bool) -> Iterator[tuple[str, bool]]:
        """Yield each part, and whether its blanks do not separate words."""
        while character := self._next():
            if character == stop:
                return
            if character == "$":
                yield self._variable(), False
            elif character == "'":
                yield self._single_quoted(), True
            elif character == '"':
                yield self._double_quoted(), True
            elif character == "<":
                yield self._less_than(), True
            elif character == self.escape:
                yield (character if keep_escapes else "") + self._next(), True
            else:
                yield character, False
        if stop:
            raise ValueError(f"a closing {stop} is missing")

    def _less_than(self) -> str:
        """Read the rest of `<`, or of `<<` with the blanks between it and the name of a here-document."""
        blanks = _AFTER_LESS_THAN.match(self._text, self._at)
        if blanks is None:
            return "<"
        self._at = blanks.end()
        return f"<{blanks.group()}"

    def _single_quoted(self) -> str:
        quoted, quote, _ = self._text[self._at :].partition("'")
        if not quote:
            raise ValueError("a single quote is not closed")
        self._at += len(quoted) + 1
        return f"'{quoted}'" if self.raw else quoted

    def _double_quoted(self) -> str:
        result = ""
        while (character := self._next()) != '"':
            if not character:
                raise ValueError("a double quote is not closed")
            if character == "$":
                result += self._variable()
                continue
            if character == self.escape:
                result += character if self.raw else ""
                if not self._peek():
                    continue
                if self._peek() in ('"', "$", self.escape):
                    character = self._next()
            result += character
        return f'"{result}"' if self.raw else result

    def _name(self) -> str:
        match = _NAME.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match.group()

    def _variable(self) -> str:
        if self._peek() != "{":
            name = self._name()
            return self._value(name, f"${name}") if name else "$"
        self._at += 1
        if self._peek() in ("", "{", "}", ":"):
            raise ValueError("bad substitution")
        name = self._name()
        operator = self._next()
        if operator == "}":
            return self._value(name, f"${{{name}}}")
        empty_is_unset = operator == ":"
        operator = self._next() if empty_is_unset else operator
        if operator == "/" and not empty_is_unset:
            return self._replaced(name)
        if not operator or operator not in ("-+?" if empty_is_unset else "-+?#%"):
            raise ValueError(f"unsupported modifier {operator!r} of {name}")
        word = self._until("}", operator in "#%")
        value = self.lookup(name)
        if value is None and self.raw:
            return f"${{{name}{':' if empty_is_unset else ''}{operator}{word}}}"
        return _substituted(name, operator, word, None if empty_is_unset and not value else value)

    def _value(self, name: str, reference: str) -> str:
        value = self.lookup(name)
        return value if value is not None else reference if self.raw else ""

    def _replaced(self, name: str) -> str:
        slashes = "//" if self._peek() == "/" else "/"
        self._at += len(slashes) - 1
        pattern, replacement = self._until("/", True), self._until("}", True)
        value = self.lookup(name)
        if value is None and self.raw:
            return f"${{{name}/{pattern}/{replacement}}}"
        count = 0 if slashes == "//" else 1
        return re.sub(_shell_pattern(pattern, greedy=True), lambda _: replacement, value or "", count=count)


def _substituted(name: str, operator: str, word: str, value: str | None) -> str:
    if operator == "-":
        return word if value is None else value
    if operator == "+":
        return "" if value is None else word
    if operator == "?":
        if value is None:
            raise ValueError(f"{name}: {word or 'must be set'}")
        return value
    greedy = word.startswith(operator)
    pattern = _shell_pattern(word[1:] if greedy else word, greedy)
    text = value or ""
    if operator == "#":
        return re.sub(rf"\A(?:{pattern})", "", text, count=1)
    starts = range(len(text) + 1) if greedy else range(len(text), -1, -1)
    cut = next((at for at in starts if re.fullmatch(pattern, text[at:], re.DOTALL)), len(text))
    return text[:cut]


def _shell_pattern(pattern: str, greedy: bool) -> str:
    parts: list[str] = []
    for part in re.findall(r"\\.|.", pattern, re.DOTALL):
        if part in ("*", "?"):
            parts.append("." if part == "?" else ".*" if greedy else ".*?")
        elif len(part) == 2 and part[1] not in "}/*?\\":
            raise ValueError(f"invalid escape {part}")
        else:
            parts.append(re.escape(part[-1]))
    return "".join(parts)


class Heredoc(NamedTuple):
    """The beginning of a here-document."""

    name: str
    tabs: bool
    """True if tabs before its lines are not part of it."""


def heredoc(word: str) -> Heredoc | None:
    """Return the here-document that a word such as `<<EOF` begins.

    Raises:
        ValueError: a quote in it is not closed.
    """
    match = _HEREDOC.fullmatch(word)
    if match is None:
        return None
    # Without quotes, but with variables as they are.
    names = Lexer(lambda name: f"${name}").split(match[2])
    return Heredoc(names[0], match[1] == "-") if len(names) == 1 else None


def heredocs(line: str) -> list[Heredoc]:
    """Return the here-documents of an instruction's line, in their order.

    Raises:
        ValueError: a quote in one is not closed.
    """
    try:
        words = Lexer(lambda _: None, raw=True).split(line)
    except ValueError:
        # BuildKit finds none in a line that it cannot expand.
        return []
    return [document for document in map(heredoc, words) if document is not None]
