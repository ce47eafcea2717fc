"""Shared by every layer of the project's own tests."""

import gc
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from hypothesis.internal.conjecture import providers
from support.command import run_moorage
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).parent.parent
# Whether and where a terminal is must not matter. GNU readline, which pytest loads, writes a size into the
# environment that the workers of pytest-xdist get.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)
# A shell's background job ignores Ctrl-C, and so would each process that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests write some 50,000 small files, 1.3 GiB in all: in memory, where it has room and programs may start.
MEMORY = Path("/dev/shm")
if MEMORY.is_dir():
    filesystem = os.statvfs(MEMORY)
    if filesystem.f_bavail * filesystem.f_frsize > 4 << 30 and not filesystem.f_flag & os.ST_NOEXEC:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# Constants of the modules that are loaded would make generated examples depend on the tests that ran before
# (hypothesis 6.170).
providers._get_local_constants = lambda: providers._local_constants

TOGETHER = (
    "app/tests/",
    "tests/browser/test_(notetaker|other_origin)",
    "tests/unit/(plan/(iam/|preflight/test_check|test_picture|test_page)|test_example(s|_runs)\\.py)",
    "tests/unit/test_(english|private_names|import_direction|function_size|field_tables)",
)
"""Files of one process: they share replicas, the sample that runs, the graphs of `support.stacks`, or the
library's syntax trees."""

SAMPLE = ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml", "__main__.py", "vpc.py", "app")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Keep the modules and the tests, which live to the end, out of each collection."""
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Collect the garbage of a file at its end: programs leave thousands of tasks, through all of which each
    asyncio.run looks.

    The last test has dropped its fixtures by then: frozen, they would never be collected.
    """
    result = yield
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        gc.freeze()
    return result


class Scheduling(LoadFileScheduling):
    """Keeps the tests of a file, and the files of TOGETHER, in one process."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for group in TOGETHER if re.match(group, nodeid)), super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """Schedule by file, as `--dist loadfile` asks."""
    return Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def copy_sample() -> Callable[[Path], Path]:
    """Copy the repository's own program into an empty folder, where it has a state of its own."""

    def copy(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name in SAMPLE:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / name)
        # The requirements of NoteTaker are installed once for all tests, as they are once for a person.
        venvs = ROOT / ".cache" / "venvs"
        venvs.mkdir(parents=True, exist_ok=True)
        (folder / ".moorage").mkdir()
        (folder / ".moorage" / "venvs").symlink_to(venvs)
        return folder

    return copy


@pytest.fixture(scope="session")
def moorage() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the `moorage` command as a person does, and return what it printed."""

    def run(
        *arguments: str, cwd: Path, timeout: float = 180, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        done = run_moorage(arguments, cwd, {"NO_COLOR": "1"}, timeout, one_output=True)
        assert not check or done.returncode == 0, done.stdout
        return done

    return run
