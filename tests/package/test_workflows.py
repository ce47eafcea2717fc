"""The files under .github: workflows, issue forms, and the notes of a release."""

import runpy
from pathlib import Path

import pytest
from support.pipelines import check_schema

GITHUB = Path(__file__).parents[2] / ".github"
NOTES = GITHUB / "release_notes.py"
CHANGELOG = (
    "# Changelog\n\n## 1.3.0 (unreleased)\n\n- b\n\n## 1.2.0 (2026-12-01)\n\n- a\n\n## 1.1.0 (2026-11-01)\n"
)


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", "workflows/*.yml"),
        ("github-issue-forms", "ISSUE_TEMPLATE/[!c]*.yml"),
        ("github-issue-config", "ISSUE_TEMPLATE/config.yml"),
    ],
)
def test_valid_against_the_published_schema(schema: str, files: str) -> None:
    check_schema(schema, sorted(GITHUB.glob(files)))


def test_the_notes_of_a_release_are_its_section() -> None:
    assert runpy.run_path(str(NOTES))["notes"]("v1.2.0", "1.2.0", CHANGELOG) == "- a"


@pytest.mark.parametrize(
    ("tag", "version", "reason"),
    [
        ("v1.2.1", "1.2.0", "tag v1.2.1 is not v1.2.0"),
        ("v1.3.0", "1.3.0", "no section `## 1.3.0"),
        ("v1.1.0", "1.1.0", "no section `## 1.1.0"),
    ],
)
def test_a_release_without_its_section_or_version_is_refused(tag: str, version: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        runpy.run_path(str(NOTES))["notes"](tag, version, CHANGELOG)
