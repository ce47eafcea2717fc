"""Docker's documentation, "Build context", .dockerignore files, and the matcher BuildKit uses."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from moorage.model.build_context import stage

FILES = [
    "Dockerfile",
    "README.md",
    "README-secret.md",
    "a.tmp",
    "temp1",
    "tempX/y",
    "docs/README.md",
    "docs/a.md",
    "docs/deep/b.md",
    "src/main.go",
    "src/temp1",
    "src/deep/main.go",
    "src/deep/temp2/x",
    "src/foo/bar/baz",
    "#hash",
    "[x]",
]


Excluded = Callable[..., set[str]]
"""Returns the files that some patterns exclude."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("project")
    for file in FILES:
        (project / "context" / file).parent.mkdir(parents=True, exist_ok=True)
        (project / "context" / file).write_text(file)
    return project


@pytest.fixture
def excluded(project: Path) -> Iterator[Excluded]:
    """Stage the files with these patterns; return those that are excluded."""
    context, copy = project / "context", project / ".build" / "x"

    def run(*lines: str, name: str = ".dockerignore") -> set[str]:
        (context / name).write_text("\n".join(lines))
        stage(context, "Dockerfile", copy)
        kept = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
        return set(FILES) - kept

    yield run
    for file in context.glob("*.dockerignore"):
        file.unlink()
    (context / ".dockerignore").unlink(missing_ok=True)


TEMP_BELOW = {"src/temp1", "src/deep/temp2/x"}
SRC = {file for file in FILES if file.startswith("src/")}
DOCS = {file for file in FILES if file.startswith("docs/")}
MARKDOWN = {file for file in FILES if file.endswith(".md")}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], set()),
        (["# comment", "", "   "], set()),
        # Only a # in the first column begins a comment.
        ([" #hash"], {"#hash"}),
        (["*/temp*"], {"src/temp1"}),
        (["*/*/temp*"], {"src/deep/temp2/x"}),
        (["temp?"], {"temp1", "tempX/y"}),
        (["**/temp*"], {"temp1", "tempX/y", *TEMP_BELOW}),
        (["**/*.go"], {"src/main.go", "src/deep/main.go"}),
        # Anchored: a pattern without ** is from the root of the context.
        (["main.go"], set()),
        (["src/main.go"], {"src/main.go"}),
        (["/src/main.go"], {"src/main.go"}),
        (["./src/main.go"], {"src/main.go"}),
        (["src/../src/main.go"], {"src/main.go"}),
        (["  src/main.go  "], {"src/main.go"}),
        (["docs"], DOCS),
        (["docs/"], DOCS),
        (["docs/*"], DOCS),
        (["docs/**"], DOCS),
        (["docs/*.md"], {"docs/README.md", "docs/a.md"}),
        (["doc"], set()),
        (["src/**/main.go"], {"src/main.go", "src/deep/main.go"}),
        (["src/foo/**/baz"], {"src/foo/bar/baz"}),
        (["**"], set(FILES) - {"Dockerfile"}),
        (["*"], set(FILES) - {"Dockerfile"}),
        (["*.md"], {"README.md", "README-secret.md"}),
        (["*.md", "!README.md"], {"README-secret.md"}),
        # The last line that matches decides.
        (["*.md", "!README*.md", "README-secret.md"], {"README-secret.md"}),
        (["*.md", "README-secret.md", "!README*.md"], set()),
        (["**/*.md", "!docs/deep/*.md"], MARKDOWN - {"docs/deep/b.md"}),
        # Below an excluded folder a line may include a file again.
        (["docs", "!docs/a.md"], DOCS - {"docs/a.md"}),
        (["docs", "!docs/deep"], DOCS - {"docs/deep/b.md"}),
        (["*", "!src/**/*.go"], set(FILES) - {"Dockerfile", "src/main.go", "src/deep/main.go"}),
        (["!  README.md", "*.md", "! README.md"], {"README-secret.md"}),
        (["[a-c].tmp"], {"a.tmp"}),
        (["[^a].tmp"], set()),
        ([r"\[x\]"], {"[x]"}),
        (["."], set()),
        # ** that is not a folder by itself: plain text after it is a suffix.
        (["**emp1"], {"temp1", "src/temp1"}),
        (["src**main.go"], {"src/main.go", "src/deep/main.go"}),
        (["a**mp"], set()),
    ],
)
def test_patterns(excluded: Excluded, lines: list[str], expected: set[str]) -> None:
    assert excluded(*lines) == expected


def test_a_byte_order_mark_is_no_part_of_the_first_pattern(excluded: Excluded) -> None:
    assert excluded("﻿*.tmp") == {"a.tmp"}


def test_the_dockerfiles_own_patterns_replace_the_general_ones(excluded: Excluded) -> None:
    excluded("*")
    assert excluded("*.tmp", name="Dockerfile.dockerignore") == {"a.tmp"}


def test_dockerfile_and_patterns_are_sent_even_when_excluded(excluded: Excluded, project: Path) -> None:
    excluded("**")
    excluded("**", name="Dockerfile.dockerignore")
    copy = project / ".build" / "x"
    assert {path.name for path in copy.rglob("*")} == {
        "Dockerfile",
        ".dockerignore",
        "Dockerfile.dockerignore",
    }
