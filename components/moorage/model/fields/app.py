"""The field table of `ContainerApp`."""

from typing import Any

from moorage.model.alarms import alarms
from moorage.model.choices import (
    CapacityKind,
    GrantAccess,
    GrantService,
    NetworkMode,
    Placement,
    Strategy,
    SubnetKind,
)
from moorage.model.connect import offers_port
from moorage.model.deployment import deployment
from moorage.model.listener_rules import LAST_PRIORITY
from moorage.model.lookup import Lookup
from moorage.model.names import LOG_GROUP_NAME
from moorage.model.problems import Problems

from .cluster import CLUSTER_REF
from .connect import CONNECT
from .container import CONTAINER, SETTINGS
from .container import HEALTH_CHECK as CONTAINER_HEALTH_CHECK
from .deployment import ALARMS, DEPLOYMENT_OPTIONS
from .field import Derived, Exclude, Field, Fields, Form, Need, PerPreset, Range, Table, preset_words, within
from .image import BUILD, REPOSITORY_NAME
from .load_balancer import LOAD_BALANCER_REF
from .network import NETWORK_REF
from .shared import ARN, ARN_FORM, HOST_PATTERN, NAME, PATH_PATTERN, TAGS, arn_of, not_empty
from .volumes import VOLUMES

_SECONDS = "seconds"
_PERCENT = Range(1, 100, "percent")
_BALANCED = (Need("load_balancer"),)
_FOR_EC2 = (Need("cluster.capacity", (CapacityKind.EC2,)),)
_AWSVPC = (Need("network_mode", (NetworkMode.AWSVPC,)),)
_ROLLING = (Need("deployment", (Strategy.ROLLING,)),)
_BESIDE_DAEMON = Exclude("daemon", why="runs one task per instance")

_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""API reference, PutRetentionPolicy."""


def network_mode(values: Lookup) -> NetworkMode:
    """Return the default network mode of tasks on a cluster."""
    return NetworkMode.BRIDGE if values["cluster.capacity"] is CapacityKind.EC2 else NetworkMode.AWSVPC


def _subnets(values: Lookup) -> SubnetKind:
    return SubnetKind.PRIVATE if values.given("network.private_egress") else SubnetKind.PUBLIC


def _port(values: Lookup) -> int | None:
    reached = values.given("load_balancer") or values.given("public") or values.given("host_port") is not None
    return 8080 if reached or offers_port(values.given("connect")) else None


def _health_check_timeout(values: Lookup) -> int:
    return min(4, values["health_check.interval"] - 1)


def _deregistration_delay(values: Lookup) -> int:
    """Return the preset's delay, or `stop_timeout` if that is longer."""
    return max(PerPreset("deregistration_delay").of(values.preset), values.given("stop_timeout") or 0)


def _stop_timeout(values: Lookup) -> int:
    """Return the delay, within the bounds of ECS; the same without a load balancer, so that adding one does
    not change the task definition."""
    return max(2, min(25, values["deregistration_delay"]))


def _execute_command(values: Lookup) -> bool:
    """Return the preset's choice; the agent of ECS Exec needs a writable root file system."""
    return PerPreset("execute_command").of(values.preset) and not values.given("read_only")


def _scaled_by_cpu(values: Lookup) -> int | None:
    targets = (values.given("autoscaling.memory"), values.given("autoscaling.requests"))
    return 60 if targets == (None, None) else None


def _rollout_timeout(values: Lookup) -> int:
    watched = alarms(values)
    return 900 + 60 * (deployment(values).minutes + (watched.bake_minutes if watched else 0))


def _percent(daemon: int, service: int) -> Field:
    def value(values: Lookup) -> int:
        return daemon if values.given("daemon") else service

    allowed = Range(daemon, service, "percent")
    return Field(Derived(value), f"{service}; with `daemon` {daemon}", range=allowed, needs=_ROLLING)


def _check_resource(field: str, resource: Any, problems: Problems) -> None:
    if resource == "*":
        problems.add(field, "*", "must be an ARN; a task role is for named resources only")
    elif isinstance(resource, str) and not ARN.fullmatch(resource):
        problems.add(field, resource, ARN_FORM)


