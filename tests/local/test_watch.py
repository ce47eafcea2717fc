"""Changes that `up --watch` sees, and those that it ignores."""

from pathlib import Path

import pytest

from moorage.local.command import watch


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """A project, below a folder whose name is ignored in projects, and a build context elsewhere."""
    made = [tmp_path / ".build" / "project", tmp_path / "context"]
    for folder in made:
        (folder / "node_modules").mkdir(parents=True)
        (folder / "src").mkdir()
    return made


def test_source_files_count_and_caches_do_not(folders: list[Path]) -> None:
    project, context = folders
    changes = watch._changes(folders)
    assert next(changes) == set()
    (project / "node_modules" / "cache.js").write_text("")
    (project / "__pycache__").mkdir()
    (project / "__pycache__" / "app.pyc").write_text("")
    (project / ".app.py.swp").write_text("")
    (project / "src" / "app.py").write_text("")
    (context / "Dockerfile").write_text("")
    seen: set[str] = set()
    while not seen >= {"app.py", "Dockerfile"}:
        seen |= next(changes)
    assert seen == {"app.py", "Dockerfile"}
    (project / "src" / "app.py").unlink()
    while not (seen := next(changes)):
        pass
    assert seen == {"app.py"}


def test_what_changes_between_two_looks_is_not_lost(folders: list[Path]) -> None:
    changes = watch._changes(folders)
    next(changes)
    for name in ("one", "two", "three"):
        (folders[0] / name).write_text(name)
        (folders[0] / name).unlink()
        (folders[0] / name).write_text(name)
    seen: set[str] = set()
    while len(seen) < 3:
        seen |= next(changes)
    assert seen == {"one", "two", "three"}
