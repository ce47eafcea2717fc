"""The folders that `up --watch` watches, with all below them."""

from pathlib import Path

from moorage.errors import LocalError
from moorage.local.state import Paths

from .client import Client


def watched(paths: Paths) -> list[Path]:
    """Return the project folder, and the build contexts of the running stack outside of it."""
    try:
        contexts = [Path(context) for context in Client(paths).get("/describe")["contexts"]]
    except LocalError:
        contexts = []
    elsewhere = (c for c in contexts if not c.is_relative_to(paths.project_dir) and c.is_dir())
    return [folder.resolve() for folder in (paths.project_dir, *elsewhere)]
