"""Wrong arguments over the wire: what the engine receives, and what it does not."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from support.plugin_engine import Construct, Inputs, Out, PluginEngine, Refused

from moorage import ContainerApp
from moorage.offline.graph import Secret
from moorage.plugin import Plugin

CLUSTER = {"arn": "arn:aws:ecs:eu-central-1:123456789012:cluster/main", "name": "main"}
NETWORK = {"vpcId": "vpc-1", "publicSubnetIds": ["subnet-1", "subnet-2"]}
APP = {"cluster": CLUSTER, "network": NETWORK, "image": "example/notes:1"}

Refuse = Callable[[str, str, Inputs], Refused]


@pytest.fixture
def refused(engine: PluginEngine, construct: Construct) -> Refuse:
    """Construct a component that is refused before anything is registered; return why."""

    def refuse(component: str, name: str, inputs: Inputs) -> Refused:
        with pytest.raises(Refused) as caught:
            construct(engine, component, name, inputs)
        assert engine.monitor.resources == {}
        return caught.value

    return refuse


def test_every_problem_is_told_at_its_property(refused: Refuse) -> None:
    wrong = {
        "port": 70000,
        "prt": 80,
        "memoryReservation": 4096,
        "grants": [{"service": "dynamo", "access": "read", "arn": "arn:aws:dynamodb:::table/notes"}],
    }
    error = refused("ContainerApp", "notes", APP | wrong)

    assert error.message.startswith("ContainerApp 'notes': ")
    assert error.message.endswith("problems in its arguments")
    # The engine itself adds the value that it finds at the path.
    assert error.properties["port"] == ["must be from 1 to 65535"]
    assert error.properties["'prt'"][0].startswith("unknown argument; did you mean 'port'?")
    assert error.properties["memoryReservation"][0].endswith("to memory, 512 MiB")
    assert error.properties["grants[0].service"][0].startswith("must be one of dynamodb, ")


def test_names_are_those_of_the_caller(refused: Refuse) -> None:
    error = refused("Network", "net", {"publicSubnetIds": ["subnet-1"]})

    assert error.properties == {"'publicSubnetIds'": ["needs vpcId"]}


def test_everything_that_is_missing_is_told_at_once(refused: Refuse) -> None:
    error = refused("ContainerApp", "notes", {"cluster": {"arn": CLUSTER["arn"]}, "port": 70000})

    assert error.properties["'cluster.name'"] == ["is required"]
    assert "port" in error.properties


def test_a_whole_output_is_no_reference(refused: Refuse) -> None:
    # `cluster: cluster.ref` is what a Python program writes; elsewhere a reference is given field by field.
    error = refused("ContainerApp", "notes", APP | {"cluster": Out(CLUSTER, ("urn:cluster",))})

    ((path, (reason,)),) = error.properties.items()
    assert path.strip("'") == "cluster"
    assert "must be an object with the keys arn, name" in reason
    assert "capacityProvider" in reason


@pytest.mark.parametrize(
    ("argument", "value", "reason"),
    [
        ("port", 8080, "an Output: must be an integer; it decides which resources there are"),
        ("family", "notes", "an Output: must be a string"),
        ("public", True, "an Output: must be true or false"),
    ],
)
@pytest.mark.parametrize("secret", [False, True])
def test_plain_arguments_take_no_outputs(
    refused: Refuse, argument: str, value: Any, reason: str, secret: bool
) -> None:
    error = refused(
        "ContainerApp", "notes", APP | {argument: Out(value, () if secret else ("urn:a",), secret=secret)}
    )

    assert list(error.properties) == [f"'{argument}'"]
    assert error.properties[f"'{argument}'"][0].startswith(reason)


@pytest.mark.parametrize("as_output", [False, True])
def test_a_secret_in_the_environment_is_refused_and_not_shown(refused: Refuse, as_output: bool) -> None:
    secret = Out("hush", secret=True) if as_output else Secret("hush")
    error = refused("ContainerApp", "notes", APP | {"environment": {"LEVEL": "info", "TOKEN": secret}})

    # An engine shows the value at a path that it finds, a secret one too: this one it does not find.
    assert all(path.startswith("'environment") for path in error.properties)
    assert "hush" not in str(error)


def test_credentials_in_the_environment_are_refused_and_not_shown(refused: Refuse) -> None:
    error = refused("ContainerApp", "notes", APP | {"environment": {"AWS_SECRET_ACCESS_KEY": "hush"}})

    assert list(error.properties) == ["'environment.AWS_SECRET_ACCESS_KEY'"]
    assert "hush" not in str(error)


@pytest.mark.parametrize("as_output", [False, True])
def test_secret_values_come_as_outputs_or_as_secrets(
    engine: PluginEngine, construct: Construct, as_output: bool
) -> None:
    secret = Out("hush", secret=True) if as_output else Secret("hush")
    construct(engine, "ContainerApp", "notes", APP | {"secretValues": {"TOKEN": secret, "KEY": "plain"}})

    versions = engine.resources(":SecretVersion")
    strings = [one.inputs["secretString"] for one in versions]
    assert sorted(strings, key=lambda secret: secret.value) == [Secret("hush"), Secret("plain")]


def test_a_secret_in_a_nested_argument_leaves_its_choices_plain(
    engine: PluginEngine, construct: Construct
) -> None:
    network = {"vpcId": Secret("vpc-1"), "publicSubnetIds": ["subnet-1"], "privateEgress": False}
    construct(engine, "ContainerApp", "notes", APP | {"network": network})

    assert engine.resource(":SecurityGroup").inputs["vpcId"] == Secret("vpc-1")


def test_null_is_an_argument_left_out(engine: PluginEngine, construct: Construct) -> None:
    more = {
        "port": None,
        "public": True,
        "healthCheck": None,
        "containerHealthCheck": {"command": ["CMD", "true"]},
    }
    more["containerHealthCheck"]["interval"] = None
    made = construct(engine, "ContainerApp", "notes", APP | more)

    definition = json.loads(engine.resource(":TaskDefinition").inputs["containerDefinitions"])[0]
    assert definition["portMappings"][0]["containerPort"] == 8080
    assert definition["healthCheck"]["interval"] == 30
    assert made.state["serviceName"]


def test_another_error_of_a_constructor_keeps_its_kind(
    engine: PluginEngine, construct: Construct, plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(ContainerApp):
        def __init__(self, name: str, args: Any, opts: Any = None) -> None:
            raise KeyError("inside")

    monkeypatch.setitem(plugin._components, "ContainerApp", Broken)

    # With the frames that led there, which a report of a defect needs.
    with pytest.raises(Exception, match=r"(?s)'inside'.*test_arguments\.py"):
        construct(engine, "ContainerApp", "notes", APP)
