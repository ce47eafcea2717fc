"""The arguments of a container of `ContainerApp`: its own, and each in `containers`."""

from typing import NotRequired, TypedDict

import pulumi

from moorage.resources import value_types as types
from moorage.resources.image.args import BuildArgs


class ContainerHealthCheckArgs(TypedDict):
    """A command that ECS runs inside the container to check it."""

    command: list[pulumi.Input[str]]
    """`CMD` and the program with its arguments, or `CMD-SHELL` and a shell command; 0 is healthy."""
    interval: NotRequired[types.Integer]
    """Seconds between two checks, 5 to 300. Default: 30."""
    timeout: NotRequired[types.Integer]
    """Seconds a check may take, 2 to 60. Default: 5."""
    retries: NotRequired[types.Integer]
    """Failing checks after which the container is unhealthy, 1 to 10. Default: 3."""
    start_period: NotRequired[types.Integer]
    """Seconds after the start in which failing checks do not count, 0 to 300. Default: 0."""


class PortArgs(TypedDict):
    """A port that a container listens on."""

    port: types.Integer
    """The port, 1 to 65535."""
    protocol: NotRequired[types.Protocol]
    """`tcp` or `udp`. Default: `tcp`."""
    host_port: NotRequired[types.Integer]
    """With bridge networking on EC2: the instance's port, 0 to 65535; 0 is a dynamic one. An awsvpc task has
    no other than `port`. Default: 0."""
    name: NotRequired[str]
    """The name of the port mapping: 1 to 64 lower-case letters, digits, hyphens and underscores. Default:
    none; with `connect`, the container's name and the port."""
    app_protocol: NotRequired[types.AppProtocol]
    """Its protocol in Service Connect: `http`, `http2` or `grpc`. Default: TCP."""
    public: NotRequired[types.Boolean]
    """With the app's `public`: whether this port is public too. Default: false."""


class MountArgs(TypedDict):
    """A mount of one of the task's volumes."""

    volume: str
    """The volume's name in `volumes`."""
    path: str
    """The absolute path in the container."""
    read_only: NotRequired[types.Boolean]
    """Whether the container may only read it. Default: false."""


class VolumesFromArgs(TypedDict):
    """Another container of the task, whose mounts this one shares."""

    container: str
    """The other container's name."""
    read_only: NotRequired[types.Boolean]
    """Whether it may only read them. Default: false."""


class UlimitArgs(TypedDict):
    """A limit of a container's processes, as `setrlimit` has it; -1 is unlimited."""

    soft: types.Integer
    """The limit that applies, at most `hard`."""
    hard: types.Integer
    """The limit up to which a process may raise its own."""


class TmpfsArgs(TypedDict):
    """A file system in memory."""

    path: str
    """The absolute path in the container."""
    size: types.Integer
    """Its largest size in MiB, from 1."""
    options: NotRequired[list[str]]
    """Mount options, such as `noexec` or `mode=1777`. Default: none."""


class DeviceArgs(TypedDict):
    """A device of the instance."""

    host_path: str
    """The path on the instance, such as `/dev/fuse`."""
    path: NotRequired[str]
    """The path in the container. Default: the same."""
    permissions: NotRequired[list[types.DevicePermission]]
    """Any of `read`, `write` and `mknod`. Default: all three."""


class LinuxArgs(TypedDict):
    """Linux settings of a container."""

    init: NotRequired[types.Boolean]
    """Whether an init process forwards signals and reaps children. Default: true."""
    add_capabilities: NotRequired[list[types.Capability]]
    """Linux capabilities added to Docker's, such as `SYS_PTRACE`, the only one on Fargate. Default: none."""
    drop_capabilities: NotRequired[list[types.Capability]]
    """Linux capabilities that are dropped, such as `ALL`. Default: none."""
    shared_memory: NotRequired[types.Integer]
    """MiB of `/dev/shm`, from 1; not on Fargate. Default: 64."""
    tmpfs: NotRequired[list[TmpfsArgs]]
    """File systems in memory. Default: none."""
    devices: NotRequired[list[DeviceArgs]]
    """Devices of the instance; not on Fargate. Default: none."""


