import re

import pytest
from support.fixtures import Lines

from moorage.model.secrets import ENVIRONMENT_NAME, check_reference, resolve_reference

CLUSTER = "arn:aws-us-gov:ecs:us-gov-west-1:123456789012:cluster/main"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-login-AbC1e2"
PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/notes/token"


@pytest.mark.parametrize(
    "reference",
    [
        SECRET,
        f"{SECRET}#password",
        f"{SECRET}:password::",
        PARAMETER,
        "/notes/token",
        "db-login",
        "prod/db#user",
        "a@b=c+d",
    ],
)
def test_references(problem_lines: Lines, reference: str) -> None:
    assert problem_lines(check_reference, "secrets.X", reference) == []


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        (f"{PARAMETER}#key", "a parameter has no JSON keys"),
        ("/notes/token#key", "without a JSON key"),
        ("db#a#b", "must have one JSON key after #"),
        ("db#", "must have one JSON key after #"),
        ("arn:aws:s3:::bucket", "must be the ARN of a Secrets Manager secret or an SSM parameter"),
        ("arn:aws:secretsmanager:eu-west-1:1:secret:x", "must be the ARN"),
        ("has space", "must be an ARN, a parameter's name"),
        ("", "must be an ARN, a parameter's name"),
        ("/with space", "must be a parameter's name"),
    ],
)
def test_no_references(problem_lines: Lines, reference: str, text: str) -> None:
    (line,) = problem_lines(check_reference, "secrets.X", reference)
    assert line.startswith(f"secrets.X: {reference!r}: ")
    assert text in line


@pytest.mark.parametrize(
    ("reference", "value_from", "arn"),
    [
        (SECRET, SECRET, SECRET),
        (f"{SECRET}#password", f"{SECRET}:password::", SECRET),
        # ECS's own spelling of the key, stage and version.
        (f"{SECRET}:password:AWSCURRENT:", f"{SECRET}:password:AWSCURRENT:", SECRET),
        (PARAMETER, PARAMETER, PARAMETER),
        (
            "/notes/token",
            "/notes/token",
            "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/notes/token",
        ),
        (
            "prod/db",
            "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:prod/db",
            "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:prod/db-??????",
        ),
        (
            "db#user",
            "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:db:user::",
            "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:db-??????",
        ),
        # An ARN without its six random characters is read by name, and allowed with any six.
        (
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:login",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:login",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:login-??????",
        ),
    ],
)
def test_what_the_task_says_and_what_may_be_read(reference: str, value_from: str, arn: str) -> None:
    assert resolve_reference(reference, CLUSTER) == (value_from, arn)


@pytest.mark.parametrize(
    ("name", "good"),
    [("A", True), ("_a1", True), ("a.b-c", True), ("1A", False), ("A B", False), ("A=B", False), ("", False)],
)
def test_names_of_variables(name: str, good: bool) -> None:
    assert bool(re.fullmatch(ENVIRONMENT_NAME, name)) is good


@pytest.mark.parametrize(
    "reference", [SECRET, f"{SECRET}:user::", f"{SECRET}::AWSPREVIOUS:", f"{SECRET}:::id"]
)
def test_a_selector_has_three_parts(problem_lines: Lines, reference: str) -> None:
    """ "Pass Secrets Manager secrets through Amazon ECS environment variables": the colons are required."""
    assert problem_lines(check_reference, "secrets.A", reference) == []


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        (f"{SECRET}:user", f"must have three parts after .* write {SECRET}:user:: or {SECRET}#user"),
        (f"{SECRET}:user:", "must have three parts"),
        (f"{SECRET}:", "must have three parts"),
        (f"{SECRET}:user:::", "must have three parts"),
        (f"{SECRET}:user::#key", "has two JSON keys"),
        (f"{SECRET}::AWSPREVIOUS:id", "cannot have both a version stage and a version id"),
    ],
)
def test_a_selector_that_ecs_cannot_read(problem_lines: Lines, reference: str, why: str) -> None:
    (line,) = problem_lines(check_reference, "secrets.A", reference)
    assert re.search(why, line)
