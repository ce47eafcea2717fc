"""The arguments of `ContainerApp`."""

from typing import Any, NotRequired, TypedDict

import pulumi

from moorage.resources import value_types as types
from moorage.resources.cluster.args import GivenCluster
from moorage.resources.load_balancer.args import GivenLoadBalancer
from moorage.resources.network.args import GivenNetwork

from .balancing_args import HealthCheckArgs, RuleArgs, StickinessArgs
from .container_args import ContainerArgs, ContainerHealthCheckArgs, ContainerSettingsArgs
from .scaling_args import AutoscalingArgs, QueueArgs
from .task_args import ConnectArgs, DiscoveryArgs, FileSystemArgs, VolumeArgs


class GrantArgs(TypedDict):
    """Access to one resource, as a statement of the task role."""

    service: types.GrantService
    """`dynamodb`, `s3`, `sqs`, `sns`, `secretsmanager`, `ssm` or `kms`."""
    access: types.GrantAccess
    """`read`, `write` or `read_write`. For a queue, `read` is to receive and delete, `write` to send."""
    arn: pulumi.Input[str]
    """The resource's ARN. A table's indexes and a bucket's objects are included."""


class StatementArgs(TypedDict):
    """A statement of the task role for what grants do not cover."""

    actions: list[str]
    """IAM actions, such as `events:PutEvents`."""
    resources: list[pulumi.Input[str]]
    """ARNs that they are allowed on; `*` for actions that know no ARN, a finding of the plan for others."""


class ConnectionArgs(TypedDict):
    """A security group that a rule opens to the tasks on one TCP port."""

    security_group_id: pulumi.Input[str]
    """The security group of what they connect to."""
    port: types.Integer
    """The port, 1 to 65535."""


class LifecycleHookArgs(TypedDict):
    """A Lambda function that ECS invokes to decide whether a deployment continues."""

    lambda_arn: pulumi.Input[str]
    """The function's ARN. It returns `{"hookStatus": "SUCCEEDED"}`, `FAILED` or `IN_PROGRESS`; a deployment
    whose hook fails is rolled back."""
    stages: list[types.HookStage]
    """When it is invoked: `reconcile_service`, `pre_scale_up`, `post_scale_up`, `test_traffic_shift`,
    `post_test_traffic_shift`, `production_traffic_shift` or `post_production_traffic_shift`."""
    details: NotRequired[str]
    """JSON that it receives with every call. Default: none."""


class DeploymentOptionsArgs(TypedDict):
    """The steps of a deployment that is not `rolling`."""

    bake_minutes: NotRequired[types.Integer]
    """Minutes that the old tasks keep running after all traffic has shifted, 0 to 1440; until then a rollback
    is immediate. Default: 5."""
    canary_percent: NotRequired[types.Integer]
    """With `canary`: percent of traffic that shifts to the new tasks first, 1 to 100. Default: 5."""
    canary_minutes: NotRequired[types.Integer]
    """With `canary`: minutes until the rest shifts, 0 to 1440. Default: 10."""
    step_percent: NotRequired[types.Integer]
    """With `linear`: percent of traffic that shifts in each step, 3 to 100. Default: 10."""
    step_minutes: NotRequired[types.Integer]
    """With `linear`: minutes between two steps, 0 to 1440. Default: 6."""
    test_header: NotRequired[str]
    """A header with which requests reach the new tasks before traffic shifts, `X-Preview` with any value or
    `X-Preview: green`. Default: none, they are not reachable before."""
    test_port: NotRequired[types.Integer]
    """Behind a network load balancer, where it is required: the port at which connections reach the new tasks
    before traffic shifts, 1 to 65535. Default: none."""
    hooks: NotRequired[list[LifecycleHookArgs]]
    """Lambda functions that decide whether it continues, at most 10. Default: none."""
    second_target_group: NotRequired[types.Boolean]
    """With `rolling`: whether the second target group, its rule and role exist already: the step from
    `rolling` to the others for an app without downtime. Default: false."""


