"""Messages, docstrings, comments and pages avoid phrases that the AWS and Pulumi documentation do not use."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.syntax import parsed

ROOT = Path(__file__).parents[2]


def _files(*patterns: str) -> list[Path]:
    """Return files of the repository; builds and environments are in folders that begin with a dot."""
    found = {path for pattern in patterns for path in ROOT.glob(pattern)}
    return sorted(path for path in found if not re.search(r"/\.", f"/{path.relative_to(ROOT)}"))


SOURCES = _files(
    *("*.py", "components/**/*.py", "policy/*.py", "docs/*.py", "app/notetaker/**/*.py", "examples/**/*.py")
)
SETTINGS = _files("*.yaml", "examples/**/*.yaml")
PAGES = _files("*.md", "app/*.md", "components/*.md", "docs/**/*.md", "examples/**/*.md")

AVOIDED = {
    r"\b(is|are) told\b": "say what reads or receives it",
    r"\b(no|every|some)body\b": "name who: a user, another command, no one",
    r"(?<!\bthere )\bis no (?!longer\b|more\b)(?=[a-z])": 'say "is not a"',
    r"\bmust be a (text|dict)\b": "say string, object",
    r"\bwhat is meant\b": "say what is missing",
    r"\btime is up\b": "say timed out",
    r"\bwithout a hope\b": "say what cannot work",
    r"\bfor ever\b": "write forever",
    r"\bthe other way round\b": "say the opposite",
    r"\b(take|takes|took|taken|taking) away\b": "say remove",
    r"\b(lead|leads|led|leading) to\b": "say forwards to, causes",
    r"\b(leave|leaves|left|leaving) out\b": "say omit",
    r"\bdo(es)? not go with\b": "say cannot be combined with",
    r"\bthere is no such\b": "say unknown",
}
HEADLESS = re.compile(r"(What|How|Whether|Where|Which|Who|When|Why) ")


@pytest.fixture(scope="module")
def modules() -> dict[Path, ast.Module]:
    """The modules of the library, the programs, the sample and the docs as syntax trees."""
    return {path: parsed(path) for path in SOURCES}


@pytest.fixture(scope="module")
def texts(modules: dict[Path, ast.Module]) -> list[tuple[Path, int, str]]:
    """Every string and comment of the modules and every line of pages and settings, with file and line."""
    strings = [
        (path, node.lineno, node.value)
        for path, module in modules.items()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    comments = [
        (path, number, line.partition("#")[2])
        for path in modules
        for number, line in enumerate(path.read_text().splitlines(), 1)
    ]
    return (
        strings
        + comments
        + [(path, number, line) for path in PAGES + SETTINGS for number, line in lines(path)]
    )


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield every line of a page outside code blocks, with its number."""
    code = False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        code ^= line.startswith("```")
        if not code:
            yield number, line


@pytest.mark.parametrize("phrase", AVOIDED)
def test_a_phrase_is_avoided(phrase: str, texts: list[tuple[Path, int, str]]) -> None:
    places = [
        f"{path.relative_to(ROOT)}:{line}" for path, line, text in texts if re.search(phrase, text, re.I)
    ]

    assert places == [], AVOIDED[phrase]


def test_docstrings_name_their_things(modules: dict[Path, ast.Module]) -> None:
    headless = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"
        for path, module in modules.items()
        for node in ast.walk(module)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and "property" not in {ast.unparse(item) for item in getattr(node, "decorator_list", ())}
        and HEADLESS.match(ast.get_docstring(node) or "")
    ]
    assert headless == []
