"""The arguments of `ComposeApp`."""

from typing import NotRequired, TypedDict

import pulumi

from moorage.resources.app.args import HealthCheckArgs, ServiceArgs
from moorage.resources.cluster.args import ClusterRef
from moorage.resources.load_balancer.args import LoadBalancerRef
from moorage.resources.network import NetworkRef


class ComposeRuleArgs(TypedDict):
    """Which requests go to a service of the file."""

    service: str
    """The service; they go to the first TCP port that it publishes."""
    host: NotRequired[str]
    """Host name, `*` and `?` as wildcards. Default: any."""
    path: NotRequired[str]
    """Path, `*` and `?` as wildcards. Default: any."""
    health_check: NotRequired[HealthCheckArgs]
    """How the load balancer checks its tasks. Default: as in each of its fields."""


class ComposeLocalArgs(TypedDict):
    """How a service runs with `moorage local`, where that differs; nothing of it reaches AWS."""

    service: str
    """The service."""
    command: list[str]
    """The command of a task that runs as a plain process, with PORT in its environment."""


class ComposeAppArgs(TypedDict):
    """Arguments of `ComposeApp`. Required are `cluster`, and `network` unless an ecs-params file gives
    subnets."""

    cluster: ClusterRef
    """Where it runs: `cluster.ref`, or its fields one by one."""
    network: NotRequired[NetworkRef]
    """Where tasks are placed: `network.ref`, or its fields one by one. Subnets and security groups of an
    ecs-params file go before it. Default: none."""
    folder: NotRequired[str]
    """The folder with the compose files, relative to the project. Default: the project's own."""
    files: NotRequired[list[str]]
    """The compose files in the folder, later ones merged into earlier ones. Default: `compose.yaml`,
    `compose.yml`, `docker-compose.yaml` or `docker-compose.yml`, and the override file beside it."""
    ecs_params: NotRequired[str]
    """An ecs-params file of the Amazon ECS CLI, version 1, in the folder. Default: none."""
    profiles: NotRequired[list[str]]
    """The active profiles. Default: those of the variable COMPOSE_PROFILES."""
    env: NotRequired[dict[str, pulumi.Input[str]]]
    """Variables for interpolation, before the process's own and those of `.env`. An Output may stand in what
    containers are given, and for subnets, security groups and roles. Default: none."""
    task: NotRequired[str]
    """`per_service`: each service is an ECS service, and they find each other by name; or `one`: all are
    containers of one task, up to ten, that share localhost. Default: `per_service`."""
    load_balancer: NotRequired[LoadBalancerRef]
    """The load balancer that services are reached by: `load_balancer.ref`, or its fields one by one.
    Default: none."""
    rules: NotRequired[list[ComposeRuleArgs]]
    """Which requests go to which service. Default: all to the only service that publishes a TCP port."""
    public: NotRequired[bool]
    """Whether published ports are open to everybody at the tasks' own public addresses. Default: false."""
    file_system_zones: NotRequired[int]
    """With volumes kept in EFS: how many of the subnets, each in a zone of its own, have the file system and
    so the tasks, 1 to 6. Default: 2."""
    services: NotRequired[dict[str, ServiceArgs]]
    """Further arguments of services, by service: everything that a `ContainerApp` takes, such as `grants` or
    `autoscaling`. They go before what the file says, in `x-moorage` too; objects are merged. With `task: one`
    those of the service that clients reach are the task's, those of others their containers'. Default:
    none."""
    execute_command: NotRequired[bool]
    """Whether ECS Exec can open a shell in tasks. Default: in the preset `dev`."""
    verify: NotRequired[bool]
    """Whether `up` follows the rollouts, and fails with the reason when a service does not run what was asked
    for. Default: true."""
    rollout_timeout: NotRequired[int]
    """Seconds after which a rollout that is followed has failed, 60 to 86400. Default: 900."""
    log_retention_days: NotRequired[int]
    """Days that logs are kept. Default: 30 in the preset `dev`, 90 in `prod`."""
    local: NotRequired[list[ComposeLocalArgs]]
    """How services run with `moorage local`, where that differs. Default: as deployed."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags on everything that takes them, tasks included. Default: only moorage's own."""
