"""How the rights of a role are cut into policies ("IAM and AWS STS quotas": 10,240 characters inline, 6,144
in each of 10 managed policies; whitespace does not count)."""

from typing import Any

import pytest

from moorage.model.later import later
from moorage.model.policies import (
    fitting_policy,
    layout,
    resources_layout,
    statements_layout,
    too_large,
)


def test_what_fits_twice_is_one_inline_policy() -> None:
    # While a deployment goes on, a role has its new policy beside its old one.
    assert layout([100] * 50, 120) == (False, (range(50),), 220)
    assert layout([100] * 50, 121).managed is True


def test_more_is_cut_into_managed_policies_in_order() -> None:
    assert layout([3_000, 3_000, 200, 6_000, 1], 40) == (
        True,
        (range(0, 2), range(2, 3), range(3, 5)),
        6_040,
    )
    assert layout([100] * 103, 40) == (True, (range(61), range(61, 103)), 140)


def test_a_right_that_comes_last_moves_no_other() -> None:
    before, after = layout([100] * 103, 40), layout([100] * 104, 40)
    assert before.parts[:-1] == after.parts[:-1]


def test_an_arn_that_is_not_known_counts_the_same_in_every_run() -> None:
    assert resources_layout([None] * 26).managed is False
    assert resources_layout([None] * 27).managed is True


def test_ten_managed_policies_are_the_most() -> None:
    assert too_large(layout([6_000] * 10, 40)) == ""
    assert too_large(layout([6_000] * 11, 40)).startswith("need 11 managed policies of 6,144 characters")


def test_a_statement_that_no_policy_holds() -> None:
    assert too_large(layout([8_000], 40)) == ""
    text = "need managed policies of 6,144 characters, and one statement has 8,040"
    assert too_large(layout([8_000, 3_000], 40)).startswith(text)


@pytest.mark.parametrize(("managed", "limit"), [(False, 10_240), (True, 6_144)])
def test_the_size_of_a_document_is_counted_without_whitespace(managed: bool, limit: int) -> None:
    def statement(length: int) -> dict[str, Any]:
        return {"Effect": "Allow", "Action": ["a:B"], "Resource": "x" * length}

    around = len('{"Statement":[{"Action":["a:B"],"Effect":"Allow","Resource":""}],"Version":"2012-10-17"}')
    assert fitting_policy([statement(limit - around)], managed=managed)[1] == ""
    _, wrong = fitting_policy([statement(limit - around + 1)], managed=managed)
    takes = "a managed policy takes" if managed else "the inline policies of a role take"
    assert wrong == f"has {limit + 1:,} characters, and {takes} {limit:,}"


def test_an_arn_that_is_not_known_counts_as_a_long_one() -> None:
    def size(*resources: str) -> int:
        statement = {"Effect": "Allow", "Action": ["a:B"], "Resource": [*resources]}
        return statements_layout([statement]).largest

    assert size(later("grants[0].arn")) == size("x" * 160)
    assert size("arn:aws:a:::b", later("bucket") + "/*") == size("arn:aws:a:::b", "x" * 162)