_STATUS = "[2-4][0-9][0-9](-[2-4][0-9][0-9])?"

HEALTH_CHECK: Fields = {
    "path": Field("/", form=Form(r"/\S{0,1023}", "a path that begins with /")),
    "interval": Field(PerPreset("health_check_interval"), range=Range(5, 300, _SECONDS)),
    "timeout": Field(Derived(_health_check_timeout), "4", range=Range(2, 120, _SECONDS)),
    "healthy_threshold": Field(2, range=Range(2, 10)),
    "unhealthy_threshold": Field(2, range=Range(2, 10)),
    "matcher": Field(
        "200-399",
        form=Form(f"{_STATUS}(,{_STATUS})*", "codes from 200 to 499 such as 200, 200-399 or 200,204"),
    ),
    "grace_period": Field(60, range=Range(0, unit=_SECONDS)),
}

_AUTOSCALING: Fields = {
    "min": Field(
        range=Range(1, 5000, "tasks: with 0 no metric starts the first; for none use a Job with a schedule")
    ),
    "max": Field(range=Range(1, 5000, "tasks")),
    "cpu": Field(Derived(_scaled_by_cpu), "60 if no other target is given", range=_PERCENT),
    "memory": Field(range=_PERCENT),
    "requests": Field(
        range=Range(1, 1000000, "requests per task and minute"), needs=(Need("load_balancer.arn_suffix"),)
    ),
}

GRANTS: Fields = {
    "grants": Field(words="none"),
    "grants[].service": Field(choices=GrantService),
    "grants[].access": Field(choices=GrantAccess),
    "grants[].arn": Field(),
    "statements": Field(),
    "statements[].actions": Field(check=not_empty("IAM refuses such a policy")),
    "statements[].actions[]": Field(
        form=Form(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]*\*?", "an action such as s3:GetObject, not all of a service")
    ),
    "statements[].resources": Field(check=not_empty("IAM refuses such a policy")),
    "statements[].resources[]": Field(check=_check_resource),
}

# API reference, HostHeaderConditionConfig and RuleCondition.
CONDITIONS: Fields = {
    "rules[].host": Field(
        words="any",
        form=HOST_PATTERN,
    ),
    "rules[].path": Field(
        words="any",
        form=PATH_PATTERN,
    ),
}
"""The conditions of a listener rule."""

TASK: Fields = {
    "cluster": Field(),
    **within("cluster", CLUSTER_REF),
    "network": Field(),
    **within("network", NETWORK_REF),
    **{name: SETTINGS[name] for name in ("image", "build", "command", "entry_point", "user", "read_only")},
    **within("build", BUILD),
    **{name: SETTINGS[name] for name in ("environment", "secrets", "secrets.*")},
    "cpu": Field(256),
    "memory": Field(512),
    "network_mode": Field(Derived(network_mode), "`bridge` on EC2, else `awsvpc`", choices=NetworkMode),
    "subnets": Field(
        Derived(_subnets),
        "private when the network has private egress, else public",
        choices=SubnetKind,
        needs=_AWSVPC,
    ),
    "secret_values": Field(),
    "secrets_key_arns": Field(),
    "secrets_key_arns[]": arn_of("kms", "key/"),
    **GRANTS,
    "local": Field(words="as deployed"),
    "local.command": Field(words="the Dockerfile's"),
    "tags": TAGS,
}
"""The arguments of a component that runs a task."""

VERIFICATION: Fields = {
    "execute_command": Field(Derived(_execute_command), "in the preset `dev`, unless `read_only`"),
    "verify": Field(True),
    "rollout_timeout": Field(
        Derived(_rollout_timeout),
        "900, plus the waiting times of `deployment_options` and `alarms`",
        range=Range(60, 86400, _SECONDS),
        needs=(Need("verify"),),
    ),
    "log_retention_days": Field(PerPreset("log_retention_days"), choices=_RETENTION_DAYS),
}

