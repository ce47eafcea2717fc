"""Keys of a compose service that ECS has nothing for, each with the reason."""

from moorage.compose_file.nodes import Node
from moorage.compose_file.services import ComposeService, Context

_IGNORED = {
    "annotations": "ECS has none; `labels` are given to the container",
    "attach": "it is about the terminal of `docker compose up`",
    "blkio_config": "ECS has no such limit",
    "cgroup": "ECS chooses it",
    "cgroup_parent": "ECS chooses it",
    "container_name": "a container is called after its service; a fixed name allows no second task",
    "cpu_count": "it is for Windows; use deploy.resources",
    "cpu_percent": "it is for Windows; use deploy.resources",
    "cpu_period": "use deploy.resources.limits.cpus",
    "cpu_quota": "use deploy.resources.limits.cpus",
    "cpu_rt_period": "ECS has no such limit",
    "cpu_rt_runtime": "ECS has no such limit",
    "cpu_shares": "use deploy.resources.reservations.cpus",
    "cpuset": "ECS chooses the CPUs",
    "develop": "it is for `docker compose watch`",
    "dns_opt": "tasks ask the VPC's name server",
    "domainname": "names are given by Service Connect",
    "group_add": "ECS has none; `user` takes one group after a colon",
    "isolation": "it is for Windows",
    "mac_address": "addresses are AWS's",
    "mem_swappiness": "a task has no swap space on Fargate",
    "memswap_limit": "a task has no swap space on Fargate",
    "oom_kill_disable": "a container above its memory limit is killed",
    "oom_score_adj": "a container above its memory limit is killed",
    "pids_limit": "ECS has no such limit",
    "pull_policy": "ECS pulls when a task starts",
    "pull_refresh_after": "ECS pulls when a task starts",
    "runtime": "ECS chooses it",
    "stop_signal": "ECS sends the image's STOPSIGNAL, or SIGTERM",
    "storage_opt": "ECS has no such option",
    "umask": "ECS has no such option",
    "userns_mode": "ECS chooses it",
    "uts": "a task has a name of its own",
}

_REFUSED = {
    "credential_spec": "is for Windows containers, which are not supported",
    "device_cgroup_rules": "is not possible on ECS",
    "external_links": "is not possible on ECS: give the address in the environment",
    "ipc": "is not supported: use `task: one` and a shared volume",
    "models": "is not possible on ECS: run the model as a service",
    "pid": "is not supported: containers of a task have processes of their own",
    "post_start": "is not possible on ECS: do it in the entrypoint",
    "pre_start": "is not possible on ECS: use a service that others wait for, with `task: one`",
    "pre_stop": "is not possible on ECS: do it when the process is sent SIGTERM",
    "provider": "is not possible on ECS: make the resource in the Pulumi program",
    "use_api_socket": "is not possible on ECS: there is no Docker socket",
}

_TOP_LEVEL_REFUSED = {
    "models": "is not possible on ECS: run the model as a service",
    "jobs": "is not supported: use a Job of moorage",
}


def other(service: ComposeService, key: str, node: Node, context: Context) -> None:
    """Say what becomes of a key that nothing in ECS stands for."""
    path = f"{service.path}.{key}"
    if key in _REFUSED:
        context.report.refuse(node, path, _REFUSED[key])
    else:
        context.report.warn(node, path, f"is ignored: {_IGNORED.get(key, 'nothing in ECS stands for it')}")


def top_level(key: str, node: Node, context: Context) -> None:
    """Say what becomes of a key at the top of the file that nothing in ECS stands for."""
    if key in _TOP_LEVEL_REFUSED and node.value:
        context.report.refuse(node, key, _TOP_LEVEL_REFUSED[key])
