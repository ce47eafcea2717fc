"""How a new revision takes over from the old one: the deployment strategies of Amazon ECS.

With `blue_green`, `canary` and `linear` ECS starts a second full set of tasks in a second target group and
moves the requests over by the weights of one listener rule ("Amazon ECS blue/green deployments").
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from .arguments import mapping
from .choices import HookStage, Strategy
from .fields.field import Lookup
from .listener_rules import Rule, rule_priority
from .problems import Problems

SHIFTING = (Strategy.BLUE_GREEN, Strategy.CANARY, Strategy.LINEAR)
"""The strategies that move requests from one target group to another."""

NOBODY = "192.0.2.1/32"
"""An address for documentation, which no client has (RFC 5737)."""

_MOST_HOOKS = 10
"""Lambda functions of one service ("Pause hooks for Amazon ECS service deployments")."""


class Hook(NamedTuple):
    """A Lambda function that ECS asks whether a deployment may go on."""

    lambda_arn: str
    stages: tuple[str, ...]
    details: str | None


@dataclass(frozen=True, slots=True)
class Deployment:
    """A strategy with every choice made; times in minutes."""

    strategy: Strategy
    bake: int
    percent: int
    """What a canary gets first, or a linear deployment's step."""
    step: int
    """How long a canary's first part, or a linear deployment's step, lasts."""
    test_header: str | None
    """`name` or `name: value` of the header by which requests reach the new revision first."""
    two_groups: bool
    """Whether there is a second target group, with what belongs to it."""
    hooks: tuple[Hook, ...]

    @property
    def shifts(self) -> bool:
        """Whether ECS moves requests from one target group to another."""
        return self.strategy in SHIFTING

    @property
    def minutes(self) -> int:
        """How long a deployment waits on purpose, beside what its tasks take."""
        if not self.shifts:
            return 0
        steps = {
            Strategy.BLUE_GREEN: 0,
            Strategy.CANARY: 1,
            Strategy.LINEAR: math.ceil(100 / max(self.percent, 1)) - 1,
        }
        return self.bake + steps[self.strategy] * self.step


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
        two_groups=strategy in SHIFTING or values["deployment_options.second_target_group"],
        hooks=tuple(
            Hook(hook["lambda_arn"], tuple(hook["stages"]), hook.get("details"))
            for hook in values["deployment_options.hooks"] or ()
        ),
    )


def check_hooks(args: Mapping[str, Any], problems: Problems) -> None:
    """Check how many lifecycle hooks there are, and that each is asked at some stage."""
    hooks = cast("list[Mapping[str, Any]]", _options(args).get("hooks") or [])
    if len(hooks) > _MOST_HOOKS:
        problems.add("deployment_options.hooks", len(hooks), f"must be at most {_MOST_HOOKS}")
    for index, hook in enumerate(hooks):
        if not hook["stages"]:
            stages = ", ".join(HookStage)
            problems.say(f"deployment_options.hooks[{index}].stages", f"must name at least one of {stages}")


def check_deployment(
    chosen: Deployment,
    args: Mapping[str, Any],
    problems: Problems,
    *,
    daemon: bool,
    rules: int,
    tasks: int,
    most: int | None,
) -> None:
    """Check what a strategy means together with the app's other arguments.

    Args:
        chosen: the strategy, every choice made.
        args: the app's arguments.
        problems: takes what is wrong.
        daemon: whether one task runs on every instance.
        rules: how many listener rules lead to the app.
        tasks: how many tasks run at most.
        most: how many the instances hold, if that is fixed.
    """
    if not chosen.two_groups:
        return
    if not args.get("load_balancer"):
        problems.add(
            "deployment", chosen.strategy, "needs load_balancer: requests move between its target groups"
        )
    if daemon:
        problems.add(
            "deployment", chosen.strategy, "cannot be combined with daemon, which ECS deploys rolling only"
        )
    if rules > 1:
        problems.add(
            "rules",
            rules,
            f"with {chosen.strategy} there can be one: ECS moves the requests of one listener rule only; "
            "use one wildcard, or an app for each",
        )
    if mapping(args.get("autoscaling")).get("requests") is not None:
        problems.say(
            "autoscaling.requests",
            "counts the requests of one target group, and the one that gets them changes with every "
            f"deployment with {chosen.strategy}; use cpu or memory",
        )
    if not chosen.shifts:
        return
    if most is not None and tasks * 2 > most:
        problems.add(
            "deployment",
            chosen.strategy,
            f"starts a second set of {tasks} tasks beside the first, and the instances hold {most}; lower "
            "the count, or give the cluster more instances",
        )
    timeout = args.get("rollout_timeout")
    if isinstance(timeout, int | float) and timeout <= chosen.minutes * 60:
        problems.add(
            "rollout_timeout",
            timeout,
            f"must be above {chosen.minutes * 60}: so long {chosen.strategy} waits on purpose",
        )


def priority_of_tests(app: str, rule: Rule) -> int:
    """Return the priority of the rule for test requests: right before the app's own.

    Before one at priority 1 there is no room: then it is 0, which no listener takes.
    """
    return rule_priority(app, rule) - 1


def check_test_rule(
    app: str, rule: Rule, taken: Mapping[int, tuple[str, Rule]], problems: Problems
) -> dict[int, tuple[str, Rule]]:
    """Check the place of the rule for test requests among those `taken` on the listener; return what it
    takes."""
    priority = priority_of_tests(app, rule)
    if priority < 1:
        problems.add("rules", rule.described, "needs a priority of 2 or more: the one before is for tests")
    elif priority in taken:
        other, held = taken[priority]
        problems.add(
            "rules",
            rule.described,
            f"needs the priority before its own too, {priority}, which {held.described} of {other!r} has; "
            "set one `priority`",
        )
    return {priority: (app, rule._replace(priority=priority))}


def _options(args: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(args.get("deployment_options"))
