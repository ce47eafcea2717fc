"""The deployment strategies of Amazon ECS.

With `blue_green`, `canary` and `linear` ECS starts a second full set of tasks in a second target group and
moves the requests over by the weights of one listener rule ("Amazon ECS blue/green deployments").
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

from .choices import BalancerType, Strategy
from .listener_rules import Rule, rule_priority
from .lookup import Lookup, described_each
from .problems import Problems

SHIFTING = (Strategy.BLUE_GREEN, Strategy.CANARY, Strategy.LINEAR)
"""The strategies that move requests from one target group to another."""

TEST_NET = "192.0.2.1/32"
"""An address of TEST-NET-1, which no client has (RFC 5737)."""


_NETWORK_DELAY = 30
"""Minutes: 10 at each of three stages ("Network Load Balancer resources for Amazon ECS blue/green, linear and
canary deployments")."""


class Hook(NamedTuple):
    """A Lambda function that can stop a deployment at a stage."""

    lambda_arn: str
    stages: tuple[str, ...]
    details: str | None


class Deployment(NamedTuple):
    """A strategy with every default resolved; times in minutes."""

    strategy: Strategy
    bake: int
    percent: int
    """The first part of a canary, or the step of a linear deployment."""
    step: int
    """The duration of a canary's first part, or of a linear deployment's step."""
    test_header: str | None
    """`name` or `name: value` of the header by which requests reach the new revision first."""
    test_port: int | None
    """The port of a network load balancer at which connections reach the new revision first."""
    delay: int
    """Minutes that ECS adds before traffic shifts."""
    two_groups: bool
    """True if there is a second target group."""
    hooks: tuple[Hook, ...]

    @property
    def shifts(self) -> bool:
        """True if ECS moves requests from one target group to another."""
        return self.strategy in SHIFTING

    @property
    def minutes(self) -> int:
        """Minutes that a deployment waits, beside the start and stop of its tasks."""
        if not self.shifts:
            return 0
        linear = math.ceil(100 / max(self.percent, 1)) - 1
        steps = {Strategy.BLUE_GREEN: 0, Strategy.CANARY: 1, Strategy.LINEAR: linear}
        return self.bake + self.delay + steps[self.strategy] * self.step


def deployment(values: Lookup) -> Deployment:
    """Return the deployment that an app's arguments describe."""
    strategy: Strategy = values["deployment"]
    part = "canary" if strategy is Strategy.CANARY else "step"
    return Deployment(
        strategy=strategy,
        bake=values["deployment_options.bake_minutes"],
        percent=values[f"deployment_options.{part}_percent"],
        step=values[f"deployment_options.{part}_minutes"],
        test_header=values["deployment_options.test_header"],
        test_port=values["deployment_options.test_port"],
        delay=_NETWORK_DELAY if values.given("load_balancer.type") == BalancerType.NETWORK else 0,
        two_groups=strategy in SHIFTING or values["deployment_options.second_target_group"],
        hooks=described_each(Hook, values, "deployment_options.hooks"),
    )


def priority_of_tests(app: str, rule: Rule) -> int:
    """Return the priority of the rule for test requests: the one before the app's own; 0 if there is none."""
    return rule_priority(app, rule) - 1


def check_test_rule(
    app: str, rule: Rule, taken: Mapping[int, tuple[str, Rule]], problems: Problems
) -> dict[int, tuple[str, Rule]]:
    """Check the priority of the rule for test requests against those `taken` on the listener; return it."""
    priority = priority_of_tests(app, rule)
    if priority < 1:
        problems.add("rules", rule.described, "needs a priority of 2 or more; the one before is for tests")
    elif priority in taken:
        other, held = taken[priority]
        wrong = f"needs priority {priority} for tests, which {held.described} of {other!r} has; "
        problems.add("rules", rule.described, f"{wrong}set one `priority`")
    return {priority: (app, rule._replace(priority=priority))}
