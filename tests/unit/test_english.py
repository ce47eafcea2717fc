"""Messages, docstrings, comments and pages avoid phrases that the AWS and Pulumi documentation do not use."""

import ast
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import pytest
from support.syntax import parsed

ROOT = Path(__file__).parents[2]


NOT_READ = re.compile(
    r"/\.(?!ci/|github/)|/__pycache__/|/node_modules/|\.egg-info/|/build/|/golden/|/compatibility/[\d.]+/programs/|/LICENSE$"
    r"|\.(png|svg|json|jsonl)$|/test_english\.py$"
)
"""Builds and environments, copies of released programs, what programs write, and the phrases of this test."""

ROOT_FILES = ("*.py", "*.md", "*.yaml", "*.toml", "*.ini", "*.txt", "Makefile")
FOLDERS = ("app", "benchmarks", "components", "docs", "examples", "policy", "tests", ".ci", ".github")


def _files(*patterns: str) -> list[Path]:
    """Return the text files of the repository that match."""
    matches = {path for pattern in patterns for path in ROOT.glob(pattern)}
    read = {path for path in matches if not NOT_READ.search(f"/{path.relative_to(ROOT)}")}
    return sorted(path for path in read if path.is_file())


SOURCES = _files(
    *("*.py", "components/**/*.py", "policy/*.py", "docs/*.py", "app/notetaker/**/*.py", "examples/**/*.py"),
    *("benchmarks/**/*.py", ".ci/*.py"),
)
FILES = _files(*ROOT_FILES, *(f"{folder}/**/*" for folder in FOLDERS))

GAP = r"([^\s.,;:()|]+ ){0,4}"
"""The words between the parts of a phrase ("leave the balancer's checks out"); punctuation ends a clause."""

AVOIDED = {
    r"\btold\b": "say what reads or receives it",
    # `nobody` is a Unix user in Dockerfiles and compose files.
    r"(?<!\buser )(?<!\buser: )\b(no|every|some)body\b": "name who: a user, another command, no one",
    r"\bwhoever\b": "name who: the principal that, the user that",
    r"(?<!\bthere )\bis no (?!longer\b|more\b)(?=[a-z`{\"'*])": 'say "is not a"',
    r"\bmust be a (text|dict)\b": "say string, object",
    r"\bwhat is meant\b": "say what is missing",
    r"\btime is up\b": "say timed out",
    r"\bwithout a hope\b": "say what cannot work",
    r"\bfor ever\b": "write forever",
    r"\b(the|an|no|any|in|of) otherwise(?! [a-z])": "name the other case",
    r"\bthe otherwise (is|are|has|of|and|or)\b": "name the other case",
    r"\bthe other way round\b": "say the opposite",
    rf"\b(take|takes|took|taken|taking) {GAP}away\b": "say remove",
    rf"\b(lead|leads|led|leading) {GAP}to\b": "say forwards to, causes",
    rf"\b(leave|leaves|left|leaving) {GAP}out\b": "say omit",
    r"\bdo(es)? not go with\b": "say cannot be combined with",
    r"\bthere is no such\b": "say unknown",
    r"\b(which|that) is said\b|\band said\b": "say with a warning",
    r"\band (its|their) like\b": "say and similar",
}
HEADLESS = re.compile(r"(What|How|Whether|Where|Which|Who|When|Why) ")
BLOCK = re.compile(r"([-*] |\d+\. |\||```|$)")
"""The beginning of a line that does not continue the paragraph above: an item, a row, a fence, nothing."""
MARK = re.compile(r"^(#+|//|>)(\s+|$)")
COMMENT = re.compile(r"(?:^|\s)(?:#+|//)\s(.*)")


@dataclass(frozen=True)
class Paragraph:
    """The lines of a text that are read as one."""

    path: Path
    first: int
    lines: tuple[str, ...]

    @cached_property
    def text(self) -> str:
        """The lines, joined by spaces."""
        return " ".join(self.lines)

    def places(self, phrase: str) -> Iterator[str]:
        """Yield file and line of every match."""
        for match in re.finditer(phrase, self.text, re.I):
            ends = list(accumulate(len(line) + 1 for line in self.lines))
            yield f"{self.path}:{self.first + bisect_right(ends, match.start())}".removeprefix(f"{ROOT}/")