class RestartArgs(TypedDict):
    """ECS restarts the container inside its task when it exits; an empty object restarts after every exit."""

    ignored_exit_codes: NotRequired[list[types.Integer]]
    """Exit codes after which it is not restarted, at most 50. Default: none."""
    attempt_period: NotRequired[types.Integer]
    """Seconds that it must have run to be restarted, 60 to 1800. Default: 300."""


class FirelensArgs(TypedDict):
    """FireLens: a Fluent Bit router in the task, of AWS's image, forwards a container's output."""

    to: types.Destination
    """`cloudwatch`: the app's log group; `s3`, `firehose` or `opensearch`."""
    name: NotRequired[pulumi.Input[str]]
    """The name of the bucket, the delivery stream or the domain, to which the task role may write; required
    for all but `cloudwatch`. Default: none."""
    host: NotRequired[pulumi.Input[str]]
    """The endpoint of the OpenSearch domain, without `https://`; required for `opensearch`. Default: none."""


class LogArgs(TypedDict):
    """The logging of a container."""

    driver: NotRequired[types.LogDriver]
    """`awslogs`: a CloudWatch log group; `splunk`; or on EC2 `fluentd`, `gelf`, `journald`, `json-file` or
    `syslog`. Default: `awslogs`."""
    group: NotRequired[pulumi.Input[str]]
    """With `awslogs`: the name of a log group that exists. Default: the app's, which is made."""
    region: NotRequired[pulumi.Input[str]]
    """With `group`: its region. Default: the cluster's."""
    prefix: NotRequired[pulumi.Input[str]]
    """With `awslogs`: the prefix of the log streams' names. Default: the name of the container; the app's for
    its own."""
    firelens: NotRequired[FirelensArgs]
    """A router that forwards the output, instead of a driver; `options` are those of its output plugin.
    Default: none."""
    options: NotRequired[types.Strings]
    """Further options of the driver, such as `max-buffer-size`. Default: `mode` is `non-blocking`."""
    secret_options: NotRequired[types.Strings]
    """Options from existing secrets, by option, as `secrets` takes them. Default: none."""


