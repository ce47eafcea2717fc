"""`preview=True`: what an engine's preview of a first deployment knows, and what it does not."""

from collections.abc import Callable

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build
import pytest

from moorage.offline import UNKNOWN, ResourceGraph, evaluate


def make_everything() -> None:
    aws.ecs.Cluster("cluster")
    aws.cloudwatch.LogGroup("logs")
    aws.iam.Role("role", assume_role_policy="{}")
    aws.ecs.Service("service", desired_count=2)
    aws.lb.LoadBalancer("lb")
    aws.lb.TargetGroup("tg", port=80, vpc_id="vpc-1")
    aws.sqs.Queue("queue")
    aws.dynamodb.Table("table", hash_key="id", attributes=[{"name": "id", "type": "S"}])
    aws.secretsmanager.Secret("secret")
    aws.ec2.SecurityGroup("group", vpc_id="vpc-1")
    aws.s3.Bucket("bucket")
    aws.ecr.Repository("repo")
    aws.ecs.TaskDefinition("task", family="web", container_definitions="[]")
    docker_build.Image("image", push=True, tags=["x:1"], context={"location": "."})


@pytest.fixture(scope="module")
def preview() -> ResourceGraph:
    return evaluate(make_everything, preview=True)


KNOWN = [
    *[(type_, "name") for type_ in (
        "aws:ecs/cluster:Cluster", "aws:cloudwatch/logGroup:LogGroup", "aws:iam/role:Role",
        "aws:ecs/service:Service", "aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup",
        "aws:sqs/queue:Queue", "aws:dynamodb/table:Table", "aws:secretsmanager/secret:Secret",
        "aws:ec2/securityGroup:SecurityGroup", "aws:ecr/repository:Repository",
    )],
    ("aws:s3/bucket:Bucket", "bucket"),
    ("aws:ecs/taskDefinition:TaskDefinition", "family"),
    ("aws:lb/targetGroup:TargetGroup", "port"),
    ("aws:ecs/service:Service", "desiredCount"),
    ("aws:lb/targetGroup:TargetGroup", "vpcId"),
    ("aws:ecs/cluster:Cluster", "region"),
]  # fmt: skip

NOT_KNOWN = [
    ("aws:ecs/cluster:Cluster", "arn"),
    ("aws:ecs/cluster:Cluster", "tagsAll"),
    ("aws:ecr/repository:Repository", "repositoryUrl"),
    ("aws:ecr/repository:Repository", "registryId"),
    ("aws:lb/loadBalancer:LoadBalancer", "dnsName"),
    ("aws:lb/loadBalancer:LoadBalancer", "zoneId"),
    ("aws:lb/loadBalancer:LoadBalancer", "arnSuffix"),
    ("aws:lb/targetGroup:TargetGroup", "arnSuffix"),
    ("aws:ecs/taskDefinition:TaskDefinition", "revision"),
    ("aws:ecs/taskDefinition:TaskDefinition", "arnWithoutRevision"),
    ("aws:sqs/queue:Queue", "url"),
    ("aws:s3/bucket:Bucket", "bucketRegionalDomainName"),
    ("aws:s3/bucket:Bucket", "region"),
    ("docker-build:index:Image", "digest"),
    ("docker-build:index:Image", "ref"),
    ("docker-build:index:Image", "contextHash"),
]


@pytest.mark.parametrize(("type_", "output"), KNOWN)
def test_known_on_a_first_create(preview: ResourceGraph, type_: str, output: str) -> None:
    assert preview.one(type_).outputs[output] is not UNKNOWN


@pytest.mark.parametrize(("type_", "output"), NOT_KNOWN)
def test_unknown_on_a_first_create(preview: ResourceGraph, type_: str, output: str) -> None:
    assert preview.one(type_).outputs[output] is UNKNOWN


def test_no_id_is_known(preview: ResourceGraph) -> None:
    assert {resource.id for resource in preview} == {""}


