"""Output on terminals and in pipes: width, colours, tables, progress, and text that is never markup."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.terminal import on_terminal

TEXT = "[red]no[/red] :smile: markup, " + "word " * 30 + "end"
TABLE = f"""
from moorage.console import Label, Printer, say, show, table
header = ("APP", "TASK", "REVISION", "STATUS", "HEALTH", "ADDRESS", "ZONE", "STARTED", "RESTARTS")
row = ("notetaker", "1a2b3c4d", "notetaker:12", "RUNNING", "HEALTHY", "127.0.0.1:40001", "local")
with Printer() as out:
    out.progress("[bold] going")
    out.progress("[bold] going")
    out.progress("[bold] on")
    out.table(header, [(*row, "3m ago", "0")], keys=2)
show(table([("why", {TEXT!r})]))
say("[bold]", label=Label.ERROR)
"""


def piped(program: str, **environment: str) -> str:
    known = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**known, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("environment", [{}, {"COLUMNS": "40"}, {"TERM": "dumb", "FORCE_COLOR": "1"}])
def test_a_pipe_gets_whole_plain_lines(environment: dict[str, str]) -> None:
    assert piped(TABLE, **environment).splitlines() == [
        "[bold] going",
        "[bold] on",
        "APP        TASK      REVISION      STATUS   HEALTH   ADDRESS          ZONE   STARTED  RESTARTS",
        "notetaker  1a2b3c4d  notetaker:12  RUNNING  HEALTHY  127.0.0.1:40001  local  3m ago   0",
        f"why  {TEXT}",
        "error: [bold]",
    ]


def test_force_color_colours_a_pipe_and_wraps_nothing() -> None:
    lines = piped(TABLE, FORCE_COLOR="1").splitlines()
    assert len(lines) == 6
    assert "\x1b[" in lines[2]
    assert lines[5] == "\x1b[1;31merror\x1b[0m: [bold]"


@pytest.mark.parametrize(
    "environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}]
)
def test_a_terminal_without_colours(environment: dict[str, str], tmp_path: Path) -> None:
    code, text = on_terminal([sys.executable, "-c", TABLE], tmp_path, 80, **environment)
    assert (code, "\x1b[1m" in text, "\x1b[3" in text) == (0, False, False)


def test_a_terminal_of_80_columns(tmp_path: Path) -> None:
    """Columns that do not fit follow below, named again; texts wrap between words."""
    _, text = on_terminal([sys.executable, "-c", TABLE], tmp_path, 80, TERM="dumb")
    assert [line.rstrip() for line in text.splitlines()] == [
        "[bold] going",
        "[bold] on",
        "APP        TASK      REVISION      STATUS   HEALTH   ADDRESS          ZONE",
        "notetaker  1a2b3c4d  notetaker:12  RUNNING  HEALTHY  127.0.0.1:40001  local",
        "",
        "APP        TASK      STARTED  RESTARTS",
        "notetaker  1a2b3c4d  3m ago   0",
        "why  [red]no[/red] :smile: markup, word word word word word word word word word",
        "     word word word word word word word word word word word word word word word",
        "     word word word word word word end",
        "error: [bold]",
    ]


def test_progress_on_a_terminal_is_one_line_that_changes(tmp_path: Path) -> None:
    program = """
from moorage.console import Printer
with Printer() as out:
    out.progress("[bold] going")
    out.say("[red] said meanwhile")
    out.progress("[bold] " + "far " * 40)
print("done")
"""
    code, text = on_terminal([sys.executable, "-c", program], tmp_path, 40)
    assert code == 0
    assert "[bold] going" in text
    assert "[red] said meanwhile\n" in text
    assert text.endswith("done\n")
    # Each look of the line is erased before the next; none is longer than the terminal is wide.
    assert "\x1b[2K" in text
    assert "far far far far far far far far" not in text


def test_errors_are_coloured_on_a_terminal(tmp_path: Path) -> None:
    code, text = on_terminal([sys.executable, "-m", "moorage.cli", "plan"], tmp_path)
    assert (code, text) == (
        2,
        f"\x1b[1;31merror\x1b[0m: {tmp_path} has no Pulumi.yaml\n"
        "\x1b[1;36mhint\x1b[0m: pass the project's folder with --cwd\n",
    )
