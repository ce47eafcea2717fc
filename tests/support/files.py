"""Files that a test writes again and again."""

from pathlib import Path


def write_anew(path: Path, content: str | bytes) -> None:
    """Replace a file: file systems write one that is truncated to the disk at once, but not a new one."""
    path.unlink(missing_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
