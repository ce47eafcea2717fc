"""The deploy policy of a stack: what it allows, and on what."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support.stacks import STACKS, shop, stack

from moorage import ContainerApp, ContainerImage, EcsCluster, Network
from moorage.graph import view
from moorage.model.policies import MANAGED_LIMIT
from moorage.model.wildcards import covers
from moorage.offline import evaluate
from moorage.offline.resolvers.row import ACCOUNT
from moorage.offline.twins import standard
from moorage.plan.iam.deploy_policy import DeployPolicy, characters, deploy_policy

REGION = "us-east-1"
BOUNDARY = "arn:aws:iam::111122223333:policy/developers"

Program = Callable[[], None]


def of(program: Program, **options: Any) -> DeployPolicy:
    return deploy_policy(view(evaluate(program, stack="dev")), REGION, **options)


def of_stack(name: str) -> DeployPolicy:
    return deploy_policy(view(stack(name)), REGION, ACCOUNT)


def resources(found: DeployPolicy, action: str) -> list[str]:
    """Return the resources that an action is allowed on."""
    return sorted(
        resource
        for statement in found.statements
        if action in statement["Action"]
        for resource in statement["Resource"]
    )


def conditions(found: DeployPolicy, action: str) -> list[Any]:
    return [each.get("Condition") for each in found.statements if action in each["Action"]]


NEW_ARNS = {
    "aws:acm/certificate:Certificate": "acm:DeleteCertificate",
    "aws:autoscaling/group:Group": "autoscaling:CreateAutoScalingGroup",
    "aws:cloudwatch/logGroup:LogGroup": "logs:CreateLogGroup",
    "aws:dynamodb/table:Table": "dynamodb:CreateTable",
    "aws:ec2/securityGroup:SecurityGroup": "ec2:CreateSecurityGroup",
    "aws:ecr/repository:Repository": "ecr:CreateRepository",
    "aws:ecs/capacityProvider:CapacityProvider": "ecs:CreateCapacityProvider",
    "aws:ecs/cluster:Cluster": "ecs:CreateCluster",
    "aws:ecs/service:Service": "ecs:CreateService",
    "aws:ecs/taskDefinition:TaskDefinition": "ecs:RegisterTaskDefinition",
    "aws:iam/instanceProfile:InstanceProfile": "iam:CreateInstanceProfile",
    "aws:iam/role:Role": "iam:CreateRole",
    "aws:lb/listener:Listener": "elasticloadbalancing:ModifyListener",
    "aws:lb/listenerRule:ListenerRule": "elasticloadbalancing:ModifyRule",
    "aws:lb/loadBalancer:LoadBalancer": "elasticloadbalancing:CreateLoadBalancer",
    "aws:lb/targetGroup:TargetGroup": "elasticloadbalancing:CreateTargetGroup",
    "aws:s3/bucket:Bucket": "s3:CreateBucket",
    "aws:secretsmanager/secret:Secret": "secretsmanager:CreateSecret",
    "aws:sns/topic:Topic": "sns:CreateTopic",
    "aws:sqs/queue:Queue": "sqs:CreateQueue",
    "aws:ssm/parameter:Parameter": "ssm:PutParameter",
}
"""An action on the ARN that a resource gets."""


@pytest.mark.parametrize("name", STACKS)
def test_the_names_that_resources_get_are_allowed(name: str) -> None:
    found = of_stack(name)
    for resource in stack(name):
        action = NEW_ARNS.get(standard(resource.type))
        if action and not resource.external:
            arn = resource.outputs["arn"]
            assert any(covers(each, arn) for each in resources(found, action)), arn


@pytest.mark.parametrize("name", STACKS)
def test_documents_are_valid_and_fit(name: str) -> None:
    found = of_stack(name)
    statements: list[Any] = []
    for text in found.documents:
        document = json.loads(text)
        assert document["Version"] == "2012-10-17"
        assert characters(text) <= MANAGED_LIMIT
        statements += document["Statement"]
    assert statements == list(found.statements)
    for statement in statements:
        assert (
            {"Effect", "Action", "Resource"}
            <= statement.keys()
            <= {*("Effect", "Action", "Resource", "Condition")}
        )
        assert statement["Effect"] == "Allow"
        assert all("*" not in action for action in statement["Action"])
    assert bool(found.documents) == (name != "nothing")


def test_many_services_are_split_into_several_policies() -> None:
    found = deploy_policy(view(evaluate(shop(70), stack="dev")), REGION)
    assert len(found.documents) > 5
    assert max(characters(text) for text in found.documents) <= MANAGED_LIMIT


def test_roles_are_passed_by_name_to_the_service_that_uses_them() -> None:
    passed = [each for each in of_stack("prod").statements if each["Action"] == ["iam:PassRole"]]
    roles = f"arn:aws:iam::{ACCOUNT}:role/"
    assert {
        each["Condition"]["StringEquals"]["iam:PassedToService"]: each["Resource"] for each in passed
    } == {
        "ec2.amazonaws.com": [f"{roles}notes-instance-role-???????"],
        "ecs-tasks.amazonaws.com": [f"{roles}notetaker-execution-???????", f"{roles}notetaker-task-???????"],
        "vpc-flow-logs.amazonaws.com": [f"{roles}notes-flow-???????"],
    }


def test_a_role_outside_the_stack_can_be_passed_and_is_not_changed() -> None:
    role = "arn:aws:iam::111122223333:role/given"

    def program() -> None:
        aws.ecs.TaskDefinition(
            "job", family="job", container_definitions="[]", task_role_arn=role, execution_role_arn=role
        )

    found = of(program)
    assert resources(found, "iam:PassRole") == [role]
    assert resources(found, "iam:PutRolePolicy") == []


def test_images_are_pushed_to_the_repositories_of_the_stack_only() -> None:
    found = of_stack("dev")
    repository = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/notetaker-repo-???????"
    assert resources(found, "ecr:PutImage") == [repository]
    assert resources(found, "ecr:GetAuthorizationToken") == ["*"]


@pytest.mark.usefixtures("folder")
def test_a_scan_is_read_where_an_image_waits_for_it() -> None:
    def program() -> None:
        ContainerImage("a", {"build": {"context": "app", "scan": {}}, "repository_name": "shop/a"})
        ContainerImage("b", {"build": {"context": "app"}, "pull_accounts": ["111122223333"]})

    found = of(program)
    scans = resources(found, "ecr:DescribeImageScanFindings")
    assert [resource.partition(":repository/")[2] for resource in scans] == ["shop/a"]
    assert len(resources(found, "ecr:SetRepositoryPolicy")) == 1
    assert found.unknown == ()


def test_what_a_looked_up_vpc_asks_for_is_allowed() -> None:
    found = of(lambda: Network("net", {"vpc_tags": {"Name": "shared"}, "endpoints": ["all"]}) and None)
    assert resources(found, "ec2:DescribeRouteTables") == ["*"]
    assert resources(found, "ec2:CreateVpcEndpoint")
    assert found.unknown == ()


def test_an_image_elsewhere_needs_no_permission() -> None:
    import pulumi_docker_build as docker_build

    found = of(lambda: docker_build.Image("app", push=True, tags=["ghcr.io/acme/app:1"]) and None)
    assert resources(found, "ecr:PutImage") == []


def test_security_groups_of_other_stacks_cannot_be_opened() -> None:
    found = of_stack("dev")
    own = {"aws:ResourceTag/moorage:app": ["notes", "notetaker"], "aws:ResourceTag/moorage:stack": "dev"}
    for action in ("ec2:AuthorizeSecurityGroupIngress", "ec2:DeleteSecurityGroup"):
        groups = [
            each.get("Condition")
            for each in found.statements
            if action in each["Action"] and each["Resource"][0].endswith(":security-group/*")
        ]
        assert groups == [{"StringEquals": own}]
    assert found.untagged == ()


def test_resources_without_tags_are_named() -> None:
    assert "ec2 Vpc" in of_stack("prod").untagged

    def program() -> None:
        tags: Any = {"tags": {"moorage:app": "net", "moorage:stack": "dev"}}
        provider = aws.Provider("tagging", region="us-east-1", default_tags=tags)
        aws.ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=pulumi.ResourceOptions(provider=provider))

    found = of(program)
    assert found.untagged == ()
    (condition,) = conditions(found, "ec2:DeleteVpc")
    assert condition["StringEquals"]["aws:ResourceTag/moorage:stack"] == "dev"


def test_a_rule_of_a_group_outside_the_stack_needs_no_tags_of_it() -> None:
    def program() -> None:
        tags = {"moorage:app": "web", "moorage:stack": "dev"}
        aws.ec2.SecurityGroup("own", tags=tags)
        aws.vpc.SecurityGroupIngressRule(
            "in", security_group_id="sg-0a1b2c3d4e5f60001", ip_protocol="-1", tags=tags
        )

    found = of(program)
    assert None in conditions(found, "ec2:RevokeSecurityGroupIngress")
    assert found.untagged == ("vpc SecurityGroupIngressRule",)


def test_dns_records_are_limited_to_their_names() -> None:
    key = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
    found = conditions(of_stack("prod"), "route53:ChangeResourceRecordSets")
    assert [each["ForAllValues:StringLike"][key] for each in found] == [
        "_*.notes.example.com",
        "notes.example.com",
    ]


def test_a_permissions_boundary_must_stay() -> None:
    def program() -> None:
        role = aws.iam.Role("deep", assume_role_policy="{}", permissions_boundary=BOUNDARY)
        aws.iam.RolePolicy("deep", role=role.name, policy="{}")
        aws.iam.RolePolicyAttachment(
            "deep", role=role.name, policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess"
        )

    found = of(program)
    kept = {"StringLike": {"iam:PermissionsBoundary": BOUNDARY}}
    assert conditions(found, "iam:CreateRole") == [kept]
    assert conditions(found, "iam:PutRolePolicy") == [kept]
    only = {"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}
    assert conditions(found, "iam:AttachRolePolicy") == [kept | only]
    assert resources(found, "iam:DeleteRolePermissionsBoundary") == []


def test_a_type_that_the_table_does_not_have_is_named() -> None:
    def program() -> None:
        aws.kinesis.Stream("clicks", shard_count=1)
        aws.sqs.Queue("work")

    found = of(program)
    assert found.unknown == ("aws:kinesis/stream:Stream",)
    assert resources(found, "sqs:CreateQueue") == ["arn:aws:sqs:us-east-1:*:work-???????"]


def test_an_existing_resource_is_only_read() -> None:
    def program() -> None:
        aws.ecs.Cluster.get("shared", "arn:aws:ecs:us-east-1:111122223333:cluster/shared")

    found = of(program)
    assert {action for each in found.statements for action in each["Action"]} == {
        "ecs:DescribeClusters",
        "ecs:ListTagsForResource",
    }


def test_the_job_before_a_deployment_can_run() -> None:
    def program() -> None:
        network, cluster = Network("net", {}), EcsCluster("main", {})
        ContainerApp(
            "api",
            {
                "cluster": cluster.ref,
                "network": network.ref,
                "image": "nginx:1",
                "pre_deploy": {"command": ["migrate"]},
            },
        )

    found = of(program)
    (condition,) = conditions(found, "ecs:RunTask")
    assert condition == {"ArnEquals": {"ecs:cluster": "arn:aws:ecs:us-east-1:*:cluster/main-???????"}}
    assert resources(found, "ecs:StopTask") == ["arn:aws:ecs:us-east-1:*:task/main-???????/*"]
    assert resources(of_stack("dev"), "ecs:RunTask") == []


def test_each_region_and_partition() -> None:
    def program() -> None:
        china = aws.Provider("china", region="cn-north-1")
        aws.sns.Topic("far", opts=pulumi.ResourceOptions(provider=china))
        aws.sns.Topic("near")

    assert resources(of(program, account="111122223333"), "sns:CreateTopic") == [
        "arn:aws-cn:sns:cn-north-1:111122223333:far-???????",
        "arn:aws:sns:us-east-1:111122223333:near-???????",
    ]


def test_names_of_a_project_with_autonaming() -> None:
    found = of(lambda: aws.sns.Topic("mail") and None, autonaming=True)
    assert resources(found, "sns:CreateTopic") == ["arn:aws:sns:us-east-1:*:*mail*"]


def test_names_and_prefixes_that_the_program_gives() -> None:
    def program() -> None:
        aws.iam.Role("a", name="exact", path="/ops/", assume_role_policy="{}")
        aws.iam.Role("b", name_prefix="short-", assume_role_policy="{}")

    assert resources(of(program), "iam:CreateRole") == [
        "arn:aws:iam::*:role/ops/exact",
        "arn:aws:iam::*:role/short-*",
    ]


def test_another_stack_and_a_provider_are_no_types_of_aws() -> None:
    def program() -> None:
        aws.sqs.Queue("work", opts=pulumi.ResourceOptions(provider=aws.Provider("here", region="eu-west-1")))
        pulumi.StackReference("acme/base/dev")

    graph = evaluate(program, stack_outputs={"acme/base/dev": {}})
    assert deploy_policy(view(graph), REGION).unknown == ()
