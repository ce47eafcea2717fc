"""Tags: how many, and what their keys and values may be ("Tag naming limits and requirements")."""

from collections.abc import Mapping

import pytest
from support.fixtures import Lines

from moorage.model.tags import check_tags


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {f"k{number}": "v" for number in range(48)},
        # Two of the fifty are moorage's own, given by the user.
        {"moorage:app": "a", "moorage:stack": "b", **{f"k{number}": "v" for number in range(48)}},
        {"k" * 128: "v" * 256, "empty": ""},
        {"Kostenstelle/Größe": "ü 1_.:/=+-@", "日本": "x", "awsome": "aws"},
        {"later": object()},
    ],
)
def test_tags_that_aws_takes(problem_lines: Lines, tags: Mapping[str, object]) -> None:
    assert problem_lines(check_tags, "tags", tags) == []


@pytest.mark.parametrize(
    ("tags", "line"),
    [
        (
            {f"k{number}": "v" for number in range(60)},
            "tags: 60 tags, and 2 of moorage's own; a resource has at most 50; remove 12",
        ),
        ({"aws:x": "v"}, "tags: 'aws:x': the key must not begin with aws:, which is reserved for AWS"),
        ({"AWS:x": "v"}, "tags: 'AWS:x': the key must not begin with aws:"),
        ({"x": "aws:v"}, "tags.x: the value must not begin with aws:"),
        ({"": "v"}, "tags: '': the key must be from 1 to 128 characters, and has 0"),
        ({"k" * 200: "v"}, "the key must be from 1 to 128 characters, and has 200"),
        ({"k": "v" * 257}, "the value must be from 0 to 256 characters, and has 257"),
        ({"a#b": "v"}, "tags: 'a#b': the key must be letters, digits, spaces and _ . : / = + - @"),
        ({"k": "a\nb"}, "tags.k: the value must be letters, digits, spaces"),
        ({"Team": "a", "team": "b"}, "tags: 'team': differs from 'Team' only in case"),
    ],
)
def test_what_aws_refuses(problem_lines: Lines, tags: Mapping[str, object], line: str) -> None:
    (found,) = problem_lines(check_tags, "tags", tags)
    assert line in found


def test_tags_that_moorage_adds_to_one_resource_count_too(problem_lines: Lines) -> None:
    tags = {f"k{number}": "v" for number in range(47)}
    assert problem_lines(check_tags, "tags", tags, further=1) == []
    (line,) = problem_lines(check_tags, "tags", tags, further=2)
    assert line == "tags: 47 tags, and 4 of moorage's own; a resource has at most 50; remove 1"
