"""`moorage local up`: evaluate the program, run what it describes, wait until it is healthy."""

import asyncio
import contextlib
import gc
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from moorage.console import Printer, show, table
from moorage.errors import EvaluationError, LocalError, MoorageError, UsageError
from moorage.local.model import LocalStack
from moorage.local.state import Paths
from moorage.local.translate import outputs
from moorage.rollout.diagnosis import report
from moorage.rollout.rules import Rule
from moorage.rollout.states import Ending

from .advice import ADVICE, local_rules
from .client import Client
from .rollout import Rollout, follow_rollout


class UpOptions(NamedTuple):
    """The options of `up`."""

    config: dict[str, str]
    port: int | None = None
    runner: str = "auto"
    force: bool = False


def up(paths: Paths, options: UpOptions, out: Printer) -> None:
    """Run the project's stack.

    Raises:
        MoorageError: the stack cannot be run, or a service was not deployed.
    """
    client = Client(paths)
    process = client.start(options.runner)
    sent = False
    try:
        try:
            stack, exports = evaluated(paths, options, out)
        finally:
            client.wait(process, options.runner)
        sent = True
        body = {"stack": stack, "force": options.force, "port": options.port}
        result, rollouts = asyncio.run(_rolled_out(client, body, out))
    except MoorageError:
        _end_if_idle(client)
        raise
    except KeyboardInterrupt:
        out.done()
        if not sent:
            _end_if_idle(client)
            raise KeyboardInterrupt("nothing was changed") from None
        raise KeyboardInterrupt(
            "the deployment goes on; `moorage local ps` shows it, `moorage local down` stops it"
        ) from None
    out.done()
    serves = _report(client, result, rollouts, out)
    if serves and (rows := outputs.local_outputs(exports, stack.listeners, result["listeners"])):
        show("", table(rows, ("OUTPUT", "VALUE")))
    as_process = client.get("/hello")["runner"] == "process"
    if not_run := (*stack.not_run, *(stack.not_as_process if as_process else ())):
        out.say("\nNot run locally:")
        for type_, name in not_run:
            out.say(f"  {type_}  {name}")
    _raise_failed(result["outcomes"], rollouts)


def _raise_failed(outcomes: Sequence[dict[str, Any]], rollouts: dict[str, Rollout]) -> None:
    """Raise an error that names the services that were not deployed, if there are any."""
    deployed = {app for app, rollout in rollouts.items() if rollout.outcome.ok}
    if failed := [item["app"] for item in outcomes if item["app"] not in deployed]:
        # Several services fail for one cause, such as a missing container engine.
        hints = dict.fromkeys(item["hint"] for item in outcomes if item["hint"])
        raise LocalError(f"not deployed: {', '.join(failed)}", hint="; ".join(hints))


def _report(client: Client, result: dict[str, Any], rollouts: dict[str, Rollout], out: Printer) -> bool:
    """Print how each rollout ended; return whether all succeeded."""
    for remark in result["remarks"]:
        out.say(f"Note: {remark}.")
    rules = local_rules(client.get("/hello")["runner"])
    serves = True
    for app, why in ((item["app"], item["reason"]) for item in result["outcomes"]):
        rollout = rollouts.get(app)
        if rollout is None:
            out.say(f"{app}: failed: {why}")
        else:
            out.say(_ended(rollout, rules, client.paths))
        serves = (
            serves and rollout is not None and rollout.outcome.kind in (Ending.COMPLETED, Ending.ROLLED_BACK)
        )
    return serves


def _ended(rollout: Rollout, rules: Sequence[Rule], paths: Paths) -> str:
    """Return how one service's rollout ended."""
    app = rollout.app
    if rollout.outcome.ok:
        words = {"new": "deployed", "unchanged": "unchanged", "scaled": "scaled"}
        return f"{app}: {words[rollout.what]}"
    text = report(rollout.outcome, rollout.want, rules=rules, advice=ADVICE)
    return f"{app}: {text}\nMore: `moorage local logs {app}`, {paths.log}"


async def _rolled_out(
    client: Client, body: dict[str, Any], out: Printer
) -> tuple[dict[str, Any], dict[str, Rollout]]:
    """Send a stack to the supervisor, and follow each rollout.

    Return the supervisor's answer, and by app how its rollout ended.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[dict[str, Any]] = loop.create_future()
    following: dict[str, asyncio.Task[Rollout]] = {}

    def begin(begun: dict[str, Any]) -> None:
        following[begun["app"]] = loop.create_task(follow_rollout(client, begun, out.progress, out.say))

    def ask() -> None:
        # A closed loop was interrupted: nothing waits for the result.
        with contextlib.suppress(RuntimeError):
            try:
                result = client.run(
                    "/up",
                    body,
                    lambda line: loop.call_soon_threadsafe(out.progress, line) and None,
                    lambda begun: loop.call_soon_threadsafe(begin, begun) and None,
                )
            except Exception as error:
                loop.call_soon_threadsafe(answer.set_exception, error)
            else:
                loop.call_soon_threadsafe(answer.set_result, result)

    threading.Thread(target=ask, daemon=True).start()
    result = await answer
    return result, {app: await task for app, task in following.items()}


def evaluated(paths: Paths, options: UpOptions, out: Printer) -> tuple[LocalStack, dict[str, Any]]:
    """Return the stack that the program describes, and its outputs."""
    from moorage.graph import view
    from moorage.local.translate.program import translate
    from moorage.offline import evaluate

    # The process is short-lived, and collecting garbage takes half of an evaluation's time.
    gc.disable()
    config = dict(options.config)
    secrets = _given_secrets(paths, config)
    out.progress(f"evaluating {paths.project_dir.name} for stack {paths.stack}")
    graph = evaluate(paths.project_dir, stack=paths.stack, config=config)
    for entry in graph.log:
        if entry.severity in ("warning", "error"):
            out.say(f"{entry.severity}: {entry.message}")
    return translate(view(graph), paths.project_dir, secrets), graph.outputs


def _given_secrets(paths: Paths, config: dict[str, str]) -> dict[str, str]:
    """Return values of secrets that exist elsewhere: `secrets:` in .moorage/config.yaml, or in `config`.

    Removes the latter from `config`.

    Raises:
        UsageError: the file is invalid.
    """
    from moorage.offline.yaml_text import load, text_of

    values: dict[str, str] = {}
    file = paths.root / "config.yaml"
    if file.is_file():
        try:
            secrets: Any = load(file, {"secrets"}).get("secrets") or {}
        except EvaluationError as error:
            raise UsageError(str(error)) from None
        if not isinstance(secrets, dict):
            raise UsageError(f"{file}: secrets: must be an object of names and strings")
        values = {key: text_of(value) for key, value in cast("dict[str, Any]", secrets).items()}
    for key in [key for key in config if key.startswith("secrets:")]:
        values[key.removeprefix("secrets:")] = config.pop(key)
    return values


def _end_if_idle(client: Client) -> None:
    """Stop a supervisor without services: it was started for a program that cannot run."""
    try:
        if client.get("/hello")["idle"]:
            client.down(data=False)
    except LocalError:
        return
