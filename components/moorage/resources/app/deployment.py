"""A service's deployment configuration, and the roles with which ECS shifts traffic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.model.choices import Strategy
from moorage.model.deployment import Hook
from moorage.model.iam import invoke_statement, policy
from moorage.resources.inputs import present
from moorage.resources.roles import inline_role, managed_role

from .target_groups import Targets
from .wiring import Wiring


class Rollout(NamedTuple):
    """A service's settings for deployments."""

    configuration: aws.ecs.ServiceDeploymentConfigurationArgsDict
    moving: aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgsDict | None
    """For shifting traffic from one target group to the other."""
    alarms: aws.ecs.ServiceAlarmsArgsDict | None
    """Those that roll a deployment back."""


def rollout(
    wiring: Wiring, app: AppSpec, targets: Targets | None, alarms: Sequence[pulumi.Output[str]]
) -> Rollout:
    """Return the settings for deployments, and make the roles that ECS needs for them."""
    chosen = app.deployment
    canary = {"canary_percent": chosen.percent, "canary_bake_time_in_minutes": str(chosen.step)}
    linear = {"step_percent": chosen.percent, "step_bake_time_in_minutes": str(chosen.step)}
    names = [*alarms, *(wiring.input(name) for name in app.alarm_names)]
    return Rollout(
        present(
            strategy=chosen.strategy.upper(),
            bake_time_in_minutes=str(chosen.bake) if chosen.shifts else None,
            canary_configuration=canary if chosen.strategy is Strategy.CANARY else None,
            linear_configuration=linear if chosen.strategy is Strategy.LINEAR else None,
            lifecycle_hooks=_hooks(wiring, chosen.hooks) if chosen.hooks else None,
        ),
        _moving(wiring, targets) if targets else None,
        {"alarm_names": names, "enable": True, "rollback": True} if names else None,
    )


def _moving(
    wiring: Wiring, targets: Targets
) -> aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgsDict | None:
    """Return the settings for shifting traffic, and make their role ("Amazon ECS infrastructure IAM role for
    load balancers")."""
    if targets.second is None or targets.test_rule is None:
        return None
    role = managed_role(
        wiring,
        "load-balancing",
        wiring.trusted("ecs.amazonaws.com"),
        "AmazonECSInfrastructureRolePolicyForLoadBalancers",
    )
    return {
        "alternate_target_group_arn": targets.second.arn,
        "production_listener_rule": targets.rules[0].arn,
        "test_listener_rule": targets.test_rule.arn,
        "role_arn": role.arn,
    }


def _hooks(
    wiring: Wiring, hooks: Sequence[Hook]
) -> list[aws.ecs.ServiceDeploymentConfigurationLifecycleHookArgsDict]:
    """Return the lifecycle hooks, and make the role that may invoke only their functions ("Permissions
    required for Lambda functions in Amazon ECS blue/green deployments")."""
    functions = [hook.lambda_arn for hook in hooks]
    role = inline_role(
        wiring,
        "hooks",
        wiring.trusted("ecs.amazonaws.com"),
        wiring.resolved(functions).apply(lambda arns: policy([invoke_statement(arns)])),
    )
    role_arn = role.arn
    return [
        present(
            hook_target_arn=wiring.input(hook.lambda_arn),
            role_arn=role_arn,
            lifecycle_stages=[stage.upper() for stage in hook.stages],
            hook_details=hook.details,
        )
        for hook in hooks
    ]
