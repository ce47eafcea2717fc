import random
from collections.abc import Callable
from itertools import pairwise, product

import pytest

from moorage.model.fields.app import CONTAINER_APP
from moorage.model.fields.checks import check_fields
from moorage.model.fields.values import Values
from moorage.model.listener_rules import (
    LAST_PRIORITY,
    Rule,
    check_clashes,
    rule_priority,
)

HOSTS = ["notes.example.com", "*.example.com", None]
"""From the most to the least specific."""

PATHS = ["/api/notes", *(f"/{'a' * length}*" for length in range(36, 0, -1)), None]
"""From an exact path over ever shorter prefixes to any."""

APPS = [f"app-{number}" for number in range(40)]


def test_more_specific_rules_are_tried_first_whatever_the_app() -> None:
    in_order = [Rule(host, path) for host, path in product(HOSTS, PATHS)]
    for rule, less_specific in pairwise(in_order):
        highest = max(rule_priority(app, rule) for app in APPS)
        assert highest < min(rule_priority(app, less_specific) for app in APPS)


def test_every_priority_is_one_that_a_listener_has() -> None:
    dice = random.Random(1)
    letters = "abc/*?.-"
    for number in range(3000):
        path = "/" + "".join(dice.choices(letters, k=dice.randint(0, 127)))
        host = dice.choice([None, "*", f"h{number}.example.com", f"*.h{number}.com"])
        assert 1 <= rule_priority(f"a{number}", Rule(host, dice.choice([path, None]))) <= LAST_PRIORITY


@pytest.mark.parametrize("rule", [Rule(None, None), Rule("notes.example.com", None), Rule(None, "/api/*")])
def test_another_name_is_another_priority(rule: Rule) -> None:
    # On AWS the new app's rule is made while the old one's still holds its number.
    assert rule_priority("notes", rule) != rule_priority("notetaker", rule)
    assert len({rule_priority(app, rule) for app in APPS}) > 30


@pytest.mark.parametrize("same", [Rule(None, "/*"), Rule("*", None), Rule("*", "*"), Rule(None, None)])
def test_all_spellings_of_everything_come_last(same: Rule) -> None:
    assert rule_priority("web", same) > rule_priority("web", Rule(None, "/?*"))


def test_a_fixed_priority_is_kept() -> None:
    assert rule_priority("web", Rule("a.example.com", "/x", 7)) == 7


def test_derived_priorities_do_not_change_between_releases() -> None:
    # Another number replaces rules that are live: only with a word in the changelog.
    assert rule_priority("notes", Rule(None, None)) == 47387
    assert rule_priority("notes", Rule("notes.example.com", "/api/*")) == 17303


def checked_rule(said: Callable[..., list[str]], rule: Rule) -> list[str]:
    given = {name: value for name, value in rule._asdict().items() if value is not None}
    values = Values(CONTAINER_APP, {"load_balancer": {"listener_arn": "arn"}, "rules": [given]})
    return said(lambda problems: check_fields(values, problems))


@pytest.mark.parametrize(
    "rule",
    [
        Rule("notes.example.com", None),
        Rule("*.example.com", "/api/*"),
        Rule("*", "*"),
        Rule(None, "/a-b_c.d$e~f\"g'h@i:j+k&l?m*"),
        Rule(None, "/" + "a" * 127),
        Rule(None, None, 1),
        Rule(None, None, 50000),
    ],
)
def test_conditions_that_a_rule_takes(said: Callable[..., list[str]], rule: Rule) -> None:
    assert checked_rule(said, rule) == []


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (Rule("localhost", None), "host"),
        (Rule("10.0.0.1", None), "host"),
        (Rule("a_b.example.com", None), "host"),
        (Rule("", None), "host"),
        (Rule("a" * 125 + ".com", None), "host"),
        (Rule(None, "api"), "path"),
        (Rule(None, ""), "path"),
        (Rule(None, "/a b"), "path"),
        (Rule(None, "/a%20b"), "path"),
        (Rule(None, "/" + "a" * 128), "path"),
        (Rule(None, None, 0), "priority"),
        (Rule(None, None, 50001), "priority"),
    ],
)
def test_conditions_that_no_rule_takes(said: Callable[..., list[str]], rule: Rule, field: str) -> None:
    (line,) = checked_rule(said, rule)
    assert line.startswith(f"rules[0].{field}: ")


def clashes(
    said: Callable[..., list[str]], rules: list[Rule], taken: list[tuple[str, Rule]] | None = None
) -> list[str]:
    held = {rule_priority(app, rule): (app, rule) for app, rule in taken or []}
    return said(lambda problems: check_clashes("web", rules, held, problems))


def test_rules_that_differ_do_not_clash(said: Callable[..., list[str]]) -> None:
    assert (
        clashes(
            said,
            [Rule(None, "/a/*"), Rule(None, "/a"), Rule("a.example.com", None)],
            [("api", Rule(None, None))],
        )
        == []
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Rule(None, None), Rule("*", "/*")),
        (Rule("A.example.com", "/x"), Rule("a.example.com", "/x")),
        (Rule(None, "/x", 5), Rule(None, "/x", 6)),
    ],
)
def test_the_same_requests_for_two_apps(said: Callable[..., list[str]], one: Rule, other: Rule) -> None:
    (line,) = clashes(said, [one], [("api", other)])
    assert line == f"rules: '{one.described}': is already taken by 'api'; give each rule another host or path"


def test_the_same_requests_twice_in_one_app(said: Callable[..., list[str]]) -> None:
    (line,) = clashes(said, [Rule(None, "/x"), Rule("*", "/x")])
    assert "is twice here" in line


def test_paths_are_told_apart_by_case(said: Callable[..., list[str]]) -> None:
    assert clashes(said, [Rule(None, "/X")], [("api", Rule(None, "/x"))]) == []


def test_two_rules_with_one_priority(said: Callable[..., list[str]]) -> None:
    (line,) = clashes(said, [Rule(None, "/b", 10)], [("api", Rule(None, "/a", 10))])
    assert line == "rules: 'any host/b': has priority 10, as any host/a of 'api'; set one `priority`"


def test_derived_priorities_that_meet_are_said_too(said: Callable[..., list[str]]) -> None:
    rules = [Rule(None, f"/{number:05}") for number in range(300)]
    numbers = [rule_priority("web", rule) for rule in rules]
    first = next(i for i, number in enumerate(numbers) if number in numbers[:i])
    (line,) = clashes(said, [rules[first]], [("web", rules[numbers.index(numbers[first])])])
    assert f"has priority {numbers[first]}, as " in line


def test_prefixes_too_long_to_tell_apart(said: Callable[..., list[str]]) -> None:
    base = "/" + "a" * 40
    wide, narrow = Rule(None, f"{base}*"), Rule(None, f"{base}/{{}}*")
    told = 0
    for number in range(20):
        inner = narrow._replace(path=f"{base}/{number}*")
        lines = clashes(said, [inner], [("api", wide)])
        wrong = rule_priority("api", wide) < rule_priority("web", inner)
        assert bool(lines) == wrong
        told += wrong
    assert 0 < told < 20
    assert clashes(said, [inner._replace(priority=40000)], [("api", wide)]) == []
