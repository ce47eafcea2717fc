"""What a person reads when a program fails."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest

from moorage.offline import EvaluationError, evaluate


def failure_of(program: Path | Callable[[], object]) -> EvaluationError:
    with pytest.raises(EvaluationError) as caught:
        evaluate(program)
    return caught.value


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("port 0: must be 1 to 65535"), "port 0: must be 1 to 65535"),
        (pulumi.RunError("web: rollout failed"), "web: rollout failed"),
        (pulumi.InputPropertyError("port", "must be 1 to 65535"), "port: must be 1 to 65535"),
        (pulumi.ConfigMissingError("shop:n", False), "Missing required configuration variable 'shop:n'\n"
         "\tplease set a value using the command `pulumi config set shop:n <value>`"),
        (KeyError("size"), "KeyError: 'size'"),
        (RuntimeError(), "RuntimeError"),
        (ValueError(), "ValueError"),
        (SystemExit("no region"), "no region"),
        (SystemExit(3), "The program called sys.exit(3)"),
        (SystemExit(), "The program called sys.exit()"),
    ],
    ids=repr,
)  # fmt: skip
def test_exceptions(error: BaseException, text: str) -> None:
    def program() -> None:
        aws.sqs.Queue("jobs")
        raise error

    failure = failure_of(program)

    assert str(failure) == text
    assert failure.__cause__ is error


def test_the_cause_has_its_traceback() -> None:
    def program() -> None:
        json.loads("{")

    frames = failure_of(program).__cause__.__traceback__  # type: ignore[union-attr]
    names = []
    while frames:
        names.append(frames.tb_frame.f_code.co_name)
        frames = frames.tb_next
    assert "program" in names
    assert names[-1] == "raw_decode"


def test_in_an_apply() -> None:
    def program() -> None:
        def check(arn: str) -> None:
            raise pulumi.RunError(f"{arn}: wrong")

        aws.sqs.Queue("jobs", name="n").arn.apply(check)

    assert str(failure_of(program)) == "arn:aws:sqs:us-east-1:123456789012:n: wrong"


def test_in_an_async_apply_that_feeds_a_resource() -> None:
    def program() -> None:
        async def check(arn: str) -> str:
            await asyncio.sleep(0.001)
            raise ValueError("not ready")

        first = aws.sqs.Queue("first")
        aws.sqs.Queue("second", tags={"a": first.arn.apply(check)})

    assert str(failure_of(program)) == "not ready"


def test_an_input_that_cannot_be_sent() -> None:
    def program() -> None:
        aws.sqs.Queue("jobs", policy=pulumi.Output.from_input(object()))

    assert str(failure_of(program)).startswith("unexpected input of type object")


def test_in_an_async_program() -> None:
    async def program() -> None:
        await asyncio.sleep(0)
        raise ValueError("late")

    assert str(failure_of(program)) == "late"


def test_of_a_component() -> None:
    class App(pulumi.ComponentResource):
        def __init__(self, name: str) -> None:
            raise ValueError(f"App {name!r}: cpu 5: must be one of 256, 512")

    assert str(failure_of(lambda: App("web"))) == "App 'web': cpu 5: must be one of 256, 512"


def test_a_coroutine_that_nobody_awaits() -> None:
    async def deploy() -> None: ...

    def program() -> None:
        deploy()

    assert str(failure_of(program)) == (
        f"coroutine '{deploy.__qualname__}' was never awaited: put `await` before the call"
    )


def test_nothing_is_printed_but_what_the_program_prints(capfd: pytest.CaptureFixture[str]) -> None:
    def program() -> None:
        print("from the program")
        queue = aws.sqs.Queue("jobs")
        pulumi.log.warn("kept", queue)
        queue.arn.apply(lambda arn: 1 / 0)
        aws.sqs.Queue("other", tags={"a": queue.arn.apply(lambda arn: arn.nothing)})

    failure_of(program)

    assert capfd.readouterr() == ("from the program\n", "")


def test_an_interrupt_is_not_swallowed() -> None:
    def program() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(program)


def test_a_stack_reference_says_what_to_do() -> None:
    def program() -> None:
        pulumi.StackReference("org/network/prod")

    assert str(failure_of(program)) == (
        "StackReference 'org/network/prod': the outputs of another stack cannot be read offline; pass them "
        "to evaluate as stack_outputs={'org/network/prod': {...}}"
    )


def test_an_unknown_function_says_what_to_do() -> None:
    def program() -> None:
        pulumi.export("x", pulumi.runtime.invoke("aws:ec2/getMystery:getMystery", {}).value)

    assert str(failure_of(program)) == (
        "The provider function aws:ec2/getMystery:getMystery is not known offline. Add an answer for it to "
        "TABLE in moorage/offline/invokes.py, or pass its result in configuration"
    )


def test_methods_of_resources_cannot_be_called() -> None:
    def program() -> None:
        pulumi.export("x", pulumi.runtime.call("eks:index:Cluster/getKubeconfig", {}))

    assert "methods of resources cannot be called offline" in str(failure_of(program))


def test_a_program_that_evaluates() -> None:
    assert str(failure_of(lambda: evaluate(lambda: None))) == (
        "evaluate() was called by a program that is being evaluated"
    )
