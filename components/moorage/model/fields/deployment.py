"""The rows of an app's deployments and of the alarms on it."""

from moorage.model.choices import BalancerType, HookStage, Strategy

from .balancing import OF_REQUESTS, behind_network
from .field import Exclude, Field, Fields, Form, Need, Range
from .shared import PERCENT, PORT, ROLLING, at_most, not_empty
from .values import Derived, Values

_MINUTES = Range(0, 1440, "minutes")
_ALARM_PERCENT = Range(0, 100, "percent, 0 for no alarm")
_SHIFTING = (Need("deployment", (Strategy.BLUE_GREEN, Strategy.CANARY, Strategy.LINEAR)),)
_CANARY = (Need("deployment", (Strategy.CANARY,)),)
_LINEAR = (Need("deployment", (Strategy.LINEAR,)),)


def _errors(values: Values) -> int | None:
    return 5 if values.given("load_balancer") and not behind_network(values) else None


DEPLOYMENT_OPTIONS: Fields = {
    "bake_minutes": Field(5, range=_MINUTES, needs=_SHIFTING),
    "canary_percent": Field(5, range=PERCENT, needs=_CANARY),
    "canary_minutes": Field(10, range=_MINUTES, needs=_CANARY),
    "step_percent": Field(10, range=Range(3, 100, "percent"), needs=_LINEAR),
    "step_minutes": Field(6, range=_MINUTES, needs=_LINEAR),
    "test_header": Field(
        words="none, they are not reachable before",
        form=Form(
            r"(?i)(?!host(:|$))[a-z0-9!#$%&'+.^_`|~-]{1,40}(: ?[ -~]{1,128})?",
            "a header other than Host, its name at most 40 characters, alone or as in `X-Preview: green`",
        ),
        needs=_SHIFTING,
        excludes=OF_REQUESTS,
    ),
    "test_port": Field(range=PORT, needs=(Need("load_balancer.type", (BalancerType.NETWORK,)),)),
    "hooks": Field(needs=_SHIFTING, check=at_most(10)),  # "Pause hooks for Amazon ECS service deployments"
    "hooks[].lambda_arn": Field(
        form=Form(
            r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}"
            r"(:[A-Za-z0-9$_-]{1,128})?",
            "the ARN of a Lambda function",
        )
    ),
    "hooks[].stages": Field(check=not_empty("name at least one stage")),
    "hooks[].stages[]": Field(choices=HookStage),
    "hooks[].details": Field(),
    "second_target_group": Field(False, needs=ROLLING),
}

ALARMS: Fields = {
    "errors": Field(
        Derived(_errors),
        "5 behind an Application Load Balancer",
        range=_ALARM_PERCENT,
        excludes=OF_REQUESTS,
    ),
    "unhealthy_targets": Field(
        Derived(lambda values: 1 if values.given("load_balancer") else None),
        "1 behind a load balancer",
        range=Range(0, 5000, "targets"),
    ),
    "latency": Field(0, range=Range(0, 4000, "seconds, 0 for no alarm"), excludes=OF_REQUESTS),
    "cpu": Field(90, range=_ALARM_PERCENT),
    "memory": Field(90, range=_ALARM_PERCENT),
    "dead_letters": Field(
        Derived(lambda values: None if values.given("queue") is None else 1),
        "1 with `queue`",
        range=Range(0, 1000000, "messages, 0 for no alarm"),
    ),
    "rollback": Field(True),
    "topic_arn": Field(
        words="a topic made for the app",
        form=Form(r"arn:aws[a-z-]*:sns:.+", "an ARN"),
        excludes=(Exclude(".email", why="is subscribed to a topic made for the app"),),
    ),
    "email": Field(form=Form(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an address")),
}
