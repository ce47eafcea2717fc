"""The fixed sets of values of arguments; each member is the string that a program writes."""

from enum import StrEnum


class PresetName(StrEnum):
    """A named set of defaults."""

    DEV = "dev"
    PROD = "prod"


class CapacityKind(StrEnum):
    """The capacity of a cluster."""

    FARGATE = "fargate"
    FARGATE_SPOT = "fargate_spot"
    EC2 = "ec2"
    MANAGED_INSTANCES = "managed_instances"


class Architecture(StrEnum):
    """A processor architecture, as EC2 spells it."""

    X86_64 = "x86_64"
    ARM64 = "arm64"


class Purchase(StrEnum):
    """A purchase option of instances."""

    ON_DEMAND = "on_demand"
    SPOT = "spot"


class OperatingSystem(StrEnum):
    """The operating system of instances."""

    AMAZON_LINUX = "amazon_linux"
    BOTTLEROCKET = "bottlerocket"


class WarmState(StrEnum):
    """The state of instances in a warm pool."""

    STOPPED = "stopped"
    RUNNING = "running"


class LayerCache(StrEnum):
    """The layer cache of a build (Docker: "Cache storage backends")."""

    REGISTRY = "registry"
    INLINE = "inline"
    NONE = "none"


class Severity(StrEnum):
    """The severity of a finding of an image scan (ECR API reference, ImageScanFinding), the lowest first."""

    INFORMATIONAL = "INFORMATIONAL"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class RecordType(StrEnum):
    """The DNS record of a load balancer: an alias, free and allowed at a zone's apex, or a CNAME."""

    ALIAS = "alias"
    CNAME = "cname"


class BalancerType(StrEnum):
    """The type of a load balancer (API reference, CreateLoadBalancer)."""

    APPLICATION = "application"
    NETWORK = "network"


class MutualMode(StrEnum):
    """A mode of mutual authentication (API reference, MutualAuthenticationAttributes)."""

    VERIFY = "verify"
    PASSTHROUGH = "passthrough"
    OFF = "off"


class IpAddressType(StrEnum):
    """The IP address type of a load balancer (API reference, CreateLoadBalancer)."""

    IPV4 = "ipv4"
    DUALSTACK = "dualstack"
    DUALSTACK_WITHOUT_PUBLIC_IPV4 = "dualstack-without-public-ipv4"


class Failover(StrEnum):
    """The role of a record in failover routing (API reference, ResourceRecordSet)."""

    PRIMARY = "PRIMARY"
    SECONDARY = "SECONDARY"


class NetworkMode(StrEnum):
    """The network mode of a task: an address of its own, or ports of its instance."""

    AWSVPC = "awsvpc"
    BRIDGE = "bridge"


class SubnetKind(StrEnum):
    """The kind of a subnet: with a route to an internet gateway, or without."""

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
    """A stage at which a lifecycle hook is called (API reference, DeploymentLifecycleHook)."""

    RECONCILE_SERVICE = "reconcile_service"
    PRE_SCALE_UP = "pre_scale_up"
    POST_SCALE_UP = "post_scale_up"
    TEST_TRAFFIC_SHIFT = "test_traffic_shift"
    POST_TEST_TRAFFIC_SHIFT = "post_test_traffic_shift"
    PRODUCTION_TRAFFIC_SHIFT = "production_traffic_shift"
    POST_PRODUCTION_TRAFFIC_SHIFT = "post_production_traffic_shift"


class TargetProtocol(StrEnum):
    """The protocol of an app behind a load balancer: from `tcp` on of a network load balancer."""

    HTTP = "http"
    HTTP2 = "http2"
    GRPC = "grpc"
    HTTPS = "https"
    TCP = "tcp"
    UDP = "udp"
    TLS = "tls"


class Algorithm(StrEnum):
    """The routing algorithm of a target group (API reference, TargetGroupAttribute)."""

    ROUND_ROBIN = "round_robin"
    LEAST_OUTSTANDING_REQUESTS = "least_outstanding_requests"
    WEIGHTED_RANDOM = "weighted_random"


class StickinessType(StrEnum):
    """The kind of stickiness: by a cookie of the load balancer, one of the app, or the client's address."""

    LB_COOKIE = "lb_cookie"
    APP_COOKIE = "app_cookie"
    SOURCE_IP = "source_ip"


