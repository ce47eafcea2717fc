"""What providers compute: names, ids, ARNs and addresses."""

import re
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build
import pytest

from moorage.offline import EvaluationError, Resource, evaluate
from moorage.offline.resolvers import TABLE

A = "123456789012"
ECS = f"arn:aws:ecs:us-east-1:{A}"
ELB = f"arn:aws:elasticloadbalancing:us-east-1:{A}"
SECRET = f"arn:aws:secretsmanager:us-east-1:{A}:secret:token"
MANAGED = "arn:aws:iam::aws:policy/ReadOnlyAccess"


class Any_(pulumi.CustomResource):
    """A resource of any type, so that tests need no class for it."""

    def __init__(self, type_: str, name: str, inputs: dict[str, Any], **options: Any) -> None:
        super().__init__(type_, name, inputs, pulumi.ResourceOptions(**options))


def made(type_: str, *, region: str = "eu-west-1", name: str = "web", **inputs: Any) -> Resource:
    graph = evaluate(lambda: Any_(type_, name, inputs), config={"aws:region": region})
    return graph.one(type_)


def test_automatic_names() -> None:
    first, again = made("aws:sqs/queue:Queue"), made("aws:sqs/queue:Queue")
    assert re.fullmatch(r"web-[0-9a-f]{7}", first.outputs["name"])
    assert first == again
    assert made("aws:sqs/queue:Queue", name="other").outputs["name"][-7:] != first.outputs["name"][-7:]


@pytest.mark.parametrize(
    ("type_", "inputs", "output", "pattern"),
    [
        ("aws:s3/bucket:Bucket", {}, "bucket", r"files-[0-9a-f]{7}"),
        ("aws:sqs/queue:Queue", {"fifoQueue": True}, "name", r"Files-[0-9a-f]{7}\.fifo"),
        ("aws:sns/topic:Topic", {"fifoTopic": True}, "name", r"Files-[0-9a-f]{7}\.fifo"),
        ("aws:iam/role:Role", {"namePrefix": "ci-"}, "name", r"ci-[0-9a-f]{26}"),
        ("aws:lb/loadBalancer:LoadBalancer", {"namePrefix": "ci-"}, "name", r"ci-[0-9a-f]{26}"),
        ("aws:kms/alias:Alias", {}, "name", r"alias/Files-[0-9a-f]{7}"),
        ("aws:cloudwatch/eventTarget:EventTarget", {}, "targetId", r"Files-[0-9a-f]{7}"),
        ("aws:sqs/queue:Queue", {"name": "given"}, "name", "given"),
    ],
)
def test_automatic_names_of_some_types(type_: str, inputs: dict[str, Any], output: str, pattern: str) -> None:
    graph = evaluate(lambda: Any_(type_, "Files", inputs))
    assert re.fullmatch(pattern, graph.one(type_).outputs[output])


@pytest.mark.parametrize(
    ("type_", "limit"),
    [
        ("aws:lb/loadBalancer:LoadBalancer", 32),
        ("aws:lb/targetGroup:TargetGroup", 32),
        ("aws:iam/role:Role", 64),
        ("aws:sqs/queue:Queue", 80),
    ],
)
def test_a_name_that_would_be_too_long(type_: str, limit: int) -> None:
    longest = "n" * (limit - 8)
    assert len(made(type_, name=longest).outputs["name"]) == limit
    with pytest.raises(
        EvaluationError, match=f"is longer than {limit} characters: give the resource a shorter"
    ):
        made(type_, name=longest + "n")
    assert made(type_, name=longest + "n", namePrefix="x-").outputs["name"].startswith("x-")


