"""Folders with files."""

from collections.abc import Mapping
from pathlib import Path


def folder_with(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder, which is made if it is missing; return the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
