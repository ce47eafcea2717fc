import asyncio
import math
from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pytest
from support.fixtures import Lines

from moorage.model.arguments import check_arguments, in_range, one_of
from moorage.model.choices import CapacityKind
from moorage.model.problems import Problems


class Inner(TypedDict):
    size: int
    label: NotRequired[str]


class Args(TypedDict):
    name: str
    port: NotRequired[int]
    public: NotRequired[bool]
    share: NotRequired[float]
    capacity: NotRequired[CapacityKind]
    inner: NotRequired[Inner]
    inners: NotRequired[list[Inner]]
    words: NotRequired[list[str]]
    sizes: NotRequired[dict[str, int]]
    environment: NotRequired[dict[str, pulumi.Input[str]]]
    subnets: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]


def test_what_is_right_comes_back_with_numbers_whole() -> None:
    args = {
        "name": "x",
        "port": 8080.0,
        "inner": {"size": 1.0},
        "inners": [{"size": 2.0, "label": "a"}],
        "sizes": {"a": 3.0},
        "words": ["w"],
        "environment": {"A": "b"},
        "subnets": ["s"],
        "public": False,
    }
    problems = Problems("Thing", "x")
    good = check_arguments(Args, args, problems)
    assert len(problems) == 0
    assert good == args
    numbers = [good["port"], good["inner"]["size"], good["inners"][0]["size"], good["sizes"]["a"]]
    assert [type(number) for number in numbers] == [int] * 4


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ({"prot": 1}, "prot: unknown argument; did you mean 'port'?"),
        (
            {"inner": {"size": 1, "lable": "a"}},
            "inner.lable: unknown argument; did you mean 'label'?",
        ),
        (
            {"inners": [{"size": 1}, {"size": 1, "zzz": 1}]},
            "inners[1].zzz: unknown argument; must be one of size, label",
        ),
        ({"inner": {}}, "inner.size: is required"),
        ({"inner": "x"}, "inner: 'x': must be an object with the keys size, label"),
        ({"port": "80a"}, "port: '80a': must be an integer"),
        ({"port": "80.0"}, "port: '80.0': must be an integer"),
        ({"port": ""}, "port: '': must be an integer"),
        ({"share": "1e3"}, "share: '1e3': must be a number"),
        ({"public": "True"}, "public: 'True': must be true or false"),
        ({"capacity": 1}, "capacity: 1: must be a string"),
        ({"port": 80.5}, "port: 80.5: must be an integer"),
        ({"port": True}, "port: True: must be an integer"),
        ({"port": math.nan}, "port: nan: must be an integer"),
        ({"port": math.inf}, "port: inf: must be an integer"),
        ({"public": "yes"}, "public: 'yes': must be true or false"),
        ({"public": 1}, "public: 1: must be true or false"),
        ({"words": "w"}, "words: 'w': must be a list"),
        ({"words": [1]}, "words[0]: 1: must be a string"),
        ({"sizes": []}, "sizes: []: must be an object"),
        ({"sizes": {"a": "b"}}, "sizes.a: 'b': must be an integer"),
        # Not shown: what an Input takes may be meant as a secret.
        ({"environment": {"PORT": [8080]}}, "environment.PORT: must be a string"),
        ({"environment": {"NOT": math.nan}}, "environment.NOT: must be a string"),
        ({"subnets": "s"}, "subnets: 's': must be a list"),
        ({"subnets": [1]}, "subnets[0]: must be a string"),
    ],
)
def test_what_is_wrong(problem_lines: Lines, args: dict[str, Any], line: str) -> None:
    assert problem_lines(lambda problems: check_arguments(Args, {"name": "x", **args}, problems)) == [line]


def test_strings_of_a_configuration_are_what_they_spell() -> None:
    problems = Problems("Thing", "x")
    args = {
        "name": "x",
        "port": "8080",
        "public": "true",
        "share": "0.5",
        "sizes": {"a": "-1"},
        "words": ["1"],
    }
    good = check_arguments(Args, args, problems)
    assert len(problems) == 0
    assert good == {
        "name": "x",
        "port": 8080,
        "public": True,
        "share": 0.5,
        "sizes": {"a": -1},
        "words": ["1"],
    }
    assert type(good["port"]) is int
    assert check_arguments(Args, {"name": "x", "public": "false"}, problems)["public"] is False


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (8080, "8080"),
        (8080.0, "8080"),
        (1.5, "1.5"),
        (True, "true"),
        (False, "false"),
        (-1, "-1"),
        ("01", "01"),
    ],
)
def test_variables_are_strings(value: Any, text: str) -> None:
    problems = Problems("Thing", "x")
    good = check_arguments(Args, {"name": "x", "environment": {"A": value}}, problems)
    assert len(problems) == 0
    assert good["environment"] == {"A": text}


def test_a_missing_key(problem_lines: Lines) -> None:
    assert problem_lines(lambda problems: check_arguments(Args, {}, problems)) == ["name: is required"]
    assert problem_lines(lambda problems: check_arguments(Args, {"name": None}, problems)) == [
        "name: is required"
    ]


def test_everything_wrong_is_said_and_the_rest_comes_back() -> None:
    problems = Problems("Thing", "x")
    args = {"name": "x", "port": "a", "prt": 1, "inner": {"size": 1, "label": 2}, "sizes": {"a": 1, "b": "c"}}
    good = check_arguments(Args, args, problems)
    assert good == {"name": "x", "inner": {"size": 1}, "sizes": {"a": 1}}
    assert len(problems) == 4


def test_a_dict_without_a_key_it_needs_does_not_come_back() -> None:
    problems = Problems("Thing", "x")
    good = check_arguments(Args, {"name": "x", "inner": {"label": "a"}, "inners": [{}]}, problems)
    assert good == {"name": "x"}


def test_an_input_takes_what_pulumi_resolves_and_a_plain_argument_does_not(problem_lines: Lines) -> None:
    async def main() -> list[str]:
        output = pulumi.Output.from_input("a")
        waiting = asyncio.ensure_future(asyncio.sleep(0))
        args = {"name": "x", "port": output, "environment": {"A": output, "B": waiting}}
        return problem_lines(lambda problems: check_arguments(Args, args, problems))

    assert asyncio.run(main()) == [
        "port: an Output: must be an integer; it decides which resources there are, and must be known before "
        "they exist: pass a plain value, or an output of a StackReference that is not secret"
    ]


@pytest.mark.parametrize(
    ("value", "lines"),
    [(1, []), (10, []), (10.0, []), (0, 1), (11, 1), (10.5, 1), (None, []), ("x", []), (True, [])],
)
def test_in_range(problem_lines: Lines, value: Any, lines: Any) -> None:
    found = problem_lines(lambda problems: in_range("port", value, 1, 10, problems, "pieces"))
    assert found == (lines and [f"port: {value}: must be from 1 to 10 pieces"])


def test_one_of_names_the_nearest(problem_lines: Lines) -> None:
    allowed = ("fargate", "ec2")
    assert problem_lines(lambda problems: one_of("capacity", "fargat", allowed, problems)) == [
        "capacity: 'fargat': must be one of fargate, ec2 (did you mean 'fargate'?)"
    ]
    assert problem_lines(lambda problems: one_of("capacity", "zzz", allowed, problems)) == [
        "capacity: 'zzz': must be one of fargate, ec2"
    ]
    assert problem_lines(lambda problems: one_of("capacity", None, allowed, problems)) == []
