"""Provider functions."""

import json
import re
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from moorage.offline import Secret, evaluate
from moorage.offline.invokes import TABLE

A = "123456789012"


def result(function: Any, *arguments: Any, region: str = "us-east-1", **keywords: Any) -> Any:
    """Call a function of pulumi_aws in a program, and return what it gives."""
    found: list[Any] = []
    evaluate(lambda: found.append(function(*arguments, **keywords)), config={"aws:region": region})
    return found[0]


def subnets_of(vpc_id: str, *more: dict[str, Any], region: str = "us-east-1") -> list[str]:
    return result(
        aws.ec2.get_subnets, filters=[{"name": "vpc-id", "values": [vpc_id]}, *more], region=region
    ).ids


def test_the_default_vpc_and_its_subnets() -> None:
    vpc = result(aws.ec2.get_vpc, default=True)
    assert re.fullmatch(r"vpc-[0-9a-f]{17}", vpc.id)
    assert vpc.default
    assert vpc.cidr_block == "172.31.0.0/16"
    assert result(aws.ec2.get_vpc, id=vpc.id).default
    assert not result(aws.ec2.get_vpc, id="vpc-1").default
    ids = subnets_of(vpc.id)
    assert len(set(ids)) == 3
    assert ids == subnets_of(vpc.id)
    assert ids != subnets_of(vpc.id, region="eu-west-1")
    assert subnets_of(vpc.id, {"name": "map-public-ip-on-launch", "values": ["false"]}) == []


def test_subnets_of_a_given_vpc() -> None:
    every, private, public = (
        subnets_of("vpc-1", *[{"name": "map-public-ip-on-launch", "values": [v]}] if v else [])
        for v in ("", "false", "true")
    )
    assert [len(ids) for ids in (every, private, public)] == [3, 3, 3]
    assert not set(private) & set(public)
    assert len(subnets_of("vpc-1", {"name": "availability-zone", "values": ["us-east-1b"]})) == 1


def test_a_subnet_belongs_where_it_was_found() -> None:
    def program() -> None:
        filters = [{"name": "vpc-id", "values": ["vpc-1"]}]
        for id_ in aws.ec2.get_subnets(filters=filters).ids:
            subnet = aws.ec2.get_subnet(id=id_)
            pulumi.export(id_, [subnet.vpc_id, subnet.availability_zone, subnet.cidr_block])

    assert sorted(evaluate(program).outputs.values()) == [
        ["vpc-1", f"us-east-1{letter}", f"172.31.{16 * n}.0/20"] for n, letter in enumerate("abc")
    ]


def test_zones_region_account_and_partition() -> None:
    zones = result(aws.get_availability_zones, region="ap-southeast-2", state="available")
    assert zones.names == ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"]
    assert zones.zone_ids == ["apse2-az1", "apse2-az2", "apse2-az3"]
    assert result(aws.get_availability_zones, exclude_names=["us-east-1b"]).names == [
        "us-east-1a",
        "us-east-1c",
    ]
    assert result(aws.get_region, region="eu-west-1").region == "eu-west-1"
    assert result(aws.get_caller_identity).account_id == A
    partition = result(aws.get_partition, region="cn-north-1")
    assert (partition.partition, partition.dns_suffix) == ("aws-cn", "amazonaws.com.cn")
    assert partition.reverse_dns_prefix == "cn.com.amazonaws"


def test_the_region_of_a_provider() -> None:
    def program() -> None:
        provider = aws.Provider("p", region="eu-north-1")
        names = aws.get_availability_zones_output(opts=pulumi.InvokeOutputOptions(provider=provider)).names
        pulumi.export("names", names)

    assert evaluate(program).outputs["names"][0] == "eu-north-1a"


def test_images_and_parameters() -> None:
    ami = result(aws.ec2.get_ami, owners=["amazon"], filters=[{"name": "architecture", "values": ["arm64"]}])
    assert re.fullmatch(r"ami-[0-9a-f]{17}", ami.id)
    assert ami.architecture == "arm64"
    base = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended"
    assert re.fullmatch(r"ami-[0-9a-f]{17}", result(aws.ssm.get_parameter, name=base + "/image_id").value)
    assert json.loads(result(aws.ssm.get_parameter, name=base).value)["image_id"].startswith("ami-")
    assert (
        result(aws.ssm.get_parameter, name="/shop/key").arn == f"arn:aws:ssm:us-east-1:{A}:parameter/shop/key"
    )


