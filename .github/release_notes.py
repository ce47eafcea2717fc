"""Print the changelog's section of a tag, after comparing the tag with the library's version.

python .github/release_notes.py v1.2.0
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def notes(tag: str, version: str, changelog: str) -> str:
    """Return the section of a version.

    Raises:
        ValueError: the tag is not that of the version, or the changelog has no dated section for it.
    """
    if tag != f"v{version}":
        raise ValueError(f"tag {tag} is not v{version}, the version of the library")
    section = re.search(
        rf"^## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)\n(.*?)(?=^## |\Z)", changelog, re.M | re.S
    )
    if section is None or not section[1].strip():
        raise ValueError(f"CHANGELOG.md has no section `## {version} (YYYY-MM-DD)` with text")
    return section[1].strip()


def main() -> None:
    """Print the section, or exit with the reason."""
    version = re.search(r'^__version__ = "(.+)"$', (ROOT / "components/moorage/version.py").read_text(), re.M)
    assert version
    try:
        print(notes(sys.argv[1], version[1], (ROOT / "CHANGELOG.md").read_text()))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