class AlarmsArgs(TypedDict):
    """CloudWatch alarms. An empty object enables errors, unhealthy targets, CPU and memory."""

    errors: NotRequired[types.Integer]
    """Percent of requests that fail, 0 to 100, for 3 minutes: with 5xx, or without a task; minutes with fewer
    than 10 requests do not count. 0 disables it. Default: 5 behind an Application Load Balancer."""
    unhealthy_targets: NotRequired[types.Integer]
    """Targets that fail the load balancer's health check, 0 to 5000, for 3 minutes. 0 disables it. Default: 1
    behind a load balancer."""
    latency: NotRequired[types.Number]
    """Seconds that the 95th percentile of latency must stay below, 0 to 4000, for 3 minutes. 0 disables it.
    Default: 0."""
    cpu: NotRequired[types.Integer]
    """Percent of CPU on average, 0 to 100, for 5 minutes. 0 disables it. Default: 90."""
    memory: NotRequired[types.Integer]
    """Percent of memory on average, 0 to 100, for 5 minutes. 0 disables it. Default: 90."""
    dead_letters: NotRequired[types.Integer]
    """Messages in the dead-letter queue of `queue`, 0 to 1000000. 0 disables it. Default: 1 with `queue`."""
    rollback: NotRequired[types.Boolean]
    """Whether `errors` and `latency` roll back a deployment during which they are in alarm. Default: true."""
    topic_arn: NotRequired[pulumi.Input[str]]
    """The SNS topic for alarm and OK messages. If it is encrypted, its key must let CloudWatch use it, which
    the AWS managed one does not. Default: a topic made for the app."""
    email: NotRequired[str]
    """An address that is subscribed to the topic made for the app; its owner must confirm. Default: none."""


class LocalArgs(TypedDict):
    """Settings for `moorage local` that differ; they do not reach AWS."""

    command: NotRequired[list[str]]
    """The command of a task that runs as a process, with PORT in its environment if there is a port;
    with `image` it runs in the project's folder. Default: the Dockerfile's."""


class PreDeployArgs(TypedDict):
    """A job with the app's image that must succeed before the service changes, such as a database migration.
    It runs once for each of its revisions, and never in a preview."""

    command: list[str]
    """Its command, instead of the app's; with an exit code other than 0 nothing is deployed."""
    timeout: NotRequired[types.Integer]
    """Seconds until it times out and is stopped, 60 to 86400. Default: 900."""
    environment: NotRequired[types.Strings]
    """Environment variables that add to the app's, or override them. Default: the app's."""
    cpu: NotRequired[types.Integer]
    """CPU units of its task, 1024 = 1 vCPU. Default: the app's."""
    memory: NotRequired[types.Integer]
    """Memory of its task in MiB. Default: the app's."""


