"""Virtual environments of process tasks and of the data services, one per content, kept across runs."""

import asyncio
import fcntl
import hashlib
import importlib.util
import os
import shutil
import sys
from collections import deque
from pathlib import Path
from typing import IO

from moorage.local import private

from . import BuildFailed, Report
from .commands import ended, output, spawn
from .lines import Lines

_PIP = importlib.util.find_spec("pip") is not None
"""The pip of this environment installs into the new one, which saves some seconds."""
_CREATE = [sys.executable, "-m", "venv", *(["--without-pip"] if _PIP else [])]
_DONE = ".moorage-complete"
_WHAT = ("requirements*.txt", "constraints*.txt", "requirements/*.txt")


async def prepare(
    folder: Path, context: Path, report: Report, what: str = "requirements.txt", *, uv: bool = False
) -> Path | None:
    """Return the environment in `folder` for a context's requirements.txt and this Python version; None
    without this file.

    `what` names the packages to the user. `uv` installs by uv where it is available, in a tenth of pip's
    time: not for an app, whose image uses pip with pip's own settings.

    Raises:
        BuildFailed: the installation failed; the message has its last lines.
    """
    if not (context / "requirements.txt").is_file():
        return None
    files = sorted({path for pattern in _WHAT for path in context.glob(pattern)})
    digest = hashlib.sha256(f"{sys.version}{sys.base_prefix}".encode())
    for file in files:
        digest.update(f"\0{file.relative_to(context)}\0".encode() + file.read_bytes())
    venv = folder / digest.hexdigest()[:24]
    if (venv / _DONE).exists():
        return venv
    private.make_folder(folder)
    with await asyncio.to_thread(_lock, venv.with_suffix(".lock")):
        if not (venv / _DONE).exists():
            report(f"installing {what} (once; kept until it changes)")
            try:
                if not (uv and await _with_uv(venv, context, report)):
                    await _with_pip(venv, context, report)
            except BuildFailed as error:
                raise BuildFailed(f"installing {what} failed:\n  {error}") from None
            (venv / _DONE).touch()
    return venv


async def _with_uv(venv: Path, context: Path, report: Report) -> bool:
    """Install by uv; return whether that succeeded: uv does not read pip's settings, such as an index."""
    folders = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    uv = shutil.which("uv", path=os.pathsep.join(folders))
    if uv is None:
        return False
    create = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(venv)]
    install = [uv, "pip", "install", "--quiet", "--python", str(venv), "-r", "requirements.txt"]
    try:
        await _run(create, context, report)
        await _run(install, context, report)
    except BuildFailed:
        return False
    return True


async def _with_pip(venv: Path, context: Path, report: Report) -> None:
    # Scripts in it contain its path, so it is made in place; a marker shows that it is complete.
    await asyncio.to_thread(shutil.rmtree, venv, ignore_errors=True)
    await _run([*_CREATE, str(venv)], context, report)
    python, where = (sys.executable, ["--python", str(venv)]) if _PIP else (f"{venv}/bin/python", [])
    options = ["--disable-pip-version-check", "--no-input", "-r", "requirements.txt"]
    await _run([python, "-m", "pip", *where, "install", *options], context, report)


def _lock(path: Path) -> IO[str]:
    """Wait while another supervisor of the project makes the same environment; closing the file ends that."""
    file = private.open_file(path, "a")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


async def _run(words: list[str], folder: Path, report: Report) -> None:
    last: deque[str] = deque(maxlen=15)

    def take(line: str) -> None:
        last.append(line.rstrip())
        if line.startswith(("Collecting", "Installing")):
            report(last[-1][:100])

    process = await spawn(words, cwd=folder)
    async with ended(process):
        await Lines(take).take(output(process))
        if await process.wait():
            raise BuildFailed("\n  ".join(last))