def paragraphs(path: Path, lines: Iterable[str], first: int = 1) -> Iterator[Paragraph]:
    """Yield the paragraphs of the lines, each without the marks of comments and quotes and extra spaces."""
    block: list[str] = []
    number = first
    for number, line in enumerate(lines, first):
        text = " ".join(MARK.sub("", line.strip(), count=1).split())
        if block and BLOCK.match(text):
            yield Paragraph(path, number - len(block), tuple(block))
            block = []
        if text:
            block.append(text)
    if block:
        yield Paragraph(path, number - len(block) + 1, tuple(block))


def strings(path: Path, module: ast.Module) -> Iterator[Paragraph]:
    """Yield the paragraphs of the strings of a module; {} stands for the values of an f-string."""
    for node in ast.walk(module):
        match node:
            case ast.Constant(value=str() as value):
                yield from paragraphs(path, value.splitlines(), node.lineno)
            case ast.JoinedStr():
                parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values]
                yield from paragraphs(path, "".join(parts).splitlines(), node.lineno)


def comments(path: Path) -> Iterator[Paragraph]:
    """Yield the paragraphs of the comments of a file, also of those behind code."""
    found = map(COMMENT.search, path.read_text().splitlines())
    return paragraphs(path, (match[1] if match else "" for match in found))


def texts_of(path: Path) -> Iterator[Paragraph]:
    """Yield the paragraphs of a file: the strings of a module or the lines of another file, and comments."""
    if path.suffix == ".py":
        yield from strings(path, parsed(path))
    else:
        yield from paragraphs(path, path.read_text().splitlines())
    yield from comments(path)


def places_of(phrase: str, texts: Iterable[Paragraph]) -> set[str]:
    """Return file and line of every match of an avoided phrase."""
    return {place for text in texts for place in text.places(phrase)}


@pytest.fixture(scope="module")
def texts() -> list[Paragraph]:
    """The texts of the repository's files."""
    return [text for path in FILES for text in texts_of(path)]


def test_every_kind_of_file_is_read() -> None:
    names = {f"{path.relative_to(ROOT)}" for path in FILES}
    assert names >= {
        *(
            "Makefile",
            "README.md",
            "Pulumi.dev.yaml",
            "requirements.txt",
            "app/Dockerfile",
            ".ci/run",
            ".ci/docker.sh",
        ),
        *("app/notetaker/templates/login.html", "examples/compose/docker-compose.yml", "benchmarks/plan.py"),
        *(
            "docs/plan.md",
            "components/moorage/model/app.py",
            "tests/unit/test_examples.py",
            "app/tests/conftest.py",
        ),
        *(".github/workflows/test.yml", "examples/typescript/index.ts", "examples/go/main.go"),
    }
    assert {Path(name).parts[0] for name in names} > set(FOLDERS)


@pytest.mark.parametrize("phrase", AVOIDED)
def test_a_phrase_is_avoided(phrase: str, texts: list[Paragraph]) -> None:
    assert places_of(phrase, texts) == set(), AVOIDED[phrase]


