"""Rollouts followed while AWS refuses, throttles or is out of reach."""

from typing import Any

import pytest
from moorage.rollout.ask import Denied, Refused, Unreachable
from moorage.rollout.watch import POLL


def test_healing_is_not_allowed(followed: Any, scripted: Any, words: Any, old: Any) -> None:
    scripted.answers["UpdateService"] = words.denied("ecs:UpdateService")
    done = followed((0, old))

    assert done.outcome.kind == "rolled_back"
    first, second, *_ = done.text.splitlines()
    assert first == "notes:7 was rolled back, notes:6 is running"
    assert second.startswith(
        "it could not be deployed again: User: arn:aws:iam::123456789012:user/deployer is not"
    )


@pytest.mark.usefixtures("own_clients")
def test_throttling_passes(followed: Any, scripted: Any, words: Any, steady: Any) -> None:
    throttled = words.Failure("ThrottlingException", "Rate exceeded")
    done = followed((0, throttled), (3 * POLL, words.service(words.deployment(7))), (40, steady))

    assert done.outcome.ok
    assert done.said[0] == "AWS does not answer, asking again: ThrottlingException: Rate exceeded"
    # boto3 asks several times for each of our looks.
    assert scripted.asked("DescribeServices") > 40 // POLL + 2


@pytest.mark.usefixtures("own_clients")
@pytest.mark.parametrize(
    "failure",
    [("ThrottlingException", "Rate exceeded", 400), ("ServerException", "", 500), ("", "", 503)],
    ids=str,
)
def test_aws_never_answers(followed: Any, words: Any, clock: Any, failure: Any) -> None:
    with pytest.raises(Unreachable):
        followed((0, words.Failure(*failure)))

    assert clock.now() == (PATIENCE - 1) * POLL


@pytest.mark.usefixtures("own_clients")
def test_the_network_is_gone(followed: Any, scripted: Any, words: Any, steady: Any) -> None:
    from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

    lost = [
        EndpointConnectionError(endpoint_url="https://ecs"),
        ConnectTimeoutError(endpoint_url="https://ecs"),
    ]
    done = followed((0, lost[0]), (4, lost[1]), (10, steady))

    assert done.outcome.ok
    assert done.said[0].startswith("AWS does not answer, asking again: Could not connect to the endpoint URL")


def test_a_proxy_answers_instead_of_aws(followed: Any, scripted: Any, steady: Any) -> None:
    done = followed((0, "<html>Log in to the network"), (4, steady))

    assert done.outcome.ok
    assert done.said == ["AWS does not answer, asking again: what answers is not ECS"]


def test_describing_is_not_allowed(followed: Any, scripted: Any, words: Any) -> None:
    with pytest.raises(Denied) as caught:
        followed((0, words.denied("ecs:DescribeServices")))

    assert caught.value.action == "ecs:DescribeServices"
    assert scripted.asked("DescribeServices") == 1


def test_credentials_are_not_accepted(followed: Any, words: Any) -> None:
    with pytest.raises(Denied, match="the AWS credentials are not accepted: The security token"):
        followed((0, words.Failure("ExpiredTokenException", "The security token included is expired")))


def test_there_are_no_credentials(followed: Any, steady: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import NoCredentialsError

    with pytest.raises(Denied, match="there are no AWS credentials: Unable to locate credentials"):
        followed((0, NoCredentialsError()))


def test_the_account_is_another_one(followed: Any, words: Any) -> None:
    text = "Identifier is for 123456789012. Your accountId is 210987654321"
    with pytest.raises(Refused, match=f"DescribeServices: InvalidParameterException: {text}"):
        followed((0, words.Failure("InvalidParameterException", text)))


def test_only_the_evidence_is_not_allowed(followed: Any, scripted: Any, words: Any, rolled_back: Any) -> None:
    for operation, action in {
        "ListTasks": "ecs:ListTasks",
        "ListServiceDeployments": "ecs:ListServiceDeployments",
        "DescribeTargetHealth": "elasticloadbalancing:DescribeTargetHealth",
    }.items():
        scripted.answers[operation] = words.denied(action)
    done = followed((0, words.service(words.deployment(7))), (3, rolled_back()))

    assert done.outcome.kind == "rolled_back"
    assert done.text.splitlines()[-3:] == [
        "not known: stopped tasks: ecs:ListTasks is not allowed",
        "not known: health of targets: elasticloadbalancing:DescribeTargetHealth is not allowed",
        "not known: the deployment's reason: ecs:ListServiceDeployments is not allowed",
    ]
