"""Monthly charges and usage charges, and types without a price."""

from collections import Counter

from moorage.graph import BillingMode, Data, DataKind
from moorage.graph.values import count, partly_unknown, within
from moorage.offline import UNKNOWN, Resource
from moorage.offline.twins import standard
from moorage.offline.values import entries

from .bill import Bill

_MONTHLY = {
    "aws:secretsmanager/secret:Secret": ("secret", "secret"),
    "aws:kms/key:Key": ("KMS key", "kms_key"),
    "aws:route53/zone:Zone": ("hosted zone", "hosted_zone"),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": ("hosted zone", "hosted_zone"),
    "aws:servicediscovery/publicDnsNamespace:PublicDnsNamespace": ("hosted zone", "hosted_zone"),
    "aws:cloudwatch/dashboard:Dashboard": ("dashboard", "dashboard"),
}

_BY_USE = {
    "aws:cloudwatch/logGroup:LogGroup": ("logs, ingestion and storage", "GB"),
    "aws:ecr/repository:Repository": ("images", "GB-month"),
    "aws:s3/bucket:Bucket": ("objects and requests", "GB-month and request"),
    "aws:efs/fileSystem:FileSystem": ("files", "GB-month"),
    "aws:sqs/queue:Queue": ("messages", "request"),
    "aws:sns/topic:Topic": ("messages", "request"),
    "aws:sfn/stateMachine:StateMachine": ("executions", "state transition"),
    "aws:scheduler/schedule:Schedule": ("invocations", "invocation"),
    "aws:cloudwatch/eventRule:EventRule": ("events", "event"),
    "aws:ec2/flowLog:FlowLog": ("flow logs", "GB"),
    "aws:lambda/function:Function": ("invocations", "request and GB-second"),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": ("metric, in hours with data", "metric-month"),
}

_PRICED = {
    *_MONTHLY,
    *_BY_USE,
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:dynamodb/table:Table",
    "aws:ec2/eip:Eip",
    "aws:ec2/instance:Instance",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:ssm/parameter:Parameter",
}

_FREE = (
    "aws:acm/",
    "aws:appautoscaling/",
    "aws:autoscaling/",
    "aws:cloudwatch/eventBus:",
    "aws:cloudwatch/eventTarget:",
    "aws:cloudwatch/logResourcePolicy:",
    "aws:cloudwatch/logSubscriptionFilter:",
    "aws:codedeploy/",
    "aws:dynamodb/tableItem:",
    "aws:ec2/default",
    "aws:ec2/internetGateway:",
    "aws:ec2/keyPair:",
    "aws:ec2/mainRouteTableAssociation:",
    "aws:ec2/networkAcl",
    "aws:ec2/route",
    "aws:ec2/securityGroup",
    "aws:ec2/subnet:",
    "aws:ec2/vpc:",
    "aws:ecr/",
    "aws:ecs/",
    "aws:efs/",
    "aws:iam/",
    "aws:kms/alias:",
    "aws:kms/keyPolicy:",
    "aws:lambda/permission:",
    "aws:lb/",
    "aws:rds/subnetGroup:",
    "aws:route53/record:",
    "aws:s3/",
    "aws:scheduler/scheduleGroup:",
    "aws:secretsmanager/",
    "aws:servicediscovery/",
    "aws:sns/",
    "aws:sqs/",
    "aws:vpc/securityGroup",
    "aws:wafv2/",
)
"""Types, or their prefixes, without a charge, or with charges that other functions add."""


def charges(bill: Bill) -> None:
    """Add monthly and usage charges, and note the AWS types without a price."""
    unpriced: Counter[str] = Counter()
    for resource in bill.view.graph:
        if resource.external:
            continue
        type_ = standard(resource.type)
        if type_ in _MONTHLY:
            what, charge = _MONTHLY[type_]
            bill.charge(resource, what, charge)
        if type_ in _BY_USE:
            bill.by_use(resource, *_BY_USE[type_])
        free = type_.startswith(_FREE) or not type_.startswith("aws:")
        if resource.custom and type_ not in _PRICED and not free:
            unpriced[resource.type] += 1
    for acl in bill.links.of_type("aws:wafv2/webAcl:WebAcl"):
        _web_acl(bill, acl)
    for alarm in bill.links.of_type("aws:cloudwatch/metricAlarm:MetricAlarm"):
        _alarm(bill, alarm)
    for data in bill.view.data:
        if data.kind is DataKind.TABLE and not data.resource.external:
            _table(bill, data)
    for parameter in bill.links.of_type("aws:ssm/parameter:Parameter"):
        tier = bill.links.inputs(parameter).get("tier")
        if tier is UNKNOWN:
            bill.not_priced(parameter, "the tier of the parameter is unknown")
        elif tier not in (None, "Standard"):
            bill.not_priced(parameter, "parameter of a tier other than Standard: not priced")
    for backups in bill.links.of_type("aws:efs/backupPolicy:BackupPolicy"):
        status = within(bill.links.inputs(backups), "backupPolicy", "status")
        if status is UNKNOWN:
            bill.not_priced(backups, "it is unknown whether the file system is backed up")
        elif status != "DISABLED":
            bill.by_use(backups, "backups", "GB-month")
    for cluster in bill.links.of_type("aws:ecs/cluster:Cluster"):
        settings = bill.links.inputs(cluster).get("settings")
        on = {
            UNKNOWN if item.get("name") is UNKNOWN else item.get("value")
            for item in entries(settings)
            if item.get("name") in ("containerInsights", UNKNOWN)
        }
        if partly_unknown(settings) or UNKNOWN in on:
            bill.not_priced(cluster, "it is unknown whether Container Insights is enabled")
        elif on & {"enabled", "enhanced"}:
            bill.by_use(cluster, "Container Insights of services and tasks", "metric-month")
    bill.unknown.extend(f"{count} of type {type_}: not priced" for type_, count in sorted(unpriced.items()))


def _web_acl(bill: Bill, acl: Resource) -> None:
    rules = count(bill.links.inputs(acl).get("rules"), 0)
    bill.charge(acl, "web ACL", "web_acl")
    if rules is UNKNOWN:
        bill.not_priced(acl, "the number of its rules is unknown")
    else:
        bill.charge(acl, f"{rules} rules of the web ACL", "web_acl_rule", rules)
    bill.by_use(acl, "requests inspected by the web ACL", "request")


def _alarm(bill: Bill, alarm: Resource) -> None:
    """Add an alarm, charged per metric (Amazon CloudWatch pricing)."""
    metric_queries = bill.links.inputs(alarm).get("metricQueries")
    if partly_unknown(metric_queries):
        bill.not_priced(alarm, "the number of its metrics is unknown")
        return
    queries = entries(metric_queries)
    metrics = sum(1 for query in queries if query.get("metric")) or 1
    bill.charge(alarm, "alarm" if metrics == 1 else f"alarm on {metrics} metrics", "alarm", metrics)


def _table(bill: Bill, table: Data) -> None:
    if table.billing is BillingMode.ON_DEMAND:
        bill.by_use(table.resource, "reads, writes and storage", "request unit and GB-month")
    elif table.billing is BillingMode.PROVISIONED:
        bill.not_priced(table.resource, "DynamoDB table with provisioned capacity: not priced")
    else:
        bill.not_priced(table.resource, "the billing mode of the DynamoDB table is unknown")