FORMS = {
    "string": ("py", '\nTEXT = (\n    "{0} "\n    "{1}"\n)\n'),
    "docstring": ("py", '"""A module.\n\n{0}\n{1}\n"""\n'),
    "comment": ("py", "\n\n# {0}\n# {1}\nLIMIT = 3\n"),
    "page": ("md", "# Title\n\n{0}\n{1}\n"),
    "item": ("md", "# Title\n\n- {0}\n  {1}\n"),
    "quote": ("md", "# Title\n\n> {0}\n> {1}\n"),
    "description": ("yaml", "name: a\ndescription: >\n  {0}\n  {1}\n"),
    "rule": ("toml", '[rule]\ntitle = """\n{0}\n{1}\n"""\n'),
    "script": ("js", '"use strict";\n\n// {0}\n// {1}\n'),
    "shown output": ("md", "# Title\n```console\n{0}\n{1}\n```\n"),
    "comment shown": ("md", "# Title\n```python\n# {0}\n# {1}\nimport moorage\n```\n"),
    "comments behind code": ("yml", "services:\n  a:\n    image: x  # {0}\n    init: true  # {1}\n"),
    "markup": ("html", "<body>\n  <p>\n    {0}\n    {1}</p>\n</body>\n"),
    "comment in markup": ("html", "<body>\n\n  <!-- {0}\n       {1} -->\n</body>\n"),
    "help of a target": ("mk", "all: up\n\nup: .venv/up ## {0} {1}\n\t@true\n"),
    "Dockerfile": ("Dockerfile", "FROM debian\n\n# {0}\n# {1}\nUSER nobody\n"),
    "shell": ("sh", "#!/bin/sh\n\n# {0}\n# {1}\n:\n"),
    "printed": ("py", '\nprint(\n    "{0} "\n    f"{1}"\n)\n'),
}
"""Files with a sentence that is broken over the lines 3 and 4."""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "sentence",
    [
        "is ignored: ECS cannot take the image's away",
        "leave the secret out of the list",
        "Leave the load balancer's checks out of the log.",
        "leads requests to it",
        "named in the otherwise",
        "the otherwise is empty",
        "the values are told to ECS",
        "they were told",
        "the name is no `ARN`",
        "is no ARN of dynamodb",
        "is refused, since whoever may describe the task could read it",
        "rounded up, which is said.",
        "is moved to the limit, and said so",
        "`AWS_ACCESS_KEY_ID` and its like are refused",
    ],
)
def test_a_sentence_is_caught_wherever_it_is_broken(sentence: str, form: str, tmp_path: Path) -> None:
    suffix, template = FORMS[form]
    words = sentence.split()
    for middle in range(1, len(words)):
        path = tmp_path / f"{middle}.{suffix}"
        path.write_text(template.format(" ".join(words[:middle]), " ".join(words[middle:])))
        places = {place for phrase in AVOIDED for place in places_of(phrase, texts_of(path))}
        assert places, path.read_text()
        assert places <= {f"{path}:3", f"{path}:4"}, path.read_text()


def test_the_line_of_a_match_is_that_of_its_first_word(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("The first line,\nthe second, and they\nwere\ntold. They\nwere told.\n")

    assert places_of(r"\btold\b", texts_of(page)) == {f"{page}:4", f"{page}:5"}
    assert places_of(r"\bthey were\b", texts_of(page)) == {f"{page}:2", f"{page}:4"}


def test_the_values_of_an_f_string_are_words_of_it(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('def error(name, kind):\n    return f"{name} is no {kind}; leave {name} out"\n')

    caught = [phrase for phrase in AVOIDED if places_of(phrase, texts_of(module))]

    assert [AVOIDED[phrase] for phrase in caught] == ['say "is not a"', "say omit"]


@pytest.mark.parametrize(
    "sentence",
    [
        "an otherwise empty folder",
        "Otherwise the task stops",
        "is required; otherwise, it fails",
        "is no longer used",
        "there is no image",
        "the task leads; clients connect to it",
        "leaves the network. A request times out",
        "| takes the lock | goes away |",
        "keeps what it takes, and says so",
        "USER nobody",
        "    user: nobody",
    ],
)
def test_a_sentence_is_allowed(sentence: str) -> None:
    (text,) = paragraphs(Path("page.md"), [sentence])

    assert [phrase for phrase in AVOIDED if list(text.places(phrase))] == []


def test_paragraphs_items_and_rows_are_apart() -> None:
    lines = ["they are", "", "told", "- is", "- no name", "| leave | it |", "| all | out |"]
    page = list(paragraphs(Path("page.md"), lines))

    assert [text.first for text in page] == [1, 3, 4, 5, 6, 7]


@pytest.fixture(scope="module")
def modules() -> dict[Path, ast.Module]:
    """The modules of the library, the programs, the sample and the docs as syntax trees."""
    return {path: parsed(path) for path in SOURCES}


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
