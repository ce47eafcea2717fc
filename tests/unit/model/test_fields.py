"""Field tables: defaults that follow from others, and what is refused by a row alone."""

import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support.fixtures import Lines

from moorage.model.choices import CapacityKind
from moorage.model.fields.checks import check_fields
from moorage.model.fields.field import Exclude, Field, Form, Need, PerPreset, Range, Table, within
from moorage.model.fields.values import Derived, Values
from moorage.model.problems import Problems

TABLE = Table(
    {
        "preset": Field("dev"),
        "capacity": Field(CapacityKind.FARGATE, choices=CapacityKind),
        "base": Field(1, range=Range(0, 9, "tasks"), needs=(Need("capacity", ("fargate_spot",)),)),
        "days": Field(PerPreset("log_retention_days")),
        "twice": Field(Derived(lambda values: 2 * values["days"]), "twice `days`"),
        "email": Field(form=Form(r".+@.+", "an address"), excludes=(Exclude("topic", why="has its own"),)),
        "topic": Field(needs=(Need(("email", "days")),)),
        "check": Field({}, needs=(Need("topic"),)),
        "check.interval": Field(10),
        "disks": Field(),
        **within(
            "disks.*",
            {"kind": Field("a", choices=("a", "b")), "speed": Field(needs=(Need(".kind", ("b",)),))},
        ),
        "ports[]": Field(range=Range(1, 65535, also=0)),
    }
)


def values(args: Mapping[str, Any]) -> Values:
    return Values(TABLE, args)


def wrong(problem_lines: Lines, args: Mapping[str, Any]) -> list[str]:
    def check(problems: Problems) -> None:
        check_fields(values(args), problems)

    return problem_lines(check)


def test_a_default_follows_from_the_preset_and_from_what_is_given() -> None:
    assert [values({})["twice"], values({"preset": "prod"})["twice"], values({"days": 7})["twice"]] == [
        60,
        180,
        14,
    ]


def test_a_choice_is_a_member_and_a_wrong_one_the_default() -> None:
    assert values({"capacity": "ec2"})["capacity"] is CapacityKind.EC2
    assert values({"capacity": "ec3"})["capacity"] is CapacityKind.FARGATE


def test_defaults_of_what_does_not_apply_are_left_out() -> None:
    assert dict(values({}).defaults()) == {"preset": "dev", "capacity": "fargate", "days": 30, "twice": 60}
    assert dict(values({"capacity": "fargate_spot"}).defaults())["base"] == 1
    assert dict(values({"topic": "t"}).defaults())["check.interval"] == 10


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ({"base": 1}, "base: 1: needs capacity fargate_spot"),
        ({"capacity": "fargate_spot", "base": 10}, "base: 10: must be from 0 to 9 tasks"),
        # What depends on a wrong argument is not reported too.
        (
            {"capacity": "fargat", "base": 1},
            "capacity: 'fargat': must be one of fargate, fargate_spot, ec2, managed_instances "
            "(did you mean 'fargate'?)",
        ),
        ({"email": "x"}, "email: 'x': must be an address"),
        ({"email": "a@b", "topic": "t"}, "email: cannot be combined with topic, which has its own"),
        ({"disks": {"d": {"speed": 5}}}, "disks.d.speed: 5: needs kind b"),
        ({"disks": {"d": {"kind": "c"}}}, "disks.d.kind: 'c': must be one of a, b"),
        ({"ports": [80, 0, 70000]}, "ports[2]: 70000: must be from 1 to 65535"),
    ],
)
def test_what_a_row_refuses(problem_lines: Lines, args: dict[str, Any], line: str) -> None:
    assert wrong(problem_lines, args) == [line]


def test_what_is_off_needs_nothing(problem_lines: Lines) -> None:
    table = Table({"on": Field(False, needs=(Need("other"),)), "other": Field()})
    assert problem_lines(lambda problems: check_fields(Values(table, {"on": False}), problems)) == []


def test_rows_in_words() -> None:
    fields = TABLE.fields
    reference: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[3] / "docs/reference.py"))
    default_words, allowed_words = reference["default_words"], reference["allowed_words"]
    assert default_words(fields["days"]) == "30 in the preset `dev`, 90 in `prod`"
    assert default_words(fields["capacity"]) == "`fargate`"
    assert default_words(fields["check"]) == "as in each of its fields"
    assert default_words(Field(PerPreset("backups"))) == "in the preset `prod`"
    assert allowed_words(fields["base"]) == ["From 0 to 9 tasks.", "Needs capacity fargate_spot."]
    assert allowed_words(fields["topic"]) == ["Needs email or days."]
