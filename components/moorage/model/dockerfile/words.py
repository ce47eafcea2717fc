"""Words of a Dockerfile: quotes, escapes and variables, as in BuildKit's shell lexer."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

_HEREDOC = re.compile(r"([0-9]*)<<(-?)[\t\n\f\r ]*([^<]*)", re.DOTALL)
_NAME = re.compile(r"\d+|[@*#?\-$!]|[^\W\d]\w*")


@dataclass
class Lexer:
    """Reads the words of a text."""

    lookup: Callable[[str], str | None]
    """The value of a variable; None if it is not set."""
    escape: str = "\\"
    raw: bool = False
    """Whether quotes, escapes and unset variables stay in the words."""

    def __post_init__(self) -> None:
        """Start without words."""
        self._text, self._at = "", 0
        self._words: list[str] = []
        self._word = ""

    def expand(self, text: str) -> str:
        """Return the text with its variables, without its quotes.

        Raises:
            ValueError: a quote or a brace is not closed, or a substitution is not supported.
        """
        self._text, self._at, self._words, self._word = text, 0, [], ""
        return self._until("", self.raw)

    def split(self, text: str) -> list[str]:
        """Return the words of the expanded text.

        Raises:
            ValueError: as `expand`.
        """
        self.expand(text)
        return [*self._words, *([self._word] if self._word else [])]

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next(self) -> str:
        character = self._peek()
        self._at += 1
        return character

    def _add(self, text: str, raw: bool) -> None:
        for character in text:
            if raw or not character.isspace():
                self._word += character
            elif self._word:
                self._words.append(self._word)
                self._word = ""

    def _until(self, stop: str, raw_escapes: bool) -> str:
        if stop:
            self._words, self._word = [], ""
        result = ""
        while character := self._peek():
            if character == stop:
                self._at += 1
                return result
            if character in "'\"$<":
                part = self._special(character)
                self._add(part, raw=character != "$")
            elif character == self.escape:
                self._at += 1
                part = (character if raw_escapes else "") + self._next()
                self._add(part, raw=True)
            else:
                part = self._next()
                self._add(part, raw=False)
            result += part
        if stop:
            raise ValueError(f"a closing {stop} is missing")
        return result

    def _special(self, character: str) -> str:
        if character == "$":
            return self._dollar()
        if character == "<":
            found = re.compile(r"<<[\t\r ]*|<").match(self._text, self._at)
            assert found is not None
            self._at = found.end()
            return found.group()
        return self._single_quoted() if character == "'" else self._double_quoted()

    def _single_quoted(self) -> str:
        end = self._text.find("'", self._at + 1)
        if end < 0:
            raise ValueError("a single quote is not closed")
        start, self._at = self._at, end + 1
        return self._text[start : end + 1] if self.raw else self._text[start + 1 : end]

    def _double_quoted(self) -> str:
        self._at += 1
        result = '"' if self.raw else ""
        while (character := self._peek()) != '"':
            if not character:
                raise ValueError("a double quote is not closed")
            if character == "$":
                result += self._dollar()
                continue
            self._at += 1
            if character == self.escape:
                result += character if self.raw else ""
                if not self._peek():
                    continue
                if self._peek() in ('"', "$", self.escape):
                    character = self._next()
            result += character
        self._at += 1
        return result + ('"' if self.raw else "")

    def _name(self) -> str:
        found = _NAME.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found.group()

    def _dollar(self) -> str:
        self._at += 1
        if self._peek() != "{":
            name = self._name()
            value = self.lookup(name) if name else "$"
            return value if value is not None else f"${name}" if self.raw else ""
        self._at += 1
        if self._peek() in ("", "{", "}", ":"):
            raise ValueError("bad substitution")
        name = self._name()
        operator = self._next()
        if operator == "}":
            value = self.lookup(name)
            return value if value is not None else f"${{{name}}}" if self.raw else ""
        empty_is_unset = operator == ":"
        operator = self._next() if empty_is_unset else operator
        if operator == "/" and not empty_is_unset:
            return self._replaced(name)
        if not operator or operator not in ("-+?" if empty_is_unset else "-+?#%"):
            raise ValueError(f"unsupported modifier {operator!r} of {name}")
        word = self._inner("}", operator in "#%")
        value = self.lookup(name)
        if value is None and self.raw:
            return f"${{{name}{':' if empty_is_unset else ''}{operator}{word}}}"
        return _substituted(name, operator, word, None if empty_is_unset and not value else value)

    def _replaced(self, name: str) -> str:
        slashes = "//" if self._peek() == "/" else "/"
        self._at += len(slashes) - 1
        pattern, replacement = self._inner("/", True), self._inner("}", True)
        value = self.lookup(name)
        if value is None and self.raw:
            return f"${{{name}/{pattern}/{replacement}}}"
        count = 0 if slashes == "//" else 1
        return re.sub(_shell_pattern(pattern, greedy=True), lambda _: replacement, value or "", count=count)

    def _inner(self, stop: str, raw_escapes: bool) -> str:
        """Read the word of a substitution, which is not a word of the text."""
        words, word = self._words, self._word
        result = self._until(stop, raw_escapes)
        self._words, self._word = words, word
        return result


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
    found = _HEREDOC.fullmatch(word)
    if found is None or not found.group(3):
        return None
    # Without quotes, but with variables as they are.
    names = Lexer(lambda name: f"${name}").split(found.group(3))
    return Heredoc(names[0], found.group(2) == "-") if len(names) == 1 else None


def heredocs(line: str) -> list[Heredoc]:
    """Return the here-documents of an instruction's line, in their order.

    Raises:
        ValueError: a quote in one is not closed.
    """
    try:
        words = Lexer(lambda _: None, raw=True).split(line)
    except ValueError:
        return []
    return [document for document in map(heredoc, words) if document is not None]
