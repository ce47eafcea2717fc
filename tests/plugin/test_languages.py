"""Arguments as the packages of each language send them: the same component comes of all of them."""

import json
from typing import Any

import pytest
from support.engine import StartEngine
from support.plugin_engine import Construct, Inputs, Out, PluginEngine, Refused

from moorage.offline.graph import UNKNOWN, Secret
from moorage.plugin import Plugin

CLUSTER_URN = "urn:pulumi:dev::shop::moorage:index:EcsCluster::main"
CLUSTER = {"arn": "arn:aws:ecs:eu-central-1:123456789012:cluster/main", "name": "main"}
NETWORK = {"vpcId": "vpc-1", "publicSubnetIds": ["subnet-1", "subnet-2"]}


def _of(values: Inputs, *dependencies: str) -> dict[str, Out]:
    return {key: Out(value, dependencies) for key, value in values.items()}


HANDED_ON = {"cluster": _of(CLUSTER, CLUSTER_URN), "network": _of(NETWORK, CLUSTER_URN)}
APP = {
    "image": "example/notes:1",
    "port": 8000,
    "count": 2,
    "stopTimeout": 20,
    "environment": {"LEVEL": "info", "ZONE": "eu"},
    "containerHealthCheck": {"command": ["CMD", "true"], "startPeriod": 10},
    "grants": [{"service": "s3", "access": "read", "arn": "arn:aws:s3:::photos"}],
}
DEFAULTS = {
    "essential": True,
    "readOnly": False,
    "privileged": False,
    "versionConsistency": True,
    "interactive": False,
    "terminal": False,
    "cpu": 256,
    "memory": 512,
    "deployment": "rolling",
    "dashboard": False,
    "tracing": False,
    "verify": True,
}
"""What every generated package adds."""

LANGUAGES: dict[str, dict[str, Any]] = {
    # Node omits what is undefined, and makes one output of a value with an output in it.
    "typescript": {**HANDED_ON, **DEFAULTS, **APP, "secretValues": {"TOKEN": Out("hush", secret=True)}},
    # Go sends every pointer's value; an input of an array or a map is an output, whose items are plain.
    "go": {
        **HANDED_ON,
        **DEFAULTS,
        **APP,
        "image": Out("example/notes:1"),
        "environment": {"LEVEL": Out("info"), "ZONE": Out("eu")},
        "secretValues": {"TOKEN": Out("hush", secret=True)},
    },
    # YAML sends constants as they are, and `fn::secret` and a secret of the configuration as secrets.
    "yaml": {
        **HANDED_ON,
        **DEFAULTS,
        **APP,
        "port": 8000.0,
        "secretValues": {"TOKEN": Secret("hush")},
    },
    # An engine that sees a null passes it on: of Python's None, C#'s null, Java's empty Optional.
    "nulls": {
        **HANDED_ON,
        **APP,
        "build": None,
        "healthCheck": None,
        "rules": None,
        "containerHealthCheck": {"command": ["CMD", "true"], "startPeriod": 10, "interval": None},
        "secretValues": {"TOKEN": Out("hush", secret=True)},
    },
    # A secret inside makes SDKs without output values wrap the whole argument.
    "secret map": {**HANDED_ON, **APP, "secretValues": Secret({"TOKEN": "hush"})},
}


def test_defaults_are_those_of_the_schema(plugin: Plugin) -> None:
    schema = json.loads(plugin.schema or "")
    declared = schema["resources"]["moorage:index:ContainerApp"]["inputProperties"]
    assert {key: one["default"] for key, one in declared.items() if "default" in one} == DEFAULTS


def _made(engine: PluginEngine) -> dict[str, Any]:
    return {
        urn: (one.inputs, one.property_dependencies)
        for urn, one in engine.monitor.resources.items()
        if not one.type.startswith("moorage:")
    }


@pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "typescript"])
def test_every_language_makes_the_same(
    start_engine: StartEngine[PluginEngine], construct: Construct, language: str, preview: bool
) -> None:
    engines = [start_engine(preview), start_engine(preview)]
    for engine, sent in zip(engines, (LANGUAGES["typescript"], LANGUAGES[language]), strict=True):
        construct(engine, "ContainerApp", "notes", sent)

    first, second = map(_made, engines)
    assert len(first) > 8
    assert second == first


