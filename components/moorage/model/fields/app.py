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
from moorage.model.names import LOG_GROUP_NAME
from moorage.model.problems import Problems

from .balancing import BALANCING, HEALTH_CHECK, OF_REQUESTS, RULES
from .cluster import CLUSTER_REF
from .connect import CONNECT
from .container import CONTAINER, SETTINGS
from .container import HEALTH_CHECK as CONTAINER_HEALTH_CHECK
from .deployment import ALARMS, DEPLOYMENT_OPTIONS
from .field import (
    Exclude,
    Field,
    Fields,
    Form,
    Need,
    PerPreset,
    Range,
    Table,
    plain,
    preset_words,
    within,
)
from .image import BUILD, REPOSITORY_NAME
from .load_balancer import LOAD_BALANCER_REF
from .network import NETWORK_REF
from .scaling import AUTOSCALING, QUEUE
from .shared import ARN, ARN_FORM, BALANCED, NAME, PORT, RETENTION_DAYS, ROLLING, TAGS, arn_of, not_empty
from .values import Derived, Values
from .volumes import VOLUMES

MOST_TASKS = 5000
_SECONDS = "seconds"
_FOR_EC2 = (Need("cluster.capacity", (CapacityKind.EC2,)),)
_FOR_FARGATE = (Need("cluster.capacity", (CapacityKind.FARGATE, CapacityKind.FARGATE_SPOT)),)
_AWSVPC = (Need("network_mode", (NetworkMode.AWSVPC,)),)
_SECURITY_GROUP = Form(r"sg-[0-9a-z]+", "the id of a security group, such as sg-0123456789abcdef0")
_ALARM_NAME = Form(r".{1,255}", "the name of an alarm, 1 to 255 characters")
"""CloudWatch API reference, PutMetricAlarm."""
_BESIDE_DAEMON = Exclude("daemon", why="runs one task per instance")


def network_mode(values: Values) -> NetworkMode:
    """Return the default network mode of tasks on a cluster."""
    return NetworkMode.BRIDGE if values["cluster.capacity"] is CapacityKind.EC2 else NetworkMode.AWSVPC


def _subnets(values: Values) -> SubnetKind:
    return SubnetKind.PRIVATE if values.given("network.private_egress") else SubnetKind.PUBLIC


def _port(values: Values) -> int | None:
    named = ("load_balancer", "target_group_arn", "public")
    reached = any(map(values.given, named)) or values.given("host_port") is not None
    return 8080 if reached or offers_port(values.given("connect")) else None


def _deregistration_delay(values: Values) -> int:
    """Return the preset's delay, or `stop_timeout` if that is longer."""
    return max(PerPreset("deregistration_delay").of(values.preset), values.given("stop_timeout") or 0)


def _stop_timeout(values: Values) -> int:
    """Return the delay, within the bounds of ECS; the same without a load balancer, so that adding one does
    not change the task definition."""
    return max(2, min(25, values["deregistration_delay"]))


def _execute_command(values: Values) -> bool:
    """Return the preset's choice; the agent of ECS Exec needs a writable root file system."""
    return PerPreset("execute_command").of(values.preset) and not values.given("read_only")


def _rollout_timeout(values: Values) -> int:
    watched = alarms(values)
    return 900 + 60 * (deployment(values).minutes + (watched.bake_minutes if watched else 0))


def _percent(daemon: int, service: int) -> Field:
    def value(values: Values) -> int:
        return daemon if values.given("daemon") else service

    allowed = Range(daemon, service, "percent")
    return Field(Derived(value), f"{service}; with `daemon` {daemon}", range=allowed, needs=ROLLING)


def _check_resource(field: str, resource: Any, problems: Problems) -> None:
    if isinstance(resource, str) and resource != "*" and not ARN.fullmatch(resource):
        problems.add(field, resource, ARN_FORM)


GRANTS: Fields = {
    "grants": Field(words="none"),
    "grants[].service": Field(choices=GrantService),
    "grants[].access": Field(choices=GrantAccess),
    "grants[].arn": Field(),
    "statements[].actions": Field(check=not_empty("IAM refuses such a policy")),
    "statements[].actions[]": Field(
        form=Form(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]*\*?", "an action such as s3:GetObject, not all of a service")
    ),
    "statements[].resources": Field(check=not_empty("IAM refuses such a policy")),
    "statements[].resources[]": Field(check=_check_resource),
}

