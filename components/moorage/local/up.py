"""`moorage local up`: evaluate the program, run what it describes, wait until it is healthy."""

import gc
from dataclasses import dataclass
from typing import Any

from moorage.errors import UsageError

from . import outputs
from .client import Client
from .errors import LocalError
from .model import LocalStack, encode
from .project import given_secrets
from .state import Paths
from .view import View


@dataclass(frozen=True, slots=True)
class UpOptions:
    """What `up` was asked for."""

    config: dict[str, str]
    port: int | None = None
    runner: str = "auto"
    force: bool = False


def up(paths: Paths, options: UpOptions, view: View) -> int:
    """Run the project's stack; return the exit code, 0 or 1.

    Raises:
        LocalError, UsageError: with a text for the user.
    """
    client = Client(paths)
    process = client.start(options.runner)
    asked = False
    try:
        try:
            stack, exports = evaluated(paths, options, view)
        finally:
            client.wait(process)
        asked = True
        body = {"stack": encode(stack), "force": options.force, "port": options.port}
        result = client.run("/up", body, view.progress)
    except (LocalError, UsageError):
        _end_if_idle(client)
        raise
    except KeyboardInterrupt:
        view.done()
        if not asked:
            _end_if_idle(client)
            view.say("Interrupted before anything was changed.")
            return 1
        view.say("The deployment goes on: `moorage local ps` shows it, `moorage local down` stops it.")
        return 1
    view.done()
    for remark in result["remarks"]:
        view.say(f"Note: {remark}.")
    for outcome in result["outcomes"]:
        view.outcome(outcome, paths)
    if not any(outcome["state"] in ("failed", "failing") for outcome in result["outcomes"]):
        view.outputs(outputs.local_outputs(exports, stack.listeners, result["listeners"]))
    view.not_run(stack.not_run)
    return 0 if all(outcome["ok"] for outcome in result["outcomes"]) else 1


def evaluated(paths: Paths, options: UpOptions, view: View) -> tuple[LocalStack, dict[str, Any]]:
    """Return what the program describes, and its exports."""
    from moorage.offline import EvaluationError, evaluate

    from .translate import translate

    # This process is short, and half of an evaluation's time goes to collecting what it still needs.
    gc.disable()
    config = dict(options.config)
    secrets = given_secrets(paths, config)
    view.progress(f"evaluating {paths.project_dir.name} for stack {paths.stack}")
    try:
        graph = evaluate(paths.project_dir, stack=paths.stack, config=config)
    except EvaluationError as error:
        raise LocalError(str(error)) from None
    for entry in graph.log:
        if entry.severity in ("warning", "error"):
            view.say(f"{entry.severity}: {entry.message}")
    return translate(graph, paths.project_dir, secrets), graph.outputs


def _end_if_idle(client: Client) -> None:
    """A supervisor that was started for a program that cannot run is of no use."""
    try:
        if client.get("/hello")["idle"]:
            client.run("/down", {"data": False}, lambda _line: None)
    except LocalError:
        return
