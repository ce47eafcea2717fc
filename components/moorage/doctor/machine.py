"""Checks of the machine and of the project's files, which a local run and a deployment both need."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from moorage.errors import LocalError
from moorage.local.state import cache_dir, runtime_dir
from moorage.model.build_context import STAGING
from moorage.operate.pulumi.check_result import CheckResult, failure, ok, unchecked, warning
from moorage.operate.pulumi.prerequisites import readable
from moorage.version import __version__

from .subject import Subject

_PYTHON = (3, 11)
_LITTLE, _LEAST = 1 << 30, 200 << 20
"""Free bytes below which a check warns, or fails: the data services need 50 MiB, an app with boto3 100."""


def python(_subject: Subject) -> Iterator[CheckResult]:
    """Check the interpreter."""
    text = f"moorage {__version__} with Python {sys.version.split()[0]} ({sys.executable})"
    if sys.version_info < _PYTHON:
        yield failure(text, "install Python 3.11 or newer, and moorage into its environment")
    else:
        yield ok(text)


def project(subject: Subject) -> Iterator[CheckResult]:
    """Check the files of the project and of its stack."""
    if subject.pulumi is None:
        yield unchecked("no Pulumi.yaml here", "pass --cwd, or create a project with `moorage new`")
        return
    for item in readable(subject.pulumi):
        yield failure(str(item))
        return
    yield ok(f"{subject.folder}, stack {subject.stack}")


def disk(subject: Subject) -> Iterator[CheckResult]:
    """Check the free space where the project is, and where its users' shared files are."""
    folders = {str(_existing(folder)) for folder in (subject.folder or Path.cwd(), cache_dir())}
    least = min(folders, key=lambda folder: shutil.disk_usage(folder).free)
    free = shutil.disk_usage(least).free
    text = f"{free / (1 << 30):.1f} GiB free at {least}"
    if free >= _LITTLE:
        yield ok(text)
    else:
        finding = failure if free < _LEAST else warning
        yield finding(text, "free space: copies of build contexts and environments are kept there")


def folders(subject: Subject) -> Iterator[CheckResult]:
    """Check that the folders in which files are made can be written to."""
    written = [cache_dir()]
    if subject.paths:
        written += [subject.paths.root, subject.paths.project_dir / STAGING]
    for folder in written:
        existing = _existing(folder)
        if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
            wrong = "is not writable" if existing.is_dir() else "is not a folder"
            yield failure(f"{existing} {wrong}", f"{folder} must be a folder of this user")
            return
    try:
        written.append(runtime_dir())
    except (LocalError, OSError) as error:
        yield failure(str(error))
        return
    yield ok(f"{', '.join(map(str, written))} can be written to")


def _existing(path: Path) -> Path:
    """Return a path, or the nearest one above that exists."""
    return next(folder for folder in (path, *path.parents) if os.path.lexists(folder))
