"""Splitting a command string into words like compose-go (go-shellwords), without a shell."""

from typing import NamedTuple

_OPERATORS = ";&|<>"


class Split(NamedTuple):
    """The words of a string."""

    words: tuple[str, ...]
    operator: str = ""
    """The shell operator at which it ended; what follows is not part of the command."""


class _Splitter:
    def __init__(self) -> None:
        self.words: list[str] = []
        self.word = ""
        self.begun = False
        self.quotes = ""
        """The quotes that are open: quotation marks, also in backquotes, and `(` after a dollar sign."""

    def end_word(self) -> None:
        if self.begun:
            self.words.append(self.word)
        self.word, self.begun = "", False

    def add(self, character: str) -> None:
        self.word += character
        self.begun = True

    def quoted(self, character: str) -> bool:
        """Process a character that opens or closes quotes; return whether it is one.

        Raises:
            ValueError: it is a parenthesis outside quotes.
        """
        inside = self.quotes[-1:]
        if character in "\"'" and inside in ("", "`", character):
            # Quotes may be empty: the word counts once they are closed.
            self.begun = self.begun or inside == character
            self.toggle(character)
        elif character == "`" and inside in ("", "`"):
            self.toggle("`")
            self.add(character)
        elif character == "(" and inside in ("", "("):
            if inside or not self.word.endswith("$"):
                raise ValueError("has an unquoted parenthesis")
            self.toggle("(")
            self.word += character
        elif character == ")" and inside in ("", "("):
            self.toggle("(")
            self.add(character)
        else:
            return False
        return True

    def toggle(self, quote: str) -> None:
        self.quotes = self.quotes[:-1] if self.quotes.endswith(quote) else self.quotes + quote


def split_words(text: str) -> Split:
    """Return the words of a command.

    Raises:
        ValueError: a quote is not closed, or a parenthesis not quoted.
    """
    splitter = _Splitter()
    characters = iter(text)
    for character in characters:
        if character == "\\" and not splitter.quotes.endswith("'"):
            following = next(characters, None)
            if following is None:
                raise ValueError("ends with a backslash")
            splitter.add(following)
        elif splitter.quoted(character):
            continue
        elif splitter.quotes:
            splitter.add(character)
        elif character in " \t\r\n":
            splitter.end_word()
        elif character in _OPERATORS:
            if character != ">" or not splitter.word[:1].isdecimal():
                splitter.end_word()
            return Split(tuple(splitter.words), character)
        else:
            splitter.add(character)
    if splitter.quotes:
        raise ValueError("has an unclosed quote")
    splitter.end_word()
    return Split(tuple(splitter.words))