class ServiceArgs(ContainerSettingsArgs):
    """The arguments of an app without its cluster, and those that a service of a compose file may add."""

    network: NotRequired[GivenNetwork]
    """Where tasks are placed: `network.ref`, or its fields one by one. Required unless tasks use bridge
    networking without a load balancer. Default: none."""
    repository_name: NotRequired[str]
    """With `build`: a fixed name for the ECR repository. Default: a generated name."""
    port: NotRequired[types.Integer]
    """The port the app's own container listens on, 1 to 65535: the one that clients reach, over TCP, or with
    `protocol` udp over UDP. Default: 8080 with `load_balancer`, `target_group_arn`, `public` or `connect`,
    else none."""
    host_port: NotRequired[types.Integer]
    """With bridge networking on EC2: the instance's port, 0 to 65535, which only one task on it can have; 0
    is a dynamic one. Default: 0."""
    cpu: NotRequired[types.Integer]
    """CPU units of a task, 1024 = 1 vCPU. Fargate has fixed pairs with `memory`. Default: 256."""
    memory: NotRequired[types.Integer]
    """Memory of a task in MiB; above it the task is stopped. Default: 512."""
    memory_reservation: NotRequired[types.Integer]
    """MiB that are reserved for the app's own container as a soft limit, at most `memory`. Default: none."""
    container_cpu: NotRequired[types.Integer]
    """CPU units that are reserved for the app's own container, 1 to 196608, of the task's `cpu`. Default:
    none."""
    container_memory: NotRequired[types.Integer]
    """MiB above which the app's own container is killed, from 6. Default: the task's `memory`."""
    containers: NotRequired[dict[str, ContainerArgs]]
    """Further containers of the task by name, at most 9 in all. Default: none."""
    volumes: NotRequired[dict[str, VolumeArgs]]
    """Volumes of the task by name, for the `mounts` of containers. Default: none."""
    file_system: NotRequired[FileSystemArgs]
    """The EFS file system that is made for volumes that name none. Default: as in each of its fields."""
    ephemeral_storage: NotRequired[types.Integer]
    """On Fargate: GiB of the task's own disk, 21 to 200. Default: the 20 that are free."""
    network_mode: NotRequired[types.NetworkMode]
    """`awsvpc`: an address per task; or `bridge`: ports of the instance. Default: `bridge` on EC2, else
    `awsvpc`. Changing it makes a new target group beside the old one."""
    secret_values: NotRequired[types.Strings]
    """Environment variables from Pulumi secrets, by variable: each value is stored in Secrets Manager for the
    app. Default: none."""
    secrets_key_arns: NotRequired[list[pulumi.Input[str]]]
    """Customer managed KMS keys that `secrets` are encrypted with. Default: none."""
    grants: NotRequired[list[GrantArgs]]
    """Access to other resources. Default: none."""
    statements: NotRequired[list[StatementArgs]]
    """Further statements of the task role. Default: none."""
    policy_arns: NotRequired[list[pulumi.Input[str]]]
    """Managed policies of the task role, 10 at most with those that many `grants` need. Default: none."""
    permissions_boundary: NotRequired[pulumi.Input[str]]
    """The policy that is the permissions boundary of every role that is made. Default: none."""
    connections: NotRequired[list[ConnectionArgs]]
    """Security groups that are opened to awsvpc tasks, such as a database's. Default: none."""
    task_role_arn: NotRequired[pulumi.Input[str]]
    """A role that exists, for the app's code; cannot be combined with `grants`, `statements`, `policy_arns`
    and `task_role`. Default: one that is made."""
    execution_role_arn: NotRequired[pulumi.Input[str]]
    """A role that exists, with which ECS starts the tasks. Default: one that is made."""
    task_role: NotRequired[types.Boolean]
    """Whether it has a task role even without permissions, for policies of your own. Default: only with
    `grants`, `statements`, `policy_arns` or ECS Exec."""
    load_balancer: NotRequired[GivenLoadBalancer]
    """Its load balancer: `load_balancer.ref`, or its fields one by one. Default: none."""
    target_group_arn: NotRequired[pulumi.Input[str]]
    """An existing target group, instead of `load_balancer`: tasks register in it. Its load balancer's rules
    and health checks are its owner's, and a group of `security_group_ids` must admit it. Default: none."""
    rules: NotRequired[list[RuleArgs]]
    """Rules for the requests that it receives, of which any must match. One with more values than AWS allows
    becomes several listener rules. Default: all."""
    public: NotRequired[types.Boolean]
    """Whether tasks are reachable at their own public addresses, on Fargate, or at their instance's, with a
    fixed `host_port`. Default: false."""
    security_group: NotRequired[types.Boolean]
    """Whether a security group is made for awsvpc tasks. Default: true."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Existing security groups of awsvpc tasks; the only ones if `security_group` is false. Default: none."""
    connect: NotRequired[ConnectArgs]
    """Service Connect: the app calls others by name, and is called by its own. Default: disabled."""
    discovery: NotRequired[DiscoveryArgs]
    """Cloud Map DNS: the addresses of the tasks under a name in a private hosted zone. Default: none."""
    health_check: NotRequired[HealthCheckArgs]
    """The load balancer's health check of a task. Default: as in each of its fields."""
    protocol: NotRequired[types.TargetProtocol]
    """The load balancer's protocol to tasks. `http`: HTTP/1.1; `http2`: HTTP/2 without TLS, and `grpc`: the
    same for gRPC, both only behind an HTTPS listener; `https`: HTTP/1.1 over TLS, with any certificate.
    Behind a network load balancer `tcp`, `udp`, or `tls`: it decrypts what clients send over TLS. Changing it
    makes a new target group beside the old one, except from `tcp` to `tls` and back. Default: `http`; behind
    a network load balancer `tcp`."""
    listener_port: NotRequired[types.Integer]
    """The port that clients reach, 1 to 65535: one of the `ports` of the load balancer; of a network load
    balancer any, of one app only. Changing it replaces the rules, or moves the app's own listener. Default:
    that of the listener for HTTPS, else HTTP; behind a network load balancer `port`."""
    algorithm: NotRequired[types.Algorithm]
    """How the load balancer chooses a task: `round_robin`, `least_outstanding_requests` or `weighted_random`.
    A live target group keeps its algorithm until another is given. Default: `round_robin`."""
    anomaly_mitigation: NotRequired[types.Boolean]
    """With `weighted_random`: whether tasks that answer with more errors than others get fewer requests, with
    three healthy tasks or more. A live target group keeps it until it is given. Default: false."""
    slow_start: NotRequired[types.Integer]
    """With `round_robin`: seconds in which the share of a new task grows, 30 to 900, or 0 for none. Default:
    none."""
    stickiness: NotRequired[StickinessArgs]
    """Stickiness of clients to a task, by a cookie or their address. A live target group keeps it until
    `enabled` is false. Default: none."""
    container_health_check: NotRequired[ContainerHealthCheckArgs]
    """ECS's health check inside the app's own container. Default: none."""
    count: NotRequired[types.Count]
    """How many tasks run, 0 to 5000. Default: 1."""
    autoscaling: NotRequired[AutoscalingArgs]
    """The bounds and targets of autoscaling, instead of `count`. Removing it sets `count` at once. Default:
    none."""
    queue: NotRequired[QueueArgs]
    """An SQS queue of its own: the app may receive and delete messages, and has its URL in `QUEUE_URL`. With
    `autoscaling` its messages set the count, from 0. Removing it deletes the queue. Default: none."""
    daemon: NotRequired[types.Boolean]
    """Whether exactly one task runs on every instance of an EC2 cluster. Default: false."""
    placement: NotRequired[types.Placement]
    """How tasks are placed on instances of capacity `ec2`: `az_spread` (over zones, then instances),
    `az_binpack`, `binpack` or `one_per_host`. Default: `az_spread`."""
    subnets: NotRequired[types.SubnetKind]
    """`public` or `private`, for awsvpc tasks. Default: private when the network has private egress, else
    public."""
    minimum_healthy_percent: NotRequired[types.Integer]
    """With `rolling`: percent of `count` that must run during a rollout, 0 to 100. Default: 100; with
    `daemon` 0."""
    maximum_percent: NotRequired[types.Integer]
    """With `rolling`: percent of `count` that may run during a rollout, 100 to 200. Default: 200; with
    `daemon` 100."""
    deployment: NotRequired[types.Strategy]
    """The strategy. `rolling`: task by task; `blue_green`: all traffic shifts at once, when a second full set
    of tasks is healthy; `canary`: a part of the traffic first; `linear`: in equal steps. All but `rolling`
    need `load_balancer`. Default: `rolling`."""
    deployment_options: NotRequired[DeploymentOptionsArgs]
    """The steps of `blue_green`, `canary` and `linear`. Default: as in each of its fields."""
    alarms: NotRequired[AlarmsArgs]
    """CloudWatch alarms, which notify through SNS and roll deployments back. Default: none."""
    dashboard: NotRequired[types.Boolean]
    """Whether there is a CloudWatch dashboard of requests, errors, latency, CPU, memory and tasks; the first
    three of an account are free. Default: false."""
    deregistration_delay: NotRequired[types.Integer]
    """Seconds in which a deregistered task may finish its requests, 0 to 3600; a rollout waits for them.
    Default: 15 in the preset `dev`, 30 in `prod`, or `stop_timeout` if that is more."""
    stop_timeout: NotRequired[types.Integer]
    """Seconds from SIGTERM to SIGKILL for the app's own container, 2 to 120, at most `deregistration_delay`;
    0 for ECS's own, 30. Default: 25, or the delay if less: 15 in the preset `dev`."""
    execute_command: NotRequired[types.Boolean]
    """Whether ECS Exec can open a shell in tasks; it needs to write, so not with `read_only`. Default: in the
    preset `dev`, unless `read_only`."""
    rebalancing: NotRequired[types.Boolean]
    """Whether ECS moves tasks between zones when these become unequal; not with `daemon`, and with instances
    only where tasks are spread over zones first. Default: ECS's own, enabled for a new service that can."""
    platform_version: NotRequired[str]
    """On Fargate: the version of the platform, such as `1.4.0`, which EFS and EBS volumes need, and
    `ephemeral_storage`, `execute_command`, `connect`, `system_controls`, `env_file`, `restart` and added
    capabilities. Default: `LATEST`."""
    alarm_names: NotRequired[list[pulumi.Input[str]]]
    """Existing CloudWatch alarms that roll back a deployment during which they are in alarm. ECS watches
    them after the last task is replaced, for a time that `rollout_timeout` does not know. Default: none."""
    redeploy: NotRequired[str]
    """Any string, such as a date; another one replaces all tasks although nothing else changes. Default:
    none."""
    tracing: NotRequired[types.Boolean]
    """Whether a collector container sends the app's traces to X-Ray: those of OpenTelemetry, or of X-Ray's
    SDKs. Default: false."""
    pre_deploy: NotRequired[PreDeployArgs]
    """A job with the app's image, such as a database migration, that must succeed before the service changes.
    Default: none."""
    after: NotRequired[list[pulumi.Input[str]]]
    """Outputs that the service waits for, such as another app's `service_name`: it depends on their
    resources. Default: none."""
    verify: NotRequired[types.Boolean]
    """Whether `up` follows the rollout, and fails with the reason if the service does not run the new
    revision. Default: true."""
    rollout_timeout: NotRequired[types.Integer]
    """Seconds until a followed rollout times out, 60 to 86400. Default: 900, plus the waiting times of
    `deployment_options` and `alarms`."""
    family: NotRequired[str]
    """The task definition's family. Default: project, stack and name."""
    container_name: NotRequired[str]
    """The container's name. Default: the app's."""
    service_name: NotRequired[str]
    """A fixed name for the service. A replacement then stops the old service first. Default: a generated
    name."""
    log_group_name: NotRequired[str]
    """A fixed name for the log group. Default: a generated name."""
    log_retention_days: NotRequired[types.Integer]
    """Days that logs are kept. Default: 30 in the preset `dev`, 90 in `prod`."""
    overrides: NotRequired[dict[str, dict[str, Any]]]
    """Inputs of the resources it makes, by short names and pulumi_aws's names of inputs (docs/overrides.md);
    objects are merged, everything else is replaced. Default: none."""
    local: NotRequired[LocalArgs]
    """Settings for `moorage local` that differ. Default: as deployed."""
    tags: NotRequired[types.LaterStrings]
    """Tags on everything that takes them, tasks included. Default: only moorage's own."""


class ContainerAppArgs(ServiceArgs):
    """Arguments of `ContainerApp`. Required: `cluster`, one of `image` and `build`, and usually `network`."""

    cluster: GivenCluster
    """Where it runs: `cluster.ref`, or its fields one by one."""
