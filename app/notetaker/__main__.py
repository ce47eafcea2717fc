"""Run the server: `python -m notetaker`."""

import signal
import sys
from types import FrameType

from .settings import Settings, SettingsError


def main() -> None:
    """Serve until a signal stops the server, then let the requests in flight finish."""
    # uvicorn raises the signal again once it has stopped: that, or a signal during start-up, is a clean exit.
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        sys.exit(f"notetaker: {error}")

    import uvicorn

    from .app import create_app
    from .logs import set_up_logs
    from .task import find_task

    task = find_task()
    set_up_logs(task.id)
    uvicorn.run(
        create_app(settings, task),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # See balancer.py: this one believes the client.
        proxy_headers=False,
        # Longer than the balancer's idle timeout of 60 s, or it would reuse connections that we just closed.
        timeout_keep_alive=75,
        # Less than the 15 s after which ECS kills a task that was asked to stop.
        timeout_graceful_shutdown=12,
    )


def leave(signum: int, frame: FrameType | None) -> None:
    """Exit with status 0: being asked to stop is not a failure."""
    sys.exit(0)


if __name__ == "__main__":
    main()
