"""The fixed sets of values that arguments can have; each member is the string that a program writes."""

from enum import StrEnum


class PresetName(StrEnum):
    """A named set of defaults."""

    DEV = "dev"
    PROD = "prod"


class CapacityKind(StrEnum):
    """What a cluster runs tasks on."""

    FARGATE = "fargate"
    FARGATE_SPOT = "fargate_spot"
    EC2 = "ec2"
    MANAGED_INSTANCES = "managed_instances"


class Architecture(StrEnum):
    """A processor architecture, as EC2 spells it."""

    X86_64 = "x86_64"
    ARM64 = "arm64"


class Purchase(StrEnum):
    """How instances are bought."""

    ON_DEMAND = "on_demand"
    SPOT = "spot"


class RecordType(StrEnum):
    """How a name points to a load balancer: an alias record, free and allowed at a zone's apex, or a
    CNAME."""

    ALIAS = "alias"
    CNAME = "cname"


class NetworkMode(StrEnum):
    """Whether a task has an address of its own, or ports of its instance."""

    AWSVPC = "awsvpc"
    BRIDGE = "bridge"


class SubnetKind(StrEnum):
    """Whether a subnet has a route to an internet gateway."""

    PUBLIC = "public"
    PRIVATE = "private"


class Placement(StrEnum):
    """A task placement template of the ECS console."""

    AZ_SPREAD = "az_spread"
    AZ_BINPACK = "az_binpack"
    BINPACK = "binpack"
    ONE_PER_HOST = "one_per_host"


class Strategy(StrEnum):
    """A deployment strategy (API reference, DeploymentConfiguration)."""

    ROLLING = "rolling"
    BLUE_GREEN = "blue_green"
    CANARY = "canary"
    LINEAR = "linear"


class HookStage(StrEnum):
    """A stage that a lifecycle hook can be called at (API reference, DeploymentLifecycleHook)."""

    RECONCILE_SERVICE = "reconcile_service"
    PRE_SCALE_UP = "pre_scale_up"
    POST_SCALE_UP = "post_scale_up"
    TEST_TRAFFIC_SHIFT = "test_traffic_shift"
    POST_TEST_TRAFFIC_SHIFT = "post_test_traffic_shift"
    PRODUCTION_TRAFFIC_SHIFT = "production_traffic_shift"
    POST_PRODUCTION_TRAFFIC_SHIFT = "post_production_traffic_shift"


class GrantService(StrEnum):
    """A service that a grant can name, as ARNs spell it."""

    DYNAMODB = "dynamodb"
    S3 = "s3"
    SQS = "sqs"
    SNS = "sns"
    SECRETSMANAGER = "secretsmanager"
    SSM = "ssm"
    KMS = "kms"


class GrantAccess(StrEnum):
    """What a grant allows."""

    READ = "read"
    WRITE = "write"
    READ_WRITE = "read_write"


class TaskLayout(StrEnum):
    """How the services of a compose file are cut into tasks."""

    PER_SERVICE = "per_service"
    ONE = "one"


class Protocol(StrEnum):
    """The protocol of a port."""

    TCP = "tcp"
    UDP = "udp"


class AppProtocol(StrEnum):
    """What Service Connect takes a port for (API reference, PortMapping)."""

    HTTP = "http"
    HTTP2 = "http2"
    GRPC = "grpc"


class StartCondition(StrEnum):
    """What a container can wait for of another (API reference, ContainerDependency)."""

    START = "START"
    HEALTHY = "HEALTHY"
    COMPLETE = "COMPLETE"
    SUCCESS = "SUCCESS"


class DevicePermission(StrEnum):
    """What a container may do with a device (API reference, Device)."""

    READ = "read"
    WRITE = "write"
    MKNOD = "mknod"


class LogDriver(StrEnum):
    """Where a container's output goes (API reference, LogConfiguration)."""

    AWSLOGS = "awslogs"
    SPLUNK = "splunk"
    FLUENTD = "fluentd"
    GELF = "gelf"
    JOURNALD = "journald"
    JSON_FILE = "json-file"
    SYSLOG = "syslog"


class EbsType(StrEnum):
    """A type of EBS volume (API reference, ServiceManagedEBSVolumeConfiguration)."""

    GP3 = "gp3"
    GP2 = "gp2"
    IO2 = "io2"
    IO1 = "io1"
    ST1 = "st1"
    SC1 = "sc1"
    STANDARD = "standard"


class VolumeFileSystem(StrEnum):
    """What an EBS volume is formatted with."""

    XFS = "xfs"
    EXT4 = "ext4"
    EXT3 = "ext3"
