"""The arguments of `ComposeApp`."""

from typing import NotRequired, TypedDict

from moorage.resources import value_types as types
from moorage.resources.app.args import ServiceArgs
from moorage.resources.app.balancing_args import HealthCheckArgs
from moorage.resources.cluster.args import GivenCluster
from moorage.resources.load_balancer.args import GivenLoadBalancer
from moorage.resources.network.args import GivenNetwork


class ComposeRuleArgs(TypedDict):
    """A rule that forwards requests to a service of the file."""

    service: str
    """The service; requests go to the first TCP port that it publishes."""
    host: NotRequired[str]
    """Host name, `*` and `?` as wildcards. Default: any."""
    path: NotRequired[str]
    """Path, `*` and `?` as wildcards. Default: any."""
    health_check: NotRequired[HealthCheckArgs]
    """The load balancer's health check of its tasks. Default: as in each of its fields."""


class ComposeLocalArgs(TypedDict):
    """Settings of a service for `moorage local` that differ; they do not reach AWS."""

    service: str
    """The service."""
    command: list[str]
    """The command of a task that runs as a process, with PORT in its environment if there is a port."""


class ComposeAppArgs(TypedDict):
    """Arguments of `ComposeApp`. Required: `cluster`, and `network` unless an ecs-params file has subnets."""

    cluster: GivenCluster
    """Where it runs: `cluster.ref`, or its fields one by one."""
    network: NotRequired[GivenNetwork]
    """Where tasks are placed: `network.ref`, or its fields one by one. Subnets and security groups of an
    ecs-params file override it. Default: none."""
    folder: NotRequired[str]
    """The folder with the compose files, relative to the project. Default: the project's own."""
    files: NotRequired[list[str]]
    """The compose files in the folder, later ones merged into earlier ones. Default: `compose.yaml`,
    `compose.yml`, `docker-compose.yaml` or `docker-compose.yml`, and the override file beside it."""
    ecs_params: NotRequired[str]
    """An ecs-params file of the Amazon ECS CLI, version 1, in the folder. Default: none."""
    profiles: NotRequired[list[str]]
    """The active profiles. Default: those of the variable COMPOSE_PROFILES."""
    env: NotRequired[types.Strings]
    """Variables for interpolation, which override the process's and those of `.env`. An Output may be used in
    settings of containers, and for subnets, security groups and roles. Default: none."""
    task: NotRequired[types.TaskLayout]
    """`per_service`: each service is an ECS service, and they reach each other by name; or `one`: all are
    containers of one task, up to ten, that share localhost. Default: `per_service`."""
    load_balancer: NotRequired[GivenLoadBalancer]
    """The load balancer of services: `load_balancer.ref`, or its fields one by one. Default: none."""
    rules: NotRequired[list[ComposeRuleArgs]]
    """Rules that forward requests to services. Default: all to the only service that publishes a TCP port."""
    public: NotRequired[types.Boolean]
    """Whether published ports are open to any client at the tasks' own public addresses. Default: false."""
    file_system_zones: NotRequired[types.Integer]
    """With volumes in EFS: in how many of the subnets, each in another zone, the file system and so the tasks
    are, 1 to 6. Default: 2."""
    services: NotRequired[dict[str, ServiceArgs]]
    """Further arguments of services, by service: all that a `ContainerApp` takes, such as `grants` or
    `autoscaling`. They override the file, also its `x-moorage`; objects are merged. With `task: one` those of
    the service that clients reach are the task's, those of others their containers'. Default: none."""
    execute_command: NotRequired[types.Boolean]
    """Whether ECS Exec can open a shell in tasks. Default: in the preset `dev`."""
    verify: NotRequired[types.Boolean]
    """Whether `up` follows the rollouts, and fails with the reason if a service does not run the new
    revision. Default: true."""
    rollout_timeout: NotRequired[types.Integer]
    """Seconds until a followed rollout times out, 60 to 86400. Default: 900."""
    log_retention_days: NotRequired[types.Integer]
    """Days that logs are kept. Default: 30 in the preset `dev`, 90 in `prod`."""
    local: NotRequired[list[ComposeLocalArgs]]
    """Settings of services for `moorage local` that differ. Default: as deployed."""
    tags: NotRequired[types.Strings]
    """Tags on everything that takes them, tasks included. Default: only moorage's own."""
