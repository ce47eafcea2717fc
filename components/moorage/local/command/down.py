"""`down` of a local run. Nothing here needs Pulumi."""

from moorage.local.state import Paths

from .client import Client, NotRunning
from .view import View


def down(paths: Paths, view: View, *, data: bool) -> int:
    """Stop everything; remove data when asked to."""
    client = Client(paths)
    try:
        client.run("/down", {"data": data}, view.progress)
        view.done()
        view.say("stopped" + ("; data removed" if data else "; data is kept (`down --data` removes it)"))
    except NotRunning:
        from moorage.local.runner.groups import end_left_over

        left = end_left_over(paths.groups)
        view.say(f"ended {len(left)} left-over process group(s)" if left else "nothing is running")
        if data:
            import shutil

            shutil.rmtree(paths.data, ignore_errors=True)
            view.say("data removed")
    return 0
