"""Numbers are ASCII digits, as in the AWS documentation and in Go; Python's own forms take others."""

from typing import Any

import pytest
from support.fixtures import Lines

from moorage.model.fields.shared import arn_of
from moorage.model.iam import is_in_ecr
from moorage.model.secrets import check_reference

OTHER = "12345678901\u0662"


@pytest.mark.parametrize(
    ("check", "arguments"),
    [
        (check_reference, ("secrets.X", f"arn:aws:ssm:eu-west-1:{OTHER}:parameter/x")),
        (arn_of("kms", "key/").check, ("key", f"arn:aws:kms:eu-west-1:{OTHER}:key/x")),
    ],
)
def test_an_account_of_other_digits(problem_lines: Lines, check: Any, arguments: tuple[Any, ...]) -> None:
    assert len(problem_lines(check, *arguments)) == 1


def test_a_registry_of_other_digits() -> None:
    assert is_in_ecr("123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1")
    assert not is_in_ecr(f"{OTHER}.dkr.ecr.eu-west-1.amazonaws.com/web:1")
