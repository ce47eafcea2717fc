"""The resources of a component by their short names, under which `overrides` changes their inputs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

from .app import AppSpec, Exposure
from .balancer import BalancerSpec
from .capacity import Capacity
from .choices import BalancerType, IpAddressType
from .task import Task
from .task_rights import makes_task_role

Overrides = Mapping[str, Mapping[str, Any]]
"""Inputs by the short names of resources."""


class Child(NamedTuple):
    """The resources of a component that have one short name."""

    type: str
    """Their class in pulumi_aws, such as `ecs.Service`."""
    end: str = r".*"
    """A pattern for what follows the component's name in theirs."""

    @property
    def token(self) -> str:
        """Their type in the engine, such as `aws:ecs/service:Service`."""
        module, _, name = self.type.partition(".")
        return f"aws:{module}/{name[0].lower()}{name[1:]}:{name}"

    def matches(self, component: str, type_: str, name: str) -> bool:
        """Return whether a resource of the component `component` is one of them; long names end in a hash."""
        shortened = r".*-[0-9a-f]{6}"
        pattern = f"({re.escape(component)}|{shortened}){self.end}"
        return type_ == self.token and re.fullmatch(pattern, name, re.IGNORECASE) is not None


Children = Mapping[str, Child]

_TASK = {
    "task_definition": Child("ecs.TaskDefinition", "-task"),
    "execution_role": Child("iam.Role", "-execution"),
    "task_role": Child("iam.Role", "-task"),
    "log_group": Child("cloudwatch.LogGroup"),
    "security_group": Child("ec2.SecurityGroup", "-tasks"),
    "repository": Child("ecr.Repository"),
    "secret": Child("secretsmanager.Secret"),
}

CHILDREN: dict[str, Children] = {
    "ContainerApp": {
        "service": Child("ecs.Service"),
        **_TASK,
        "pre_deploy_task_definition": Child("ecs.TaskDefinition", "-pre-deploy-task"),
        "target_group": Child("lb.TargetGroup", r"-tg(-[a-z][a-z0-9]+)?"),
        "second_target_group": Child("lb.TargetGroup", r"-tg2(-[a-z][a-z0-9]+)?"),
        "listener_rule": Child("lb.ListenerRule", r"-rule(-\d+)?(-part-\d+)?"),
        "test_listener_rule": Child("lb.ListenerRule", "-test-rule"),
        "listener": Child("lb.Listener", "-listener"),
        "test_listener": Child("lb.Listener", "-test-listener"),
        "load_balancing_role": Child("iam.Role", "-load-balancing-role"),
        "hooks_role": Child("iam.Role", "-hooks"),
        "volumes_role": Child("iam.Role", "-volumes-role"),
        "scaling_target": Child("appautoscaling.Target"),
        "scaling_policy": Child("appautoscaling.Policy"),
        "alarm": Child("cloudwatch.MetricAlarm"),
        "alarm_topic": Child("sns.Topic"),
        "dashboard": Child("cloudwatch.Dashboard"),
        "discovery_service": Child("servicediscovery.Service"),
        "file_system": Child("efs.FileSystem"),
        "file_system_security_group": Child("ec2.SecurityGroup", "-files"),
        "mount_target": Child("efs.MountTarget"),
        "access_point": Child("efs.AccessPoint"),
    },
    "Job": {
        **_TASK,
        "state_machine": Child("sfn.StateMachine"),
        "state_machine_role": Child("iam.Role", "-states"),
        "schedule": Child("scheduler.Schedule"),
        "schedule_role": Child("iam.Role", "-scheduler"),
    },
    "ContainerImage": {"repository": _TASK["repository"]},
    "LoadBalancer": {
        "load_balancer": Child("lb.LoadBalancer"),
        "http_listener": Child("lb.Listener", "-http"),
        "https_listener": Child("lb.Listener", "-https"),
        "port_listener": Child("lb.Listener", r"-port-\d+"),
        "security_group": Child("ec2.SecurityGroup"),
        "certificate": Child("acm.Certificate"),
        "record": Child("route53.Record", "-record"),
        "certificate_record": Child("route53.Record", "-certificate-proof"),
        "access_logs_bucket": Child("s3.Bucket", "-access-logs"),
        "access_logs_audit_bucket": Child("s3.Bucket", "-access-logs-audit"),
        "web_acl": Child("wafv2.WebAcl"),
    },
    "EcsCluster": {
        "cluster": Child("ecs.Cluster"),
        "cluster_capacity_providers": Child("ecs.ClusterCapacityProviders"),
        "capacity_provider": Child("ecs.CapacityProvider"),
        "auto_scaling_group": Child("autoscaling.Group"),
        "launch_template": Child("ec2.LaunchTemplate"),
        "instance_profile": Child("iam.InstanceProfile"),
        "instance_role": Child("iam.Role", "-instance-role"),
        "infrastructure_role": Child("iam.Role", "-infrastructure-role"),
        "security_group": Child("ec2.SecurityGroup", "-instances"),
        "exec_log_group": Child("cloudwatch.LogGroup", "-exec"),
        "agent_log_group": Child("cloudwatch.LogGroup", "-agent"),
        "namespace": Child("servicediscovery.HttpNamespace"),
        "services_security_group": Child("ec2.SecurityGroup", "-services"),
    },
}
"""The resources whose inputs `overrides` changes, by component and short name.

An image is not among them: its tag is a hash of its inputs.
"""