def test_a_registry_token_is_secret() -> None:
    def program() -> None:
        repository = aws.ecr.Repository("repo")
        token = aws.ecr.get_authorization_token_output(registry_id=repository.registry_id)
        pulumi.export("user", token.user_name)
        pulumi.export("password", token.password)

    graph = evaluate(program)

    assert isinstance(graph.outputs["password"], Secret)
    assert graph.outputs["user"] in ("AWS", Secret("AWS"))  # the SDK makes all of a result secret
    assert graph.invokes[0].args == {"registryId": A}


def test_named_things() -> None:
    zone = result(aws.route53.get_zone, name="example.com.")
    assert re.fullmatch(r"Z[0-9A-F]{20}", zone.zone_id)
    assert zone.name == "example.com"
    assert result(aws.route53.get_zone, zone_id="Z1").id == "Z1"
    prefix = result(aws.ec2.get_managed_prefix_list, name="com.amazonaws.global.cloudfront.origin-facing")
    assert re.fullmatch(r"pl-[0-9a-f]{8}", prefix.id)
    assert result(aws.elb.get_service_account).arn == "arn:aws:iam::127311923021:root"
    assert result(aws.ecs.get_cluster, cluster_name="c").arn == f"arn:aws:ecs:us-east-1:{A}:cluster/c"
    assert result(aws.ecr.get_repository, name="r").repository_url == f"{A}.dkr.ecr.us-east-1.amazonaws.com/r"
    assert result(aws.iam.get_role, name="r").arn == f"arn:aws:iam::{A}:role/r"
    secret = result(aws.secretsmanager.get_secret, name="s")
    assert secret.id == secret.arn
    assert result(aws.secretsmanager.get_secret, arn=secret.arn).arn == secret.arn
    group = result(aws.ec2.get_security_group, name="default", vpc_id="vpc-1")
    assert (group.vpc_id, group.name) == ("vpc-1", "default")


def document(**arguments: Any) -> dict[str, Any]:
    return json.loads(result(aws.iam.get_policy_document, **arguments).json)


def test_policy_documents() -> None:
    policy = document(
        statements=[
            {
                "sid": "Read",
                "actions": ["s3:GetObject", "s3:ListBucket"],
                "resources": ["arn:aws:s3:::b/&{aws:username}"],
                "principals": [{"type": "Service", "identifiers": ["ecs-tasks.amazonaws.com"]}],
                "conditions": [
                    {"test": "StringEquals", "variable": "aws:SourceAccount", "values": [A]},
                    {"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["2"]},
                ],
            },
            aws.iam.GetPolicyDocumentStatementArgs(effect="Deny", not_actions=["iam:*"], resources=["*"]),
        ]
    )
    assert policy == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": "arn:aws:s3:::b/${aws:username}",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": [A, "2"]}},
            },
            {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"},
        ],
    }


def test_policy_documents_from_others() -> None:
    def source(sid: str, effect: str) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": {"Sid": sid, "Effect": effect}})

    policy = document(
        policy_id="p",
        source_policy_documents=[source("a", "Allow"), source("b", "Allow")],
        override_policy_documents=[source("a", "Deny")],
        statements=[{"principals": [{"type": "*", "identifiers": ["*"]}], "actions": ["x:Y"]}],
    )
    assert policy["Id"] == "p"
    assert policy["Statement"] == [
        {"Sid": "b", "Effect": "Allow"},
        {"Effect": "Allow", "Action": "x:Y", "Principal": "*"},
        {"Sid": "a", "Effect": "Deny"},
    ]


@pytest.mark.parametrize("token", sorted(TABLE))
def test_every_function_answers_without_more_than_a_name(token: str) -> None:
    def program() -> None:
        answer = pulumi.runtime.invoke(token, {"name": "n"} if "Parameter" in token else {}).value
        pulumi.export("id", answer["id"])

    assert evaluate(program).outputs["id"]
