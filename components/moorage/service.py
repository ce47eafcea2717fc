"""Containers, task definition, service, stored secrets and claimed listener rules: the same for an app and
for the services of a compose file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict, cast

import pulumi
import pulumi_aws as aws

from ._component import checked_later, computed, is_plain, shared
from ._secrets import refuse_secrets
from .network import task_subnets
from .spec.app import PLACEMENTS, AppSpec
from .spec.containers import definitions_json
from .spec.definition_size import compatibility, other_parameters, wrong_size
from .spec.deployment import check_test_rule
from .spec.instance_types import ECS_ARCHITECTURE
from .spec.listener_rules import Rule, check_clashes, rule_priority
from .spec.names import shorten
from .spec.problems import Problems
from .spec.secrets import stored_name, wrong_value
from .spec.task_checks import SECRET_IN_ENVIRONMENT
from .spec.tracing import app_containers

if TYPE_CHECKING:
    from .app_args import ContainerAppArgs
    from .app_deployment import Rollout
    from .app_targets import Targets
    from .cluster import ClusterRef
    from .load_balancer import LoadBalancerRef
    from .network import NetworkRef

Tags = dict[str, pulumi.Input[str]]


def task_definition(
    parent: pulumi.Resource,
    spec: AppSpec,
    container_definitions: pulumi.Output[str],
    task_role: pulumi.Input[str] | None,
    execution_role: pulumi.Input[str],
    tags: Tags,
    volumes: Sequence[aws.ecs.TaskDefinitionVolumeArgsDict] = (),
    ephemeral_storage: int | None = None,
    foreign_tags: Sequence[str] = (),
) -> aws.ecs.TaskDefinition:
    """Make a task definition.

    Args:
        parent: the component it belongs to.
        spec: the app, for family, size, networking and architecture.
        container_definitions: its containers, as JSON.
        task_role: the ARN of the role of the containers' code, if there is one.
        execution_role: the ARN of the role that ECS starts the task with.
        tags: its tags.
        volumes: what its containers may mount.
        ephemeral_storage: GiB of the task's own disk on Fargate; None for the 20 that are free.
        foreign_tags: keys of tags that are put on it otherwise, and stay.

    Raises:
        RunError: a value that was not known before makes it too large to be registered.
    """
    # Roles, tags and volumes that are Outputs count by an estimate: waited for, they would hide the
    # containers from a preview.
    others = other_parameters(spec, tags, volumes)

    def registrable(definitions: str) -> str:
        if wrong := wrong_size(definitions, others):
            raise pulumi.RunError(f"{spec.name}: {wrong}")
        return definitions

    return aws.ecs.TaskDefinition(
        f"{spec.name}-task",
        family=spec.family,
        requires_compatibilities=[compatibility(spec.capacity)],
        network_mode=spec.network_mode,
        cpu=str(spec.cpu),
        memory=str(spec.memory),
        runtime_platform={
            "operating_system_family": "LINUX",
            "cpu_architecture": ECS_ARCHITECTURE[spec.arch],
        },
        task_role_arn=task_role,
        execution_role_arn=execution_role,
        container_definitions=container_definitions.apply(registrable),
        volumes=list(volumes) or None,
        ephemeral_storage={"size_in_gib": ephemeral_storage} if ephemeral_storage else None,
        # A rollback needs the old revision.
        skip_destroy=True,
        tags=tags,
        # A protected app must still be deployable: each deployment replaces its task definition.
        opts=pulumi.ResourceOptions(
            parent=parent,
            protect=False,
            ignore_changes=[f'{field}["{key}"]' for key in foreign_tags for field in ("tags", "tagsAll")]
            or None,
        ),
    )


class ServiceSettings(TypedDict):
    """The arguments of a service that ECS takes back, as its task definition, when it rolls a deployment
    back."""

    capacity_provider_strategies: list[aws.ecs.ServiceCapacityProviderStrategyArgsDict] | None
    network_configuration: aws.ecs.ServiceNetworkConfigurationArgsDict | None
    load_balancers: list[aws.ecs.ServiceLoadBalancerArgsDict] | None
    service_connect_configuration: aws.ecs.ServiceServiceConnectConfigurationArgsDict | None


def service_settings(
    spec: AppSpec,
    args: ContainerAppArgs,
    groups: Sequence[pulumi.Input[str]],
    targets: Targets | None,
    connect: aws.ecs.ServiceServiceConnectConfigurationArgsDict | None = None,
    rollout: Rollout | None = None,
) -> ServiceSettings:
    """Return what `service` is told of capacity, network, load balancer and names.

    Args:
        spec: the app.
        args: its arguments, for cluster and network.
        groups: the tasks' security groups.
        targets: the target group they are reached by.
        connect: the names it gives and uses in Service Connect.
        rollout: how a new revision takes over, when not just rolling.
    """
    return {
        # AWS refuses a strategy for daemons; for all others it makes another capacity an update.
        "capacity_provider_strategies": None if spec.daemon else capacity_strategy(spec, args["cluster"]),
        "network_configuration": {
            "subnets": subnets_of(spec, args["network"]),
            "security_groups": list(groups),
            "assign_public_ip": spec.assign_public_ip,
        }
        if spec.network_mode == "awsvpc" and "network" in args
        else None,
        "load_balancers": [_balancing(spec, targets, rollout)] if targets else None,
        "service_connect_configuration": connect,
    }


def service(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    task_definition: pulumi.Input[str],
    settings: ServiceSettings,
    targets: Targets | None,
    tags: Tags,
    after: Sequence[pulumi.Resource] = (),
    rollout: Rollout | None = None,
) -> aws.ecs.Service:
    """Make the service that keeps the tasks of a definition running.

    Args:
        parent: the component it belongs to.
        spec: the app.
        args: its arguments, for the cluster and what is passed on as given.
        task_definition: the ARN of what runs.
        settings: where and by what its tasks run and are reached.
        targets: the target group they are reached by, and its rules.
        tags: the tags of service and tasks.
        after: what must be there before it.
        rollout: how a new revision takes over, when not just rolling.
    """
    cluster = args["cluster"]
    awsvpc = spec.network_mode == "awsvpc"
    fixed_name = args.get("service_name")
    return aws.ecs.Service(
        # ECS keeps the network configuration of a service that is updated: a live app that moves to
        # bridge gets a new service beside the old one.
        spec.name if awsvpc or fixed_name else f"{spec.name}-bridge",
        name=fixed_name,
        cluster=cluster["arn"],
        task_definition=task_definition,
        desired_count=None if spec.daemon else spec.count,
        scheduling_strategy="DAEMON" if spec.daemon else "REPLICA",
        launch_type="EC2" if spec.daemon else None,
        force_new_deployment=True,
        triggers={"redeploy": args["redeploy"]} if "redeploy" in args else None,
        deployment_minimum_healthy_percent=spec.minimum_healthy_percent,
        deployment_maximum_percent=spec.maximum_percent,
        deployment_circuit_breaker={"enable": True, "rollback": True},
        # Always said: left out, the provider keeps the strategy that the service had.
        deployment_configuration=rollout.configuration if rollout else {"strategy": "ROLLING"},
        alarms=rollout.alarms if rollout else None,
        health_check_grace_period_seconds=spec.health_check.grace_period if targets else None,
        ordered_placement_strategies=[
            {"type": kind, "field": field} for kind, field in PLACEMENTS[spec.placement]
        ]
        if spec.capacity == "ec2" and not spec.daemon and PLACEMENTS[spec.placement]
        else None,
        placement_constraints=[{"type": "distinctInstance"}] if spec.placement == "one_per_host" else None,
        **settings,
        enable_execute_command=spec.execute_command,
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        tags=tags,
        opts=pulumi.ResourceOptions(
            parent=parent,
            # A target group takes tasks only once a rule attaches it to the load balancer.
            depends_on=[*(targets.attached if targets else ()), *after] or None,
            ignore_changes=["desiredCount"] if spec.autoscaling else None,
            delete_before_replace=True if fixed_name else None,
        ),
    )


def _balancing(
    spec: AppSpec, targets: Targets, rollout: Rollout | None
) -> aws.ecs.ServiceLoadBalancerArgsDict:
    balancing: aws.ecs.ServiceLoadBalancerArgsDict = {
        "target_group_arn": targets.group.arn,
        "container_name": spec.container_name,
        "container_port": spec.port,
    }
    if rollout and rollout.moving:
        balancing["advanced_configuration"] = rollout.moving
    return balancing


def app_definitions(
    spec: AppSpec,
    image: pulumi.Input[str],
    args: ContainerAppArgs,
    secrets: dict[str, pulumi.Output[str]],
    logs: aws.cloudwatch.LogGroup,
) -> pulumi.Output[str]:
    """Return an app's containers as JSON; a secret in its environment ends the program."""
    environment = args.get("environment", {})
    checked = None if is_plain(environment) else refuse_secrets(spec.name, environment, SECRET_IN_ENVIRONMENT)

    def definitions(
        uri: str, variables: dict[str, str], references: dict[str, str], group: str, region: str, _: None
    ) -> str:
        return definitions_json(app_containers(spec, uri, variables, references, group, region))

    return computed(definitions, image, environment, secrets, logs.name, logs.region, checked)