def short_names(kind: str, component: str, type_: str, name: str) -> Iterator[str]:
    """Yield the short names of a resource of a component, such as a `ContainerApp`."""
    for short, child in CHILDREN.get(kind, {}).items():
        if child.matches(component, type_, name):
            yield short


def merged(value: Any, over: Any) -> Any:
    """Return a value with another that overrides it: objects are merged, everything else is replaced."""
    if not (isinstance(value, Mapping) and isinstance(over, Mapping)):
        return over
    base = cast("Mapping[str, Any]", value)
    changes = cast("Mapping[str, Any]", over)
    return {**base, **{key: merged(base.get(key), item) for key, item in changes.items()}}


def _made(conditions: Mapping[str, bool]) -> Iterator[str]:
    """Yield the short names of the resources that are made, by whether each is."""
    return (name for name, made in conditions.items() if made)


def _task_children(task: Task, args: Mapping[str, Any]) -> Iterator[str]:
    conditions = {
        "task_definition": True,
        "execution_role": task.rights.execution_role_arn is None,
        "task_role": makes_task_role(task),
        "log_group": task.makes_log_group,
        "repository": any("build" in settings for settings in (args, *args.get("containers", {}).values())),
        "secret": bool(args.get("secret_values")),
    }
    return _made(conditions)


def job_children(task: Task, args: Mapping[str, Any]) -> list[str]:
    """Return the short names of the resources that a job makes."""
    scheduled = ("state_machine", "state_machine_role", "schedule", "schedule_role")
    conditions = {"security_group": not task.bridge, **dict.fromkeys(scheduled, bool(args.get("schedule")))}
    return [*_task_children(task, args), *_made(conditions)]


def app_children(app: AppSpec, args: Mapping[str, Any]) -> list[str]:
    """Return the short names of the resources that an app makes."""
    task, watched, balanced = app.task, app.alarms, app.exposure is Exposure.LOAD_BALANCER
    shifting, network = balanced and app.deployment.two_groups, app.target_group.is_network
    files = task.makes_file_system
    conditions = {
        "security_group": not task.bridge and app.security_group,
        "pre_deploy_task_definition": app.pre_deploy is not None,
        "target_group": balanced,
        "listener_rule": balanced and not network,
        "second_target_group": shifting,
        "test_listener_rule": shifting and not network,
        "listener": balanced and network,
        "test_listener": shifting and network,
        "load_balancing_role": shifting,
        "hooks_role": bool(app.deployment.hooks),
        "volumes_role": any(volume.ebs for volume in task.volumes),
        "scaling_target": app.autoscaling is not None,
        "scaling_policy": app.autoscaling is not None,
        "alarm": watched is not None,
        "alarm_topic": watched is not None and watched.topic_arn is None,
        "dashboard": app.dashboard,
        "discovery_service": app.discovery is not None,
        "file_system": files,
        "file_system_security_group": files,
        "mount_target": files,
        "access_point": files,
    }
    return ["service", *_task_children(task, args), *_made(conditions)]


def balancer_children(balancer: BalancerSpec, args: Mapping[str, Any]) -> list[str]:
    """Return the short names of the resources that a load balancer makes."""
    record = balancer.domain is not None and "zone_id" in args
    issued = record and "certificate_arn" not in args
    has_rules = balancer.type is BalancerType.APPLICATION
    conditions = {
        "http_listener": has_rules,
        "https_listener": has_rules and (issued or "certificate_arn" in args),
        "port_listener": bool(balancer.ports),
        "certificate": issued,
        "certificate_record": issued,
        "record": record and balancer.ip_address_type is not IpAddressType.DUALSTACK_WITHOUT_PUBLIC_IPV4,
        "access_logs_bucket": balancer.access_logs,
        "access_logs_audit_bucket": balancer.access_logs,
        "web_acl": balancer.waf and "web_acl_arn" not in args,
    }
    return ["load_balancer", "security_group", *_made(conditions)]


def cluster_children(capacity: Capacity) -> list[str]:
    """Return the short names of the resources that a cluster makes."""
    instances = capacity.has_group or capacity.is_managed
    conditions = {
        "capacity_provider": instances,
        "auto_scaling_group": capacity.has_group,
        "launch_template": capacity.has_group,
        "instance_profile": instances,
        "instance_role": instances,
        "infrastructure_role": capacity.is_managed,
        "security_group": instances,
        "exec_log_group": capacity.exec_logs,
        "agent_log_group": capacity.has_group and capacity.instances.agent_logs,
        "namespace": capacity.namespace,
        "services_security_group": capacity.namespace,
    }
    return ["cluster", "cluster_capacity_providers", *_made(conditions)]
