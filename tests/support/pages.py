"""The code blocks of the documentation."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "components/README.md",
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("docs/decisions/*.md")),
    *sorted(ROOT.glob("examples/*/README.md")),
]
_FENCED = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)
_NAMED = re.compile(r"# ([\w.-]+\.ya?ml)\n")


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    page: str
    """The page's path in the repository."""
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def file(self) -> str | None:
        """The name of the YAML file that it is, if its first line says so."""
        named = _NAMED.match(self.text)
        return named[1] if named else None

    @property
    def is_module(self) -> bool:
        """True if it is a file in Python, as its first line says, and not a program of Pulumi."""
        return self.language == "python" and re.match(r"# [\w./-]+\.py\n", self.text) is not None


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page."""
    text = page.read_text()
    path = str(page.relative_to(ROOT))
    return [
        Block(path, text[: match.start()].count("\n") + 2, match[1], match[2])
        for match in _FENCED.finditer(text)
    ]


ALL = [block for page in PAGES for block in blocks(page)]