def stored_secrets(
    parent: pulumi.Resource, name: str, values: Mapping[str, pulumi.Input[str]], preset: str, tags: Tags
) -> dict[str, pulumi.Output[str]]:
    """Store each value in Secrets Manager, and return the ARNs by variable, known once the value is there."""
    stored: dict[str, pulumi.Output[str]] = {}
    for variable, value in sorted(values.items()):
        logical = f"{name}-secret-{variable}"
        secret = aws.secretsmanager.Secret(
            stored_name(name, variable),
            # With the default of 30 days a stack cannot be made again under the same names.
            recovery_window_in_days=0 if preset == "dev" else 30,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        version = aws.secretsmanager.SecretVersion(
            shorten(f"{logical}-value", 126),
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(
                checked_later(f"{name}: secret {variable}", value, wrong_value)
            ),
            # Another value replaces it, also in a protected app.
            opts=pulumi.ResourceOptions(parent=parent, protect=False),
        )
        stored[variable] = pulumi.Output.all(secret.arn, version.urn).apply(lambda known: str(known[0]))
    return stored


def task_family(name: str) -> str:
    """Return the family of an app's task definitions: project, stack and name."""
    # Projects and stacks may have dots in their names, families may not.
    return shorten(f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}".replace(".", "-"), 255)


def claim_rules(name: str, spec: AppSpec, balancer: LoadBalancerRef, problems: Problems) -> None:
    """Take an app's rules on the listener of its load balancer, and say which are another app's already.

    Raises:
        ValueError: there are problems, of the rules or from before; nothing is taken then.
    """
    taken = shared("listener-rules", lambda: cast("dict[str, dict[int, tuple[str, Rule]]]", {}))
    # Without its name nothing tells one load balancer from another.
    on_listener = taken.setdefault(balancer["name"], {}) if "name" in balancer else {}
    check_clashes(name, list(spec.rules), on_listener, problems)
    claimed = {rule_priority(name, rule): (name, rule) for rule in spec.rules}
    if spec.deployment.two_groups and len(spec.rules) == 1:
        claimed |= check_test_rule(name, spec.rules[0], on_listener | claimed, problems)
    problems.raise_if_any()
    on_listener.update(claimed)


def app_url(balancer_url: str, rules: tuple[Rule, ...]) -> str:
    """Return where the first rule of an app leads: its host when it names one, and its path up to a
    wildcard."""
    if not balancer_url:
        return ""
    first = rules[0]
    scheme, _, host = balancer_url.partition("://")
    if first.host and "*" not in first.host and "?" not in first.host:
        host = first.host
    path = (first.path or "").split("*")[0].split("?")[0].rstrip("/") if first.path != "*" else ""
    return f"{scheme}://{host}{path}"


def subnets_of(spec: AppSpec, network: NetworkRef) -> pulumi.Input[Sequence[pulumi.Input[str]]]:
    """Return the subnets that an app's tasks are placed in."""
    return task_subnets(network) if spec.private else network["public_subnet_ids"]


def capacity_strategy(
    spec: AppSpec, cluster: ClusterRef
) -> list[aws.ecs.ServiceCapacityProviderStrategyArgsDict]:
    """Return the capacity provider strategy, always explicit."""
    if spec.capacity == "fargate":
        return [{"capacity_provider": "FARGATE", "base": 0, "weight": 1}]
    if spec.capacity == "fargate_spot":
        return [
            {
                "capacity_provider": "FARGATE",
                "base": int(cluster.get("on_demand_base", 1)),
                "weight": int(cluster.get("on_demand_weight", 0)),
            },
            {"capacity_provider": "FARGATE_SPOT", "base": 0, "weight": int(cluster.get("spot_weight", 1))},
        ]
    return [{"capacity_provider": cluster.get("capacity_provider", ""), "base": 0, "weight": 1}]