class ConditionKind(StrEnum):
    """A condition of a listener rule beside host and path."""

    HEADER = "header"
    METHOD = "method"
    QUERY = "query"
    SOURCE_IP = "source IP"


class Unauthenticated(StrEnum):
    """The answer to a request of a client that has not signed in (API reference,
    AuthenticateOidcActionConfig)."""

    AUTHENTICATE = "authenticate"
    ALLOW = "allow"
    DENY = "deny"


class GrantService(StrEnum):
    """A service that a grant can name, as in ARNs."""

    DYNAMODB = "dynamodb"
    S3 = "s3"
    SQS = "sqs"
    SNS = "sns"
    SECRETSMANAGER = "secretsmanager"
    SSM = "ssm"
    KMS = "kms"


class GrantAccess(StrEnum):
    """The access that a grant allows."""

    READ = "read"
    WRITE = "write"
    READ_WRITE = "read_write"


class TaskLayout(StrEnum):
    """The layout of a compose file's services in tasks."""

    PER_SERVICE = "per_service"
    ONE = "one"


class Protocol(StrEnum):
    """The protocol of a port."""

    TCP = "tcp"
    UDP = "udp"


class AppProtocol(StrEnum):
    """The application protocol of a port in Service Connect (API reference, PortMapping)."""

    HTTP = "http"
    HTTP2 = "http2"
    GRPC = "grpc"


class StartCondition(StrEnum):
    """The condition of another container to wait for (API reference, ContainerDependency)."""

    START = "START"
    HEALTHY = "HEALTHY"
    COMPLETE = "COMPLETE"
    SUCCESS = "SUCCESS"


class DevicePermission(StrEnum):
    """A container's permission on a device (API reference, Device)."""

    READ = "read"
    WRITE = "write"
    MKNOD = "mknod"


class LogDriver(StrEnum):
    """The log driver of a container (API reference, LogConfiguration)."""

    AWSLOGS = "awslogs"
    SPLUNK = "splunk"
    FLUENTD = "fluentd"
    GELF = "gelf"
    JOURNALD = "journald"
    JSON_FILE = "json-file"
    SYSLOG = "syslog"


class LogMode(StrEnum):
    """The delivery of a container's output to its log driver."""

    BLOCKING = "blocking"
    NON_BLOCKING = "non-blocking"


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
    """The file system of an EBS volume."""

    XFS = "xfs"
    EXT4 = "ext4"
    EXT3 = "ext3"


class Statistic(StrEnum):
    """The statistic of a metric (API reference, CustomizedMetricSpecification)."""

    AVERAGE = "Average"
    MINIMUM = "Minimum"
    MAXIMUM = "Maximum"
    SAMPLE_COUNT = "SampleCount"
    SUM = "Sum"


class Adjustment(StrEnum):
    """The meaning of a step's change (API reference, StepScalingPolicyConfiguration)."""

    CHANGE = "change"
    PERCENT = "percent"
    EXACT = "exact"


class ForecastMetric(StrEnum):
    """The load and the target of predictive scaling."""

    CPU = "cpu"
    MEMORY = "memory"
    REQUESTS = "requests"


class Forecast(StrEnum):
    """The effect of a forecast (API reference, PredictiveScalingPolicyConfiguration)."""

    ONLY = "forecast_only"
    SCALE = "forecast_and_scale"


class Platform(StrEnum):
    """A platform of a build, as Docker names it."""

    AMD64 = "linux/amd64"
    ARM64 = "linux/arm64"


class ContentType(StrEnum):
    """The content type of a fixed response (API reference, FixedResponseActionConfig)."""

    PLAIN = "text/plain"
    HTML = "text/html"
    CSS = "text/css"
    JAVASCRIPT = "application/javascript"
    JSON = "application/json"


class RedirectProtocol(StrEnum):
    """The protocol of a redirect (API reference, RedirectActionConfig)."""

    HTTP = "HTTP"
    HTTPS = "HTTPS"


class Destination(StrEnum):
    """A destination of logs."""

    CLOUDWATCH = "cloudwatch"
    S3 = "s3"
    FIREHOSE = "firehose"
    OPENSEARCH = "opensearch"
