"""Commands of sources: words, lines of a shell, and `RUN` of a Dockerfile."""

import re
import shlex

from moorage.compose_file.nodes import Node

from .tables import SourceError

_BUILTINS = (".", "cd", "eval", "exec", "export", "for", "if", "set", "source", "ulimit", "umask", "while")
_EXPANDED = re.compile(r"[\n$`*?\[~]")
_OPERATORS = frozenset("();<>|&")


def words(node: Node) -> list[str]:
    """Return the words of a shell's line.

    Raises:
        SourceError: a quotation mark is not closed.
    """
    try:
        return shlex.split(node.text())
    except ValueError as error:
        raise SourceError(f"{node.where}: {node.text()!r} must be a command: {error}") from error


def command_line(node: Node) -> list[str]:
    """Return a command as a list, of a shell if only a shell runs it.

    Raises:
        SourceError: a quotation mark is not closed.
    """
    plain, text = words(node), node.text().strip()
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    tokens = list(lexer)
    needs_shell = (
        _EXPANDED.search(text) is not None
        or any(set(token) <= _OPERATORS or token.startswith("#") for token in tokens if token)
        or (bool(tokens) and (tokens[0] in _BUILTINS or re.match(r"\w+=", tokens[0]) is not None))
    )
    return ["sh", "-c", text] if needs_shell else plain


def after(commands: list[str], command: list[str]) -> list[str]:
    """Return a command that a shell runs after others, unless one of them fails."""
    is_script = command[:2] == ["sh", "-c"] and len(command) == 3
    last = command[2] if is_script else f"exec {shlex.join(command)}" if command else ""
    return ["sh", "-ec", "\n".join(line.strip() for line in (*commands, last) if line.strip())]


def run_instruction(command: str) -> str:
    """Return `RUN` of a Dockerfile for a command of a shell.

    What the Dockerfile would read in another way, such as several lines, is a here-document.
    """
    text = command.strip()
    if "\n" not in text and "<<" not in text and not text.startswith(("[", "--")) and text[-1:] != "\\":
        return f"RUN {text}"
    end = "EOF"
    while end in text.splitlines():
        end += "F"
    return f"RUN <<{end}\nset -e\n{text}\n{end}"
