"""docs/troubleshooting.md quotes messages that the library prints."""

import ast
import re
from pathlib import Path

import pytest
from support.syntax import parse

from moorage.rollout.rules import RULES

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/troubleshooting.md").read_text()
MESSAGES = re.findall(r"^\| `(.+?)` \| [^|]+ \| [^|]+ \|$", PAGE, re.M)


@pytest.fixture(scope="module")
def strings() -> list[str]:
    """The strings of the library; what is formatted into them is `{}`."""
    return [
        text
        for path in sorted((ROOT / "components/moorage").rglob("*.py"))
        for node in ast.walk(parse(path.read_text()))
        if (text := _text(node))
    ]


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(value.value if isinstance(value, ast.Constant) else "{}" for value in node.values)
    return ""


def test_every_row_is_read() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    assert len(rows) == len(MESSAGES) + len(RULES) + len(re.findall(r"^\|---", PAGE, re.M))


@pytest.mark.parametrize("message", MESSAGES)
def test_a_quoted_message_is_printed(message: str, strings: list[str]) -> None:
    """`...` stands for anything, the rest for itself."""
    parts = [re.escape(part.strip()) for part in message.split("...")]
    assert max(map(len, parts)) > 8, "too little to be recognized"
    pattern = re.compile(".*".join(parts), re.S)
    assert any(pattern.search(text) for text in strings)


def test_every_diagnosis_has_its_row() -> None:
    rows = [f"| {rule.cause} | {rule.advice} |" for rule in RULES]
    assert [row for row in rows if row not in PAGE.splitlines()] == []
