"""Files of patterns against what Docker makes of them; the first line of the cases says where the answers are
from."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.files import write_anew

from moorage.model.build_context import BuildContext
from moorage.model.dockerignore import ancestry

CASES = Path(__file__).with_name("dockerignore_cases.jsonl")


class Case(NamedTuple):
    patterns: str
    answer: str


class Tree(NamedTuple):
    paths: list[str]
    cases: list[Case]


def trees() -> list[Tree]:
    found: list[Tree] = []
    lines: list[Any] = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()[1:]]
    for line in lines:
        if isinstance(line, dict):
            found.append(Tree(line["tree"], []))
        else:
            found[line[0]].cases.append(Case(line[1], line[2]))
    return found


TREES = trees()


def made(tree: Tree, folder: Path) -> Path:
    folder.mkdir()
    for path in tree.paths:
        place = folder / path.rstrip("/@")
        if path.endswith("/"):
            place.mkdir()
        elif path.endswith("@"):
            place.symlink_to("somewhere")
        else:
            place.touch()
    return folder


def expected(tree: Tree, answer: str) -> set[str] | None:
    """Return the paths that are sent, None where there is an error."""
    if answer.startswith("!"):
        return None
    paths: set[str] = set()
    for part in filter(None, answer.split(",")):
        first, _, last = part.partition("-")
        paths |= {tree.paths[number].rstrip("/@") for number in range(int(first), int(last or first) + 1)}
    # A name that is not UTF-8 is an error of ours.
    return None if any("\udc80" <= character <= "\udcff" for path in paths for character in path) else paths


def sent(context: Path) -> set[str] | None:
    try:
        entries = list(BuildContext(context, "../Dockerfile").entries())
    except ValueError:
        return None
    return {part for entry in entries for part in ancestry(entry.path)}


def test_there_are_enough_cases() -> None:
    answers = [case.answer for tree in TREES for case in tree.cases]
    assert len(answers) == 4590
    assert {"!new", "!walk"} < set(answers)


@pytest.mark.parametrize("number", range(len(TREES)))
def test_the_same_is_sent_and_the_same_is_refused(tmp_path: Path, number: int) -> None:
    tree = TREES[number]
    context = made(tree, tmp_path / "context")
    different: list[str] = []
    for case in tree.cases:
        write_anew(tmp_path / "Dockerfile.dockerignore", os.fsencode(case.patterns))
        if sent(context) != expected(tree, case.answer):
            different.append(case.patterns)
    assert different == []


# From the tests of moby/patternmatcher, TestMatches.
SENT = [
    ("**/**/*.txt2", "dir/dir/file.txt"),
    ("a/*.txt", "a/dir/file.txt"),
    ("a[b-d]e", "ae"),
    ("a[b-d]e", "aae"),
    (".*", "foo"),
    ("abc.def", "abcdef"),
    ("abc.def", "abcZdef"),
    ("abc?def", "abcdef"),
    ("**/.foo", "bar.foo"),
    ("a(b)c/def", "a(b)c/xyz"),
    ("**\n!util/docker/web", "util/docker/web/foo"),
    ("**\n!dist/*.whl", "dist/proxy.py-2.4.0rc3.dev36+g08acad9-py3-none-any.whl"),
]
IGNORED = [
    ("**/", "file"),
    ("**/**", "dir/file"),
    ("dir/**", "dir/dir2/file"),
    ("**/dir", "dir/file"),
    ("**/dir2/*", "dir/dir2/file"),
    ("**/dir2/**", "dir/dir2/dir3/file"),
    ("**file", "dir/dir/file"),
    ("**/file*txt", "dir/dir/file.txt"),
    ("**/file*.txt*", "dir/dir/file.txt"),
    ("**/**/*.txt", "file.txt"),
    ("a**/*.txt", "a/dir/dir/file.txt"),
    ("a/*.txt**", "a/file.txt"),
    ("a[b-d]e", "ace"),
    ("a[^b-d]e", "aze"),
    (".*", ".foo"),
    ("a\\\\", "a\\"),
    ("a\\*b", "a*b"),
    ("**/foo/bar", "dir/dir2/foo/bar"),
    ("a.|)$(}+{bc", "a.|)$(}+{bc"),
    ("**\n!util/docker/web\nutil/docker/web/foo", "util/docker/web/foo"),
]


@pytest.mark.parametrize(
    ("patterns", "path", "is_sent"),
    [(*case, True) for case in SENT] + [(*case, False) for case in IGNORED],
)
def test_rules_of_the_matchers_own_tests(tmp_path: Path, patterns: str, path: str, is_sent: bool) -> None:
    file = tmp_path / "context" / path
    file.parent.mkdir(parents=True)
    file.touch()
    (tmp_path / "Dockerfile.dockerignore").write_text(patterns)
    assert (path in (sent(tmp_path / "context") or set())) is is_sent


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[a", "a [ needs characters or ranges, and a closing ]"),
        ("[]a]", "a [ needs characters or ranges, and a closing ]"),
        ("[a-]", "a [ needs characters or ranges, and a closing ]"),
        ("\\", "its last \\ escapes nothing"),
        ("!", "! needs a path after it"),
        ("[z-a]", "invalid character class range: z-a"),
        ("a*[[:letter:]]", "invalid character class range: [:letter:]"),
        ("a\\y", "invalid escape sequence: \\y"),
        ("a\\C", "invalid escape sequence: \\C"),
    ],
)
def test_a_refusal_names_the_file_the_line_and_the_pattern(tmp_path: Path, pattern: str, reason: str) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "Dockerfile").touch()
    (tmp_path / ".dockerignore").write_text(f"# first\n\n{pattern}\n")
    with pytest.raises(ValueError, match="is not a pattern") as refused:
        list(BuildContext(tmp_path, "Dockerfile").entries())
    assert f"{tmp_path}/.dockerignore, line 3: {pattern!r} is not a pattern" in str(refused.value)
    assert reason in str(refused.value)


def test_a_pattern_of_many_stars_takes_linear_time(tmp_path: Path) -> None:
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / ("a" * 200)).touch()
    (tmp_path / "Dockerfile.dockerignore").write_text("*a*a*a*a*a*b\n" + "*a" * 100 + "b\n")
    assert sent(tmp_path / "context") == {"a" * 200}


@pytest.mark.parametrize("pattern", ["{0}?", "{0}\\z"])
def test_a_repetition_at_the_start_is_that_of_the_anchor(tmp_path: Path, pattern: str) -> None:
    """The expression is `^{0}[^/]$`: zero times the start of the path, so any path that ends like this."""
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "long").touch()
    (tmp_path / "Dockerfile.dockerignore").write_text(pattern)
    assert sent(tmp_path / "context") == set()


def test_which_line_ignores_a_path(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("*.md\n# again\ndocs\n!docs/keep\n")
    ignore = BuildContext(tmp_path, "Dockerfile").ignore
    lines = {path: ignore.decides(path) for path in ("a.md", "docs/x/y", "docs/keep", "src")}
    assert {path: pattern and pattern.line for path, pattern in lines.items()} == {
        "a.md": 1,
        "docs/x/y": 3,
        "docs/keep": None,
        "src": None,
    }
