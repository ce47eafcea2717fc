import random
from itertools import pairwise, product
from typing import Any

import pytest
from support.fixtures import Lines

from moorage.model import listener_rules
from moorage.model.choices import ConditionKind
from moorage.model.fields.app import CONTAINER_APP
from moorage.model.fields.checks import check_fields
from moorage.model.fields.values import Values
from moorage.model.listener_rules import (
    LAST_PRIORITY,
    Rule,
    check_clashes,
    rule_priority,
)
from moorage.model.rule_conditions import takes_all
from moorage.model.rule_limits import check_limits, divided

HOSTS = ["notes.example.com", "*.example.com", None]
"""From the most to the least specific."""

PATHS = ["/api/notes", *(f"/{'a' * length}*" for length in range(36, 0, -1)), None]
"""From an exact path over ever shorter prefixes to any."""

APPS = [f"app-{number}" for number in range(40)]


def rule_of(place: int, args: dict[str, Any]) -> Rule:
    """Return the rule of arguments."""
    return listener_rules.rule_of(place, Values(CONTAINER_APP.items["rules"].table, args))


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


def checked_rule(problem_lines: Lines, rule: Rule) -> list[str]:
    given = {name: value for name, value in rule._asdict().items() if value is not None}
    values = Values(CONTAINER_APP, {"load_balancer": {"listener_arn": "arn"}, "rules": [given]})
    return problem_lines(lambda problems: check_fields(values, problems))


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
def test_conditions_that_a_rule_takes(problem_lines: Lines, rule: Rule) -> None:
    assert checked_rule(problem_lines, rule) == []


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
def test_conditions_that_no_rule_takes(problem_lines: Lines, rule: Rule, field: str) -> None:
    (line,) = checked_rule(problem_lines, rule)
    assert line.startswith(f"rules[0].{field}: ")


def clashes(
    problem_lines: Lines, rules: list[Rule], taken: list[tuple[str, Rule]] | None = None
) -> list[str]:
    held = {rule_priority(app, rule): (app, rule) for app, rule in taken or []}
    return problem_lines(lambda problems: check_clashes("web", rules, held, problems))


