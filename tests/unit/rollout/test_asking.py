"""Rollouts followed while AWS refuses, throttles or is out of reach."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import (
    CredentialRetrievalError,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from support import aws_answers as answers
from support.aws_answers import Answer
from support.scripted_aws import Clock, Follow, ScriptedAws

from moorage.rollout.ask import Denied, Expired, Refused, Unreachable, unanswered
from moorage.rollout.watch import POLL


def test_healing_is_not_allowed(followed: Follow, scripted: ScriptedAws, old: Answer) -> None:
    scripted.answers["UpdateService"] = answers.denied("ecs:UpdateService")
    done = followed((0, old))

    assert done.outcome.kind == "rolled_back"
    first, second, *_ = done.text.splitlines()
    assert first == "notes:7 was rolled back, notes:6 is running"
    assert second.startswith(
        "it could not be deployed again: User: arn:aws:iam::123456789012:user/deployer is not"
    )


@pytest.mark.usefixtures("own_clients")
def test_throttling_passes(followed: Follow, scripted: ScriptedAws, steady: Answer) -> None:
    throttled = answers.Failure("ThrottlingException", "Rate exceeded")
    done = followed((0, throttled), (3 * POLL, answers.service(answers.deployment(7))), (40, steady))

    assert done.outcome.ok
    assert done.said[0] == "AWS does not answer, retrying: ThrottlingException: Rate exceeded"
    # boto3 asks several times for each of our looks.
    assert len(scripted.asked("DescribeServices")) > 40 // POLL + 2


FAILURES = [
    ("ThrottlingException", "Rate exceeded", 400),
    ("ServerException", "", 500),
    ("", "", 503),
    ("RequestLimitExceeded", "Request limit exceeded.", 503),
]


@pytest.mark.usefixtures("own_clients")
@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_aws_that_never_answers_is_asked_until_the_timeout(
    followed: Follow, clock: Clock, failure: Any
) -> None:
    with pytest.raises(Unreachable):
        followed((0, answers.Failure(*failure)), timeout=200)

    assert clock.now() == pytest.approx(200)


@pytest.mark.usefixtures("own_clients")
@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_an_outage_of_minutes_is_survived(
    followed: Follow, scripted: ScriptedAws, failure: Any, steady: Answer
) -> None:
    going = answers.service(answers.deployment(7))
    done = followed((0, going), (4, answers.Failure(*failure)), (600, steady))

    assert done.outcome.ok
    # The pauses grow to 30 seconds: boto3 makes 4 attempts each time.
    assert len(scripted.asked("DescribeServices")) < 4 * 60


@pytest.mark.usefixtures("own_clients")
def test_healing_is_asked_for_until_it_is_answered(
    followed: Follow, scripted: ScriptedAws, old: Answer, steady: Answer, clock: Clock
) -> None:
    scripted.after_update = [(0, answers.service(answers.deployment(9))), (30, steady)]
    update = scripted._UpdateService

    def throttled(asked: dict[str, Any]) -> Any:
        return answers.Failure("ThrottlingException", "Rate exceeded") if clock.now() < 100 else update(asked)

    scripted.answers["UpdateService"] = throttled

    assert followed((0, old)).outcome.ok


@pytest.mark.usefixtures("own_clients")
def test_the_network_is_gone(followed: Follow, scripted: ScriptedAws, steady: Answer) -> None:
    from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

    lost = [
        EndpointConnectionError(endpoint_url="https://ecs"),
        ConnectTimeoutError(endpoint_url="https://ecs"),
    ]
    done = followed((0, lost[0]), (4, lost[1]), (10, steady))

    assert done.outcome.ok
    assert done.said[0].startswith("AWS does not answer, retrying: Could not connect to the endpoint URL")


def test_a_proxy_answers_instead_of_aws(followed: Follow, scripted: ScriptedAws, steady: Answer) -> None:
    done = followed((0, "<html>Log in to the network"), (4, steady))

    assert done.outcome.ok
    assert done.said == [
        "AWS does not answer, retrying: the answer is not from ECS: a proxy may have sent it"
    ]


def test_describing_is_not_allowed(followed: Follow, scripted: ScriptedAws) -> None:
    with pytest.raises(Denied) as caught:
        followed((0, answers.denied("ecs:DescribeServices")))

    assert caught.value.action == "ecs:DescribeServices"
    assert len(scripted.asked("DescribeServices")) == 1


@pytest.mark.parametrize(
    "code",
    ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "UnrecognizedClientException"],
)
def test_expired_credentials_end_it_at_once(followed: Follow, scripted: ScriptedAws, code: str) -> None:
    going = answers.service(answers.deployment(7))
    text = "The security token included in the request is expired"
    with pytest.raises(Expired, match=f"the AWS credentials have expired: {text}"):
        followed((0, going), (60, answers.Failure(code, text)))

    assert scripted.calls[-1][0] == "DescribeServices"


@pytest.mark.parametrize(
    "error",
    [
        TokenRetrievalError(provider="sso", error_msg="Token has expired and refresh failed"),
        UnauthorizedSSOTokenError(),
        SSOTokenLoadError(error_msg="Token for https://sso does not exist"),
        CredentialRetrievalError(provider="custom-process", error_msg="not logged in"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_sso_session_that_ended_is_expired(followed: Follow, error: Exception) -> None:
    with pytest.raises(Expired, match="the AWS credentials have expired or cannot be renewed: "):
        followed((0, error))


def test_expired_credentials_are_told_apart_from_missing_permissions() -> None:
    expired = unanswered(
        Expired("the AWS credentials have expired"), ["ecs:DescribeServices"], "again", "off"
    )
    refused = unanswered(Denied("no", "ecs:DescribeServices"), ["ecs:DescribeServices"], "again", "off")

    assert expired == (
        "the AWS credentials have expired\n"
        "what to do: renew the AWS credentials (such as `aws sso login`) and run `up` again"
    )
    assert refused == (
        "ecs:DescribeServices is not allowed\nno\nwhat to do: allow ecs:DescribeServices; or off"
    )


def test_credentials_that_expire_are_not_a_rollback(
    followed: Follow, scripted: ScriptedAws, old: Answer
) -> None:
    scripted.answers["UpdateService"] = answers.Failure("ExpiredTokenException", "expired")
    with pytest.raises(Expired):
        followed((0, old))


def test_a_denial_without_an_action_names_the_request(followed: Follow) -> None:
    with pytest.raises(Denied) as caught:
        followed((0, answers.Failure("AccessDeniedException", "explicit deny in a service control policy")))

    assert caught.value.action == "ecs:DescribeServices"


def test_there_are_no_credentials(followed: Follow, steady: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import NoCredentialsError

    with pytest.raises(Denied, match="there are no AWS credentials: Unable to locate credentials"):
        followed((0, NoCredentialsError()))


def test_the_account_is_another_one(followed: Follow) -> None:
    text = "Identifier is for 123456789012. Your accountId is 210987654321"
    with pytest.raises(Refused, match=f"DescribeServices: InvalidParameterException: {text}"):
        followed((0, answers.Failure("InvalidParameterException", text)))


def test_only_the_evidence_is_not_allowed(
    followed: Follow, scripted: ScriptedAws, rolled_back: Callable[..., Answer]
) -> None:
    for operation, action in {
        "ListTasks": "ecs:ListTasks",
        "ListServiceDeployments": "ecs:ListServiceDeployments",
        "DescribeTargetHealth": "elasticloadbalancing:DescribeTargetHealth",
    }.items():
        scripted.answers[operation] = answers.denied(action)
    done = followed((0, answers.service(answers.deployment(7))), (3, rolled_back()))

    assert done.outcome.kind == "rolled_back"
    assert done.text.splitlines()[-3:] == [
        "not known: stopped tasks: ecs:ListTasks is not allowed",
        "not known: health of targets: elasticloadbalancing:DescribeTargetHealth is not allowed",
        "not known: the deployment's reason: ecs:ListServiceDeployments is not allowed",
    ]
