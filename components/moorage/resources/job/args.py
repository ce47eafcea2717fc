"""The arguments of `Job`."""

from typing import Any, NotRequired, TypedDict

import pulumi

from moorage.resources import value_types as types
from moorage.resources.app.args import ConnectionArgs, GrantArgs, LocalArgs, StatementArgs
from moorage.resources.cluster.args import GivenCluster
from moorage.resources.image.args import BuildArgs
from moorage.resources.network.args import GivenNetwork


class JobArgs(TypedDict):
    """Arguments of `Job`. Required are `cluster`, one of `image` and `build`, and mostly `network`."""

    cluster: GivenCluster
    """Where it runs: `cluster.ref`, or its fields one by one."""
    network: NotRequired[GivenNetwork]
    """Where its task is placed: `network.ref`, or its fields one by one. Required unless it uses bridge
    networking. Default: none."""
    image: NotRequired[pulumi.Input[str]]
    """The image to run, best given by digest. Give this or `build`. Default: the one that is built."""
    build: NotRequired[BuildArgs]
    """The folder to build the image from. Give this or `image`. Default: nothing is built."""
    command: NotRequired[list[str]]
    """The container's command; exit code 0 is success. Default: the image's."""
    entry_point: NotRequired[list[str]]
    """The container's entry point. Default: the image's."""
    schedule: NotRequired[str]
    """When it runs: `rate(1 hour)`, `cron(0 3 * * ? *)` or `at(2027-01-31T03:00:00)`. Runs that take longer
    than their interval overlap. Default: on demand only."""
    timezone: NotRequired[str]
    """The time zone of `schedule`, such as `Europe/Vienna`. Default: `UTC`."""
    retries: NotRequired[types.Integer]
    """How often a scheduled run whose task failed, by its exit code, is retried, 0 to 10. Default: 0."""
    timeout: NotRequired[types.Integer]
    """Seconds after which a run is stopped, including the start of its task and all retries, 60 to 31536000.
    Default: 3600."""
    cpu: NotRequired[types.Integer]
    """CPU units of the task, 1024 = 1 vCPU. Fargate has fixed pairs with `memory`. Default: 256."""
    memory: NotRequired[types.Integer]
    """Memory of the task in MiB; above it the task is killed. Default: 512."""
    user: NotRequired[str]
    """The user of the container's processes, as a `ContainerApp` takes it. Default: the image's."""
    read_only: NotRequired[types.Boolean]
    """Whether the container's root file system is read-only. Default: false."""
    network_mode: NotRequired[types.NetworkMode]
    """`awsvpc`: an address of its own; or `bridge`: that of the instance. Default: `bridge` on EC2, else
    `awsvpc`."""
    subnets: NotRequired[types.SubnetKind]
    """`public` or `private`, for awsvpc. Default: private when the network has private egress, else
    public."""
    environment: NotRequired[types.LaterStrings]
    """Environment variables. Anyone who may describe the task can read them: secrets are refused. Default:
    none."""
    secrets: NotRequired[types.Strings]
    """Environment variables from secrets that exist, by variable, as a `ContainerApp` takes them. Default:
    none."""
    secret_values: NotRequired[types.Strings]
    """Environment variables from Pulumi secrets, by variable: each value is stored in Secrets Manager for the
    job. Default: none."""
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
    """Security groups that are opened to its awsvpc task, such as a database's. Default: none."""
    overrides: NotRequired[dict[str, dict[str, Any]]]
    """Inputs of the resources it makes, by short names and pulumi_aws's names of inputs (docs/overrides.md);
    objects are merged, everything else is replaced. Default: none."""
    local: NotRequired[LocalArgs]
    """Settings for `moorage local` that differ. Default: as deployed."""
    tags: NotRequired[types.LaterStrings]
    """Tags on everything that takes them, tasks included. Default: only moorage's own."""
