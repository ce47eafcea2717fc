import base64
import json
from typing import Any

import pytest
from support.fixtures import GraphOf, Lines

from moorage import EcsCluster
from moorage.model.choices import OperatingSystem
from moorage.model.user_data import UserData
from moorage.offline import UNKNOWN, Resource, ResourceGraph, evaluate

CLUSTER = "aws:ecs/cluster:Cluster"
ASSOCIATION = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
PROVIDER = "aws:ecs/capacityProvider:CapacityProvider"
GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ROLE = "aws:iam/role:Role"
SUBNETS = {"vpc_id": "vpc-1", "public_subnet_ids": ["a", "b"]}


@pytest.fixture
def cluster(graph_of: GraphOf) -> GraphOf:
    def run(capacity: str = "fargate", **args: Any) -> ResourceGraph:
        return graph_of(capacity, apps={}, **args)

    return run


def kinds(graph: ResourceGraph) -> list[str]:
    return sorted(resource.type.split(":")[-1] for resource in graph if resource.custom)


@pytest.mark.parametrize("capacity", ["fargate", "fargate_spot"])
def test_fargate_is_a_cluster_and_its_association(cluster: GraphOf, preview: bool, capacity: str) -> None:
    graph = cluster(capacity, preview=preview)
    assert kinds(graph) == ["Cluster", "ClusterCapacityProviders"]
    assert graph.one(ASSOCIATION).inputs["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    assert "defaultCapacityProviderStrategies" not in graph.one(ASSOCIATION).inputs


@pytest.mark.parametrize(("preset", "insights"), [("dev", "disabled"), ("prod", "enabled")])
def test_container_insights_follow_the_preset(cluster: GraphOf, preset: str, insights: str) -> None:
    graph = cluster(preset=preset)
    assert graph.one(CLUSTER).inputs["settings"] == [{"name": "containerInsights", "value": insights}]


def test_what_ec2_capacity_consists_of(cluster: GraphOf, preview: bool) -> None:
    assert kinds(cluster("ec2", preview=preview)) == [
        "CapacityProvider",
        "Cluster",
        "ClusterCapacityProviders",
        "Group",
        "InstanceProfile",
        "LaunchTemplate",
        "Role",
        "RolePolicy",
        "SecurityGroup",
        "SecurityGroupEgressRule",
    ]


@pytest.mark.parametrize(
    ("arch", "path", "instance"),
    [("x86_64", "", "t3.small"), ("arm64", "arm64/", "t4g.small")],
)
def test_the_launch_template(cluster: GraphOf, arch: str, path: str, instance: str) -> None:
    graph = cluster("ec2", arch=arch)
    template = graph.one(TEMPLATE).inputs
    parameter = f"/aws/service/ecs/optimized-ami/amazon-linux-2023/{path}recommended/image_id"
    assert template["imageId"] == f"resolve:ssm:{parameter}"
    assert template["instanceType"] == instance
    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }
    (disk,) = template["blockDeviceMappings"]
    assert disk == {
        "deviceName": "/dev/xvda",
        "ebs": {"volumeType": "gp3", "volumeSize": 30, "encrypted": "true", "deleteOnTermination": "true"},
    }
    name = graph.one(CLUSTER).outputs["name"]
    expected = UserData(OperatingSystem.AMAZON_LINUX, warm_pool=False).text(name)
    assert base64.b64decode(template["userData"]).decode() == expected
    assert template["updateDefaultVersion"] is True


def test_the_group_takes_the_latest_template_and_leaves_its_count_to_ecs(cluster: GraphOf) -> None:
    graph = cluster("ec2", ec2={"instance_types": ["t3.small", "t3a.small"], "min_size": 2, "max_size": 5})
    group = graph.one(GROUP)
    assert (group.inputs["minSize"], group.inputs["maxSize"]) == (2, 5)
    assert "desiredCapacity" not in group.inputs
    assert group.options["ignoreChanges"] == ["desiredCapacity"]
    policy = group.inputs["mixedInstancesPolicy"]
    assert policy["launchTemplate"]["overrides"] == [
        {"instanceType": "t3.small"},
        {"instanceType": "t3a.small"},
    ]
    assert policy["instancesDistribution"]["onDemandPercentageAboveBaseCapacity"] == 100
    tags = {tag["key"]: tag["value"] for tag in group.inputs["tags"]}
    assert tags["AmazonECSManaged"] == "true"
    assert tags["moorage:app"] == "main"
    assert all(tag["propagateAtLaunch"] for tag in group.inputs["tags"])


