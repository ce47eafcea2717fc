"""Properties of whole programs: names, inputs, outputs, invokes, partitions, dependencies, protection."""

import re
from pathlib import Path
from typing import Any, get_type_hints

import pulumi
import pytest
from support.fixtures import GraphOf

import moorage
from moorage.offline import UNKNOWN, Resource, ResourceGraph, evaluate

CAPACITIES = ["fargate", "fargate_spot", "ec2", "managed_instances"]
COMPONENTS = {
    f"moorage:index:{cls.__name__}": cls
    for cls in (
        moorage.Network,
        moorage.EcsCluster,
        moorage.LoadBalancer,
        moorage.ContainerImage,
        moorage.ContainerApp,
    )
}
EVERYTHING = {
    "secret_values": {"TOKEN": "hush"},
    "secrets": {"A": "/notes/a", "B": "db#x"},
    "autoscaling": {"min": 1, "max": 3, "requests": 100},
}


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_a_components_inputs_are_plain_and_nobody_waits_for_them(
    graph_of: GraphOf, preview: bool, capacity: str
) -> None:
    graph = graph_of(capacity, balancer={}, apps={"web": EVERYTHING}, preview=preview)
    for component in (resource for resource in graph if not resource.custom):
        assert component.dependencies == ()
        assert UNKNOWN not in component.inputs.values()
        assert "hush" not in repr(component.inputs)
        for reference in ("cluster", "network", "load_balancer"):
            assert reference not in component.inputs


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_registered_outputs_are_those_the_classes_declare(
    graph_of: GraphOf, preview: bool, capacity: str
) -> None:
    graph = graph_of(capacity, balancer={}, preview=preview)
    for component in (resource for resource in graph if not resource.custom):
        declared = COMPONENTS[component.type].__annotations__
        names = {re.sub("_(.)", lambda match: match[1].upper(), name) for name in declared}
        assert set(component.outputs) == names


@pytest.mark.parametrize("cls", COMPONENTS.values())
def test_every_output_and_argument_is_documented(cls: type) -> None:
    assert get_type_hints(cls.__init__)["args"].__name__ == f"{cls.__name__}Args"
    assert cls.__doc__


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-east-1", "aws")]
)
@pytest.mark.parametrize("capacity", ["fargate", "ec2", "managed_instances"])
def test_arns_are_of_the_partition_the_stack_is_in(
    graph_of: GraphOf, capacity: str, region: str, partition: str
) -> None:
    balancer = {"preset": "prod", "domain": "notes.example.com", "zone_id": "Z1", "waf": True}
    graph = graph_of(capacity, balancer=balancer, apps={"web": EVERYTHING}, region=region)
    found = {
        arn
        for resource in graph
        for text in texts(resource.inputs)
        for arn in re.findall(r"arn:([a-z-]+):", text)
    }
    assert found == {partition}


def program(count: int) -> ResourceGraph:
    def run() -> None:
        net = moorage.Network("net", {})
        main = moorage.EcsCluster("main", {"network": net.ref, "capacity": "ec2"})
        alb = moorage.LoadBalancer("alb", {"network": net.ref, "cluster": main.ref})
        for number in range(count):
            moorage.ContainerApp(
                f"app-{number}",
                {
                    "cluster": main.ref,
                    "network": net.ref,
                    "load_balancer": alb.ref,
                    "build": {"context": "app"},
                    "rules": [{"host": f"app-{number}.example.com"}],
                    "secret_values": {"TOKEN": "x"},
                },
            )

    return evaluate(run)


def of_app(graph: ResourceGraph, number: int) -> list[Resource]:
    return [resource for resource in graph if re.search(rf"::app-{number}\b", resource.urn)]


@pytest.mark.usefixtures("folder")
def test_what_an_app_adds_does_not_grow_with_the_number_of_apps() -> None:
    few, many = program(2), program(12)
    assert len(many.resources) - len(few.resources) == 10 * len(of_app(few, 1))
    counts = [
        {resource.name: len(resource.dependencies) for resource in of_app(graph, 1)} for graph in (few, many)
    ]
    assert counts[0] == counts[1]
    totals = {sum(len(r.dependencies) for r in of_app(many, number)) for number in range(12)}
    assert len(totals) == 1


@pytest.mark.usefixtures("folder")
def test_no_app_waits_for_another() -> None:
    graph = program(3)
    for resource in of_app(graph, 1):
        others = [urn for urn in resource.dependencies if re.search(r"::app-[02]\b", urn)]
        assert others == []


