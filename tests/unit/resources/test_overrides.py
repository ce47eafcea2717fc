"""`overrides`: the last word on the inputs of the resources that a component makes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from support.fixtures import GraphOf, Lines

import moorage
from moorage.model.overrides import CHILDREN, short_names
from moorage.offline import ResourceGraph, evaluate
from moorage.plan import document, plan, report, tree

SERVICE = "aws:ecs/service:Service"
GROUP = "aws:lb/targetGroup:TargetGroup"
DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"

NAMELESS = {
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/policy:Policy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:efs/backupPolicy:BackupPolicy",
    "aws:secretsmanager/secretVersion:SecretVersion",
    "aws:acm/certificateValidation:CertificateValidation",
    "aws:wafv2/webAclAssociation:WebAclAssociation",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "docker-build:index:Image",
}
"""Types that have no short name: they join or complete another resource."""

EVERYTHING: dict[str, Any] = {
    "deployment": "blue_green",
    "deployment_options": {
        "hooks": [
            {
                "lambda_arn": "arn:aws:lambda:us-east-1:123456789012:function:check",
                "stages": ["pre_scale_up"],
            }
        ]
    },
    "alarms": {"email": "a@example.com"},
    "dashboard": True,
    "autoscaling": {"min": 1, "max": 2},
    "pre_deploy": {"command": ["migrate"]},
    "volumes": {"files": {"efs": {}}, "fast": {"ebs": {"size": 5}}},
    "mounts": [{"volume": "files", "path": "/files"}, {"volume": "fast", "path": "/fast"}],
    "discovery": {"namespace_id": "ns-abcdefghijklmnop"},
    "secret_values": {"TOKEN": "value"},
    "grants": [{"service": "s3", "access": "read", "arn": "arn:aws:s3:::bucket"}],
    "build": {"context": "app"},
}


def _everything() -> Callable[[], None]:
    def program() -> None:
        net = moorage.Network("net", {})
        given: Any = {
            "public_subnet_ids": ["a", "b"],
            "private_subnet_ids": ["c", "d"],
            "private_egress": True,
            "vpc_id": "v",
        }
        cluster = moorage.EcsCluster(
            "main", {"network": net.ref, "namespace": True, "ec2": {"agent_logs": {}}}
        )
        moorage.EcsCluster("own", {"network": given, "capacity": "managed_instances", "exec_logs": {}})
        balancer = moorage.LoadBalancer(
            "alb",
            {
                "network": net.ref,
                "domain": "shop.example.com",
                "zone_id": "Z0123456789ABCDEFGHIJ",
                "waf": True,
                "access_logs": True,
                "ports": [8443],
            },
        )
        shared: Any = {"cluster": cluster.ref, "network": net.ref}
        moorage.ContainerApp("web", {**shared, "load_balancer": balancer.ref, **EVERYTHING})
        network_balancer = moorage.LoadBalancer("nlb", {"type": "network", "network": net.ref})
        connections: Any = {"deployment": "blue_green", "deployment_options": {"test_port": 81}}
        behind: Any = {**shared, "load_balancer": network_balancer.ref, "image": "nginx:1", **connections}
        moorage.ContainerApp("broker", behind)
        moorage.ContainerApp("worker", {**shared, "image": "nginx:1", "execute_command": False})
        moorage.Job("night", {**shared, "image": "nginx:1", "schedule": "rate(1 hour)"})
        moorage.ContainerImage("own-image", {"build": {"context": "app"}})

    return program


def _named(graph: ResourceGraph, component: Any) -> dict[str, list[str]]:
    """Return the short names of each resource of a component."""
    kind = component.type.rpartition(":")[2]
    return {
        f"{one.name} {one.type}": [*short_names(kind, component.name, one.type, one.name)]
        for one in graph.inside(component)
        if one.custom and one.type not in NAMELESS and not one.type.startswith("pulumi:")
    }


@pytest.mark.usefixtures("folder")
def test_every_resource_has_one_short_name_and_every_name_a_resource() -> None:
    graph = evaluate(_everything())
    used: dict[str, set[str]] = {}
    for component in graph:
        if component.type.startswith("moorage:index:") and component.type.rpartition(":")[2] in CHILDREN:
            kind, names = component.type.rpartition(":")[2], _named(graph, component)
            assert {resource: found for resource, found in names.items() if len(found) != 1} == {}
            used.setdefault(kind, set()).update(found[0] for found in names.values())
    used["Job"] |= {"task_role", "repository", "secret"}
    assert {kind: {*children} for kind, children in CHILDREN.items()} == used


@pytest.mark.usefixtures("folder")
def test_a_resource_that_is_not_made_is_refused_with_those_that_are(refused: Lines) -> None:
    """What an error lists is what the component makes."""
    graph = evaluate(_everything())
    for name, kind, args in (
        ("web", "ContainerApp", {**EVERYTHING, "load_balancer": {}}),
        ("worker", "ContainerApp", {"image": "nginx:1", "execute_command": False}),
        ("night", "Job", {"image": "nginx:1", "schedule": "rate(1 hour)"}),
    ):
        shared: dict[str, Any] = {
            "cluster": {"arn": "arn:aws:ecs:us-east-1:123456789012:cluster/main", "name": "main"},
            "network": {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a", "subnet-b"]},
        }
        if "load_balancer" in args:
            shared["load_balancer"] = {
                "listener_arn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/a/b/c",
                "security_group_id": "sg-1",
                "url": "http://a",
                "arn_suffix": "app/a/b",
            }
        (line,) = refused(kind, {**args, **shared, "overrides": {"nothing": {}}}, name)
        (component,) = [one for one in graph.named(name) if one.type == f"moorage:index:{kind}"]
        made = sorted({short for found in _named(graph, component).values() for short in found})
        listed = ", ".join(made)
        assert line == f"overrides.nothing: is not a resource of this {kind}; must be one of {listed}"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("component", "args", "made"),
    [
        (
            "EcsCluster",
            {},
            ["cluster", "cluster_capacity_providers"],
        ),
        (
            "EcsCluster",
            {"capacity": "managed_instances", "network": {"vpc_id": "vpc-1", "public_subnet_ids": ["a"]}},
            [
                *("capacity_provider", "cluster", "cluster_capacity_providers", "infrastructure_role"),
                *("instance_profile", "instance_role", "security_group"),
            ],
        ),
        (
            "LoadBalancer",
            {"network": {"vpc_id": "vpc-1", "public_subnet_ids": ["a", "b"]}},
            ["http_listener", "load_balancer", "security_group"],
        ),
        ("ContainerImage", {"build": {"context": "app"}}, ["repository"]),
    ],
)
def test_components_without_everything(
    refused: Lines, component: str, args: dict[str, Any], made: list[str]
) -> None:
    (line,) = refused(component, {**args, "overrides": {"certificate": {}}})
    assert line.startswith("overrides.certificate: is not ")
    assert line.endswith(f" this {component}; must be one of {', '.join(made)}")


def test_objects_are_merged_and_lists_replaced(graph_of: GraphOf, preview: bool) -> None:
    overrides = {
        "service": {
            "deployment_circuit_breaker": {"rollback": False},
            "capacity_provider_strategies": [{"capacity_provider": "FARGATE_SPOT", "weight": 3}],
            "desired_count": 4.0,
        },
        "target_group": {"health_check": {"interval": 7}, "slow_start": 30},
        "listener_rule": {"tags": {"team": "shop"}},
        "task_role": {"max_session_duration": 7200},
    }
    graph = graph_of(balancer={}, apps={"web": {"overrides": overrides}}, preview=preview)
    plain = graph_of(balancer={}, apps={"web": {}}, preview=preview)

    def both(type_: str, name: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        return graph.one(type_, name).inputs, plain.one(type_, name).inputs

    service, of_plain = both(SERVICE)
    assert service == of_plain | {
        "deploymentCircuitBreaker": {"enable": True, "rollback": False},
        "capacityProviderStrategies": [{"capacityProvider": "FARGATE_SPOT", "weight": 3}],
        "desiredCount": 4,
    }
    group, of_plain = both(GROUP)
    check = of_plain["healthCheck"] | {"interval": 7}
    assert group == of_plain | {"healthCheck": check, "slowStart": 30}
    rule, of_plain = both("aws:lb/listenerRule:ListenerRule")
    assert rule == of_plain | {"tags": {**of_plain["tags"], "team": "shop"}}
    role, of_plain = both("aws:iam/role:Role", "web-task")
    assert role == of_plain | {"maxSessionDuration": 7200}
    assert graph.one("aws:iam/role:Role", "web-execution").inputs == (
        plain.one("aws:iam/role:Role", "web-execution").inputs
    )
    assert [one.urn for one in graph] == [one.urn for one in plain]


def test_other_components_have_them_too(graph_of: GraphOf) -> None:
    insights = [{"name": "containerInsights", "value": "enhanced"}]
    graph = graph_of(
        balancer={"overrides": {"load_balancer": {"drop_invalid_header_fields": False}}},
        overrides={"cluster": {"settings": insights}},
    )
    assert graph.one("aws:ecs/cluster:Cluster").inputs["settings"] == insights
    assert graph.one("aws:lb/loadBalancer:LoadBalancer").inputs["dropInvalidHeaderFields"] is False


@pytest.mark.usefixtures("folder")
def test_the_repository_of_a_built_image(graph_of: GraphOf) -> None:
    overrides = {"repository": {"image_tag_mutability": "MUTABLE"}}
    apps = {"web": {"build": {"context": "app"}, "overrides": overrides}}
    graph = graph_of(apps=apps)
    assert graph.one("aws:ecr/repository:Repository").inputs["imageTagMutability"] == "MUTABLE"


def test_a_component_inside_of_another_is_not_changed() -> None:
    """The transformation of a component reaches the children of its children."""

    def program() -> None:
        net = moorage.Network("net", {})
        group = {"security_group": {"description": "changed"}}
        args: Any = {"network": net.ref, "namespace": True, "ec2": {}, "overrides": group}
        cluster = moorage.EcsCluster("web", args)
        shared: Any = {"cluster": cluster.ref, "network": net.ref, "image": "nginx:1"}
        moorage.ContainerApp("web-instances", shared, pulumi.ResourceOptions(parent=cluster))

    groups = evaluate(program).of_type("aws:ec2/securityGroup:SecurityGroup")
    changed = [group.name for group in groups if group.inputs["description"] == "changed"]
    assert changed == ["web-instances"]


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        (
            {"taskrole": {}},
            "overrides.taskrole: is not a resource of this ContainerApp; must be one of execution_role, "
            "log_group, security_group, service, task_definition, task_role",
        ),
        (
            {"target_group": {}},
            "overrides.target_group: is not made by this ContainerApp; must be one of execution_role, "
            "log_group, security_group, service, task_definition, task_role",
        ),
        (
            {"log_group": {"retentionInDays": 5}},
            "overrides.log_group.retentionInDays: is not an input of cloudwatch.LogGroup; "
            "did you mean 'retention_in_days'? It has ",
        ),
        ({"service": 1}, "overrides.service: 1: must be an object"),
    ],
)
def test_wrong_overrides(refused: Lines, overrides: dict[str, Any], line: str) -> None:
    args = {
        "cluster": {"arn": "arn:aws:ecs:us-east-1:123456789012:cluster/main", "name": "main"},
        "network": {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a", "subnet-b"]},
        "image": "nginx:1",
        "overrides": overrides,
    }
    (found,) = refused("ContainerApp", args)
    assert found.startswith(line)
    if "It has" in line:
        assert "kms_key_id" in found


def test_a_plan_marks_what_is_overridden() -> None:
    def program() -> None:
        net = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": net.ref})
        overrides: Any = {"log_group": {"kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/k"}}
        moorage.ContainerApp(
            "web", {"cluster": cluster.ref, "network": net.ref, "image": "nginx:1", "overrides": overrides}
        )

    planned = plan.plan(program)
    marked = {
        one["name"]: one["overridden"]
        for one in document.document(planned)["resources"]
        if "overridden" in one
    }
    assert marked == {"web-logs": ["kms_key_id"]}
    labels = [str(node.label) for top in tree.trees(planned.graph) for node in top.children]
    assert "web-logs  cloudwatch LogGroup, overridden: kms_key_id" in labels
    assert report.report(planned)


def test_a_service_of_a_compose_file(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        """\
services:
  web:
    image: nginx:1
    x-moorage:
      overrides: {service: {platform_version: 1.4.0}, task_role: {max_session_duration: 7200}}
"""
    )

    def program() -> None:
        net = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": net.ref})
        moorage.ComposeApp("shop", {"folder": str(tmp_path), "cluster": cluster.ref, "network": net.ref})

    graph = evaluate(program)
    assert graph.one(SERVICE).inputs["platformVersion"] == "1.4.0"
    assert graph.one("aws:iam/role:Role", "shop-web-task").inputs["maxSessionDuration"] == 7200


def test_the_docs_list_every_short_name(root: Path) -> None:
    text = (root / "docs/overrides.md").read_text()
    rows = {kind: ", ".join(f"`{name}`" for name in children) for kind, children in CHILDREN.items()}
    assert [kind for kind, names in rows.items() if f"| `{kind}` | {names} |" not in text] == []
