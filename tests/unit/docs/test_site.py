"""The site of the documentation: it is built without a warning, and loads nothing from elsewhere."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SITE: dict[str, Any] = runpy.run_path(str(ROOT / "docs/site.py"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site: a broken link or anchor is an error."""
    folder = tmp_path_factory.mktemp("docs")
    SITE["build"](folder)
    return folder / "site"


def test_it_has_every_page(site: Path) -> None:
    pages = {Path(name).with_suffix(".html") for name in SITE["sources"]().values() if name.endswith(".md")}
    assert Path("index.html") in pages
    assert Path("reference/ContainerApp.html") in pages
    assert [page for page in pages if not (site / page).is_file()] == []


def test_it_loads_nothing_from_elsewhere(site: Path) -> None:
    loaded = re.compile(
        r"<(?:link|script|img|iframe|source)\b[^>]*?\b(?:href|src)=[\"']?((?:https?:)?//[^\"' >]+)"
    )
    # The address of the page itself is not loaded.
    elsewhere = {
        (page.name, url)
        for page in site.rglob("*.html")
        for url in loaded.findall(re.sub(r'<link rel="?canonical"?[^>]*>', "", page.read_text()))
    }
    assert elsewhere == set()
    sheets = [sheet.read_text() for sheet in site.rglob("*.css")]
    assert sheets
    assert [
        url for sheet in sheets for url in re.findall(r"(?:url\(|@import )[\"']?(https?://[^)\"']+)", sheet)
    ] == []


def test_links_out_of_the_site_become_text(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    (tmp_path / "code.py").write_text("")
    other = page.with_name("other.md")
    other.write_text("# Other\n")
    page.write_text(
        '[a](other.md#x), [b](../code.py "t"), [c](https://example.com)\n```\n[d](gone.md)\n```\n'
    )
    names = {page: "deep/page.md", other: "other.md"}
    assert SITE["converted"](page, names).splitlines()[0] == "[a](../other.md#x), b, [c](https://example.com)"
    page.write_text("[d](gone.md)\n")
    with pytest.raises(FileNotFoundError):
        SITE["converted"](page, names)


def test_a_page_without_a_section_is_an_error() -> None:
    with pytest.raises(ValueError, match="without a section in NAVIGATION: lost\\.md"):
        SITE["navigation"]({"index.md": "moorage", "lost.md": "Lost"})