ARNS = [
    ("aws:ecs/cluster:Cluster", {"name": "n"}, f"arn:aws:ecs:eu-west-1:{A}:cluster/n"),
    ("aws:ecs/service:Service", {"name": "n", "cluster": f"arn:aws:ecs:eu-west-1:{A}:cluster/c"},
     f"arn:aws:ecs:eu-west-1:{A}:service/c/n"),
    ("aws:ecs/service:Service", {"name": "n"}, f"arn:aws:ecs:eu-west-1:{A}:service/default/n"),
    ("aws:ecs/taskDefinition:TaskDefinition", {"family": "f"},
     f"arn:aws:ecs:eu-west-1:{A}:task-definition/f:1"),
    ("aws:ecr/repository:Repository", {"name": "n"}, f"arn:aws:ecr:eu-west-1:{A}:repository/n"),
    ("aws:iam/role:Role", {"name": "n", "path": "/ci/"}, f"arn:aws:iam::{A}:role/ci/n"),
    ("aws:iam/policy:Policy", {"name": "n"}, f"arn:aws:iam::{A}:policy/n"),
    ("aws:iam/instanceProfile:InstanceProfile", {"name": "n"}, f"arn:aws:iam::{A}:instance-profile/n"),
    ("aws:dynamodb/table:Table", {"name": "n"}, f"arn:aws:dynamodb:eu-west-1:{A}:table/n"),
    ("aws:s3/bucket:Bucket", {"bucket": "b"}, "arn:aws:s3:::b"),
    ("aws:sqs/queue:Queue", {"name": "n"}, f"arn:aws:sqs:eu-west-1:{A}:n"),
    ("aws:sns/topic:Topic", {"name": "n"}, f"arn:aws:sns:eu-west-1:{A}:n"),
    ("aws:ssm/parameter:Parameter", {"name": "/a/b"}, f"arn:aws:ssm:eu-west-1:{A}:parameter/a/b"),
    ("aws:ssm/parameter:Parameter", {"name": "a"}, f"arn:aws:ssm:eu-west-1:{A}:parameter/a"),
    ("aws:lambda/function:Function", {"name": "n"}, f"arn:aws:lambda:eu-west-1:{A}:function:n"),
    ("aws:cloudwatch/logGroup:LogGroup", {"name": "/a"}, f"arn:aws:logs:eu-west-1:{A}:log-group:/a"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", {"name": "n"}, f"arn:aws:cloudwatch:eu-west-1:{A}:alarm:n"),
    ("aws:cloudwatch/eventRule:EventRule", {"name": "n"}, f"arn:aws:events:eu-west-1:{A}:rule/n"),
    ("aws:scheduler/schedule:Schedule", {"name": "n"}, f"arn:aws:scheduler:eu-west-1:{A}:schedule/default/n"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "inputs", "arn"), ARNS)
def test_arns(type_: str, inputs: dict[str, Any], arn: str) -> None:
    graph = evaluate(lambda: Any_(type_, "web", inputs), config={"aws:region": "eu-west-1"})
    assert graph.one(type_).outputs["arn"] == arn


BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:"


def test_load_balancers() -> None:
    def program() -> None:
        lb = aws.lb.LoadBalancer("web", name="web")
        aws.lb.LoadBalancer("inner", name="inner", internal=True)
        aws.lb.LoadBalancer("net", name="net", load_balancer_type="network")
        group = aws.lb.TargetGroup("tg", name="tg")
        forward = [{"type": "forward", "target_group_arn": group.arn}]
        listener = aws.lb.Listener("l", load_balancer_arn=lb.arn, default_actions=forward)
        aws.lb.ListenerRule("r", listener_arn=listener.arn, actions=forward, conditions=[])

    graph = evaluate(program, config={"aws:region": "eu-west-1"})

    def outputs(type_: str, name: str) -> dict[str, Any]:
        return graph.one(type_, name).outputs

    web = outputs("aws:lb/loadBalancer:LoadBalancer", "web")
    assert re.fullmatch(r"web-\d{10}\.eu-west-1\.elb\.amazonaws\.com", web["dnsName"])
    assert re.fullmatch(r"app/web/[0-9a-f]{16}", web["arnSuffix"])
    assert web["arn"] == f"{BALANCER}loadbalancer/{web['arnSuffix']}"
    assert web["zoneId"] == "Z32O12XQLNTSW2"
    assert outputs("aws:lb/loadBalancer:LoadBalancer", "inner")["dnsName"].startswith("internal-inner-")
    net = outputs("aws:lb/loadBalancer:LoadBalancer", "net")
    assert net["arnSuffix"].startswith("net/net/")
    assert re.fullmatch(r"net-[0-9a-f]{16}\.elb\.eu-west-1\.amazonaws\.com", net["dnsName"])
    assert outputs("aws:lb/targetGroup:TargetGroup", "tg")["arnSuffix"].startswith("targetgroup/tg/")
    listener = graph.one("aws:lb/listener:Listener")
    assert re.fullmatch(rf"{BALANCER}listener/app/web/[0-9a-f]{{16}}/[0-9a-f]{{16}}", listener.id)
    rule = graph.one("aws:lb/listenerRule:ListenerRule")
    assert re.fullmatch(rf"{BALANCER}listener-rule/app/web/([0-9a-f]{{16}}/?){{3}}", rule.outputs["arn"])


@pytest.mark.parametrize(
    ("type_", "pattern"),
    [
        ("aws:ec2/securityGroup:SecurityGroup", r"sg-[0-9a-f]{17}"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", r"sgr-[0-9a-f]{17}"),
        ("aws:ec2/subnet:Subnet", r"subnet-[0-9a-f]{17}"),
        ("aws:ec2/vpc:Vpc", r"vpc-[0-9a-f]{17}"),
        ("aws:ec2/eip:Eip", r"eipalloc-[0-9a-f]{17}"),
        ("aws:ec2/natGateway:NatGateway", r"nat-[0-9a-f]{17}"),
        ("aws:ec2/launchTemplate:LaunchTemplate", r"lt-[0-9a-f]{17}"),
        ("aws:efs/fileSystem:FileSystem", r"fs-[0-9a-f]{17}"),
        ("aws:efs/accessPoint:AccessPoint", r"fsap-[0-9a-f]{17}"),
        ("aws:kms/key:Key", r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        ("aws:route53/zone:Zone", r"Z[0-9A-F]{20}"),
        ("aws:servicediscovery/httpNamespace:HttpNamespace", r"ns-[0-9a-f]{16}"),
        ("aws:sqs/queue:Queue", r"https://sqs\.eu-west-1\.amazonaws\.com/123456789012/web-[0-9a-f]{7}"),
        ("pulumi:providers:aws", r"[0-9a-f-]{36}"),
        ("some:unknown/type:Type", r"web-[0-9a-f]{7}"),
    ],
)
def test_ids(type_: str, pattern: str) -> None:
    assert re.fullmatch(pattern, made(type_).id)


def test_ecr_and_partitions() -> None:
    for region, partition, suffix in (
        ("us-east-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
    ):
        repository = made("aws:ecr/repository:Repository", region=region, name="r").outputs
        assert repository["repositoryUrl"].startswith(f"{A}.dkr.ecr.{region}.{suffix}/r-")
        assert repository["arn"].startswith(f"arn:{partition}:ecr:{region}:")
        assert repository["registryId"] == A


def test_the_region_of_one_resource() -> None:
    graph = evaluate(lambda: aws.sqs.Queue("q", region="us-west-2"))
    queue = graph.one("aws:sqs/queue:Queue")
    assert queue.outputs["url"].startswith("https://sqs.us-west-2.")


def test_task_definitions_and_secrets() -> None:
    task = made("aws:ecs/taskDefinition:TaskDefinition", family="f")
    assert task.id == "f"
    assert task.outputs["revision"] == 1
    assert task.outputs["arnWithoutRevision"] + ":1" == task.outputs["arn"]
    secret = made("aws:secretsmanager/secret:Secret")
    assert re.fullmatch(rf"arn:aws:secretsmanager:eu-west-1:{A}:secret:web-\w{{7}}-\w{{6}}", secret.id)
    version = made("aws:secretsmanager/secretVersion:SecretVersion", secretId="s")
    assert version.outputs["arn"] == "s"
    assert version.id == f"s|{version.outputs['versionId']}"


def test_certificates() -> None:
    certificate = made(
        "aws:acm/certificate:Certificate",
        domainName="example.com",
        subjectAlternativeNames=["example.com", "*.example.com"],
        validationMethod="DNS",
    )
    options = certificate.outputs["domainValidationOptions"]
    assert [option["domainName"] for option in options] == ["example.com", "*.example.com"]
    assert all(re.fullmatch(r"_[0-9a-f]{32}\.example\.com\.", o["resourceRecordName"]) for o in options)
    assert made("aws:acm/certificate:Certificate", domainName="e.com", validationMethod="EMAIL").outputs[
        "domainValidationOptions"
    ] == []  # fmt: skip


def test_images() -> None:
    def image(**more: Any) -> dict[str, Any]:
        def program() -> None:
            docker_build.Image("i", push=True, tags=["repo:tag"], context={"location": "."}, **more)

        return evaluate(program).one("docker-build:index:Image").outputs

    plain = image()
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", plain["digest"])
    assert plain["ref"] == f"repo:tag@{plain['digest']}"
    assert image(build_args={"A": "1"})["digest"] != plain["digest"]
    assert image(registries=[{"address": "a", "username": "u", "password": "p"}])["digest"] == plain["digest"]


def test_security_group_defaults() -> None:
    group = made("aws:ec2/securityGroup:SecurityGroup")
    assert group.outputs["vpcId"].startswith("vpc-")
    assert made("aws:ec2/securityGroup:SecurityGroup", vpcId="vpc-1").outputs["vpcId"] == "vpc-1"


def test_autoscaling_of_services() -> None:
    inputs = {"serviceNamespace": "ecs", "resourceId": "service/c/s", "scalableDimension": "ecs:x"}
    target = made("aws:appautoscaling/target:Target", **inputs)
    assert target.id == "service/c/s"
    assert target.outputs["roleArn"].endswith("AWSServiceRoleForApplicationAutoScaling_ECSService")
    policy = made("aws:appautoscaling/policy:Policy", **inputs)
    assert policy.outputs["arn"].endswith(f":resource/ecs/service/c/s:policyName/{policy.outputs['name']}")


def test_a_type_that_is_not_in_the_table_echoes_its_inputs() -> None:
    resource = made("aws:foo/bar:Bar", size=3)
    assert resource.outputs == {"size": 3, "region": "eu-west-1", "tagsAll": {}}
    assert made("cloud:x:Y", size=3).outputs == {"size": 3}


@pytest.mark.parametrize("type_", sorted(TABLE))
def test_every_row_can_be_computed_without_inputs(type_: str) -> None:
    resource = made(type_)
    assert isinstance(resource.id, str)
    assert "{" not in resource.id


def aws_classes() -> dict[str, type]:
    """Return the classes of pulumi_aws for the tokens in the table."""
    found: dict[str, type] = {}
    for token in TABLE:
        package, module, name = token.split(":")
        if package != "aws":
            continue
        service = {"lambda": "lambda_"}.get(module.split("/")[0], module.split("/")[0])
        found[token] = getattr(getattr(aws, service), name)
    return found


def test_the_table_names_real_types_and_outputs() -> None:
    """Against the provider's own package: tokens, output names, and which property is named automatically."""
    wrong: list[str] = []
    for token, cls in aws_classes().items():
        if vars(cls)["pulumi_type"] != token:
            wrong.append(f"{token}: no such token")
        outputs = set(pulumi._types.resource_types(cls))
        entry = TABLE[token]
        for name in {*entry.outputs, *([entry.named] if entry.named else [])} - outputs:
            wrong.append(f"{token}: no output {name}")
    assert wrong == []


@pytest.mark.parametrize(
    ("type_", "id_", "expected"),
    [
        (aws.ecs.Cluster, "shared", {"id": "shared", "name": "shared"}),
        (aws.ecs.Cluster, "shared", {"arn": f"{ECS}:cluster/shared"}),
        (aws.ecs.Cluster, f"{ECS}:cluster/shared", {"arn": f"{ECS}:cluster/shared", "name": "shared"}),
        (aws.ecs.CapacityProvider, "spot", {"arn": f"{ECS}:capacity-provider/spot", "name": "spot"}),
        (aws.ecs.Service, "shared/web", {"arn": f"{ECS}:service/shared/web", "name": "web"}),
        (aws.ecs.Service, f"{ECS}:service/shared/web", {"arn": f"{ECS}:service/shared/web", "name": "web"}),
        (aws.ecs.TaskDefinition, f"{ECS}:task-definition/web:7", {"arn": f"{ECS}:task-definition/web:7"}),
        (aws.iam.Policy, MANAGED, {"arn": MANAGED}),
        (aws.kms.Key, "1234", {"key_id": "1234", "arn": f"arn:aws:kms:us-east-1:{A}:key/1234"}),
        (aws.secretsmanager.Secret, f"{SECRET}-a1b2c3", {"arn": f"{SECRET}-a1b2c3"}),
        (aws.cloudwatch.LogGroup, "/ecs/web", {"name": "/ecs/web"}),
        (aws.ecr.Repository, "team/web", {"name": "team/web"}),
        (aws.lb.LoadBalancer, f"{ELB}:loadbalancer/app/web/50dc", {"arn_suffix": "app/web/50dc"}),
        (aws.lb.TargetGroup, f"{ELB}:targetgroup/web/6d0e", {"arn_suffix": "targetgroup/web/6d0e"}),
    ],
)
def test_an_existing_resource_is_what_its_id_says(type_: Any, id_: str, expected: dict[str, str]) -> None:
    def program() -> None:
        found = type_.get("found", id_)
        for key in expected:
            pulumi.export(key, getattr(found, key))

    assert evaluate(program).outputs == expected
