"""An evaluation that failed leaves nothing behind: no warning, no coroutine, no setting of the SDK."""

import asyncio
import contextvars
import gc
import signal
import subprocess
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime import settings

from moorage import EcsCluster, Network
from moorage.offline import EvaluationError, ResourceGraph, evaluate
from moorage.offline.monitor import Monitor
from moorage.testing.plugin import Evaluate


@pytest.fixture(scope="module", autouse=True)
def small_heap() -> None:
    """Keep what other tests loaded out of the many collections of this file: each would take long."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def quiet(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail where Python warns of what an evaluation left, when that is collected after it."""
    complaints: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: complaints.append(repr(args.exc_value)))
    gc.collect()
    complaints.clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert complaints == []
    assert [str(item.message) for item in caught] == []
    assert capfd.readouterr().err == ""


def reads_another_stack() -> None:
    other = pulumi.StackReference("org/base/dev")
    pulumi.export("vpc", other.require_output("vpc"))
    network = Network("net", {"vpc_id": other.require_output("vpc"), "public_subnet_ids": ["subnet-1"]})
    EcsCluster("main", {"network": network.ref})


def fails_in_an_apply() -> None:
    queue = aws.sqs.Queue("jobs")
    aws.sqs.Queue("other", tags={"a": queue.arn.apply(lambda arn: 1 / 0), "b": queue.url})
    pulumi.export("later", pulumi.Output.all(queue.arn, queue.url).apply(lambda urls: urls[0]))


def fails_with_coroutines_at_hand() -> None:
    async def deploy() -> None: ...

    at_hand = deploy()
    queue = aws.sqs.Queue("jobs")
    pulumi.Output(queue.arn.resources(), queue.arn.future(), queue.arn.is_known())
    raise ValueError(f"stopped before {type(at_hand).__name__}")


async def fails_in_an_async_program() -> None:
    aws.sqs.Queue("jobs")
    await asyncio.gather(asyncio.sleep(60), asyncio.to_thread(lambda: 1 / 0))


def is_refused() -> None:
    EcsCluster("main", {"network": Network("net", {}).ref, "capacity": "ec3"})


FAILING: list[Callable[[], object]] = [
    reads_another_stack,
    fails_in_an_apply,
    fails_with_coroutines_at_hand,
    fails_in_an_async_program,
    is_refused,
]


def good() -> None:
    network = Network("net", {})
    EcsCluster("main", {"network": network.ref})


@pytest.mark.parametrize("bad", FAILING)
def test_the_next_evaluation_is_as_the_first(
    evaluate: Evaluate, bad: Callable[[], object], preview: bool
) -> None:
    before = evaluate(good, preview=preview)
    with pytest.raises(EvaluationError):
        evaluate(bad)
    assert evaluate(good, preview=preview) == before


@pytest.mark.parametrize("bad", FAILING)
def test_in_a_thread_of_a_running_loop(bad: Callable[[], object]) -> None:
    async def caller() -> ResourceGraph:
        with pytest.raises(EvaluationError):
            evaluate(bad)
        return evaluate(good)

    assert asyncio.run(caller()) == evaluate(good)


def test_an_interrupt() -> None:
    def interrupted() -> None:
        queue = aws.sqs.Queue("jobs")
        pulumi.Output(queue.arn.resources(), queue.arn.future(), queue.arn.is_known())
        queue.arn.apply(lambda arn: signal.raise_signal(signal.SIGINT))
        aws.sqs.Queue("other", tags={"a": queue.url})

    before = evaluate(good)
    with pytest.raises(KeyboardInterrupt):
        evaluate(interrupted)
    assert evaluate(good) == before


def test_what_the_caller_has_yet_to_await_stays_his() -> None:
    async def answer() -> int:
        return 42

    mine = answer()

    def program() -> None:
        raise ValueError(f"not {mine!r}")

    with pytest.raises(EvaluationError):
        evaluate(program)
    assert asyncio.run(mine) == 42


@pytest.mark.parametrize("bad", [None, *FAILING])
def test_nothing_keeps_an_evaluation_alive(bad: Callable[[], object] | None) -> None:
    kept: list[weakref.ref[Monitor]] = []

    def program() -> object:
        kept.append(weakref.ref(settings.get_monitor()))
        return bad() if bad else good()

    try:
        evaluate(program)
    except EvaluationError:
        assert bad
    gc.collect()
    assert [item() for item in kept] == [None]


def test_threads_without_settings_have_none_of_an_evaluation() -> None:
    seen: list[object] = []

    def look() -> None:
        seen.extend([settings.get_monitor(), settings.get_stack()])

    def run() -> None:
        thread = threading.Thread(target=lambda: contextvars.Context().run(look))
        thread.start()
        thread.join()

    run()
    evaluate(good, stack="prod")
    run()
    assert seen[2:] == seen[:2]


@pytest.mark.parametrize("option", ["--json", "--preview", "--explain"])
def test_the_command_prints_its_error_and_nothing_more(tmp_path: Path, option: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(
        "import pulumi\nother = pulumi.StackReference('org/base/dev')\n"
        "pulumi.export('vpc', other.require_output('vpc'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "moorage.cli", "plan", option],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: StackReference 'org/base/dev': the outputs of another stack cannot")
    assert done.stderr.count("\n") == 1
