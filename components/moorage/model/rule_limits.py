"""The limits of a listener rule, and the division of a rule with more values into several."""

from collections.abc import Iterator, Sequence

from .deployment import Deployment
from .listener_rules import LAST_PRIORITY, Rule
from .problems import Problems
from .rule_conditions import Condition

MOST_VALUES = 5
"""Values of all conditions of a rule ("Quotas for your Application Load Balancers")."""
_MOST_WILDCARDS = 5
"""Wildcards of a rule: 5 in "Condition types for listener rules", 6 in the quotas."""
_MOST_PER_CONDITION = 3
"""Values of one condition ("Condition types for listener rules")."""


def values_per_rule(deployment: Deployment) -> int:
    """Return how many values a listener rule may have; with two target groups one more is for tests."""
    return MOST_VALUES - 1 if deployment.two_groups else MOST_VALUES


def divided(rule: Rule, most_values: int = MOST_VALUES) -> list[Rule]:
    """Return a rule as listener rules within the limits of AWS, which together match the same requests.

    One that cannot be divided further is returned as it is; `check_limits` reports it.
    """
    parts = [
        rule._replace(conditions=conditions, part=part)
        for part, conditions in enumerate(_divided(rule, rule.conditions, most_values))
    ]
    if rule.priority is None:
        return parts
    return [listener_rule._replace(priority=rule.priority + listener_rule.part) for listener_rule in parts]


def _divided(
    rule: Rule, conditions: tuple[Condition, ...], most_values: int
) -> Iterator[tuple[Condition, ...]]:
    longest = max(conditions, key=lambda condition: len(condition.values), default=None)
    if longest is None or len(longest.values) < 2 or _fits(rule, conditions, most_values):
        yield conditions
        return
    half = (len(longest.values) + 1) // 2
    for values in (longest.values[:half], longest.values[half:]):
        smaller = longest._replace(values=values)
        yield from _divided(
            rule,
            tuple(smaller if condition is longest else condition for condition in conditions),
            most_values,
        )


def _fits(rule: Rule, conditions: Sequence[Condition], most_values: int) -> bool:
    values = _values(rule, conditions)
    return (
        len(values) <= most_values
        and _wildcards(values) <= _MOST_WILDCARDS
        and all(len(condition.values) <= _MOST_PER_CONDITION for condition in conditions)
    )


def _values(rule: Rule, conditions: Sequence[Condition]) -> list[str]:
    named = [text for text in (rule.host, rule.path) if text not in (None, "*")]
    return named + [value for condition in conditions for value in condition.values]


def _wildcards(values: Sequence[str]) -> int:
    return sum(value.count("*") + value.count("?") for value in values)


def check_limits(rules: Sequence[Rule], most_values: int, problems: Problems) -> None:
    """Check that the listener rules of an app are within the limits of AWS."""
    for rule in rules:
        values = _values(rule, rule.conditions)
        field = f"rules[{rule.place}]"
        if len(values) > most_values:
            wrong = f"has {len(values)} conditions; a listener rule has at most {most_values} values"
            problems.say(field, wrong + (", beside the one for tests" if most_values < MOST_VALUES else ""))
        if _wildcards(values) > _MOST_WILDCARDS:
            wrong = f"has {_wildcards(values)} wildcards; a listener rule has at most {_MOST_WILDCARDS}"
            problems.say(field, wrong)
        if rule.priority is not None and rule.priority > LAST_PRIORITY:
            wrong = f"is divided into listener rules from priority {rule.priority - rule.part} on, and "
            problems.say(field, f"{wrong}{LAST_PRIORITY} is the last; set a lower `priority`")
