"""Checks of what `moorage local up` needs."""

import asyncio
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from moorage.errors import EvaluationError, LocalError, MoorageError, require_extra
from moorage.local.command.client import Client, NotRunning
from moorage.local.runner.ports import FIRST_HTTP, is_free
from moorage.local.state import Paths, State
from moorage.operate.pulumi.check_result import CheckResult, failure, ok, unchecked, warning

from .subject import Subject

_WATCHES = Path("/proc/sys/fs/inotify/max_user_watches")
_NO_EXTRA = unchecked("the extra moorage[local] is missing")
_FILES = 1024
"""Open files that a run of a few services needs: each connection is a file on both sides of the balancer."""


def extra(_subject: Subject) -> Iterator[CheckResult]:
    """Check the extra of the local run."""
    yield _missing_extra() or ok("moorage[local] is installed")


def _missing_extra() -> CheckResult | None:
    try:
        require_extra("local", "`moorage local up`")
    except MoorageError as error:
        return failure(str(error), error.hint)
    return None


def program(subject: Subject) -> Iterator[CheckResult]:
    """Check that the program can be evaluated without an engine."""
    if subject.pulumi is None:
        yield unchecked("no project")
        return
    try:
        graph = subject.pulumi.graph
    except EvaluationError as error:
        yield failure(str(error))
        return
    services = len(list(graph.of_type("aws:ecs/service:Service")))
    yield ok(f"evaluates to {len(graph.resources)} resources; ECS services: {services}")


def docker(_subject: Subject) -> Iterator[CheckResult]:
    """Check whether tasks run as containers or as processes."""
    if _missing_extra():
        yield _NO_EXTRA
        return
    from moorage.local.runner.docker import unavailable

    reason = asyncio.run(unavailable())
    if reason is None:
        yield ok("a Docker daemon answers: tasks run as containers")
    else:
        yield warning(
            f"tasks run as processes, not as containers: {reason}", "start Docker to run them as containers"
        )


def supervisor(subject: Subject) -> Iterator[CheckResult]:
    """Check the supervisor of the stack's local run."""
    if subject.paths is None:
        yield unchecked("no project")
        return
    try:
        hello = Client(subject.paths).get("/hello")
        Client.check(hello, "auto")
    except NotRunning:
        yield _left_over(subject.paths)
    except (LocalError, OSError) as error:
        yield failure(str(error), "stop it with `moorage local down`")
    else:
        yield ok(f"running as process {hello['pid']}, tasks as {hello['runner']}")


def _left_over(paths: Paths) -> CheckResult:
    if _missing_extra():
        return _NO_EXTRA
    from moorage.local.runner.groups import left_over

    if groups := left_over(paths.groups):
        return warning(
            f"{len(groups)} process groups of a killed local run are left: {', '.join(map(str, groups))}",
            "end them with `moorage local down`; `moorage local up` ends them too",
        )
    return ok("not running, and nothing is left of an earlier run")


def ports(subject: Subject) -> Iterator[CheckResult]:
    """Check the load balancer's ports of the last run, or the one of a first run."""
    last: list[int] = []
    if subject.paths:
        if Client(subject.paths).running():
            yield ok("in use by the local run")
            return
        try:
            last = State(subject.paths.state).ports
        except LocalError as error:
            yield failure(str(error))
            return
    busy = [str(port) for port in last or [FIRST_HTTP] if not is_free(port)]
    if not busy:
        yield ok(f"{', '.join(map(str, last or [FIRST_HTTP]))} on 127.0.0.1: free")
    elif last:
        yield warning(
            f"{', '.join(busy)}, where the last run listened, is in use: the next one moves to another port",
            "stop what listens there to keep the address",
        )
    else:
        yield ok(f"{FIRST_HTTP} is in use: the load balancer gets the next free port")


def watches(subject: Subject) -> Iterator[CheckResult]:
    """Check the limit of Linux for `--watch`, which watches every folder of the project and its contexts."""
    if sys.platform != "linux" or subject.paths is None:
        return
    limit = int(_WATCHES.read_text())
    count = sum(1 for folder in Client(subject.paths).watched() for _ in os.walk(folder))
    if count < limit:
        yield ok(f"{count} of at most {limit} watched folders for --watch")
    else:
        yield warning(
            f"--watch needs {count} watches, and fs.inotify.max_user_watches is {limit}",
            f"sudo sysctl fs.inotify.max_user_watches={2 * count}",
        )


def open_files(_subject: Subject) -> Iterator[CheckResult]:
    """Check the limit of open files, which is 256 on macOS."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY or limit >= _FILES:
        yield ok("unlimited" if limit == resource.RLIM_INFINITY else f"at most {limit}")
    else:
        yield warning(f"at most {limit}", f"ulimit -n {4 * _FILES}, before `moorage local up`")
