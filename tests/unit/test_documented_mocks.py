"""Every component and example under the mocks that Pulumi's documentation shows ("Unit testing Pulumi
programs"): `new_resource` returns the inputs, `call` returns nothing."""

import asyncio
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support.engine import unreported

from moorage import ComposeApp, ContainerApp, ContainerImage, EcsCluster, Job, LoadBalancer, Network
from moorage.offline.program import project_modules
from moorage.offline.project import load_project

ROOT = Path(__file__).parents[2]
STACKS = [
    (folder, file.name[len("Pulumi.") : -len(".yaml")])
    for folder in (ROOT, *sorted((ROOT / "examples").iterdir()))
    for file in sorted(folder.glob("Pulumi.*.yaml"))
    # awsx's Vpc takes no inputs for outputs, which is what these mocks return.
    if (folder, file.name) != (ROOT, "Pulumi.prod.yaml")
]
PRIVATE: Any = {
    "vpc_id": "vpc-1",
    "public_subnet_ids": ["subnet-1"],
    "private_subnet_ids": ["subnet-2"],
    "private_egress": True,
}


# The modules of pulumi_aws warn of what is old in them when they are imported.
pytestmark = pytest.mark.filterwarnings(r"ignore::DeprecationWarning:pulumi_\w+")

# Lists that examples read of resources of their own.
READ: dict[str, dict[str, Any]] = {
    "aws:rds/instance:Instance": {"masterUserSecrets": [{"secretArn": "arn:aws:::secret:login"}]},
    "aws:acm/certificate:Certificate": {
        "domainValidationOptions": [{"resourceRecordName": "_1", "resourceRecordType": "CNAME"}]
    },
}


class MyMocks(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> Any:
        return [f"{args.name}_id", READ.get(args.typ, {}) | args.inputs]

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        # An example asks for zones itself, and takes the first.
        return {"names": ["us-east-1a", "us-east-1b"]} if "AvailabilityZones" in args.token else {}


@pytest.fixture
def mocks(loops: None, preview: bool) -> Iterator[None]:
    """Set the mocks as a test file does, once for its tests."""
    asyncio.set_event_loop(asyncio.new_event_loop())
    pulumi.runtime.set_mocks(MyMocks(), project="shop", stack="dev", preview=preview)
    with unreported():
        yield


@pytest.fixture
def seen(mocks: None) -> Callable[[Callable[[], pulumi.Output[Any]]], Any]:
    """Run a test as Pulumi's decorator does; return the value of the Output that it returns."""

    def run(test: Callable[[], pulumi.Output[Any]]) -> Any:
        values: list[Any] = []
        pulumi.runtime.test(lambda: test().apply(values.append))()
        return values[0] if values else None

    return run


Seen = Callable[[Callable[[], pulumi.Output[Any]]], Any]


@pytest.mark.parametrize("capacity", ["fargate", "fargate_spot", "ec2", "managed_instances"])
def test_every_component(seen: Seen, folder: Path, capacity: str) -> None:
    (folder / "compose.yml").write_text(
        "services: {db: {image: 'postgres:17', volumes: ['data:/data']}}\nvolumes: {data: {}}\n"
        "x-moorage: {volumes: {data: {storage: efs}}}\n"
    )

    def program() -> pulumi.Output[Any]:
        network = Network("net", PRIVATE if capacity == "managed_instances" else {})
        cluster = EcsCluster("main", {"network": network.ref, "capacity": capacity})
        reach: Any = {"cluster": cluster.ref} if capacity == "ec2" else {}
        balancer = LoadBalancer(
            "alb",
            {"network": network.ref, "domain": "app.example.com", "zone_id": "Z1", "preset": "prod", **reach},
        )
        shared: Any = {"cluster": cluster.ref, "network": network.ref}
        web = ContainerApp(
            "web",
            {
                **shared,
                "build": {"context": "app"},
                "load_balancer": balancer.ref,
                "deployment": "canary",
                "pre_deploy": {"command": ["migrate"]},
                "autoscaling": {"min": 1, "max": 4, "cpu": 50},
                "alarms": {"errors": 5, "email": "me@example.com"},
                "grants": [{"service": "sqs", "access": "read", "arn": aws.sqs.Queue("jobs").arn}],
                "secrets": {"TOKEN": "/shop/token"},
                "secret_values": {"KEY": pulumi.Output.secret("hunter2")},
                "execute_command": True,
                "tracing": True,
            },
        )
        Job("clean", {**shared, "image": "x:1", "schedule": "rate(1 hour)"})
        ContainerImage("image", {"build": {"context": "app"}})
        if capacity != "ec2":
            ComposeApp("shop", {**shared, "files": ["compose.yml"]})
        return pulumi.Output.all(web.address, web.task_definition_arn, web.task_role_arn)

    known = seen(program)
    assert known is None or known[0] == "https://app.example.com"


def test_what_a_mock_omits_is_made_up_inside_components_only(seen: Seen, preview: bool) -> None:
    def program() -> pulumi.Output[Any]:
        return pulumi.Output.all(Network("net", {}).public_subnet_ids, EcsCluster("main", {}).arn)

    def own() -> pulumi.Output[Any]:
        return pulumi.Output.all(aws.sqs.Queue("jobs").arn)

    known = seen(program)
    if preview:
        assert known is None
    else:
        subnets, arn = known
        assert all(subnet.startswith("subnet-") for subnet in subnets)
        assert arn.startswith("arn:aws:ecs:us-east-1:123456789012:cluster/main-")
    assert seen(own) == (None if preview else [None])


def test_each_test_of_a_file_is_a_program_of_its_own(seen: Seen) -> None:
    """The mocks are set once; the same app on the same load balancer does not clash in the next test."""

    def program() -> pulumi.Output[Any]:
        network, cluster = Network("net", {}), EcsCluster("main", {})
        balancer = LoadBalancer("alb", {"network": network.ref})
        shared: Any = {"cluster": cluster.ref, "network": network.ref, "load_balancer": balancer.ref}
        return pulumi.Output.from_input(ContainerApp("web", {**shared, "image": "x:1"}).urn)

    assert seen(program) == seen(program)


def test_a_test_that_expects_an_error_leaves_nothing_for_the_next(seen: Seen) -> None:
    def wrong() -> pulumi.Output[Any]:
        EcsCluster("main", {"network": Network("net", {}).ref})
        return EcsCluster("other", {"capacity": "ec3"}).arn

    with pytest.raises(ValueError, match="did you mean 'ec2'"):
        seen(wrong)
    assert seen(lambda: pulumi.Output.from_input(EcsCluster("main", {}).urn)).endswith("::main")


@pytest.mark.parametrize(("folder", "stack"), STACKS, ids=lambda value: getattr(value, "name", value))
def test_every_program(mocks: None, folder: Path, stack: str, preview: bool) -> None:
    project = load_project(folder)
    pulumi.runtime.set_mocks(MyMocks(), project=project.name, stack=stack, preview=preview)
    plain = {key: "hunter2" for key, declared in project.declared.items() if declared.secret}
    configuration = project.configure(stack, plain)
    pulumi.runtime.set_all_config(configuration.values, list(configuration.secret_keys))

    def program() -> None:
        runpy.run_path(str(project.main), run_name="__main__")

    with project_modules(project.program_folder), pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        pulumi.runtime.test(program)()
    monitor: Any = pulumi.runtime.settings.get_monitor()
    assert any("aws:ecs/service:Service" in urn for urn in monitor.get_registered_resources())
