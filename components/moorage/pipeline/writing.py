"""Writing a pipeline's files, never over others."""

from collections.abc import Mapping
from pathlib import Path

from moorage.errors import MoorageError


def write(root: Path, files: Mapping[str, str], *, force: bool) -> list[str]:
    """Write files below a folder; return the paths of those that changed.

    Raises:
        MoorageError: another file exists and `force` is not set; nothing was written.
    """
    changed = [path for path, text in files.items() if _content(root / path) != text.encode()]
    existing = [path for path in changed if (root / path).exists() or (root / path).is_symlink()]
    if existing and not force:
        raise MoorageError(
            f"{', '.join(existing)} already in {root}; no file is overwritten",
            hint="pass --force to replace, or --stdout to print",
        )
    for path in changed:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(files[path], encoding="utf-8")
    return changed


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
