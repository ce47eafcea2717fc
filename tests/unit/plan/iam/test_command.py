"""`moorage plan --iam`: what it prints."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Planned = Callable[..., tuple[int, str, str]]
Project = Callable[..., Path]

PROGRAM = """
import pulumi_aws as aws
aws.sqs.Queue("work")
"""
STREAM = PROGRAM + 'aws.kinesis.Stream("clicks", shard_count=1)\n'


def test_json(project: Project, planned: Planned) -> None:
    code, out, err = planned(project(PROGRAM, dev=""), "--iam", "--json", "--account", "111122223333")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert list(found) == ["version", "project", "stack", "policies", "trust", "unknown", "untagged"]
    (document,) = found["policies"]
    (statement,) = document["Statement"]
    assert statement["Resource"] == ["arn:aws:sqs:us-east-1:111122223333:work-???????"]
    assert (found["trust"], found["unknown"], found["untagged"]) == (None, [], [])


def test_text_has_the_document_and_what_is_missing(project: Project, planned: Planned) -> None:
    code, out, err = planned(project(STREAM, dev=""), "--iam")
    assert code == 0
    begin = out.index("{")
    document, _ = json.JSONDecoder().raw_decode(out[begin:])
    assert "sqs:CreateQueue" in document["Statement"][0]["Action"]
    assert "Policy 1 of 1: " in out
    assert "  aws:kinesis/stream:Stream: not in the table of actions; add its permissions by hand\n" in out
    assert err == (
        "warning: aws:kinesis/stream:Stream is not in the table of actions; its permissions are missing\n"
    )


def test_the_account_of_the_configuration(project: Project, planned: Planned) -> None:
    folder = project(PROGRAM, dev='  aws:allowedAccountIds: ["444455556666"]\n')
    _, out, _ = planned(folder, "--iam", "--json")
    assert '"arn:aws:sqs:us-east-1:444455556666:work-???????"' in out


@pytest.mark.parametrize(
    ("given", "subject"),
    [
        ("acme/shop", "repo:acme/shop:environment:dev"),
        ("acme/shop:ref:refs/heads/main", "repo:acme/shop:ref:refs/heads/main"),
        ("acme/shop:pull_request", "repo:acme/shop:pull_request"),
    ],
)
def test_the_trust_policy_for_github(project: Project, planned: Planned, given: str, subject: str) -> None:
    folder = project(PROGRAM, dev="")
    _, out, _ = planned(folder, "--iam", "--json", "--account", "111122223333", "--github", given)
    (statement,) = json.loads(out)["trust"]["Statement"]
    issuer = "token.actions.githubusercontent.com"
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"},
            "StringLike": {f"{issuer}:sub": subject},
        },
    }


@pytest.mark.parametrize(
    ("given", "host", "subject"),
    [
        ("acme/shop", "gitlab.com", "project_path:acme/shop:ref_type:branch:ref:main"),
        (
            "acme/team/shop:ref_type:branch:ref:*",
            "gitlab.com",
            "project_path:acme/team/shop:ref_type:branch:ref:*",
        ),
        (
            "https://git.acme.io/acme/shop",
            "git.acme.io",
            "project_path:acme/shop:ref_type:branch:ref:main",
        ),
    ],
)
def test_the_trust_policy_for_gitlab(
    project: Project, planned: Planned, given: str, host: str, subject: str
) -> None:
    folder = project(PROGRAM, dev="")
    _, out, _ = planned(folder, "--iam", "--json", "--account", "111122223333", "--gitlab", given)
    (statement,) = json.loads(out)["trust"]["Statement"]
    assert statement["Principal"] == {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{host}"}
    assert statement["Condition"] == {
        "StringEquals": {f"{host}:aud": f"https://{host}"},
        "StringLike": {f"{host}:sub": subject},
    }


TAGGED = """
import pulumi
import pulumi_aws as aws
aws.ec2.SecurityGroup("main", tags={"moorage:stack": pulumi.get_stack(), "moorage:app": "main"})
"""


def conditions(out: str) -> list[dict[str, dict[str, str]]]:
    (document,) = json.loads(out)["policies"]
    found = [statement.get("Condition", {}) for statement in document["Statement"]]
    return [item for item in found if "moorage:stack" in json.dumps(item)]


def test_the_stacks_of_pull_requests_have_one_policy(project: Project, planned: Planned) -> None:
    folder = project(TAGGED, **{"dev": "", "pr-*": ""})
    assert {*map(str, map(list, conditions(planned(folder, "--iam", "--json")[1])))} == {"['StringEquals']"}
    found = conditions(planned(folder, "--iam", "--json", "--stack", "pr-*")[1])
    assert found
    for condition in found:
        assert condition["StringLike"]["aws:ResourceTag/moorage:stack"] == "pr-*"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--account", "111122223333"], "--account needs --iam"),
        (["--gitlab", "acme/shop"], "--gitlab needs --iam"),
        (["--iam", "--gitlab", "acme/shop"], "--gitlab needs --account"),
        (["--iam", "--gitlab", "a/b", "--github", "a/b"], "--github and --gitlab cannot be combined"),
        (["--iam", "--account", "111122223333", "--gitlab", "shop"], "--gitlab 'shop' must be GROUP/PROJECT"),
        (["--github", "acme/shop"], "--github needs --iam"),
        (["--iam", "--explain"], "--explain and --iam cannot be combined"),
        (["--iam", "--account", "12"], "--account '12' must be the 12 digits of an AWS account"),
        (["--iam", "--github", "acme/shop"], "--github needs --account"),
        (["--iam", "--account", "111122223333", "--github", "*/*"], "--github '*/*' must be OWNER/REPO"),
    ],
)
def test_wrong_usage(project: Project, planned: Planned, options: list[str], text: str) -> None:
    code, out, err = planned(project(PROGRAM, dev=""), *options)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {text}")
