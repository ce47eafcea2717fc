"""Lines of a Dockerfile: directives, comments, continuations and here-documents."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from moorage.errors import MoorageError

from .arguments import BLANKS, array
from .words import Heredoc, heredocs

_LONGEST_LINE = 65_535
_DIRECTIVE = re.compile(r"((?ai:syntax|escape|check))\s*=\s*(.+?)\s*")
_SYNTAX = re.compile(r"(docker\.io/)?docker/dockerfile([:@].+)?")


class DockerfileError(MoorageError, ValueError):
    """A Dockerfile that BuildKit cannot build; the text begins with the line."""

    def __init__(self, line: int, text: str) -> None:
        """Keep the line, which counts from 1."""
        self.line = line
        super().__init__(f"line {line}: {text}")


class Instruction(NamedTuple):
    """An instruction of a Dockerfile."""

    line: int
    name: str
    """Upper case."""
    flags: Sequence[str]
    """The words that begin with `--`."""
    text: str
    """The rest of its line, continued lines included."""
    heredocs: Sequence[Heredoc]


class Dockerfile(NamedTuple):
    """The instructions of a file."""

    instructions: Sequence[Instruction]
    escape: str
    syntax: str
    """The frontend that reads it; empty for the builder's own."""

    @property
    def standard(self) -> bool:
        """True if Docker's own frontend reads it; the syntax of others is not known."""
        return not self.syntax or _SYNTAX.fullmatch(self.syntax) is not None


def parse(text: str) -> Dockerfile:
    """Split a Dockerfile into instructions.

    Raises:
        DockerfileError: it cannot be split, or has no instruction.
    """
    text = text.removeprefix("\ufeff")
    lines = _Lines(text)
    instructions = list(lines.instructions())
    if not instructions:
        raise DockerfileError(lines.count or 1, "the Dockerfile has no instruction; it begins with FROM")
    return Dockerfile(instructions, lines.escape, syntax(text))


class _Lines:
    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        if not self._lines[-1]:
            self._lines.pop()
        self.count = len(self._lines)
        self._at = 0
        self.escape = self._escape()

    def instructions(self) -> Iterator[Instruction]:
        while self._at < len(self._lines):
            line = self._next().lstrip()
            start = self._at
            line, ends = self._continued("" if line.startswith("#") else line)
            if ends and not line:
                continue
            while not ends and self._at < len(self._lines):
                more = self._next()
                if more.lstrip()[:1] in ("", "#"):
                    continue
                more, ends = self._continued(more)
                line += more
            try:
                yield self._instruction(start, line)
            except DockerfileError:
                raise
            except ValueError as error:
                raise DockerfileError(start, str(error)) from None

    def _next(self) -> str:
        line = self._lines[self._at]
        self._at += 1
        if len(line.encode(errors="surrogateescape")) > _LONGEST_LINE:
            raise DockerfileError(self._at, f"longer than {_LONGEST_LINE} bytes")
        return line.rstrip("\r")

    def _continued(self, line: str) -> tuple[str, bool]:
        """Return a line without the escape at its end, and whether there is none."""
        escape = re.escape(self.escape)
        match = re.search(rf"(?:(?<=[^{escape}])|\A){escape}[ \t]*\Z", line)
        return (line[: match.start()], False) if match else (line, True)

    def _escape(self) -> str:
        """Return the escape of the directives; each may be there once."""
        seen: dict[str, str] = {}
        for number, name, value in _directives(line.lstrip().rstrip("\r") for line in self._lines):
            if name in seen:
                raise DockerfileError(number, f"a second {name} directive; only one is allowed")
            if name == "escape" and value not in ("\\", "`"):
                raise DockerfileError(number, f"escape: {value!r}: must be \\ or `")
            seen[name] = value
        return seen.get("escape", "\\")

    def _instruction(self, start: int, line: str) -> Instruction:
        name, flags, text = split(line, self.escape)
        documents: list[Heredoc] = []
        if "<<" in line and _may_begin_heredoc(name, text, self.escape):
            documents = heredocs(line)
            for document in documents:
                self._pass_over(start, document)
        return Instruction(start, name, flags, text, documents)

    def _pass_over(self, start: int, document: Heredoc) -> None:
        while self._at < len(self._lines):
            line = self._next()
            if (line.lstrip("\t") if document.tabs else line) == document.name:
                return
        raise DockerfileError(start, f"the here-document {document.name} is not closed")


def split(line: str, escape: str) -> tuple[str, list[str], str]:
    """Return an instruction's name, its flags and the rest."""
    name, *rest = BLANKS.split(line.strip(), maxsplit=1)
    flags, text = _flags(rest[0], escape) if rest else ([], "")
    return name.upper(), flags, text.strip()


def _flags(text: str, escape: str) -> tuple[list[str], str]:
    flags: list[str] = []
    rest = text.lstrip()
    while rest.startswith("--"):
        flag, rest = _flag(rest, escape)
        if flag == "--":
            break
        flags.append(flag)
        rest = rest.lstrip()
    return flags, rest


def _flag(text: str, escape: str) -> tuple[str, str]:
    """Read a word; quotes hold spaces and are not part of it."""
    word, quote, at = "", "", 0
    while at < len(text) and (quote or not text[at].isspace()):
        character = text[at]
        if quote and character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        elif character == escape:
            at += 1
            word += text[at : at + 1]
        else:
            word += character
        at += 1
    return word, text[at:]


def _may_begin_heredoc(name: str, text: str, escape: str) -> bool:
    if name == "ONBUILD":
        name, _, text = split(text, escape)
    return name in ("RUN", "COPY", "ADD") and array(text) is None


def syntax(text: str) -> str:
    """Return the frontend of the directive `# syntax=`; a line `#!...` may be before it."""
    lines = text.removeprefix("\ufeff").split("\n")
    if lines[0].startswith("#!"):
        lines = lines[1:]
    for comment in ("#", "//"):
        for _, name, value in _directives(map(str.rstrip, lines), comment):
            if name == "syntax":
                return value.split(" ")[0]
    return ""


def _directives(lines: Iterable[str], comment: str = "#") -> Iterator[tuple[int, str, str]]:
    """Yield number, name and value of each directive; directives are before everything else, comments too."""
    for number, line in enumerate(lines, 1):
        directive = line.removeprefix(comment).lstrip() if line.startswith(comment) else ""
        match = _DIRECTIVE.fullmatch(directive)
        if match is None:
            return
        yield number, match[1].lower(), match[2]