class ContainerSettingsArgs(TypedDict):
    """The arguments that the app's own container and each of `containers` share."""

    image: NotRequired[pulumi.Input[str]]
    """The image to run, best given by digest. Give this or `build`. Default: the one that is built."""
    build: NotRequired[BuildArgs]
    """The folder to build the image from. Give this or `image`. Default: nothing is built."""
    repository_credentials: NotRequired[pulumi.Input[str]]
    """The ARN of a Secrets Manager secret with the credentials of a private registry other than ECR. Default:
    none."""
    command: NotRequired[list[pulumi.Input[str]]]
    """The container's command. Default: the image's."""
    entry_point: NotRequired[list[pulumi.Input[str]]]
    """The container's entry point. Default: the image's."""
    working_directory: NotRequired[pulumi.Input[str]]
    """The directory its command runs in. Default: the image's."""
    environment: NotRequired[types.LaterStrings]
    """Environment variables. Anyone who may describe the task can read them: secrets are refused. Default:
    none."""
    env_file: NotRequired[list[pulumi.Input[str]]]
    """ARNs of files in S3 with environment variables, `NAME=value` line by line, at most 10; `environment`
    overrides them. Default: none."""
    secrets: NotRequired[types.Strings]
    """Environment variables from existing secrets, by variable: the ARN of a Secrets Manager secret or SSM
    parameter, a parameter's name (`/notes/token`) or a secret's name (`db-login`); `#key` at the end takes
    one key of a secret's JSON. Default: none."""
    essential: NotRequired[types.Boolean]
    """Whether the task ends when this container does. Default: true."""
    depends_on: NotRequired[dict[str, types.StartCondition]]
    """Other containers of the task that this one waits for, by name: until it has started (`START`), is
    `HEALTHY`, has ended (`COMPLETE`), or has ended with exit code 0 (`SUCCESS`). Default: none."""
    ports: NotRequired[list[PortArgs]]
    """Ports it listens on; of the app's own container those besides `port`. Default: none."""
    mounts: NotRequired[list[MountArgs]]
    """Mounts of the task's `volumes`. Default: none."""
    volumes_from: NotRequired[list[VolumesFromArgs]]
    """Other containers whose mounts it shares. Default: none."""
    user: NotRequired[pulumi.Input[str]]
    """The user of the container's processes, by name or number, with an optional group after `:`, such as
    `10001:10001`. Default: the image's."""
    read_only: NotRequired[types.Boolean]
    """Whether the container's root file system is read-only. Default: false."""
    privileged: NotRequired[types.Boolean]
    """Whether it has all privileges on its instance; not on Fargate. Default: false."""
    version_consistency: NotRequired[types.Boolean]
    """Whether all tasks of a deployment run the image that its tag named at the start. Default: true."""
    linux: NotRequired[LinuxArgs]
    """Linux settings: init process, capabilities, memory file systems. Default: as in each of its fields."""
    ulimits: NotRequired[dict[str, UlimitArgs]]
    """Limits of its processes by name, such as `nofile`. Default: those of ECS."""
    system_controls: NotRequired[types.Strings]
    """Namespaced kernel parameters, such as `net.core.somaxconn`: those of `net`, `fs.mqueue` and System V
    IPC. Default: none."""
    restart: NotRequired[RestartArgs]
    """ECS restarts it inside its task when it exits. Default: it does not; the task ends if it is
    `essential`."""
    gpu: NotRequired[types.Integer]
    """GPUs of the instance that are reserved for it, 1 to 16; needs a cluster whose instances have GPUs.
    Default: none."""
    log: NotRequired[LogArgs]
    """Its logging. Default: to the app's CloudWatch log group."""
    labels: NotRequired[types.Strings]
    """Docker labels. Default: none."""
    hostname: NotRequired[pulumi.Input[str]]
    """With bridge networking: its host name. Default: the container's id."""
    extra_hosts: NotRequired[types.Strings]
    """With bridge networking: IP addresses by host name, for its `/etc/hosts`. Default: none."""
    dns: NotRequired[list[pulumi.Input[str]]]
    """With bridge networking: its name servers. Default: the instance's."""
    dns_search: NotRequired[list[pulumi.Input[str]]]
    """With bridge networking: its DNS search domains. Default: the instance's."""
    links: NotRequired[list[str]]
    """With bridge networking: other containers of the task that it reaches by name, `name` or `name:alias`.
    Default: none."""
    security_options: NotRequired[list[pulumi.Input[str]]]
    """Docker's security options, such as `no-new-privileges`; not on Fargate. Default: none."""
    interactive: NotRequired[types.Boolean]
    """Whether its standard input stays open. Default: false."""
    terminal: NotRequired[types.Boolean]
    """Whether it has a terminal. Default: false."""


class ContainerArgs(ContainerSettingsArgs):
    """A further container of the app's task. Required: one of `image` and `build`."""

    cpu: NotRequired[types.Integer]
    """CPU units that are reserved for it, 1 to 196608, of the task's `cpu`. Default: none."""
    memory: NotRequired[types.Integer]
    """MiB above which it is killed, from 6. Default: the task's `memory`."""
    memory_reservation: NotRequired[types.Integer]
    """MiB that are reserved for it as a soft limit, from 6, below `memory`. Default: none."""
    health_check: NotRequired[ContainerHealthCheckArgs]
    """ECS's health check inside it. Default: none."""
    stop_timeout: NotRequired[types.Integer]
    """Seconds from SIGTERM to SIGKILL, 2 to 120. Default: ECS's own, 30."""
