"""Words of a Dockerfile: quotes, escapes and variables, as in BuildKit's shell lexer."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .arguments import words

_HEREDOC = re.compile(r"[0-9]*<<(-?)[\t\n\f\r ]*([^<]*)")
_NAME = re.compile(r"\d+|[@*#?\-$!]|[^\W\d]\w*")


@dataclass
class Lexer:
    """Expands the variables of a text."""

    lookup: Callable[[str], str | None]
    """The value of a variable; None if it is not set."""
    escape: str = "\\"
    skip_unset: bool = False
    """True to pass over a variable that is not set, with its pattern or message."""

    def expand(self, text: str) -> str:
        """Return the text with its variables, without its quotes.

        Raises:
            ValueError: a quote or a brace is not closed, or a substitution is not supported.
        """
        self._text, self._at = text, 0
        return self._until("")

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next(self) -> str:
        character = self._peek()
        self._at += 1
        return character

    def _until(self, stop: str, keep_escapes: bool = False) -> str:
        result = ""
        while character := self._next():
            if character == stop:
                return result
            if character == "$":
                result += self._variable()
            elif character == "'":
                result += self._single_quoted()
            elif character == '"':
                result += self._double_quoted()
            elif character == self.escape:
                result += (character if keep_escapes else "") + self._next()
            else:
                result += character
        if stop:
            raise ValueError(f"a closing {stop} is missing")
        return result

    def _single_quoted(self) -> str:
        quoted, quote, _ = self._text[self._at :].partition("'")
        if not quote:
            raise ValueError("a single quote is not closed")
        self._at += len(quoted) + 1
        return quoted

    def _double_quoted(self) -> str:
        result = ""
        while (character := self._next()) != '"':
            if not character:
                raise ValueError("a double quote is not closed")
            if character == "$":
                result += self._variable()
            elif character != self.escape or self._peek() not in ('"', "$", self.escape):
                result += character if self._peek() or character != self.escape else ""
            else:
                result += self._next()
        return result

    def _name(self) -> str:
        match = _NAME.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match.group()

    def _variable(self) -> str:
        if self._peek() != "{":
            name = self._name()
            return (self.lookup(name) or "") if name else "$"
        self._at += 1
        if self._peek() in ("", "{", "}", ":"):
            raise ValueError("bad substitution")
        name = self._name()
        operator = self._next()
        if operator == "}":
            return self.lookup(name) or ""
        empty_is_unset = operator == ":"
        operator = self._next() if empty_is_unset else operator
        if operator == "/" and not empty_is_unset:
            return self._replaced(name)
        if not operator or operator not in ("-+?" if empty_is_unset else "-+?#%"):
            raise ValueError(f"unsupported modifier {operator!r} of {name}")
        word = self._until("}", operator in "#%")
        value = self.lookup(name)
        if value is None and self.skip_unset:
            return ""
        return _substituted(name, operator, word, None if empty_is_unset and not value else value)

    def _replaced(self, name: str) -> str:
        every = self._peek() == "/"
        self._at += every
        pattern, replacement = self._until("/", True), self._until("}", True)
        value = self.lookup(name)
        if value is None and self.skip_unset:
            return ""
        pattern = _shell_pattern(pattern, greedy=True)
        return re.sub(pattern, lambda _: replacement, value or "", count=0 if every else 1)


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
    """Whether tabs before its lines are not part of it."""


def heredoc(word: str) -> Heredoc | None:
    """Return the here-document that a word such as `<<EOF` begins.

    Raises:
        ValueError: a quote in it is not closed.
    """
    match = _HEREDOC.fullmatch(word)
    if match is None or len(names := words(match[2], "\\")) != 1:
        return None
    # Without quotes, but with variables as they are.
    name = Lexer(lambda name: f"${name}").expand(names[0])
    return Heredoc(name, match[1] == "-") if name else None


def heredocs(line: str) -> list[Heredoc]:
    """Return the here-documents of an instruction's line, in their order."""
    try:
        # BuildKit finds none in a line that it cannot expand.
        Lexer(lambda _: None, skip_unset=True).expand(line)
    except ValueError:
        return []
    separated = words(line, "\\", blanks=r"<<[\t\r ]*")
    return [document for document in map(heredoc, separated) if document is not None]
