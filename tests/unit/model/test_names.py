import pytest
from support.fixtures import Lines

from moorage.model.names import (
    AUTO_NAME_LENGTH,
    check_logical_name,
    check_pattern,
    check_provider_name,
    logical_name,
    shorten,
)

LONG = ["n" * length for length in range(1, 65)]


@pytest.mark.parametrize("limit", [12, 20, 32, 64])
def test_a_short_name_stays_and_a_long_one_fits(limit: int) -> None:
    for name in LONG:
        short = shorten(name, limit)
        assert len(short) <= limit
        assert (short == name) == (len(name) <= limit)


def test_long_names_that_differ_at_the_end_stay_apart() -> None:
    names = [f"{'customer-service-' * 3}{number}" for number in range(200)]
    assert len({shorten(name, 20) for name in names}) == len(names)


def test_no_two_hyphens_where_it_was_cut() -> None:
    assert shorten("abcdefghijklm-nopqrstuvwxyz", 20).startswith("abcdefghijklm-")
    assert "--" not in shorten("abcdefghijkl-mnopqrstuvwxyz", 20)


@pytest.mark.parametrize("suffix", ["alb", "tg"])
def test_auto_names_fit_the_32_characters_of_elastic_load_balancing(suffix: str) -> None:
    for name in LONG:
        logical = logical_name(name, suffix, 32)
        assert len(logical) + AUTO_NAME_LENGTH <= 32
        assert logical.endswith(f"-{suffix}")


@pytest.mark.parametrize("name", ["a", "web", "Web2", "my-app", "sgx", "internals", "awsome", "a" * 64])
def test_names_that_are_fine(problem_lines: Lines, name: str) -> None:
    assert problem_lines(check_logical_name, name) == []


@pytest.mark.parametrize("name", ["", "1a", "-a", "a-", "a--b", "a_b", "a.b", "a b", "ä"])
def test_names_of_the_wrong_form(problem_lines: Lines, name: str) -> None:
    (line,) = problem_lines(check_logical_name, name)
    assert "must begin with a letter" in line


def test_a_name_that_is_too_long(problem_lines: Lines) -> None:
    assert "at most 64 characters" in problem_lines(check_logical_name, "a" * 65)[0]


@pytest.mark.parametrize(
    ("name", "prefix"),
    # "sg" itself too: its security group would be "sg-tasks-...".
    [
        ("sg-web", "sg-"),
        ("sg", "sg-"),
        ("SG-x", "sg-"),
        ("internal-x", "internal-"),
        ("internal", "internal-"),
        ("aws", "aws-"),
    ],
)
def test_prefixes_that_aws_refuses(problem_lines: Lines, name: str, prefix: str) -> None:
    assert problem_lines(check_logical_name, name) == [
        f"name: {name!r}: must not begin with {prefix!r}; AWS refuses such names"
    ]


@pytest.mark.parametrize(
    ("name", "prefix"), [("ecs-main", "ecs"), ("Fargate1", "fargate"), ("awsome", "aws")]
)
def test_prefixes_refused_for_capacity_providers(problem_lines: Lines, name: str, prefix: str) -> None:
    (line,) = problem_lines(check_provider_name, name)
    assert line.startswith(f"name: {name!r}: must not begin with {prefix!r}")
    assert problem_lines(check_provider_name, f"my-{name}") == []


def test_a_pattern_is_for_the_whole_text_and_for_texts_only(problem_lines: Lines) -> None:
    assert problem_lines(check_pattern, "f", "ab", "[a-z]", "one letter") == ["f: 'ab': must be one letter"]
    assert problem_lines(check_pattern, "f", "a\n", "[a-z]", "one letter") != []
    assert problem_lines(check_pattern, "f", None, "[a-z]", "one letter") == []
