"""The types of fixtures that several tests share."""

from collections.abc import Callable
from typing import NamedTuple

from moorage.offline import ResourceGraph
from moorage.plan.finding import Finding

GraphOf = Callable[..., ResourceGraph]
"""Evaluates components with some arguments."""

MadeProgram = Callable[..., Callable[[], None]]
"""Returns a program with some changes."""

Found = Callable[..., list[tuple[str, str, str]]]
"""Returns severity, rule and resource's name of what the preflight reports of a program."""

Findings = Callable[..., list[Finding]]
"""Returns what the preflight reports of a program."""

Lines = Callable[..., list[str]]
"""Returns what is wrong with some arguments, a line each."""

Told = dict[str, list[str]]
"""Log messages by severity."""


class Shown(NamedTuple):
    """The result of a command."""

    code: int
    out: str
    err: str


RunMoorage = Callable[..., Shown]
"""Runs a verb of the command with some options."""