def test_spot_instances(cluster: GraphOf) -> None:
    group = cluster("ec2", ec2={"purchase": "spot", "on_demand_base": 1}).one(GROUP).inputs
    assert group["capacityRebalance"] is True
    assert group["mixedInstancesPolicy"]["instancesDistribution"] == {
        "onDemandBaseCapacity": 1,
        "onDemandPercentageAboveBaseCapacity": 0,
        "onDemandAllocationStrategy": "prioritized",
        "spotAllocationStrategy": "price-capacity-optimized",
    }


@pytest.mark.parametrize(("preset", "protected"), [("dev", False), ("prod", True)])
def test_protection_in_prod_only(cluster: GraphOf, preset: str, protected: bool) -> None:
    graph = cluster("ec2", preset=preset)
    group, provider = graph.one(GROUP).inputs, graph.one(PROVIDER).inputs["autoScalingGroupProvider"]
    assert group["protectFromScaleIn"] is protected
    assert group["forceDelete"] is not protected
    # AWS takes termination protection only for groups that protect from scale-in.
    assert provider["managedTerminationProtection"] == ("ENABLED" if protected else "DISABLED")
    assert provider["managedDraining"] == "ENABLED"
    assert provider["managedScaling"]["status"] == "ENABLED"


@pytest.mark.parametrize(
    ("network", "subnets", "public"),
    [
        (SUBNETS, ["a", "b"], "true"),
        ({**SUBNETS, "private_subnet_ids": ["c"]}, ["a", "b"], "true"),
        ({**SUBNETS, "private_subnet_ids": ["c"], "private_egress": True}, ["c"], "false"),
    ],
)
def test_where_instances_are(
    cluster: GraphOf, network: dict[str, Any], subnets: list[str], public: str
) -> None:
    graph = cluster("ec2", network=network)
    assert graph.one(GROUP).inputs["vpcZoneIdentifiers"] == subnets
    (interface,) = graph.one(TEMPLATE).inputs["networkInterfaces"]
    assert interface["associatePublicIpAddress"] == public
    assert interface["securityGroups"] == [graph.one("aws:ec2/securityGroup:SecurityGroup").id]


def test_an_instances_rights_end_at_its_cluster(cluster: GraphOf) -> None:
    graph = cluster("ec2")
    statements = json.loads(graph.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])["Statement"]
    arn = graph.one(CLUSTER).outputs["arn"]
    instances = arn.replace(":cluster/", ":container-instance/") + "/*"
    assert [statement["Resource"] for statement in statements] == [["*"], [arn], [instances]]
    profile = graph.one("aws:iam/instanceProfile:InstanceProfile")
    assert graph.one("aws:iam/rolePolicy:RolePolicy").urn in profile.dependencies


def chain(graph: ResourceGraph, first: Resource) -> list[Resource]:
    """Everything `first` waits for, nearest first: a destroy deletes in this order."""
    found: dict[str, Resource] = {}
    waiting = [first]
    while waiting:
        resource = waiting.pop(0)
        for urn in resource.dependencies:
            if urn not in found:
                found[urn] = graph.by_urn(urn)
                waiting.append(found[urn])
    return list(found.values())


def test_a_destroy_takes_service_association_provider_and_group_in_this_order(graph_of: GraphOf) -> None:
    graph = graph_of("ec2")
    service = graph.one("aws:ecs/service:Service")
    association, provider, group = graph.one(ASSOCIATION), graph.one(PROVIDER), graph.one(GROUP)
    assert association.urn in service.dependencies
    assert association.urn in service.property_dependencies["cluster"]
    assert provider.urn in association.dependencies
    assert group.urn in provider.dependencies
    assert graph.one(TEMPLATE).urn in group.dependencies
    later = chain(graph, service)
    assert {GROUP, TEMPLATE, "aws:iam/instanceProfile:InstanceProfile", CLUSTER} <= {r.type for r in later}
    assert service not in later


