"""The `moorage` command, forked from a process that has loaded its modules.

A new interpreter spends five of six parts of its time on importing pulumi-aws. All that the command starts is
new: the supervisor, the data services, the tasks, the `up` of `--watch`.
"""

import functools
import multiprocessing
import multiprocessing.context
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@functools.cache
def _context() -> multiprocessing.context.ForkServerContext:
    """Start the process that has the modules."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["support.loaded"])
    with pytest.MonkeyPatch.context() as patch:
        # Python 3.11 does not hand sys.path on, and passes over a module that is not found.
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
        forkserver.ensure_running()
    return context


def run_moorage(
    words: Sequence[str],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 120,
    *,
    one_output: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run the command as `subprocess.run` does, and capture its output.

    `env` is added to the environment; with `one_output`, stderr goes to stdout.
    """
    umask = os.umask(0)
    os.umask(umask)
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "out" if one_output else "err")
        arguments = (list(words), cwd or Path.cwd(), {**os.environ, **(env or {})}, umask, out, err)
        child = _context().Process(target=_command, args=arguments)
        child.start()
        child.join(timeout)
        if child.exitcode is None:
            child.kill()
            child.join()
            raise subprocess.TimeoutExpired(["moorage", *words], timeout, out.read_text(), err.read_text())
        texts = out.read_text(), "" if one_output else err.read_text()
        return subprocess.CompletedProcess(["moorage", *words], child.exitcode, *texts)


def _command(words: list[str], cwd: Path, env: dict[str, str], umask: int, out: Path, err: Path) -> None:
    for descriptor, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
    os.environ.clear()
    os.environ.update(env)
    os.umask(umask)
    os.chdir(cwd)
    sys.argv[1:] = words
    from moorage.cli import main

    sys.exit(main())
