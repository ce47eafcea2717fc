"""Names of arguments in awsx, Docker Compose, Terraform, the AWS CDK, Copilot and Kubernetes."""

import re
from collections.abc import Collection

_SYNONYMS: dict[str, tuple[str, ...]] = {
    "linux.add_capabilities": ("cap_add",),
    "add_capabilities": ("cap_add",),
    "allowed_cidrs": ("cidrs",),
    "ami": ("image_id",),
    "arch": ("architecture", "cpu_architecture"),
    "max_size": ("max_capacity",),
    "max": ("max_capacity", "max_tasks"),
    "min_size": ("min_capacity",),
    "min": ("min_capacity", "min_tasks"),
    "autoscaling": ("auto_scaling", "max_tasks", "min_tasks", "scaling"),
    "dockerfile": ("docker_file", "dockerfile_path"),
    "build.dockerfile": ("docker_file", "dockerfile", "dockerfile_path"),
    "capacity": ("launch_type",),
    "certificate_arn": ("certificate",),
    "containers": ("container_definitions",),
    "count": ("desired_count", "desired_task_count", "instances", "replicas", "tasks"),
    "cpu": ("task_cpu",),
    "domain": ("dns_name", "domain_name"),
    "domains": ("dns_names",),
    "linux.drop_capabilities": ("cap_drop",),
    "drop_capabilities": ("cap_drop",),
    "ec2": ("instances",),
    "instance_types": ("instance_type",),
    "ec2.instance_types": ("instance_type",),
    "entry_point": ("entrypoint",),
    "env_file": ("env_files", "environment_files"),
    "environment": ("env", "env_vars", "environment_variables", "variables"),
    "ephemeral_storage": ("ephemeral_storage_gi_b",),
    "execute_command": ("enable_execute_command", "exec"),
    "health_check.grace_period": ("health_check_grace_period", "health_check_grace_period_seconds"),
    "grace_period": ("health_check_grace_period_seconds",),
    "health_check": ("healthcheck",),
    "health_check.path": ("health_check_path", "healthcheck_path"),
    "idle_timeout": ("idle_timeout_seconds",),
    "image": ("image_id", "image_uri"),
    "interactive": ("stdin_open",),
    "interval": ("interval_seconds",),
    "linux.shared_memory": ("shm_size",),
    "load_balancer": ("alb", "loadbalancer", "nlb"),
    "log": ("log_configuration", "logging"),
    "retention_days": ("retention", "retention_in_days"),
    "log_retention_days": ("log_retention", "retention", "retention_in_days"),
    "maximum_percent": ("deployment_maximum_percent",),
    "memory": ("mem", "mem_limit", "memory_limit", "memory_limit_mi_b", "task_memory"),
    "memory_reservation": ("memory_reservation_mi_b",),
    "minimum_healthy_percent": ("deployment_minimum_healthy_percent",),
    "mounts": ("mount_points", "volume_mounts"),
    "vpc_id": ("vpc",),
    "network": ("vpc",),
    "path": ("path_pattern", "path_patterns"),
    "placement": ("placement_strategy",),
    "policy_arns": ("policies",),
    "ports": ("port_mappings",),
    "port": ("container_port", "port_mappings", "ports"),
    "public_subnet_ids": ("subnet_ids",),
    "subnets": ("assign_public_ip", "subnet_ids"),
    "private_egress": ("assign_public_ip",),
    "read_only": ("readonly_root_filesystem",),
    "repository_name": ("repo", "repository"),
    "restart": ("restart_policy",),
    "rules": ("listener_rules", "path_pattern", "path_patterns"),
    "rules[].host": ("host",),
    "rules[].path": ("path",),
    "schedule": ("schedule_expression",),
    "secrets": ("secret",),
    "security_group_ids": ("security_groups",),
    "shared_memory": ("shm_size",),
    "stop_timeout": ("stop_grace_period",),
    "system_controls": ("sysctls",),
    "target_group_arn": ("target_group",),
    "task_role_arn": ("role_arn",),
    "terminal": ("tty",),
    "timezone": ("schedule_expression_timezone",),
    "tls_policy": ("ssl_policy",),
    "web_acl_arn": ("waf_acl_arn",),
    "working_directory": ("working_dir", "workdir"),
    "zone_id": ("hosted_zone", "hosted_zone_id", "zone"),
}
"""Other names of each argument. Of arguments with the same one the best is first; one with a dot is in an
object."""

_COMPONENTS: dict[str, tuple[str, ...]] = {
    "LoadBalancer": (
        "allowed_cidrs",
        "certificate_arn",
        "domain",
        "domains",
        "idle_timeout",
        "internal",
        "tls_policy",
        "web_acl_arn",
        "zone_id",
    ),
    "EcsCluster": ("arch", "capacity", "container_insights", "ec2", "namespace", "preset"),
    "Network": ("private_egress", "private_subnet_ids", "public_subnet_ids", "vpc_id"),
    "Job": ("schedule", "timezone"),
}
"""Arguments that are looked for in another component, by the component that has them."""


def same_meaning(name: str, keys: Collection[str]) -> str | None:
    """Return the argument of `keys` that another tool calls `name`; with a dot if it is in an object."""
    return next((key for key in _meant(name) if key.partition(".")[0].removesuffix("[]") in keys), None)


def of_another_component(name: str) -> tuple[str, str] | None:
    """Return the argument that `name` means, and the component that has it."""
    places = (
        (key, component) for key in _meant(name) for component, keys in _COMPONENTS.items() if key in keys
    )
    return next(places, None)


def _meant(name: str) -> list[str]:
    plain = re.sub("(?<=[a-z0-9])([A-Z])", r"_\1", name).replace("-", "_").lower()
    return [plain, *(argument for argument, names in _SYNONYMS.items() if plain in names)]
