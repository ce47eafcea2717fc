"""Keys of a compose service that are not supported, each with the reason."""

from moorage.compose_file.nodes import Node
from moorage.compose_file.services import ComposeService, Context

_IGNORED = {
    key: reason
    for reason, keys in {
        "ECS does not have this limit": (*("blkio_config", "cpu_rt_period", "cpu_rt_runtime", "pids_limit"),),
        "ECS does not have this option": ("storage_opt", "umask"),
        "ECS sets it": ("cgroup", "cgroup_parent", "cpuset", "mac_address", "runtime", "userns_mode", "uts"),
        "ECS pulls when a task starts": ("pull_policy", "pull_refresh_after"),
        "ECS sends the image's STOPSIGNAL, or SIGTERM": ("stop_signal",),
        "ECS does not have annotations; `labels` are set on the container": ("annotations",),
        "ECS does not have further groups; `user` takes one group after a colon": ("group_add",),
        "it is for Windows": ("isolation",),
        "it is for Windows; use deploy.resources": ("cpu_count", "cpu_percent"),
        "use deploy.resources.limits.cpus": ("cpu_period", "cpu_quota"),
        "use deploy.resources.reservations.cpus": ("cpu_shares",),
        "it is for the terminal of `docker compose up`": ("attach",),
        "it is for `docker compose watch`": ("develop",),
        "a container has the name of its service; a fixed name would prevent a second task": (
            "container_name",
        ),
        "tasks use the VPC's name server": ("dns_opt",),
        "Service Connect assigns names": ("domainname",),
        "a task does not have swap space on Fargate": ("mem_swappiness", "memswap_limit"),
        "a container above its memory limit is stopped": ("oom_kill_disable", "oom_score_adj"),
    }.items()
    for key in keys
}

_REFUSED = {
    "credential_spec": "is for Windows containers, which are not supported",
    "device_cgroup_rules": "is not possible on ECS",
    "external_links": "is not possible on ECS; set the address in the environment",
    "ipc": "is not supported; use `task: one` and a shared volume",
    "models": "is not possible on ECS; run the model as a service",
    "pid": "is not supported; each container has its own process namespace",
    "post_start": "is not possible on ECS; do it in the entrypoint",
    "pre_start": "is not possible on ECS; use a service that others wait for, with `task: one`",
    "pre_stop": "is not possible on ECS; do it when the process receives SIGTERM",
    "provider": "is not possible on ECS; define the resource in the Pulumi program",
    "use_api_socket": "is not possible on ECS; there is no Docker socket",
}

_TOP_LEVEL_REFUSED = {
    "models": "is not possible on ECS; run the model as a service",
    "jobs": "is not supported; use a Job",
}


def other(service: ComposeService, key: str, node: Node) -> None:
    """Refuse or ignore an unsupported key."""
    if key in _REFUSED:
        service.refuse(node, key, _REFUSED[key])
    else:
        service.warn(node, key, f"is ignored: {_IGNORED.get(key, 'it is not supported on ECS')}")


def top_level(key: str, node: Node, context: Context) -> None:
    """Refuse an unsupported key at the top of the file."""
    if key in _TOP_LEVEL_REFUSED and node.value:
        context.report.refuse(node, key, _TOP_LEVEL_REFUSED[key])
