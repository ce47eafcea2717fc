"""docs/comparison.md: 99 features, and every link of moorage's column goes to what it names."""

import re
from collections import Counter
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "comparison.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in TEXT.splitlines()
    if re.match(r"\| \d+ \|", line)
]
LINK = re.compile(r"\[(`[^`]+`|[^\]]+)\]\(([^)#\s]*)(?:#([^)\s]+))?(?: \"([^\"]+)\")?\)")


def anchors(page: str) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", page, re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_feature_has_a_row() -> None:
    assert [int(row[0]) for row in ROWS] == [*range(1, 100)]
    assert {len(row) for row in ROWS} == {10}


def test_the_introduction_counts_the_rows() -> None:
    counts = Counter(row[2][0] for row in ROWS)
    text = " ".join(TEXT.split())
    assert f"Of 99 rows, moorage has {counts['Y']} Y, {counts['P']} P and {counts['N']} N." in text
    assert counts.keys() == {"Y", "P", "N"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_what_is_built_links_to_its_argument_and_its_test(row: list[str]) -> None:
    links = LINK.findall(row[2])
    for _, target, anchor, title in links:
        page = DOCS / target if target else DOCS / "comparison.md"
        assert page.is_file(), target
        content = page.read_text()
        if anchor:
            assert anchor in anchors(content), anchor
        if title:
            named = rf"^(async )?def {title}\(" if page.suffix == ".py" else re.escape(f"**`{title}`**")
            assert re.search(named, content, re.M), title
    tests = [title for text, _, _, title in links if text == "test"]
    if row[2][0] in "YP":
        assert tests
        assert all(tests)
        assert len(links) > len(tests)
