"""`up --watch`: an `up` after every change of the program or of what its images are built from."""

import os
import subprocess
import sys
import time
from pathlib import Path

from .images import SKIPPED
from .state import Paths

EVERY = 0.5
"""Seconds between two looks; a look at a thousand files takes a few milliseconds."""
_IGNORED = SKIPPED | {".pytest_cache", ".ruff_cache"}


def watch(paths: Paths, arguments: list[str]) -> int:
    """Run `up`, in a process of its own, now and after every change until Ctrl-C; failures do not end it."""
    again = [argument for argument in arguments if argument not in ("--watch", "--force")]
    command = [sys.executable, "-m", "moorage.cli", *again]
    seen = _snapshot(paths.project_dir)
    try:
        subprocess.run(
            [sys.executable, "-m", "moorage.cli", *(a for a in arguments if a != "--watch")], check=False
        )
        print("watching for changes; Ctrl-C ends this, the services go on", flush=True)
        while True:
            time.sleep(EVERY)
            now = _snapshot(paths.project_dir)
            if now == seen:
                continue
            changed = sorted(str(f.relative_to(paths.project_dir)) for f, _ in (now.items() ^ seen.items()))
            # An editor or a checkout writes several files in a row.
            while (later := _snapshot(paths.project_dir)) != now:
                now = later
                time.sleep(EVERY / 2)
            seen = now
            print(f"\nchanged: {', '.join(dict.fromkeys(changed))[:200]}", flush=True)
            subprocess.run(command, check=False)
    except KeyboardInterrupt:
        print("\nThe services go on: `moorage local down` stops them.", flush=True)
        return 0


def _snapshot(folder: Path) -> dict[Path, tuple[int, int]]:
    found: dict[Path, tuple[int, int]] = {}
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _IGNORED]
        for name in names:
            path = Path(where, name)
            try:
                info = path.stat()
            except OSError:
                continue
            found[path] = (info.st_mtime_ns, info.st_size)
    return found