def test_rules_that_differ_do_not_clash(problem_lines: Lines) -> None:
    assert (
        clashes(
            problem_lines,
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
def test_the_same_requests_for_two_apps(problem_lines: Lines, one: Rule, other: Rule) -> None:
    (line,) = clashes(problem_lines, [one], [("api", other)])
    assert line == f"rules: '{one.described}': is already taken by 'api'; give each rule another host or path"


def test_the_same_requests_twice_in_one_app(problem_lines: Lines) -> None:
    (line,) = clashes(problem_lines, [Rule(None, "/x"), Rule("*", "/x")])
    assert "is twice here" in line


def test_every_rule_is_read_once(problem_lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """Conditions with many values become hundreds of rules, which took 12 s to compare."""
    read: list[Rule] = []
    requests = listener_rules._requests
    monkeypatch.setattr(listener_rules, "_requests", lambda rule: (read.append(rule), requests(rule))[1])
    rules = [
        rule_of(1, {"headers": {"Accept": [f"{number}"]}, "priority": number}) for number in range(1, 401)
    ]
    taken = [("api", rule_of(1, {"headers": {"Accept": ["400"]}, "priority": 500}))]
    (line,) = clashes(problem_lines, rules, taken)
    assert "is already taken by 'api'" in line
    assert len(read) <= 2 * (len(rules) + len(taken))


def test_paths_are_told_apart_by_case(problem_lines: Lines) -> None:
    assert clashes(problem_lines, [Rule(None, "/X")], [("api", Rule(None, "/x"))]) == []


def test_two_rules_with_one_priority(problem_lines: Lines) -> None:
    (line,) = clashes(problem_lines, [Rule(None, "/b", 10)], [("api", Rule(None, "/a", 10))])
    assert line == "rules: 'any host/b': has priority 10, as any host/a of 'api'; set one `priority`"


def test_derived_priorities_that_meet_are_reported_too(problem_lines: Lines) -> None:
    rules = [Rule(None, f"/{number:05}") for number in range(300)]
    numbers = [rule_priority("web", rule) for rule in rules]
    first = next(i for i, number in enumerate(numbers) if number in numbers[:i])
    (line,) = clashes(problem_lines, [rules[first]], [("web", rules[numbers.index(numbers[first])])])
    assert f"has priority {numbers[first]}, as " in line


def test_prefixes_too_long_to_tell_apart(problem_lines: Lines) -> None:
    base = "/" + "a" * 40
    wide, narrow = Rule(None, f"{base}*"), Rule(None, f"{base}/{{}}*")
    told = 0
    for number in range(20):
        inner = narrow._replace(path=f"{base}/{number}*")
        lines = clashes(problem_lines, [inner], [("api", wide)])
        wrong = rule_priority("api", wide) < rule_priority("web", inner)
        assert bool(lines) == wrong
        told += wrong
    assert 0 < told < 20
    assert clashes(problem_lines, [inner._replace(priority=40000)], [("api", wide)]) == []


METHODS = ["GET", "PUT"]
FURTHER = [
    {"headers": {"X-Beta": ["1"]}, "methods": METHODS, "source_ips": ["10.0.0.0/8"], "query": {"v": ["1"]}},
    {"headers": {"X-Beta": ["1"]}, "methods": METHODS, "source_ips": ["10.0.0.0/8"]},
    {"headers": {"X-Beta": ["1"]}, "methods": METHODS},
    {"headers": {"X-Beta": ["1"]}},
    {},
]
"""From the most conditions to none."""


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", PATHS[1:])
def test_more_conditions_are_tried_first_whatever_the_app(host: str | None, path: str | None) -> None:
    place = {key: value for key, value in (("host", host), ("path", path)) if value}
    rules = [rule_of(0, {**place, **further}) for further in FURTHER]
    for rule, less_specific in pairwise(rules):
        highest = max(rule_priority(app, rule) for app in APPS)
        assert highest < min(rule_priority(app, less_specific) for app in APPS)


def test_a_rule_with_conditions_stays_within_one_character_of_its_path() -> None:
    rule = rule_of(0, {"path": "/api/*", "headers": {"X-Beta": ["1"]}})
    longer = min(rule_priority(app, Rule(None, "/api/v1/*")) for app in APPS)
    assert longer < rule_priority("web", rule) < rule_priority("web", Rule(None, "/api/*"))


def test_a_rule_that_moves_to_another_place_gets_another_priority() -> None:
    """Its former number is held until the resource of the last place is deleted."""
    rules = [Rule(None, path) for path in ("/a", "/b", "/c")]
    before = {rule_priority("web", rule._replace(place=place)) for place, rule in enumerate(rules)}
    after = {rule_priority("web", rule._replace(place=place)) for place, rule in enumerate(rules[1:])}
    assert len(before) == 3
    assert before.isdisjoint(after)


def test_a_part_that_moves_gets_another_priority() -> None:
    many = {"source_ips": [f"10.0.{number}.0/24" for number in range(6)]}
    fewer = {"source_ips": many["source_ips"][3:]}
    assert divided(rule_of(0, many))[1].conditions == divided(rule_of(0, fewer))[0].conditions
    numbers = [rule_priority("web", part) for part in divided(rule_of(0, many))]
    assert rule_priority("web", rule_of(0, fewer)) not in numbers


@pytest.mark.parametrize(
    "args", [{"path": "/b/*"}, {"host": "b.example.com"}, {"path": "/b", "methods": ["GET"]}]
)
def test_a_rule_that_takes_the_place_of_another_gets_a_number_that_is_free(args: dict[str, Any]) -> None:
    """The engine changes the first resource before it deletes the last: its number would still be held."""
    places = [rule_priority("web", rule_of(place, args)) for place in range(3)]
    assert len({*places}) == 3


def test_a_fixed_priority_names_the_resource() -> None:
    before = [rule_of(0, {"path": "/a", "priority": 7}), rule_of(1, {"path": "/b", "priority": 8})]
    assert [rule.suffix for rule in before] == ["-7", "-8"]
    assert rule_of(0, {"path": "/b", "priority": 8}).suffix == "-8"
    assert [rule.placed for rule in before] == ["", "-1"]


@pytest.mark.parametrize(
    ("args", "sizes"),
    [
        ({}, [[]]),
        ({"methods": ["A", "B", "C"]}, [[3]]),
        ({"methods": ["A", "B", "C", "D"]}, [[2], [2]]),
        ({"host": "a.com", "path": "/a", "methods": ["A", "B", "C"]}, [[3]]),
        ({"host": "a.com", "path": "/a", "source_ips": [f"10.{n}.0.0/16" for n in range(6)]}, [[3], [3]]),
        ({"headers": {"X": ["1", "2", "3"], "Y": ["1", "2", "3"]}}, [[2, 3], [1, 3]]),
        ({"headers": {"X": ["*1*", "*2*", "*3*"]}}, [[2], [1]]),
        ({"path": "/*/?/*", "headers": {"X": ["*1", "*2", "*3"]}}, [[2], [1]]),
    ],
)
def test_a_rule_is_divided_at_the_limits(
    problem_lines: Lines, args: dict[str, object], sizes: list[list[int]]
) -> None:
    parts = divided(rule_of(2, args))
    assert [[len(condition.values) for condition in part.conditions] for part in parts] == sizes
    assert [part.suffix for part in parts] == ["-2", "-2-part-1"][: len(parts)]
    assert problem_lines(lambda problems: check_limits(parts, 5, problems)) == []
    whole = [value for condition in rule_of(2, args).conditions for value in condition.values]
    assert {value for part in parts for each in part.conditions for value in each.values} == {*whole}


def test_the_parts_of_a_fixed_priority_follow_it(problem_lines: Lines) -> None:
    parts = divided(rule_of(0, {"methods": ["A", "B", "C", "D"], "priority": 49999}))
    assert [rule_priority("web", part) for part in parts] == [49999, 50000]
    late = divided(rule_of(0, {"methods": ["A", "B", "C", "D"], "priority": 50000}))
    (line,) = problem_lines(lambda problems: check_limits(late, 5, problems))
    assert line.startswith("rules[0]: is divided into listener rules from priority 50000 on")


@pytest.mark.parametrize(
    ("args", "most", "problem"),
    [
        (
            {"host": "a.com", "path": "/a", "headers": {name: ["1"] for name in "WXYZ"}},
            5,
            "rules[0]: has 6 conditions; a listener rule has at most 5 values",
        ),
        (
            {"host": "a.com", "path": "/a", "headers": {name: ["1"] for name in "XYZ"}},
            4,
            "rules[0]: has 5 conditions; a listener rule has at most 4 values, beside the one for tests",
        ),
        (
            {"path": "/*/*/*", "headers": {"X": ["*a*b*"]}},
            5,
            "rules[0]: has 6 wildcards; a listener rule has at most 5",
        ),
    ],
)
def test_a_rule_that_cannot_be_divided(
    problem_lines: Lines, args: dict[str, object], most: int, problem: str
) -> None:
    assert problem_lines(lambda problems: check_limits(divided(rule_of(0, args), most), most, problems)) == [
        problem
    ]


def test_the_same_conditions_in_another_spelling_clash(problem_lines: Lines) -> None:
    one = rule_of(0, {"headers": {"x-beta": ["YES", "on"]}, "path": "*"})
    other = rule_of(0, {"headers": {"X-Beta": ["on", "yes"]}})
    (line,) = clashes(problem_lines, [one], [("api", other)])
    taken = "is already taken by 'api'; give each rule another host or path"
    assert line == f"rules: 'any host* with header x-beta': {taken}"
    assert clashes(problem_lines, [rule_of(0, {"headers": {"X-Beta": ["off"]}})], [("api", other)]) == []


def test_a_rule_after_one_that_has_all_of_its_requests(problem_lines: Lines) -> None:
    """Exact paths have no priorities before theirs, so a few names come out in the wrong order."""
    told = 0
    for number in range(300):
        path = f"/exact-{number}"
        narrow = rule_of(0, {"host": "a.com", "path": path, "methods": ["GET"]})
        wide = Rule("a.com", path)
        lines = clashes(problem_lines, [narrow], [("api", wide)])
        wrong = rule_priority("api", wide) < rule_priority("web", narrow)
        assert any("comes after" in line for line in lines) == wrong
        told += wrong
        assert any("comes before" in line for line in clashes(problem_lines, [wide], [("api", narrow)])) == (
            rule_priority("web", wide) < rule_priority("api", narrow)
        )
    assert 0 < told < 60


@pytest.mark.parametrize(
    ("wide", "narrow", "all_"),
    [
        ({}, {"methods": ["GET"]}, True),
        ({"methods": ["GET"]}, {}, False),
        ({"methods": ["GET", "PUT"]}, {"methods": ["GET"], "path": "/a"}, True),
        ({"methods": ["GET"]}, {"methods": ["GET", "PUT"]}, False),
        ({"source_ips": ["10.0.0.0/8"]}, {"source_ips": ["10.1.0.0/16"]}, True),
        ({"source_ips": ["10.1.0.0/16"]}, {"source_ips": ["10.0.0.0/8"]}, False),
        ({"source_ips": ["::/0"]}, {"source_ips": ["10.0.0.0/8"]}, False),
        ({"query": {"v": ["1*"]}}, {"query": {"V": ["12"]}}, True),
        ({"query": {"*": ["1"]}}, {"query": {"a": ["b=1"]}}, False),
        ({"query": {"v": ["1"]}}, {"query": {"v*": ["1"]}}, False),
        ({"headers": {"X": ["A*"]}}, {"headers": {"x": ["ab", "ac*"]}}, True),
        ({"headers": {"X": ["a"]}}, {"headers": {"Y": ["a"]}}, False),
        ({"host": "*.a.com"}, {"host": "B.a.com", "headers": {"X": ["a"]}}, True),
    ],
)
def test_rules_that_have_all_requests_of_others(
    wide: dict[str, object], narrow: dict[str, object], all_: bool
) -> None:
    assert takes_all(rule_of(0, wide).patterns, rule_of(0, narrow).patterns) is all_


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({"headers": {"Host": ["a"]}}, "headers: 'Host': the name of a header must be 1 to 40"),
        ({"headers": {"X Y": ["a"]}}, "headers: 'X Y': the name"),
        ({"headers": {}}, "headers: must not be empty"),
        ({"headers": {"X": []}}, "headers.X: must not be empty"),
        ({"headers": {"X": ["a", "a"]}}, "headers.X: has a value twice"),
        ({"headers": {"X": ["é"]}}, "headers.X: 'é': must be 1 to 128 printable"),
        ({"methods": ["get"]}, "methods: 'get': must be 1 to 40 capital letters"),
        ({"methods": []}, "methods: must not be empty"),
        ({"query": {"": ["1"]}}, "query: '': must be 1 to 128 printable"),
        ({"query": {"v": [""]}}, "query.v: '': must be 1 to 128 printable"),
        (
            {"source_ips": ["10.0.0.1/8"]},
            "source_ips: '10.0.0.1/8': must be an IPv4 or IPv6 range from its first",
        ),
        ({"source_ips": ["10.0.0.1"]}, "source_ips: '10.0.0.1': must be an IPv4 or IPv6 range"),
    ],
)
def test_values_that_no_condition_takes(problem_lines: Lines, args: dict[str, object], problem: str) -> None:
    values = Values(CONTAINER_APP, {"load_balancer": {"listener_arn": "arn"}, "rules": [args]})
    (line,) = problem_lines(lambda problems: check_fields(values, problems))
    assert line.startswith(f"rules[0].{problem}")


def test_the_kinds_of_conditions_in_their_order() -> None:
    args = {"source_ips": ["::/0"], "methods": ["GET"], "query": {"b": ["1"], "a": ["1"]}}
    kinds = [(each.kind, each.key) for each in rule_of(0, args).conditions]
    query, method, address = ConditionKind.QUERY, ConditionKind.METHOD, ConditionKind.SOURCE_IP
    assert kinds == [(query, "a"), (query, "b"), (method, ""), (address, "")]