TASK: Fields = {
    **within("cluster", CLUSTER_REF),
    **within("network", NETWORK_REF),
    **{name: SETTINGS[name] for name in ("image", "build", "command", "entry_point", "user", "read_only")},
    **within("build", BUILD),
    "secrets.*": SETTINGS["secrets.*"],
    "cpu": Field(256),
    "memory": Field(512),
    "network_mode": Field(Derived(network_mode), "`bridge` on EC2, else `awsvpc`", choices=NetworkMode),
    "subnets": Field(
        Derived(_subnets),
        "private when the network has private egress, else public",
        choices=SubnetKind,
        needs=_AWSVPC,
    ),
    **plain("environment", "secret_values", "overrides"),
    "secrets_key_arns[]": arn_of("kms", "key/"),
    **GRANTS,
    "policy_arns[]": arn_of("iam", "policy/"),
    "permissions_boundary": arn_of("iam", "policy/"),
    "connections": Field(needs=_AWSVPC),
    "connections[].security_group_id": Field(form=_SECURITY_GROUP),
    "connections[].port": Field(range=PORT),
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
    "log_retention_days": Field(PerPreset("log_retention_days"), choices=RETENTION_DAYS),
}

CONTAINER_APP = Table(
    {
        **TASK,
        **SETTINGS,
        "repository_name": REPOSITORY_NAME,
        "container_cpu": Field(range=Range(1, 196608, "CPU units")),
        "container_memory": Field(words="the task's `memory`", range=Range(6, unit="MiB")),
        **within("containers.*", CONTAINER),
        **VOLUMES,
        "ephemeral_storage": Field(words="the 20 that are free", range=Range(21, 200, "GiB")),
        **CONNECT,
        "port": Field(
            Derived(_port),
            "8080 with `load_balancer`, `target_group_arn`, `public` or `connect`, else none",
            range=PORT,
        ),
        "host_port": Field(0, range=Range(0, 65535), needs=(Need("network_mode", (NetworkMode.BRIDGE,)),)),
        **plain("memory_reservation", "redeploy", "after"),
        "task_role_arn": arn_of("iam", "role/", "one that is made")._replace(
            excludes=tuple(
                Exclude(name, why="is for a new role")
                for name in ("grants", "statements", "policy_arns", "task_role")
            ),
        ),
        "execution_role_arn": arn_of("iam", "role/", "one that is made"),
        "security_group": Field(True, needs=_AWSVPC),
        "security_group_ids": Field(needs=_AWSVPC),
        "security_group_ids[]": Field(form=_SECURITY_GROUP),
        "task_role": Field(words="only with `grants`, `statements`, `policy_arns` or ECS Exec"),
        **within("load_balancer", LOAD_BALANCER_REF),
        "target_group_arn": arn_of("elasticloadbalancing", "targetgroup/")._replace(
            excludes=(
                Exclude("load_balancer", why="makes a target group"),
                Exclude("public", why="has no load balancer"),
            ),
        ),
        "rules": Field(words="all", needs=BALANCED, excludes=OF_REQUESTS),
        **RULES,
        "public": Field(False, excludes=(Exclude("load_balancer", why="reaches its tasks"),)),
        "health_check": Field({}, needs=BALANCED),
        **within("health_check", HEALTH_CHECK),
        **BALANCING,
        "container_health_check": Field(words="none"),
        **within("container_health_check", CONTAINER_HEALTH_CHECK),
        "count": Field(
            1,
            range=Range(0, MOST_TASKS, "tasks: the quota of a service"),
            excludes=(Exclude("autoscaling", why="chooses the count"), _BESIDE_DAEMON),
        ),
        "autoscaling": Field(words="none", excludes=(_BESIDE_DAEMON,)),
        **within("autoscaling", AUTOSCALING),
        **within("queue", QUEUE),
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
            needs=BALANCED,
        ),
        "stop_timeout": Field(
            Derived(_stop_timeout),
            f"25, or the delay if less: {PerPreset('deregistration_delay').of('dev')} in the preset `dev`",
            range=Range(2, 120, "seconds, or 0 for the default of ECS", also=0),
        ),
        **VERIFICATION,
        "rebalancing": Field(
            words="ECS's own, enabled for a new service that can", excludes=(_BESIDE_DAEMON,)
        ),
        "platform_version": Field(
            words="`LATEST`",
            form=Form(r"LATEST|[0-9]+\.[0-9]+\.[0-9]+", "LATEST, or a version such as 1.4.0"),
            needs=_FOR_FARGATE,
        ),
        "alarm_names[]": Field(form=_ALARM_NAME),
        "tracing": Field(False),
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