CONTAINER_APP = Table(
    {
        **TASK,
        **SETTINGS,
        "repository_name": REPOSITORY_NAME,
        "container_cpu": Field(range=Range(1, 196608, "CPU units")),
        "container_memory": Field(words="the task's `memory`", range=Range(6, unit="MiB")),
        "containers": Field(),
        **within("containers.*", CONTAINER),
        **VOLUMES,
        "ephemeral_storage": Field(words="the 20 that are free", range=Range(21, 200, "GiB")),
        **CONNECT,
        "port": Field(
            Derived(_port),
            "8080 with `load_balancer`, `public` or `connect`, else none",
            range=Range(1, 65535),
        ),
        "host_port": Field(0, range=Range(0, 65535), needs=(Need("network_mode", (NetworkMode.BRIDGE,)),)),
        "memory_reservation": Field(),
        "task_role_arn": Field(
            words="one that is made",
            excludes=tuple(
                Exclude(name, why="is for a new role") for name in ("grants", "statements", "task_role")
            ),
        ),
        "execution_role_arn": Field(words="one that is made"),
        "security_group": Field(True, needs=_AWSVPC),
        "security_group_ids": Field(needs=_AWSVPC),
        "task_role": Field(words="only with `grants`, `statements` or ECS Exec"),
        "load_balancer": Field(),
        **within("load_balancer", LOAD_BALANCER_REF),
        "rules": Field(words="all", needs=_BALANCED),
        **CONDITIONS,
        "rules[].priority": Field(
            words="derived from how specific the rule is, and from the app's name",
            range=Range(1, LAST_PRIORITY),
        ),
        "public": Field(False, excludes=(Exclude("load_balancer", why="reaches its tasks"),)),
        "health_check": Field({}, needs=_BALANCED),
        **within("health_check", HEALTH_CHECK),
        "container_health_check": Field(words="none"),
        **within("container_health_check", CONTAINER_HEALTH_CHECK),
        "count": Field(
            1,
            range=Range(0, 5000, "tasks: the quota of a service"),
            excludes=(Exclude("autoscaling", why="chooses the count"), _BESIDE_DAEMON),
        ),
        "autoscaling": Field(words="none", excludes=(_BESIDE_DAEMON,)),
        **within("autoscaling", _AUTOSCALING),
        "daemon": Field(False, needs=_FOR_EC2),
        "placement": Field(
            Placement.AZ_SPREAD, choices=Placement, needs=_FOR_EC2, excludes=(_BESIDE_DAEMON,)
        ),
        "minimum_healthy_percent": _percent(daemon=0, service=100),
        "maximum_percent": _percent(daemon=100, service=200),
        "deployment": Field(Strategy.ROLLING, choices=Strategy),
        "deployment_options": Field({}),
        **within("deployment_options", DEPLOYMENT_OPTIONS),
        "alarms": Field(words="none"),
        **within("alarms", ALARMS),
        "dashboard": Field(False),
        "deregistration_delay": Field(
            Derived(_deregistration_delay),
            f"{preset_words(PerPreset('deregistration_delay'))}, or `stop_timeout` if that is more",
            range=Range(0, 3600, _SECONDS),
            needs=_BALANCED,
        ),
        "stop_timeout": Field(
            Derived(_stop_timeout),
            f"25, or the delay if less: {PerPreset('deregistration_delay').of('dev')} in the preset `dev`",
            range=Range(2, 120, "seconds, or 0 for the default of ECS", also=0),
        ),
        **VERIFICATION,
        "redeploy": Field(),
        "after": Field(),
        "tracing": Field(False),
        "pre_deploy": Field(),
        "pre_deploy.command": Field(check=not_empty("the image's own command runs the app")),
        "pre_deploy.timeout": Field(900, range=Range(60, 86400, _SECONDS)),
        "pre_deploy.environment": Field(words="the app's"),
        "pre_deploy.cpu": Field(words="the app's"),
        "pre_deploy.memory": Field(words="the app's"),
        "family": Field(words="project, stack and name", form=NAME),
        "container_name": Field(words="the app's", form=NAME),
        "service_name": Field(words="a generated name", form=NAME),
        "log_group_name": Field(words="a generated name", form=Form(*LOG_GROUP_NAME)),
    },
    preset="cluster.preset",
)
