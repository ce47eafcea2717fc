"""Hourly charges of networks, monthly and usage charges, and types without a price."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from moorage.offline import ResourceGraph, evaluate
from moorage.plan.cost import HOURS, Cost, monthly

Amounts = Callable[[Cost], dict[str, float | None]]


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda: aws.secretsmanager.Secret("key"), {"secret": 0.40}),
        (lambda: aws.kms.Key("key"), {"KMS key": 1.00}),
        (lambda: aws.route53.Zone("zone", name="example.com"), {"hosted zone": 0.50}),
        (
            lambda: aws.servicediscovery.PrivateDnsNamespace("ns", name="local", vpc="vpc-1"),
            {"hosted zone": 0.50},
        ),
        (lambda: aws.cloudwatch.Dashboard("d", dashboard_name="d", dashboard_body="{}"), {"dashboard": 3.0}),
        (lambda: aws.ec2.Eip("address"), {"public IPv4 address": 3.65}),
        (
            lambda: aws.ec2.NatGateway("way", subnet_id="subnet-1"),
            {"NAT gateway": round(HOURS * 0.045, 2), "data through the NAT gateway": None},
        ),
        (lambda: aws.cloudwatch.LogGroup("logs"), {"logs, ingestion and storage": None}),
        (lambda: aws.ecr.Repository("images"), {"images": None}),
        (lambda: aws.s3.Bucket("bucket"), {"objects and requests": None}),
        (lambda: aws.sqs.Queue("queue"), {"messages": None}),
        (lambda: aws.sns.Topic("topic"), {"messages": None}),
        (lambda: aws.efs.FileSystem("files"), {"files": None}),
        (
            lambda: aws.efs.BackupPolicy(
                "backups", file_system_id="fs-1", backup_policy={"status": "ENABLED"}
            ),
            {"backups": None},
        ),
        (
            lambda: aws.efs.BackupPolicy(
                "backups", file_system_id="fs-1", backup_policy={"status": "DISABLED"}
            ),
            {},
        ),
        (
            lambda: aws.sfn.StateMachine("steps", definition="{}", role_arn="arn:r"),
            {"executions": None},
        ),
        (lambda: aws.ssm.Parameter("p", type="String", value="x"), {}),
        (lambda: aws.iam.Role("r", assume_role_policy="{}"), {}),
        (lambda: aws.ec2.SecurityGroup("group"), {}),
    ],
)
def test_each_kind(
    make: Callable[[], Any],
    found: dict[str, float | None],
    cost_of: Callable[..., Cost],
    amounts: Amounts,
    preview: bool,
) -> None:
    cost = cost_of(make, preview=preview)
    assert amounts(cost) == found
    assert cost.unknown == ()


def balancer(**args: Any) -> Callable[[], Any]:
    return lambda: aws.lb.LoadBalancer("lb", **{"subnets": ["subnet-a", "subnet-b"], **args})


@pytest.mark.parametrize(
    ("program", "month"),
    [
        (balancer(), HOURS * (0.0225 + 2 * 0.005)),
        (balancer(internal=True), HOURS * 0.0225),
        (balancer(ip_address_type="dualstack"), HOURS * (0.0225 + 2 * 0.005)),
        (balancer(ip_address_type="dualstack-without-public-ipv4"), HOURS * 0.0225),
        (balancer(load_balancer_type="network"), HOURS * (0.0225 + 2 * 0.005)),
        (
            balancer(
                subnets=None,
                load_balancer_type="network",
                subnet_mappings=[
                    {"subnet_id": "subnet-a", "allocation_id": "eipalloc-1"},
                    {"subnet_id": "subnet-b"},
                ],
            ),
            HOURS * (0.0225 + 0.005),
        ),
    ],
)
def test_load_balancers(
    program: Callable[[], Any], month: float, cost_of: Callable[..., Cost], preview: bool
) -> None:
    cost = cost_of(program, preview=preview)
    assert cost.monthly == pytest.approx(month)
    assert next(line.unit for line in cost.lines if line.monthly is None).endswith("LCU-hour")


def test_the_trust_store_of_a_listener_has_no_price(cost_of: Callable[..., Cost]) -> None:
    def program() -> None:
        made = aws.lb.LoadBalancer("lb", subnets=["subnet-a", "subnet-b"])
        mutual: Any = {"mode": "verify", "trust_store_arn": "arn:aws:elasticloadbalancing:us-east-1:1:t/a"}
        aws.lb.Listener("https", load_balancer_arn=made.arn, mutual_authentication=mutual, default_actions=[])

    assert cost_of(program).unknown == ("lb: trust store of its listeners, charged per hour: not priced",)


def test_a_load_balancer_of_another_kind(cost_of: Callable[..., Cost]) -> None:
    cost = cost_of(balancer(load_balancer_type="gateway"))
    assert cost.unknown == ("lb: load balancer of type gateway: not priced",)


def test_a_load_balancer_in_the_default_vpc(graph_of: Callable[..., ResourceGraph], preview: bool) -> None:
    cost = monthly(graph_of(balancer={}, preview=preview), "eu-central-1")
    line = next(line for line in cost.lines if line.what == "public IPv4 addresses in 3 zones")
    assert line.quantity == 3 * HOURS


def test_subnets_that_a_preview_does_not_know(cost_of: Callable[..., Cost]) -> None:
    def program() -> None:
        topic = aws.sns.Topic("topic")
        subnets = pulumi.Output.all(topic.arn).apply(lambda _: ["subnet-a", "subnet-b"])
        aws.lb.LoadBalancer("lb", subnets=subnets)
        aws.ec2.VpcEndpoint(
            "logs", vpc_id="vpc-1", service_name="s", vpc_endpoint_type="Interface", subnet_ids=subnets
        )

    assert cost_of(program).unknown == ()
    assert cost_of(program, preview=True).unknown == (
        "lb: public addresses, one per subnet: the subnets are unknown",
        "logs: interface endpoint, charged per subnet: the subnets are unknown",
    )


def test_a_web_acl_with_its_rules(graph_of: Callable[..., ResourceGraph], amounts: Amounts) -> None:
    graph = graph_of(balancer={"waf": True})
    (acl,) = graph.of_type("aws:wafv2/webAcl:WebAcl")
    found = amounts(monthly(graph, "us-east-1"))
    rules = len(acl.inputs["rules"])
    assert found["web ACL"] == 5.00
    assert found[f"{rules} rules of the web ACL"] == rules * 1.00


def test_an_alarm_is_paid_for_each_metric(cost_of: Callable[..., Cost], amounts: Amounts) -> None:
    def program() -> None:
        common: dict[str, Any] = {"comparison_operator": "GreaterThanThreshold", "evaluation_periods": 1}
        aws.cloudwatch.MetricAlarm("cpu", metric_name="CPUUtilization", namespace="AWS/ECS", **common)
        aws.cloudwatch.MetricAlarm(
            "rate",
            metric_queries=[
                {"id": "rate", "expression": "bad / all", "return_data": True},
                {"id": "bad", "metric": {"metric_name": "5XX", "period": 60, "stat": "Sum"}},
                {"id": "all", "metric": {"metric_name": "All", "period": 60, "stat": "Sum"}},
            ],
            **common,
        )

    assert amounts(cost_of(program)) == {"alarm": 0.10, "alarm on 2 metrics": 0.20}


def test_container_insights_depend_on_how_many_metrics(graph_of: Callable[..., ResourceGraph]) -> None:
    units = {
        on: {line.unit for line in monthly(graph_of(container_insights=on), "us-east-1").lines}
        for on in (True, False)
    }
    assert units[True] - units[False] == {"metric-month"}


@pytest.mark.parametrize(("mode", "unknown"), [("PAY_PER_REQUEST", 0), ("PROVISIONED", 1)])
def test_tables(mode: str, unknown: int, cost_of: Callable[..., Cost]) -> None:
    def program() -> None:
        key = {"attributes": [{"name": "id", "type": "S"}], "hash_key": "id"}
        aws.dynamodb.Table("notes", billing_mode=mode, **key)

    cost = cost_of(program)
    assert len(cost.unknown) == unknown
    assert [line.what for line in cost.lines] == ["reads, writes and storage"] * (1 - unknown)


def test_types_that_the_calculator_does_not_know_are_named(cost_of: Callable[..., Cost]) -> None:
    def program() -> None:
        for name in ("a", "b"):
            aws.elasticache.Cluster(name, engine="redis")
        aws.ssm.Parameter("p", type="String", value="x", tier="Advanced")

    assert cost_of(program).unknown == (
        "p: parameter of a tier other than Standard: not priced",
        "2 of type aws:elasticache/cluster:Cluster: not priced",
    )


@pytest.mark.parametrize("region", ["mx-central-1", "us-gov-west-1", ""])
def test_a_region_that_is_not_in_the_table(region: str, graph_of: Callable[..., ResourceGraph]) -> None:
    cost = monthly(graph_of(balancer={}), region)
    assert (cost.currency, cost.region, cost.prices_as_of, cost.lines) == ("USD", region, "", ())
    assert cost.unknown == (f"{region or 'no region'}: not in the price table",)
    assert cost.monthly == cost.monthly_max == 0


def test_an_empty_program_costs_nothing() -> None:
    cost = monthly(evaluate(lambda: None), "us-east-1")
    assert (cost.lines, cost.unknown, cost.monthly) == ((), (), 0)


def test_no_secret_is_in_a_line(cost_of: Callable[..., Cost]) -> None:
    def program() -> None:
        secret = aws.secretsmanager.Secret("key")
        aws.secretsmanager.SecretVersion(
            "key", secret_id=secret.id, secret_string=pulumi.Output.secret("s3cret")
        )

    assert "s3cret" not in repr(cost_of(program))


def test_a_region_of_its_own_has_its_own_prices(
    cost_of: Callable[..., Cost], amounts: Amounts, preview: bool
) -> None:
    def program() -> None:
        sydney = aws.Provider("sydney", region="ap-southeast-2")
        aws.ec2.NatGateway("here", subnet_id="subnet-1")
        aws.ec2.NatGateway("by-provider", subnet_id="subnet-1", opts=pulumi.ResourceOptions(provider=sydney))
        aws.ec2.NatGateway("by-region", subnet_id="subnet-1", region="eu-west-1")
        for name in ("nowhere", "nor-this"):
            aws.ec2.NatGateway(name, subnet_id="subnet-1", region="mars-1")

    cost = cost_of(program, preview=preview)
    found = amounts(cost)
    assert {what: amount for what, amount in found.items() if what.startswith("NAT")} == {
        "NAT gateway": 32.85,
        "NAT gateway, ap-southeast-2": 43.07,
        "NAT gateway, eu-west-1": 35.04,
    }
    assert cost.regions == "us-east-1, ap-southeast-2 and eu-west-1"
    assert cost.unknown == ("mars-1: not in the price table",)
