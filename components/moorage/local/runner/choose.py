"""Which runner a stack gets."""

import importlib
from typing import Any

from moorage.local.errors import LocalError
from moorage.local.groups import Groups
from moorage.local.state import Paths

from . import Runner
from .process import ProcessRunner


async def choose(name: str, paths: Paths, groups: Groups) -> Runner:
    """Return the runner called `name`; `auto` is Docker where a daemon answers, else processes.

    Raises:
        LocalError: Docker is asked for and no daemon answers.
    """
    if name == "process":
        return ProcessRunner(paths, groups)
    try:
        docker: Any = importlib.import_module("moorage.local.runner.docker")
    except ImportError:
        docker = None
    runner: Runner | None = await docker.connect(paths) if docker is not None else None
    if runner is not None:
        return runner
    if name == "docker":
        raise LocalError("no Docker daemon answers: start Docker, or use --runner process")
    return ProcessRunner(paths, groups)
