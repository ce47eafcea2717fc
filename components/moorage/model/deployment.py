"""How a new revision takes over from the old one: the deployment strategies of Amazon ECS.

With `blue_green`, `canary` and `linear` ECS starts a second full set of tasks in a second target group and
moves the requests over by the weights of one listener rule ("Amazon ECS blue/green deployments").
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from .arguments import in_range, one_of, whole
from .listener_rules import Rule, rule_priority
from .names import check_pattern
from .problems import Problems

STRATEGIES = {"rolling": "ROLLING", "blue_green": "BLUE_GREEN", "canary": "CANARY", "linear": "LINEAR"}
"""The strategies by name, as ECS spells them (API reference, DeploymentConfiguration)."""

SHIFTING = ("blue_green", "canary", "linear")
"""Those that move requests from one target group to another."""

HOOK_STAGES = (
    *("reconcile_service", "pre_scale_up", "post_scale_up", "test_traffic_shift"),
    *("post_test_traffic_shift", "production_traffic_shift", "post_production_traffic_shift"),
)
"""The stages that a lifecycle hook can be called at (API reference, DeploymentLifecycleHook)."""

NOBODY = "192.0.2.1/32"
"""An address for documentation, which no client has (RFC 5737)."""

_OPTIONS = {
    "bake_minutes": SHIFTING,
    "canary_percent": ("canary",),
    "canary_minutes": ("canary",),
    "step_percent": ("linear",),
    "step_minutes": ("linear",),
    "test_header": SHIFTING,
    "hooks": SHIFTING,
    "second_target_group": ("rolling",),
}
"""The strategies that each option is for."""

_MOST_HOOKS = 10
"""Lambda functions of one service ("Pause hooks for Amazon ECS service deployments")."""

_DAY = 1440
"""Minutes: the most that a stage may last."""

_TEST_HEADER = r"[A-Za-z0-9!#$%&'+.^_`|~-]{1,40}(: ?[ -~]{1,128})?"
"""API reference, HttpHeaderConditionConfig."""


class Hook(NamedTuple):
    """A Lambda function that ECS asks whether a deployment may go on."""

    lambda_arn: str
    stages: tuple[str, ...]
    details: str | None


@dataclass(frozen=True, slots=True)
class Deployment:
    """A strategy with every choice made; times in minutes."""

    strategy: str
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
        steps = {"blue_green": 0, "canary": 1, "linear": math.ceil(100 / max(self.percent, 1)) - 1}
        return self.bake + steps[self.strategy] * self.step


def deployment(args: Mapping[str, Any]) -> Deployment:
    """Return the deployment that an app's arguments describe, which were checked before."""
    strategy = args.get("deployment", "rolling")
    options = _options(args)
    canary = strategy == "canary"
    return Deployment(
        strategy=strategy,
        bake=whole(options.get("bake_minutes"), 5),
        percent=whole(options.get("canary_percent" if canary else "step_percent"), 5 if canary else 10),
        step=whole(options.get("canary_minutes" if canary else "step_minutes"), 10 if canary else 6),
        test_header=options.get("test_header"),
        two_groups=strategy in SHIFTING or bool(options.get("second_target_group")),
        hooks=tuple(
            Hook(hook["lambda_arn"], tuple(hook["stages"]), hook.get("details"))
            for hook in options.get("hooks", ())
        ),
    )


def check_deployment_values(args: Mapping[str, Any], problems: Problems) -> None:
    """Check the strategy and each of its options by itself."""
    one_of("deployment", args.get("deployment"), tuple(STRATEGIES), problems)
    options = _options(args)
    for name in ("bake_minutes", "canary_minutes", "step_minutes"):
        in_range(f"deployment_options.{name}", options.get(name), 0, _DAY, problems, "minutes")
    in_range("deployment_options.canary_percent", options.get("canary_percent"), 1, 100, problems, "percent")
    in_range("deployment_options.step_percent", options.get("step_percent"), 3, 100, problems, "percent")
    check_pattern(
        "deployment_options.test_header",
        options.get("test_header"),
        _TEST_HEADER,
        "a header's name of at most 40 characters, alone or as in `X-Preview: green`",
        problems,
    )
    if re.match(r"(?i)host(:|$)", str(options.get("test_header", ""))):
        problems.add("deployment_options.test_header", options["test_header"], "must be another than Host")
    hooks = cast("list[Mapping[str, Any]]", options.get("hooks") or [])
    if len(hooks) > _MOST_HOOKS:
        problems.add("deployment_options.hooks", len(hooks), f"must be at most {_MOST_HOOKS}")
    for index, hook in enumerate(hooks):
        _check_hook(f"deployment_options.hooks[{index}]", hook, problems)


def _check_hook(where: str, hook: Mapping[str, Any], problems: Problems) -> None:
    arn = hook.get("lambda_arn")
    check_pattern(
        f"{where}.lambda_arn",
        arn,
        r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9$_-]{1,128})?",
        "the ARN of a Lambda function",
        problems,
    )
    if not hook.get("stages"):
        problems.say(f"{where}.stages", f"must name at least one of {', '.join(HOOK_STAGES)}")
    for stage in cast("list[Any]", hook.get("stages") or []):
        one_of(f"{where}.stages", stage, HOOK_STAGES, problems)


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
    if chosen.strategy not in STRATEGIES:
        return
    for name in _options(args):
        allowed = _OPTIONS.get(name)
        if allowed and chosen.strategy not in allowed:
            problems.say(f"deployment_options.{name}", f"is for {_words(allowed)}, not {chosen.strategy}")
    if not chosen.two_groups:
        return
    if not args.get("load_balancer"):
        problems.add(
            "deployment", chosen.strategy, "needs load_balancer: requests move between its target groups"
        )
    if daemon:
        problems.add("deployment", chosen.strategy, "does not go with daemon, which ECS deploys rolling only")
    if rules > 1:
        problems.add(
            "rules",
            rules,
            f"with {chosen.strategy} there can be one: ECS moves the requests of one listener rule only; "
            "use one wildcard, or an app for each",
        )
    if _mapping(args.get("autoscaling")).get("requests") is not None:
        problems.say(
            "autoscaling.requests",
            "counts the requests of one target group, and the one that gets them changes with every "
            f"deployment with {chosen.strategy}; use cpu or memory",
        )
    if not chosen.shifts:
        return
    for name in ("minimum_healthy_percent", "maximum_percent"):
        if name in args:
            problems.say(name, f"is for rolling: {chosen.strategy} starts a second full set of tasks first")
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


def _words(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _options(args: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(args.get("deployment_options"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