def test_it_is_what_was_sent(start_engine: StartEngine[PluginEngine], construct: Construct) -> None:
    engine = start_engine()
    construct(engine, "ContainerApp", "notes", LANGUAGES["typescript"])

    (container,) = json.loads(engine.resource(":TaskDefinition").inputs["containerDefinitions"])
    assert container["portMappings"][0]["containerPort"] == 8000
    assert container["stopTimeout"] == 20
    assert container["healthCheck"]["startPeriod"] == 10
    assert container["environment"] == [{"name": "LEVEL", "value": "info"}, {"name": "ZONE", "value": "eu"}]
    # A number is written as an integer in JSON, which `8000.0` is not.
    assert ".0" not in engine.resource(":TaskDefinition").inputs["containerDefinitions"]
    assert engine.resource(":Service").inputs["desiredCount"] == 2
    assert engine.resource(":SecretVersion").inputs["secretString"] == Secret("hush")
    assert CLUSTER_URN in engine.resource(":Service").property_dependencies["cluster"]


@pytest.mark.parametrize("wrap", [Out, Secret], ids=["output", "secret"])
def test_what_is_unknown_in_a_preview_stays_unknown(
    start_engine: StartEngine[PluginEngine], construct: Construct, wrap: Any
) -> None:
    engine = start_engine(preview=True)
    unknown = Out(UNKNOWN, (CLUSTER_URN,))
    sent = {
        "cluster": {"arn": unknown, "name": unknown},
        "network": {"vpcId": unknown, "publicSubnetIds": unknown},
        "image": wrap("example/notes:1"),
        "environment": {"TABLE": unknown},
        "secretValues": {"TOKEN": Out(UNKNOWN, (CLUSTER_URN,), secret=True)},
    }
    made = construct(engine, "ContainerApp", "notes", sent)

    assert made.state["serviceName"] is not None
    assert engine.resource(":Service").inputs["cluster"] is UNKNOWN
    # The variable's name is known, so the task definition has the secret before its value is there.
    assert engine.resource(":SecretVersion").name == "notes-secret-TOKEN-value"


def test_the_names_of_secret_values_must_be_known(
    start_engine: StartEngine[PluginEngine], construct: Construct
) -> None:
    # What a package would send for an unknown value if the schema marked the argument as secret: nothing of
    # it. So the schema does not; the component stores each value as a secret by itself.
    engine = start_engine(preview=True)
    sent = {"cluster": CLUSTER, "network": NETWORK, "image": "example/notes:1"}
    with pytest.raises(Refused) as caught:
        construct(engine, "ContainerApp", "notes", {**sent, "secretValues": Out(UNKNOWN, secret=True)})
    assert list(caught.value.properties) == ["'secretValues'"]


@pytest.mark.parametrize(
    ("argument", "value", "reason"),
    [
        ("port", 8000.5, "must be an integer"),
        ("port", "8k", "must be an integer"),
        ("count", True, "must be an integer"),
        ("public", "yes", "must be true or false"),
        ("public", 1.0, "must be true or false"),
        ("environment", {"PORT": [80.0]}, "must be a string"),
        ("command", "sh", "must be a list"),
        ("containerHealthCheck", {"command": ["CMD"], "period": 10}, "unknown argument"),
    ],
)
def test_values_of_another_type_are_refused(
    engine: PluginEngine, construct: Construct, argument: str, value: Any, reason: str
) -> None:
    sent = {"cluster": CLUSTER, "network": NETWORK, "image": "example/notes:1", argument: value}
    with pytest.raises(Refused) as caught:
        construct(engine, "ContainerApp", "notes", sent)

    ((path, (text,)),) = caught.value.properties.items()
    assert path.strip("'").startswith(argument)
    assert reason in text
    assert engine.monitor.resources == {}


def test_a_resource_is_no_reference(engine: PluginEngine, construct: Construct) -> None:
    # `cluster: cluster` in another language is a resource reference: the component's URN, and no fields.
    reference = {"4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e", "urn": CLUSTER_URN}
    sent = {"cluster": reference, "network": NETWORK, "image": "example/notes:1"}
    with pytest.raises(Refused) as caught:
        construct(engine, "ContainerApp", "notes", sent)

    ((path, (reason,)),) = caught.value.properties.items()
    assert path.strip("'") == "cluster"
    assert "must be an object with the keys arn, name" in reason
