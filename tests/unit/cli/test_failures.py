"""Every failure is printed once, with its hint, and ends with its exit code."""

import pytest

from moorage.cli import main
from moorage.errors import EvaluationError, LocalError, MoorageError, UsageError
from moorage.local.command.client import NotRunning
from moorage.model.problems import ArgumentsError, Problem
from moorage.operate.place import NotFound, OperateError
from moorage.rollout.ask import Denied, Expired, Refused, Unreachable

WITH_HINT = {
    3: [
        (
            Denied("no", "ecs:RunTask"),
            "ecs:RunTask is not allowed: ask an administrator of the account to allow it",
        ),
        (Denied("none"), "set AWS_PROFILE, pass --profile, or run `aws configure`"),
        (Expired("old"), "renew the AWS credentials (such as `aws sso login`) and run the command again"),
        (Unreachable("lost"), "AWS does not answer; try again later"),
        (NotRunning("nothing", hint="start it"), "start it"),
    ],
    1: [(MoorageError("failed", hint="do it"), "do it")],
}
ARGUMENTS = ArgumentsError("ContainerApp 'api'", (Problem("port", "0", "must be 1 to 65535"),))


def failing(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("moorage.operate.aws.discover.discovered", fail)
    return main(["status", "--cluster", "main", "--json"])


@pytest.mark.parametrize(
    ("code", "error", "hint"), [(code, *row) for code, rows in WITH_HINT.items() for row in rows]
)
def test_with_a_hint(
    code: int,
    error: MoorageError,
    hint: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert failing(error, monkeypatch) == code
    assert capsys.readouterr() == ("", f"error: {error}\nhint: {hint}\n")


@pytest.mark.parametrize(
    ("code", "error", "text"),
    [
        (1, LocalError("no port"), "no port"),
        (1, EvaluationError("bad", ["__main__.py:2"]), "bad\n  __main__.py:2"),
        (1, OperateError("no task"), "no task"),
        (1, ARGUMENTS, "ContainerApp 'api': 1 problem in its arguments\n  - port: 0: must be 1 to 65535"),
        (1, PermissionError(13, "Permission denied", "plan.html"), "plan.html: Permission denied"),
        (1, OSError(28, "No space left on device"), "No space left on device"),
        (2, UsageError("no project"), "no project"),
        (3, NotFound("no cluster"), "no cluster"),
        (3, Refused("invalid"), "invalid"),
    ],
)
def test_without_one(
    code: int,
    error: Exception,
    text: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert failing(error, monkeypatch) == code
    assert capsys.readouterr() == ("", f"error: {text}\n")


def test_wrong_arguments_are_a_value_error() -> None:
    with pytest.raises(ValueError, match="1 problem in its arguments"):
        raise ARGUMENTS
