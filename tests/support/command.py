"""The `moorage` command, forked from a process that has loaded its modules.

A new interpreter spends five of six parts of its time on importing pulumi-aws. The supervisor that the
command starts is forked too; what that starts is new: the data services, the tasks. `Project.start` runs the
command, and its supervisor, in new interpreters.
"""

import functools
import importlib
import multiprocessing
import multiprocessing.context
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import IO, NoReturn

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
    from moorage.local.command import client

    client.subprocess = SimpleNamespace(Popen=Forked, DEVNULL=subprocess.DEVNULL)  # type: ignore[assignment]
    sys.exit(main())


class Forked:
    """`python -m MODULE` as `subprocess.Popen` starts it, without a new interpreter."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        stdin: int,
        stdout: IO[bytes],
        stderr: IO[bytes],
        cwd: str,
        env: Mapping[str, str],
        start_new_session: bool,
    ) -> None:
        """Start the process."""
        assert (words[:2], stdin, start_new_session) == ([sys.executable, "-m"], subprocess.DEVNULL, True)
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid:
            return
        os.setsid()
        with open(os.devnull) as nothing:
            for descriptor, file in enumerate((nothing, stdout, stderr)):
                os.dup2(file.fileno(), descriptor)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(env)
        sys.argv[:] = words[2:]
        _end(words[2])

    def poll(self) -> int | None:
        """Return the exit code once the process has ended."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode


def _end(module: str) -> NoReturn:
    """Run `main` of a module, and end this process as an interpreter does."""
    code = 1
    try:
        importlib.import_module(module).main()
        code = 0
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
