"""Values as users have them: strings of a configuration, numbers, Outputs, and outputs of other stacks."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from moorage import ContainerApp, EcsCluster, Job, Network
from moorage.errors import EvaluationError
from moorage.offline import evaluate
from moorage.offline.graph import ResourceGraph

CLUSTER = {
    "arn": "arn:aws:ecs:us-east-1:123456789012:cluster/shared",
    "name": "shared",
    "capacity": "fargate",
    "arch": "arm64",
    "preset": "prod",
}
NETWORK = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1", "subnet-2"]}
OTHER = {
    "acme/base/dev": {"cluster": CLUSTER, "network": NETWORK, "port": 9000, "variables": {"B": 2, "A": True}}
}
APP: dict[str, Any] = {"cluster": CLUSTER, "network": NETWORK, "image": "nginx:1"}


def app(**args: Any) -> None:
    """Declare an app; a function is called in the program, where Outputs can be made."""
    values = {key: value() if callable(value) else value for key, value in {**APP, **args}.items()}
    ContainerApp("a", values)  # pyright: ignore[reportArgumentType]


def graph(program: Callable[[], object], preview: bool) -> ResourceGraph:
    return evaluate(program, preview=preview, stack_outputs=OTHER)


def inputs(of: ResourceGraph, type_: str) -> Mapping[str, Any]:
    (resource,) = (item for item in of.resources if item.type == type_)
    return resource.inputs


def container(of: ResourceGraph) -> dict[str, Any]:
    (made,) = json.loads(inputs(of, "aws:ecs/taskDefinition:TaskDefinition")["containerDefinitions"])
    return made


def variables(of: ResourceGraph) -> dict[str, str]:
    return {pair["name"]: pair["value"] for pair in container(of)["environment"]}


def refused(program: Callable[[], object], preview: bool = False) -> str:
    with pytest.raises(EvaluationError) as failure:
        graph(program, preview)
    return str(failure.value)


def constant(value: Any) -> Callable[[], pulumi.Output[Any]]:
    return lambda: pulumi.Output.from_input(value)


def of_a_queue(value: Any) -> pulumi.Output[Any]:
    """Return an Output that is known once a queue exists."""
    return aws.sqs.Queue("q").arn.apply(lambda _: value)


@pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
def test_strings_of_a_configuration(preview: bool) -> None:
    made = graph(lambda: app(port="9000", read_only="true", count="3", cpu="512", memory="1024"), preview)
    assert container(made)["portMappings"] == [{"containerPort": 9000, "protocol": "tcp"}]
    assert container(made)["readonlyRootFilesystem"] is True
    assert inputs(made, "aws:ecs/taskDefinition:TaskDefinition")["cpu"] == "512"
    assert inputs(made, "aws:ecs/service:Service")["desiredCount"] == 3


@pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
def test_numbers_and_booleans_as_variables(preview: bool) -> None:
    made = graph(
        lambda: app(environment={"PORT": 8080.0, "DEBUG": True, "RATE": 0.5, "N": constant(3)()}), preview
    )
    assert variables(made) == {"DEBUG": "true", "N": "3", "PORT": "8080", "RATE": "0.5"}


@pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
def test_an_environment_that_is_an_output(preview: bool) -> None:
    def program() -> None:
        other = pulumi.StackReference("acme/base/dev")
        app(environment=other.require_output("variables"), queue={})

    made = container(graph(program, False))["environment"]
    assert [pair["name"] for pair in made] == ["A", "B", "QUEUE_URL"]
    assert [pair["value"] for pair in made[:2]] == ["true", "2"]
    definition = inputs(graph(program, preview), "aws:ecs/taskDefinition:TaskDefinition")
    assert isinstance(definition["containerDefinitions"], str) is not preview


def test_a_job_takes_such_an_environment() -> None:
    def program() -> None:
        Job("j", {**APP, "environment": pulumi.Output.from_input({"A": 1}), "tags": {"n": 5}})  # pyright: ignore[reportArgumentType]

    made = graph(program, False)
    assert variables(made) == {"A": "1"}
    assert inputs(made, "aws:ecs/taskDefinition:TaskDefinition")["tags"]["n"] == "5"


@pytest.mark.parametrize(
    ("environment", "text"),
    [
        ({"AWS_ACCESS_KEY_ID": "x"}, "credentials do not belong in the environment"),
        ({"A=B": "x"}, "environment.A=B: 'A=B'"),
        ({"A": [1]}, "environment.A: must be a string, a number or a boolean, and is of type list"),
        ("A=1", "a: environment: must be an object"),
        ({"TOKEN": "x"}, "is also in environment"),
    ],
)
def test_an_environment_that_turns_out_wrong(environment: Any, text: str) -> None:
    secrets = {"TOKEN": "arn:aws:ssm:us-east-1:123456789012:parameter/token"}
    assert text in refused(lambda: app(environment=constant(environment), secrets=secrets))


def test_a_secret_environment_is_refused() -> None:
    text = refused(lambda: app(environment=lambda: pulumi.Output.secret({"A": "hunter2"})))
    assert "environment" in text
    assert "secret" in text
    assert "hunter2" not in text


@pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
def test_tags_that_are_an_output(preview: bool) -> None:
    def program() -> None:
        tags = pulumi.Output.from_input({"team": "web", "cost": 12})
        network = Network("n", {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1", "subnet-2"]})
        EcsCluster("c", {"network": network.ref, "capacity": "ec2", "tags": tags})
        app(tags=tags)

    made = graph(program, preview)
    tags = {"moorage:app": "a", "moorage:stack": "dev", "team": "web", "cost": "12"}
    assert inputs(made, "aws:ecs/service:Service")["tags"] == tags
    launched = inputs(made, "aws:autoscaling/group:Group")["tags"]
    assert {"key": "cost", "value": "12", "propagateAtLaunch": True} in launched
    assert {"key": "Name", "value": "c-instance", "propagateAtLaunch": True} in launched


def test_tags_that_turn_out_wrong() -> None:
    assert "tags.b: the value must not begin" in refused(lambda: app(tags=constant({"b": "aws:x"})))
    assert "tags.b: must be a string, a number or a boolean" in refused(lambda: app(tags=constant({"b": []})))


def test_a_count_that_is_an_output() -> None:
    made = graph(lambda: app(count=lambda: of_a_queue(4)), False)
    assert inputs(made, "aws:ecs/service:Service")["desiredCount"] == 4
    previewed = graph(lambda: app(count=lambda: of_a_queue(4)), True)
    assert not isinstance(inputs(previewed, "aws:ecs/service:Service")["desiredCount"], int)
    assert "count: 6000: must be an integer from 0 to 5000" in refused(lambda: app(count=constant(6000)))
    assert "count: 'x': must be an integer" in refused(lambda: app(count=constant("x")))


@pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
def test_references_of_another_stack(preview: bool) -> None:
    def program() -> None:
        other = pulumi.StackReference("acme/base/dev")
        app(
            cluster=other.require_output("cluster"),
            network=other.require_output("network"),
            port=other.require_output("port"),
        )

    made = graph(program, preview)
    service = inputs(made, "aws:ecs/service:Service")
    assert service["cluster"] == CLUSTER["arn"]
    assert service["networkConfiguration"]["subnets"] == NETWORK["public_subnet_ids"]
    platform = inputs(made, "aws:ecs/taskDefinition:TaskDefinition")["runtimePlatform"]
    assert platform["cpuArchitecture"] == "ARM64"
    assert container(made)["portMappings"][0]["containerPort"] == 9000


@pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
def test_an_output_of_a_resource_cannot_decide_which_resources_there_are(preview: bool) -> None:
    text = refused(lambda: app(cluster=lambda: of_a_queue(CLUSTER), port=lambda: of_a_queue(1)), preview)
    assert "cluster: an Output: must be an object with the keys arn, name" in text
    assert "port: an Output: must be an integer; it decides which resources there are" in text
    assert "or an output of a StackReference" in text


def test_a_wrong_reference_of_another_stack_is_checked_as_any() -> None:
    text = refused(lambda: app(cluster=constant({**CLUSTER, "capacity": "fargat"})))
    assert "cluster.capacity: 'fargat': must be one of fargate" in text
    assert "(did you mean 'fargate'?)" in text


def project(folder: Path, outputs: str | None) -> Path:
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text(
        "import pulumi\nother = pulumi.StackReference('acme/base/dev')\n"
        "pulumi.export('port', other.require_output('port'))\n"
        "pulumi.export('token', other.get_output('token'))\n"
    )
    if outputs is not None:
        (folder / "stack-outputs").mkdir()
        (folder / "stack-outputs" / "acme.base.dev.json").write_text(outputs)
    return folder


@pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
def test_outputs_of_another_stack_in_a_file(tmp_path: Path, preview: bool) -> None:
    made = evaluate(project(tmp_path, '{"port": 9000, "token": "[secret]"}'), preview=preview)
    assert made.outputs["port"] == 9000
    assert repr(made.outputs["token"]) != repr("[secret]")


@pytest.mark.parametrize(
    ("outputs", "wrong"),
    [
        (None, "stack-outputs/acme.base.dev.json is not there"),
        ("[]", "stack-outputs/acme.base.dev.json: must be an object of outputs"),
        ("{", "stack-outputs/acme.base.dev.json: Expecting property name"),
    ],
)
def test_a_file_that_cannot_be_read_says_how_to_write_it(
    tmp_path: Path, outputs: str | None, wrong: str
) -> None:
    with pytest.raises(EvaluationError) as failure:
        evaluate(project(tmp_path, outputs))
    assert wrong in str(failure.value)
    command = "`pulumi stack output --json --stack acme/base/dev > stack-outputs/acme.base.dev.json`"
    assert f"write the file with {command}" in str(failure.value)


@pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
@pytest.mark.parametrize(
    "line",
    [
        "pulumi.export('x', other.require_output('network'))",
        "pulumi.export('x', other.outputs['network'])",
        "moorage.ContainerApp('a', {'network': other.require_output('network'), 'image': 'nginx:1'})",
        "cluster = {'arn': 'arn:aws:ecs:us-east-1:123456789012:cluster/a', 'name': 'a'}\n"
        "network = {'vpc_id': 'vpc-1', 'public_subnet_ids': ['subnet-1', 'subnet-2']}\n"
        "name = other.require_output('network')\n"
        "args = {'cluster': cluster, 'network': network, 'image': 'a', 'environment': {'A': name}}\n"
        "moorage.ContainerApp('a', args)",
    ],
)
def test_an_output_that_another_stack_does_not_have(tmp_path: Path, line: str, preview: bool) -> None:
    folder = project(tmp_path, '{"port": 9000, "cluster": {}}')
    (folder / "__main__.py").write_text(
        f"import moorage\nimport pulumi\nother = pulumi.StackReference('acme/base/dev')\n{line}\n"
    )
    with pytest.raises(EvaluationError) as failure:
        evaluate(folder, preview=preview)
    assert str(failure.value).startswith(
        "StackReference 'acme/base/dev': the stack has no output 'network'; its outputs are cluster, port. "
        "Offline they are those of stack-outputs/acme.base.dev.json, or of the argument stack_outputs"
    )


def test_a_key_error_of_the_program_is_its_own(tmp_path: Path) -> None:
    folder = project(tmp_path, "{}")
    lines = "import pulumi\nother = pulumi.StackReference('acme/base/dev')\nprint({}['network'])\n"
    (folder / "__main__.py").write_text(lines)
    with pytest.raises(EvaluationError, match="KeyError: 'network'"):
        evaluate(folder)


@pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
def test_a_tuple_is_a_list(preview: bool) -> None:
    network = {"vpc_id": "vpc-1", "public_subnet_ids": ("subnet-1", "subnet-2")}
    volumes: dict[str, Any] = {"tmp": {}}
    mounts = ({"volume": "tmp", "path": "/tmp"},)
    made = graph(lambda: app(command=("a", "b"), network=network, volumes=volumes, mounts=mounts), preview)
    assert container(made)["command"] == ["a", "b"]
    assert [mount["containerPath"] for mount in container(made)["mountPoints"]] == ["/tmp"]
    subnets = inputs(made, "aws:ecs/service:Service")["networkConfiguration"]["subnets"]
    assert subnets == ["subnet-1", "subnet-2"]


def test_an_async_program_reads_another_stack() -> None:
    async def program() -> None:
        app(cluster=pulumi.StackReference("acme/base/dev").require_output("cluster"))

    assert inputs(graph(program, False), "aws:ecs/service:Service")["cluster"] == CLUSTER["arn"]
