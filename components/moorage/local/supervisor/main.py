"""The entry point of the background process: `python -m moorage.local.supervisor.main`."""

import asyncio
import logging
import os
import signal
import sys
import time
from pathlib import Path

from moorage.errors import LocalError
from moorage.local.command.client import START_WITHIN, Client
from moorage.local.runner import Runner
from moorage.local.runner.groups import Groups, end_left_over
from moorage.local.state import Paths
from moorage.version import __version__

from .control import Control
from .supervisor import Supervisor

log = logging.getLogger(__name__)


async def _serve(paths: Paths, runner_name: str, lock: int) -> None:
    """Run the supervisor until `down`, SIGTERM, or an error at the start."""
    left = end_left_over(paths.groups)
    if left:
        log.info("ended %d process groups that an earlier supervisor left", len(left))
    groups = Groups(paths.groups)
    runner = await _choose(runner_name, paths, groups)
    groups.start(runner.reap_command(), lock)
    await runner.cleanup()
    supervisor = Supervisor(paths, runner, groups)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: loop.create_task(supervisor.down(log.info, data=False)))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    control = Control(supervisor)
    await control.start(paths.socket)
    log.info(
        "supervisor %s of %s (%s): ready, pid %d", __version__, paths.project_dir, paths.stack, os.getpid()
    )
    supervisor.warm_up()
    await supervisor.stopped.wait()
    await control.stop()
    await asyncio.to_thread(groups.close)


async def _choose(name: str, paths: Paths, groups: Groups) -> Runner:
    """Return the runner called `name`; `auto` is Docker where a daemon answers, else processes.

    Raises:
        LocalError: Docker is requested and no daemon answers.
    """
    if name != "process":
        from moorage.local.runner.docker import DockerRunner, unavailable

        why = await unavailable()
        if why is None:
            return DockerRunner(paths.project_dir, paths.stack)
        if name == "docker":
            raise LocalError(f"{why}: start Docker, or use --runner process")
    from moorage.local.runner.process import ProcessRunner

    return ProcessRunner(paths, groups)


def main() -> None:
    """Run as `python -m moorage.local.supervisor.main PROJECT_DIR STACK RUNNER`; output goes to the log."""
    project_dir, stack, runner = sys.argv[1:]
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    # A local run never uses the developer's own AWS account.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    # A proxy is for installing packages, not for local endpoints.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(
        filter(None, [os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), "127.0.0.1", "localhost"])
    )
    paths = Paths(Path(project_dir), stack)
    try:
        serve(paths, runner)
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        sys.exit(1)


def serve(paths: Paths, runner: str) -> None:
    """Serve as the stack's only supervisor: after one that is ending, and not at all if another one answers.

    Raises:
        LocalError: another one neither answers nor ends, or an error at the start.
    """
    deadline = time.monotonic() + START_WITHIN
    while True:
        with paths.lock() as lock:
            if lock is not None:
                try:
                    asyncio.run(_serve(paths, runner, lock))
                finally:
                    paths.socket.unlink(missing_ok=True)
                return
        if Client(paths).running():
            log.info("another supervisor is already running")
            return
        if time.monotonic() > deadline:
            raise LocalError("another supervisor of this stack neither answers nor ends")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
