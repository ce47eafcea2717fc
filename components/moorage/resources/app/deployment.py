"""How a service's new revisions take over: what ECS is told, and the roles by which it moves requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.model.deployment import STRATEGIES
from moorage.model.iam import invoke_statement, policy, trust_policy
from moorage.model.names import logical_name
from moorage.resources.roles import managed_role
from moorage.resources.tags import Tags

if TYPE_CHECKING:
    from .args import ContainerAppArgs
    from .target_groups import Targets


@dataclass(frozen=True, slots=True)
class Rollout:
    """What the service is told of its deployments."""

    configuration: aws.ecs.ServiceDeploymentConfigurationArgsDict
    moving: aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgsDict | None
    """How requests are moved from one target group to the other."""
    alarms: aws.ecs.ServiceAlarmsArgsDict | None
    """What rolls a deployment back."""


def rollout(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    targets: Targets | None,
    judges: Sequence[pulumi.Output[str]],
    tags: Tags,
) -> Rollout:
    """Return how new revisions take over, with the roles that ECS needs for it.

    Args:
        parent: the component they belong to.
        spec: the app.
        args: its arguments.
        targets: its target groups and rules.
        judges: names of the alarms that roll a deployment back.
        tags: the roles' tags.
    """
    chosen = spec.deployment
    configuration: aws.ecs.ServiceDeploymentConfigurationArgsDict = {"strategy": STRATEGIES[chosen.strategy]}
    if chosen.shifts:
        configuration["bake_time_in_minutes"] = str(chosen.bake)
    if chosen.strategy == "canary":
        configuration["canary_configuration"] = {
            "canary_percent": chosen.percent,
            "canary_bake_time_in_minutes": str(chosen.step),
        }
    if chosen.strategy == "linear":
        configuration["linear_configuration"] = {
            "step_percent": chosen.percent,
            "step_bake_time_in_minutes": str(chosen.step),
        }
    if args.get("deployment_options", {}).get("hooks"):
        configuration["lifecycle_hooks"] = _hooks(parent, spec, args, tags)
    return Rollout(
        configuration,
        _moving(parent, spec, args, targets, tags) if targets else None,
        {"alarm_names": list(judges), "enable": True, "rollback": True} if judges else None,
    )


def _moving(
    parent: pulumi.Resource, spec: AppSpec, args: ContainerAppArgs, targets: Targets, tags: Tags
) -> aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgsDict | None:
    """Return what ECS moves requests by, with the role it does so with ("Amazon ECS infrastructure IAM role
    for load balancers")."""
    if targets.second is None or targets.test_rule is None:
        return None
    role, rights = managed_role(
        parent,
        spec.name,
        "load-balancing",
        _trust(args),
        "AmazonECSInfrastructureRolePolicyForLoadBalancers",
        tags,
    )
    return {
        "alternate_target_group_arn": targets.second.arn,
        "production_listener_rule": targets.rules[0].arn,
        "test_listener_rule": targets.test_rule.arn,
        # Known once its rights are there: ECS moves requests right away.
        "role_arn": rights.urn.apply(lambda _: role.arn),
    }


def _trust(args: ContainerAppArgs) -> pulumi.Output[str]:
    cluster_arn = pulumi.Output.from_input(args["cluster"]["arn"])
    return cluster_arn.apply(lambda arn: trust_policy("ecs.amazonaws.com", arn))


def _hooks(
    parent: pulumi.Resource, spec: AppSpec, args: ContainerAppArgs, tags: Tags
) -> list[aws.ecs.ServiceDeploymentConfigurationLifecycleHookArgsDict]:
    """Return the lifecycle hooks, with one role that may call these functions and no other ("Permissions
    required for Lambda functions in Amazon ECS blue/green deployments")."""
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        logical_name(spec.name, "hooks", 64),
        assume_role_policy=_trust(args),
        tags=tags,
        opts=child,
    )
    given = args.get("deployment_options", {}).get("hooks", [])
    functions = [pulumi.Output.from_input(hook["lambda_arn"]) for hook in given]
    rights = aws.iam.RolePolicy(
        f"{spec.name}-hooks-policy",
        role=role.name,
        policy=pulumi.Output.all(*functions).apply(lambda arns: policy([invoke_statement(arns)])),
        opts=child,
    )
    role_arn = rights.urn.apply(lambda _: role.arn)
    hooks: list[aws.ecs.ServiceDeploymentConfigurationLifecycleHookArgsDict] = []
    for hook in given:
        made: aws.ecs.ServiceDeploymentConfigurationLifecycleHookArgsDict = {
            "hook_target_arn": hook["lambda_arn"],
            "role_arn": role_arn,
            "lifecycle_stages": [stage.upper() for stage in hook["stages"]],
        }
        if "details" in hook:
            made["hook_details"] = hook["details"]
        hooks.append(made)
    return hooks