def test_the_program_sees_the_same(preview: ResourceGraph) -> None:
    """The SDK's `is_known` agrees with the graph, for every output of every resource."""

    def program() -> None:
        make_everything()
        names = {"queue": aws.sqs.Queue("q"), "repo": aws.ecr.Repository("r"), "bucket": aws.s3.Bucket("b")}
        for key, resource in names.items():
            for output in ("id", "arn", "name", "bucket", "url", "repository_url", "region"):
                value = getattr(resource, output, None)
                if isinstance(value, pulumi.Output):
                    known = value.is_known()
                    pulumi.export(f"{key}.{output}", pulumi.Output.from_input(known))

    outputs = evaluate(program, preview=True).outputs
    assert {key for key, known in outputs.items() if known} == {
        "queue.name",
        "queue.region",
        "repo.name",
        "repo.region",
        "bucket.bucket",
    }


def test_dry_run_and_applies_on_unknowns() -> None:
    seen: list[str] = []

    def program() -> None:
        seen.append(f"dry run {pulumi.runtime.is_dry_run()}")
        queue = aws.sqs.Queue("jobs")
        queue.arn.apply(lambda arn: seen.append("arn"))
        queue.name.apply(lambda name: seen.append("name"))

    evaluate(program, preview=True)
    assert sorted(seen) == ["dry run True", "name"]
    seen.clear()
    evaluate(program)
    assert sorted(seen) == ["arn", "dry run False", "name"]


def test_unknown_inputs_and_exports() -> None:
    def program() -> None:
        queue = aws.sqs.Queue("jobs")
        aws.sqs.Queue("dead", tags={"source": queue.arn, "plain": "x"}, redrive_policy=queue.arn)
        pulumi.export("arn", queue.arn)
        pulumi.export("both", {"name": queue.name, "url": queue.url})

    graph = evaluate(program, preview=True)

    dead = graph.one("aws:sqs/queue:Queue", "dead")
    assert dead.inputs == {"tags": {"plain": "x", "source": UNKNOWN}, "redrivePolicy": UNKNOWN}
    assert dead.outputs["tags"] == dead.inputs["tags"]
    assert graph.outputs["arn"] is UNKNOWN
    assert graph.outputs["both"]["url"] is UNKNOWN
    assert graph.outputs["both"]["name"] == graph.one("aws:sqs/queue:Queue", "jobs").outputs["name"]


@pytest.mark.parametrize(
    ("call", "known"),
    [
        (lambda queue: aws.ec2.get_vpc_output(default=True).id, True),
        (lambda queue: aws.get_availability_zones_output().names, True),
        (lambda queue: aws.ec2.get_vpc_output(id=queue.arn).id, False),
        (
            lambda queue: (
                aws.ec2.get_vpc_output(default=True, opts=pulumi.InvokeOutputOptions(depends_on=[queue])).id
            ),
            False,
        ),
    ],
    ids=["no arguments", "of the region", "unknown argument", "after a resource"],
)
def test_invokes(call: Callable[[aws.sqs.Queue], pulumi.Output[object]], known: bool) -> None:
    def program() -> None:
        pulumi.export("result", call(aws.sqs.Queue("jobs")))

    assert (evaluate(program, preview=True).outputs["result"] is not UNKNOWN) is known
    assert evaluate(program).outputs["result"] is not UNKNOWN


def test_a_component_shows_what_it_registered() -> None:
    class Box(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("shop:index:Box", "box", {"size": 1})
            queue = aws.sqs.Queue("box-queue", opts=pulumi.ResourceOptions(parent=self))
            self.register_outputs({"name": queue.name, "url": queue.url})

    graph = evaluate(Box, preview=True)  # a class is a function, too

    outputs = graph.one("shop:index:Box").outputs
    assert outputs["url"] is UNKNOWN
    assert outputs["name"].startswith("box-queue-")


def test_a_name_from_a_prefix_is_made_by_the_provider() -> None:
    def program() -> None:
        aws.iam.Role("role", name_prefix="ci-", assume_role_policy="{}")

    assert evaluate(program, preview=True).one("aws:iam/role:Role").outputs["name"] is UNKNOWN
    assert evaluate(program).one("aws:iam/role:Role").outputs["name"].startswith("ci-")