@pytest.mark.usefixtures("folder")
def test_three_invokes_for_any_number_of_apps() -> None:
    graph = program(5)
    assert sorted(invoke.token for invoke in graph.invokes) == [
        "aws:ec2/getSubnets:getSubnets",
        "aws:ec2/getVpc:getVpc",
        "aws:ecr/getAuthorizationToken:getAuthorizationToken",
    ]
    assert len(graph.of_type("pulumi:providers:docker-build")) == 1


@pytest.mark.usefixtures("folder")
def test_every_urn_once_and_every_dependency_registered() -> None:
    graph = program(4)
    urns = [resource.urn for resource in graph]
    assert len(urns) == len(set(urns))
    assert {urn for resource in graph for urn in resource.dependencies} <= set(urns)


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_names_of_64_characters_fit_everywhere(capacity: str) -> None:
    name = "n" * 64

    def run() -> None:
        net = moorage.Network(
            name,
            {"vpc_id": "v", "public_subnet_ids": ["a"], "private_subnet_ids": ["c"], "private_egress": True},
        )
        main = moorage.EcsCluster(name, {"network": net.ref, "capacity": capacity, "preset": "prod"})
        reach: Any = {"cluster": main.ref} if capacity == "ec2" else {}
        alb = moorage.LoadBalancer(name, {"network": net.ref, "preset": "prod", "waf": True, **reach})
        moorage.ContainerApp(
            name,
            {
                "cluster": main.ref,
                "network": net.ref,
                "load_balancer": alb.ref,
                "image": "nginx:1",
                "autoscaling": {"min": 1, "max": 2},
                "secret_values": {"V" * 200: "x"},
            },
        )

    limits = {
        "aws:lb/loadBalancer:LoadBalancer": 32,
        "aws:lb/targetGroup:TargetGroup": 32,
        "aws:iam/role:Role": 64,
        "aws:iam/rolePolicy:RolePolicy": 128,
        "aws:iam/instanceProfile:InstanceProfile": 128,
        "aws:ec2/launchTemplate:LaunchTemplate": 128,
        "aws:wafv2/webAcl:WebAcl": 128,
        "aws:appautoscaling/policy:Policy": 256,
        "aws:secretsmanager/secret:Secret": 512,
    }
    graph = evaluate(run)
    for resource in graph:
        # Pulumi adds a hyphen and seven digits.
        assert len(resource.name) + 8 <= limits.get(resource.type, 255), resource.urn


def test_a_protected_app_can_still_be_deployed() -> None:
    def run() -> None:
        args: Any = {
            "cluster": {"arn": "arn:aws:ecs:us-east-1:123456789012:cluster/main", "name": "main"},
            "network": {"vpc_id": "v", "public_subnet_ids": ["a"]},
            "image": "nginx:1",
        }
        moorage.ContainerApp("web", args, pulumi.ResourceOptions(protect=True))

    graph = evaluate(run)
    assert graph.one("aws:ecs/taskDefinition:TaskDefinition").options["protect"] is False
    assert graph.one("aws:ecs/service:Service").options["protect"] is True


@pytest.mark.usefixtures("folder")
def test_a_task_definition_waits_for_its_image_and_a_later_preview_can_be_read() -> None:
    graph = program(1)
    task = graph.one("aws:ecs/taskDefinition:TaskDefinition")
    image = graph.one("docker-build:index:Image")
    assert image.urn in task.property_dependencies["containerDefinitions"]
    assert '"image":"123456789012.dkr.ecr.' in task.inputs["containerDefinitions"]


@pytest.mark.parametrize("capacity", ["fargate", "ec2"])
def test_the_definitions_of_a_public_image_can_be_read_in_the_first_preview(
    graph_of: GraphOf, capacity: str
) -> None:
    graph = graph_of(capacity, apps={"web": {"environment": {"A": "a"}}}, preview=True)
    text = graph.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"]
    assert '{"name":"A","value":"a"}' in text


def test_no_component_calls_a_plain_invoke() -> None:
    # Each waits for the engine before the program goes on; the `_output` forms do not.
    library = Path(moorage.__file__).parent.rglob("*.py")
    plain = [
        call for file in library for call in re.findall(r"aws\.\w+\.get_\w+(?<!_output)\(", file.read_text())
    ]
    assert plain == []


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_a_preview_knows_names_and_no_arns(graph_of: GraphOf, capacity: str) -> None:
    graph = graph_of(capacity, balancer={}, preview=True)
    service = graph.one("aws:ecs/service:Service")
    assert service.inputs["cluster"] is UNKNOWN
    assert service.inputs["taskDefinition"] is UNKNOWN
    assert isinstance(service.outputs["name"], str)
    assert isinstance(graph.one("moorage:index:ContainerApp").outputs["logGroupName"], str)
    assert graph.one("moorage:index:ContainerApp").outputs["url"] is UNKNOWN
