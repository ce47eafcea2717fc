"""Names of arguments in awsx, Docker Compose, Terraform, the AWS CDK, Copilot and Kubernetes."""

import re
from collections.abc import Collection

_SYNONYMS: dict[str, tuple[str, ...]] = {
    "alb": ("load_balancer",),
    "architecture": ("arch",),
    "assign_public_ip": ("subnets", "private_egress"),
    "auto_scaling": ("autoscaling",),
    "cap_add": ("linux.add_capabilities", "add_capabilities"),
    "cap_drop": ("linux.drop_capabilities", "drop_capabilities"),
    "certificate": ("certificate_arn",),
    "cidrs": ("allowed_cidrs",),
    "container_definitions": ("containers",),
    "container_port": ("port",),
    "cpu_architecture": ("arch",),
    "deployment_maximum_percent": ("maximum_percent",),
    "deployment_minimum_healthy_percent": ("minimum_healthy_percent",),
    "desired_count": ("count",),
    "desired_task_count": ("count",),
    "dns_name": ("domain",),
    "dns_names": ("domains",),
    "docker_file": ("build.dockerfile", "dockerfile"),
    "dockerfile": ("build.dockerfile",),
    "dockerfile_path": ("dockerfile", "build.dockerfile"),
    "domain_name": ("domain",),
    "enable_execute_command": ("execute_command",),
    "entrypoint": ("entry_point",),
    "env": ("environment",),
    "env_files": ("env_file",),
    "env_vars": ("environment",),
    "environment_files": ("env_file",),
    "environment_variables": ("environment",),
    "ephemeral_storage_gi_b": ("ephemeral_storage",),
    "exec": ("execute_command",),
    "health_check_grace_period": ("health_check.grace_period",),
    "health_check_grace_period_seconds": ("health_check.grace_period", "grace_period"),
    "health_check_path": ("health_check.path",),
    "healthcheck": ("health_check",),
    "healthcheck_path": ("health_check.path",),
    "host": ("rules[].host",),
    "hosted_zone": ("zone_id",),
    "hosted_zone_id": ("zone_id",),
    "idle_timeout_seconds": ("idle_timeout",),
    "image_id": ("ami", "image"),
    "image_uri": ("image",),
    "instance_type": ("instance_types", "ec2.instance_types"),
    "instances": ("count", "ec2"),
    "interval_seconds": ("interval",),
    "launch_type": ("capacity",),
    "listener_rules": ("rules",),
    "log_configuration": ("log",),
    "log_retention": ("log_retention_days",),
    "logging": ("log",),
    "loadbalancer": ("load_balancer",),
    "max_capacity": ("max_size", "max"),
    "max_tasks": ("max", "autoscaling"),
    "mem": ("memory",),
    "mem_limit": ("memory",),
    "memory_limit": ("memory",),
    "memory_limit_mi_b": ("memory",),
    "memory_reservation_mi_b": ("memory_reservation",),
    "min_capacity": ("min_size", "min"),
    "min_tasks": ("min", "autoscaling"),
    "mount_points": ("mounts",),
    "nlb": ("load_balancer",),
    "path": ("rules[].path",),
    "path_pattern": ("path", "rules"),
    "path_patterns": ("path", "rules"),
    "placement_strategy": ("placement",),
    "policies": ("policy_arns",),
    "port_mappings": ("ports", "port"),
    "ports": ("port",),
    "readonly_root_filesystem": ("read_only",),
    "replicas": ("count",),
    "repo": ("repository_name",),
    "repository": ("repository_name",),
    "restart_policy": ("restart",),
    "retention": ("retention_days", "log_retention_days"),
    "retention_in_days": ("retention_days", "log_retention_days"),
    "role_arn": ("task_role_arn",),
    "scaling": ("autoscaling",),
    "schedule_expression": ("schedule",),
    "schedule_expression_timezone": ("timezone",),
    "secret": ("secrets",),
    "security_groups": ("security_group_ids",),
    "shm_size": ("linux.shared_memory", "shared_memory"),
    "ssl_policy": ("tls_policy",),
    "stop_grace_period": ("stop_timeout",),
    "subnet_ids": ("public_subnet_ids", "subnets"),
    "sysctls": ("system_controls",),
    "target_group": ("target_group_arn",),
    "task_cpu": ("cpu",),
    "task_memory": ("memory",),
    "tasks": ("count",),
    "tty": ("terminal",),
    "stdin_open": ("interactive",),
    "variables": ("environment",),
    "volume_mounts": ("mounts",),
    "vpc": ("vpc_id", "network"),
    "waf_acl_arn": ("web_acl_arn",),
    "working_dir": ("working_directory",),
    "workdir": ("working_directory",),
    "zone": ("zone_id",),
}
"""Arguments that mean the same, the best first; one with a dot is in an object."""


_COMPONENTS = {
    "allowed_cidrs": "LoadBalancer",
    "arch": "EcsCluster",
    "capacity": "EcsCluster",
    "certificate_arn": "LoadBalancer",
    "container_insights": "EcsCluster",
    "domain": "LoadBalancer",
    "domains": "LoadBalancer",
    "ec2": "EcsCluster",
    "idle_timeout": "LoadBalancer",
    "internal": "LoadBalancer",
    "namespace": "EcsCluster",
    "preset": "EcsCluster",
    "private_egress": "Network",
    "private_subnet_ids": "Network",
    "public_subnet_ids": "Network",
    "schedule": "Job",
    "timezone": "Job",
    "tls_policy": "LoadBalancer",
    "vpc_id": "Network",
    "web_acl_arn": "LoadBalancer",
    "zone_id": "LoadBalancer",
}
"""Arguments that are looked for in another component, and the component that has them."""


def same_meaning(name: str, keys: Collection[str]) -> str | None:
    """Return the argument of `keys` that another tool calls `name`; with a dot if it is in an object."""
    names = (_plain(name), *_SYNONYMS.get(_plain(name), ()))
    return next((key for key in names if key.partition(".")[0].removesuffix("[]") in keys), None)


def of_another_component(name: str) -> tuple[str, str] | None:
    """Return the argument that `name` means, and the component that has it."""
    names = (_plain(name), *_SYNONYMS.get(_plain(name), ()))
    return next(((key, _COMPONENTS[key]) for key in names if key in _COMPONENTS), None)


def _plain(name: str) -> str:
    return re.sub("(?<=[a-z0-9])([A-Z])", r"_\1", name).replace("-", "_").lower()
