"""Secrets stay secret on their way through resources."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from moorage.offline import UNKNOWN, Secret, evaluate, reveal

PLAIN = "correct horse"


@pytest.mark.parametrize("preview", [False, True])
def test_a_secret_input_is_a_secret_output(preview: bool) -> None:
    def program() -> None:
        version = aws.secretsmanager.SecretVersion(
            "version", secret_id="s", secret_string=pulumi.Output.secret(PLAIN)
        )
        aws.sqs.Queue("downstream", tags={"copy": version.secret_string, "plain": "x"})
        pulumi.export("copy", version.secret_string)

    graph = evaluate(program, preview=preview)

    version = graph.one("aws:secretsmanager/secretVersion:SecretVersion")
    assert version.inputs["secretString"] == Secret(PLAIN)
    assert version.outputs["secretString"] == Secret(PLAIN)
    assert graph.one("aws:sqs/queue:Queue").inputs["tags"] == {"copy": Secret(PLAIN), "plain": "x"}
    assert graph.outputs == {"copy": Secret(PLAIN)}
    assert PLAIN not in repr(graph)


def test_any_secret_input_stays_secret_though_the_schema_does_not_say_so() -> None:
    def program() -> None:
        queue = aws.sqs.Queue("jobs", tags=pulumi.Output.secret({"a": "b"}), name=pulumi.Output.secret("n"))
        pulumi.export("tags", queue.tags)
        pulumi.export("name", queue.name)
        pulumi.export("arn", queue.arn)

    outputs = evaluate(program).outputs

    assert outputs["tags"] == Secret({"a": "b"})
    assert outputs["name"] == Secret("n")
    assert outputs["arn"] == "arn:aws:sqs:us-east-1:123456789012:n"


def test_a_secret_in_a_larger_value_makes_all_of_it_secret() -> None:
    def program() -> None:
        environment = [{"name": "PASSWORD", "value": pulumi.Output.secret(PLAIN)}]
        aws.ecs.TaskDefinition(
            "task",
            family="web",
            container_definitions=pulumi.Output.json_dumps([{"name": "web", "environment": environment}]),
        )

    definitions = (
        evaluate(program).one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"]
    )

    assert isinstance(definitions, Secret)
    assert json.loads(reveal(definitions))[0]["environment"][0]["value"] == PLAIN


@pytest.mark.parametrize("preview", [False, True])
def test_additional_secret_outputs(preview: bool) -> None:
    def program() -> None:
        queue = aws.sqs.Queue("jobs", opts=pulumi.ResourceOptions(additional_secret_outputs=["name", "url"]))
        pulumi.export("name", queue.name)
        pulumi.export("url", queue.url)

    graph = evaluate(program, preview=preview)

    assert isinstance(graph.outputs["name"], Secret)
    if preview:
        assert reveal(graph.outputs["url"]) is UNKNOWN
    else:
        assert isinstance(graph.outputs["url"], Secret)


def test_secret_configuration_given_by_the_caller_is_not_secret_for_a_function() -> None:
    def program() -> None:
        config = pulumi.Config()
        pulumi.export("plain", config.require("plain"))
        pulumi.export("secret", config.require_secret("plain"))

    assert evaluate(program, config={"plain": "x"}).outputs == {"plain": "x", "secret": Secret("x")}


def test_reveal_looks_everywhere() -> None:
    value = {"a": [Secret({"b": Secret(1)})], "c": UNKNOWN}
    assert reveal(value) == {"a": [{"b": 1}], "c": UNKNOWN}
    assert repr(value) == "{'a': [[secret]], 'c': [unknown]}"
