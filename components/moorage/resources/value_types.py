"""The types of arguments: `Literal`s for type checkers, enumerations for the schema of the plugin.

The analyzer of the SDK reads the annotations at run time; it knows enumerations, and fails on a `Literal`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import pulumi

from moorage.model import capabilities, choices, vpc_endpoints

if TYPE_CHECKING:
    Adjustment = choices.Adjustment | Literal["change", "percent", "exact"]
    Algorithm = choices.Algorithm | Literal["round_robin", "least_outstanding_requests", "weighted_random"]
    AppProtocol = choices.AppProtocol | Literal["http", "http2", "grpc"]
    Architecture = choices.Architecture | Literal["x86_64", "arm64"]
    BalancerType = choices.BalancerType | Literal["application", "network"]
    Capability = (
        capabilities.Capability
        | Literal[
            "ALL",
            "AUDIT_CONTROL",
            "AUDIT_WRITE",
            "BLOCK_SUSPEND",
            "CHOWN",
            "DAC_OVERRIDE",
            "DAC_READ_SEARCH",
            "FOWNER",
            "FSETID",
            "IPC_LOCK",
            "IPC_OWNER",
            "KILL",
            "LEASE",
            "LINUX_IMMUTABLE",
            "MAC_ADMIN",
            "MAC_OVERRIDE",
            "MKNOD",
            "NET_ADMIN",
            "NET_BIND_SERVICE",
            "NET_BROADCAST",
            "NET_RAW",
            "SETFCAP",
            "SETGID",
            "SETPCAP",
            "SETUID",
            "SYSLOG",
            "SYS_ADMIN",
            "SYS_BOOT",
            "SYS_CHROOT",
            "SYS_MODULE",
            "SYS_NICE",
            "SYS_PACCT",
            "SYS_PTRACE",
            "SYS_RAWIO",
            "SYS_RESOURCE",
            "SYS_TIME",
            "SYS_TTY_CONFIG",
            "WAKE_ALARM",
        ]
    )
    CapacityKind = choices.CapacityKind | Literal["fargate", "fargate_spot", "ec2", "managed_instances"]
    ContentType = (
        choices.ContentType
        | Literal["text/plain", "text/html", "text/css", "application/javascript", "application/json"]
    )
    Destination = choices.Destination | Literal["cloudwatch", "s3", "firehose", "opensearch"]
    DevicePermission = choices.DevicePermission | Literal["read", "write", "mknod"]
    EbsType = choices.EbsType | Literal["gp3", "gp2", "io2", "io1", "st1", "sc1", "standard"]
    Endpoint = (
        vpc_endpoints.Endpoint
        | Literal[
            "gateway",
            "all",
            "dynamodb",
            "s3",
            "ecr.api",
            "ecr.dkr",
            "logs",
            "secretsmanager",
            "ssm",
            "ssmmessages",
            "acm-pca",
            "appconfig",
            "appconfigdata",
            "application-autoscaling",
            "athena",
            "autoscaling",
            "bedrock-runtime",
            "cognito-idp",
            "data-servicediscovery",
            "ec2",
            "ec2messages",
            "ecs",
            "ecs-agent",
            "ecs-telemetry",
            "elasticfilesystem",
            "elasticloadbalancing",
            "email-smtp",
            "events",
            "execute-api",
            "glue",
            "kinesis-firehose",
            "kinesis-streams",
            "kms",
            "lambda",
            "monitoring",
            "rds-data",
            "redshift-data",
            "sagemaker.runtime",
            "scheduler",
            "servicediscovery",
            "sns",
            "sqs",
            "ssm-contacts",
            "ssm-incidents",
            "states",
            "sts",
            "textract",
            "transcribe",
            "translate",
            "xray",
        ]
    )
    Failover = choices.Failover | Literal["PRIMARY", "SECONDARY"]
    Forecast = choices.Forecast | Literal["forecast_only", "forecast_and_scale"]
    ForecastMetric = choices.ForecastMetric | Literal["cpu", "memory", "requests"]
    GrantAccess = choices.GrantAccess | Literal["read", "write", "read_write"]
    GrantService = (
        choices.GrantService | Literal["dynamodb", "s3", "sqs", "sns", "secretsmanager", "ssm", "kms"]
    )
    HookStage = (
        choices.HookStage
        | Literal[
            "reconcile_service",
            "pre_scale_up",
            "post_scale_up",
            "test_traffic_shift",
            "post_test_traffic_shift",
            "production_traffic_shift",
            "post_production_traffic_shift",
        ]
    )
    IpAddressType = choices.IpAddressType | Literal["ipv4", "dualstack", "dualstack-without-public-ipv4"]
    LayerCache = choices.LayerCache | Literal["registry", "inline", "none"]
    LogDriver = (
        choices.LogDriver | Literal["awslogs", "splunk", "fluentd", "gelf", "journald", "json-file", "syslog"]
    )
    MutualMode = choices.MutualMode | Literal["verify", "passthrough", "off"]
    NetworkMode = choices.NetworkMode | Literal["awsvpc", "bridge"]
    OperatingSystem = choices.OperatingSystem | Literal["amazon_linux", "bottlerocket"]
    Placement = choices.Placement | Literal["az_spread", "az_binpack", "binpack", "one_per_host"]
    Platform = choices.Platform | Literal["linux/amd64", "linux/arm64"]
    Protocol = choices.Protocol | Literal["tcp", "udp"]
    Purchase = choices.Purchase | Literal["on_demand", "spot"]
    RecordType = choices.RecordType | Literal["alias", "cname"]
    RedirectProtocol = choices.RedirectProtocol | Literal["HTTP", "HTTPS"]
    Severity = choices.Severity | Literal["INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
    StartCondition = choices.StartCondition | Literal["START", "HEALTHY", "COMPLETE", "SUCCESS"]
    Statistic = choices.Statistic | Literal["Average", "Minimum", "Maximum", "SampleCount", "Sum"]
    StickinessType = choices.StickinessType | Literal["lb_cookie", "app_cookie", "source_ip"]
    Strategy = choices.Strategy | Literal["rolling", "blue_green", "canary", "linear"]
    SubnetKind = choices.SubnetKind | Literal["public", "private"]
    TargetProtocol = choices.TargetProtocol | Literal["http", "http2", "grpc", "https", "tcp", "udp", "tls"]
    TaskLayout = choices.TaskLayout | Literal["per_service", "one"]
    Unauthenticated = choices.Unauthenticated | Literal["authenticate", "allow", "deny"]
    VolumeFileSystem = choices.VolumeFileSystem | Literal["xfs", "ext4", "ext3"]
    WarmState = choices.WarmState | Literal["stopped", "running"]
    Boolean = bool | str
    Integer = int | str
    Number = float | str
    Count = Integer | pulumi.Output[Any]
    _Value = (
        pulumi.Input[str] | pulumi.Input[int] | pulumi.Input[float] | pulumi.Input[bool] | pulumi.Output[Any]
    )
    Strings = Mapping[str, _Value]
    LaterStrings = Strings | pulumi.Output[Any]
else:
    Boolean = bool
    Integer = int
    Number = float
    Count = pulumi.Input[int]
    Strings = dict[str, pulumi.Input[str]]
    LaterStrings = pulumi.Input[dict[str, pulumi.Input[str]]]
    from moorage.model.capabilities import Capability  # noqa: F401 - imported from here
    from moorage.model.choices import *  # noqa: F403 - imported from here
    from moorage.model.vpc_endpoints import Endpoint  # noqa: F401 - imported from here