def test_managed_instances(cluster: GraphOf, preview: bool) -> None:
    graph = cluster("managed_instances", preview=preview, arch="arm64")
    provider = graph.one(PROVIDER)
    assert provider.inputs["cluster"] == graph.one(CLUSTER).outputs["name"]
    managed = provider.inputs["managedInstancesProvider"]
    assert managed["propagateTags"] == "CAPACITY_PROVIDER"
    template = managed["instanceLaunchTemplate"]
    assert template["networkConfiguration"]["subnets"] == ["subnet-c", "subnet-d"]
    assert template["instanceRequirements"]["cpuManufacturers"] == ["amazon-web-services"]
    assert "allowedInstanceTypes" not in template["instanceRequirements"]
    assert template["capacityOptionType"] == "ON_DEMAND"
    infrastructure = next(r for r in graph.of_type(ROLE) if "infrastructure" in r.name)
    trust = infrastructure.inputs["assumeRolePolicy"]
    if preview:
        assert trust is UNKNOWN
    else:
        (statement,) = json.loads(trust)["Statement"]
        assert statement["Principal"] == {"Service": "ecs.amazonaws.com"}
        assert statement["Condition"] == {
            "ArnLikeIfExists": {"aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:*"},
            "StringEqualsIfExists": {"aws:SourceAccount": "123456789012"},
        }
    attached = {r.urn for r in graph.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")}
    assert attached & set(provider.dependencies)


def test_managed_capacity_is_not_associated_but_waited_for(graph_of: GraphOf) -> None:
    # "Cannot associate Managed Instances capacity provider to clusters using this API": it belongs to the
    # cluster that it names.
    graph = graph_of("managed_instances")
    assert graph.one(ASSOCIATION).inputs["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    service = graph.one("aws:ecs/service:Service")
    assert {graph.one(PROVIDER).urn, graph.one(ASSOCIATION).urn} <= set(
        service.property_dependencies["cluster"]
    )


def test_chosen_types_of_managed_instances(cluster: GraphOf) -> None:
    graph = cluster("managed_instances", ec2={"instance_types": ["m7i.large"], "purchase": "spot"})
    template = graph.one(PROVIDER).inputs["managedInstancesProvider"]["instanceLaunchTemplate"]
    assert template["instanceRequirements"]["allowedInstanceTypes"] == ["m7i.large"]
    assert template["capacityOptionType"] == "SPOT"


def test_a_group_beside_fargate_stays_associated(cluster: GraphOf) -> None:
    graph = cluster("fargate", ec2={})
    assert graph.one(ASSOCIATION).inputs["capacityProviders"] == [
        "FARGATE",
        "FARGATE_SPOT",
        graph.one(PROVIDER).outputs["name"],
    ]


def test_a_fixed_name_and_tags(cluster: GraphOf) -> None:
    graph = cluster("ec2", cluster_name="go-notetaker-cluster", tags={"team": "notes"})
    assert graph.one(CLUSTER).inputs["name"] == "go-notetaker-cluster"
    for resource in graph:
        tags = resource.inputs.get("tags")
        if isinstance(tags, dict) and resource.custom:
            assert tags == {"moorage:app": "main", "moorage:stack": "dev", "team": "notes"}


def test_known_and_unknown_in_a_first_preview(cluster: GraphOf) -> None:
    graph = cluster("ec2", preview=True)
    assert graph.one(CLUSTER).outputs["arn"] is UNKNOWN
    assert graph.one(ASSOCIATION).inputs["capacityProviders"][2] == graph.one(PROVIDER).outputs["name"]
    assert base64.b64decode(graph.one(TEMPLATE).inputs["userData"])


@pytest.mark.parametrize(
    ("args", "starts"),
    [
        ({"capacity": "ec2"}, ["network: is required for instances"]),
        ({"capacity": "managed_instances"}, ["network: is required for instances"]),
        ({"capacity": "fargat"}, ["capacity: 'fargat': "]),
        ({"cluster_name": "a b"}, ["cluster_name: 'a b': "]),
        ({"capacty": "ec2"}, ["capacty: unknown argument; did you mean 'capacity'?"]),
        (
            {"ec2": {"min_sze": 1}, "network": SUBNETS},
            ["ec2.min_sze: unknown argument; did you mean 'min_size'?"],
        ),
        ({"capacity": ["ec2"]}, ["capacity: ['ec2']: must be a string"]),
        ({"ec2": [1], "capacity": "ec2", "network": SUBNETS}, ["ec2: [1]: must be an object with the keys"]),
        (
            {"capacity": "fargate_spot", "on_demand_base": 0, "preset": "prod", "arch": "arm", "nme": 1},
            ["nme: ", "arch: 'arm': ", "on_demand_base: 0: Spot only is refused in the preset prod"],
        ),
    ],
)
def test_wrong_arguments(refused: Lines, preview: bool, args: dict[str, Any], starts: list[str]) -> None:
    lines = refused("EcsCluster", args, preview=preview)
    assert [line.startswith(start) for line, start in zip(lines, starts, strict=True)] == [True] * len(lines)


@pytest.mark.parametrize("capacity", ["ec2", "managed_instances"])
def test_names_that_aws_refuses_for_capacity_providers(refused: Lines, capacity: str) -> None:
    (line,) = refused("EcsCluster", {"capacity": capacity, "network": SUBNETS}, name="ecs-main")
    assert line.startswith("name: 'ecs-main': must not begin with 'ecs'")


def test_such_a_name_is_fine_on_fargate() -> None:
    graph = evaluate(lambda: EcsCluster("ecs-main", {}))
    assert graph.one(CLUSTER).name == "ecs-main"
