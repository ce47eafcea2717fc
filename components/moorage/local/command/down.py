"""`moorage local down`, without Pulumi."""

from moorage.console import Printer
from moorage.errors import require_extra
from moorage.local.state import Paths

from .client import Client, NotRunning


def down(paths: Paths, out: Printer, *, data: bool) -> int:
    """Stop everything; with `data`, remove the data too."""
    client = Client(paths)
    try:
        client.down(out.progress, data=data)
        out.say("stopped" + ("; data removed" if data else "; data is kept (`down --data` removes it)"))
    except NotRunning:
        require_extra("local", "`moorage local down`")
        from moorage.local.runner.groups import end_left_over

        left = end_left_over(paths.groups)
        out.say(f"ended {len(left)} left-over process group(s)" if left else "nothing is running")
        if data:
            import asyncio
            import shutil

            from moorage.local.runner.docker import DockerRunner, unavailable

            shutil.rmtree(paths.data, ignore_errors=True)
            if asyncio.run(unavailable()) is None:
                asyncio.run(DockerRunner(paths.project_dir, paths.stack).remove_data())
            out.say("data removed")
    return 0
