"""Defaults in the schema, which generated packages send: sent or not, a component is the same."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support import generated_arguments as arguments
from support.generated_programs import PRIVATE

import moorage
from moorage.errors import EvaluationError
from moorage.model.problems import ArgumentsError
from moorage.offline import evaluate
from moorage.plugin import Plugin

CAPACITIES = ("fargate", "fargate_spot", "ec2", "managed_instances")

generated = settings(
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


class Defaults:
    """Fills in defaults as a generated package does."""

    def __init__(self, plugin: Plugin) -> None:
        self.schema: dict[str, Any] = json.loads(plugin.schema or "")
        self.names: dict[str, dict[str, Any]] = {
            name: one.inputs_mapping for name, one in plugin._component_defs.items()
        }

    def fill(self, component: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a component, under their Python names, with defaults."""
        properties = self.schema["resources"][f"moorage:index:{component}"]["inputProperties"]
        names = self.names[component]
        defaults = {
            str(names.get(key, key)): one["default"] for key, one in properties.items() if "default" in one
        }
        return {**defaults, **args}


@pytest.fixture(scope="module")
def defaults(plugin: Plugin) -> Defaults:
    return Defaults(plugin)


@pytest.fixture(autouse=True)
def files(project: Path) -> None:
    (project / "app").mkdir()
    (project / "app" / "Dockerfile").write_text("FROM scratch\n")


def _made(parts: list[tuple[str, str, dict[str, Any]]]) -> Any:
    """Return the resources that components make, or the problems of their arguments."""

    def program() -> None:
        for component, name, args in parts:
            getattr(moorage, component)(name, args)

    try:
        graph = evaluate(program)
    except EvaluationError as error:
        refused = cast("ArgumentsError", error.__cause__)
        return {(problem.field, problem.text) for problem in refused.problems}
    return {
        one.urn: (one.type, one.inputs, one.options)
        for one in graph.resources
        if not one.type.startswith("moorage:")
    }


def _same(defaults: Defaults, *parts: tuple[str, str, dict[str, Any]]) -> Any:
    sent = [(component, name, defaults.fill(component, args)) for component, name, args in parts]
    made = _made([*parts])
    assert _made(sent) == made
    return made


def _leaves(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for token, owner in (*schema["resources"].items(), *schema["types"].items()):
        for key, declared in owner.get("inputProperties", owner.get("properties", {})).items():
            yield f"{token.rpartition(':')[2]}.{key}", declared


def test_defaults_are_constants_of_their_type_as_the_description_says(defaults: Defaults) -> None:
    kinds = {"boolean": bool, "integer": int, "string": str}
    values = {key: leaf["default"] for key, leaf in _leaves(defaults.schema) if "default" in leaf}

    assert len(values) > 25
    assert values["EcsCluster.capacity"] == "fargate"
    assert values["ContainerImage.keepImages"] == 30
    for key, leaf in _leaves(defaults.schema):
        if key in values:
            assert "$ref" in leaf or type(values[key]) is kinds[leaf["type"]], key
            text = json.dumps(values[key]).strip('"')
            assert text in leaf["description"].rpartition("Default: ")[2], key


@pytest.mark.parametrize(
    "argument",
    ["ContainerApp.executeCommand", "ContainerApp.count", "EcsCluster.onDemandBase", "ContainerApp.port"],
)
def test_what_depends_on_others_has_no_default(defaults: Defaults, argument: str) -> None:
    assert "default" not in dict(_leaves(defaults.schema))[argument]


def test_objects_have_no_defaults(defaults: Defaults) -> None:
    # Go's generated package assigns a pointer to the field of a plain, required object.
    for type_ in defaults.schema["types"].values():
        assert all("default" not in one for one in type_.get("properties", {}).values())


@given(capacity=st.sampled_from(CAPACITIES), args=arguments.some(arguments.of_cluster), data=st.data())
@generated
def test_clusters(defaults: Defaults, capacity: str, args: Any, data: st.DataObject) -> None:
    args = {"capacity": capacity, "network": PRIVATE, **args}
    if capacity in ("ec2", "managed_instances"):
        args["ec2"] = data.draw(arguments.some(arguments.of_instances))
    _same(defaults, ("EcsCluster", "main", args))


@given(args=arguments.some(arguments.of_balancer))
@generated
def test_load_balancers(defaults: Defaults, args: Any) -> None:
    _same(defaults, ("LoadBalancer", "web", {"network": PRIVATE, **args}))


CLUSTER = {
    "arn": "arn:aws:ecs:us-east-1:123456789012:cluster/main",
    "name": "main",
    "capacity_provider": "instances",
    "security_group_id": "sg-1",
}


@given(
    source=arguments.sources,
    capacity=st.sampled_from(("fargate", "fargate_spot", "ec2")),
    size=st.none() | arguments.sizes,
    args=arguments.some(arguments.of_app),
)
@generated
def test_apps(defaults: Defaults, source: Any, capacity: str, size: Any, args: Any) -> None:
    given: dict[str, Any] = {"cluster": {**CLUSTER, "capacity": capacity}, "network": PRIVATE}
    given |= {**source, **args}
    if size is not None:
        given |= {"cpu": size[0], "memory": size[1]}
    _same(defaults, ("ContainerApp", "notes", given))


@given(source=arguments.sources, args=arguments.some(arguments.of_job))
@generated
def test_jobs(defaults: Defaults, source: Any, args: Any) -> None:
    _same(defaults, ("Job", "report", {"cluster": CLUSTER, "network": PRIVATE, **source, **args}))


def test_a_compose_app(defaults: Defaults, project: Path) -> None:
    (project / "compose.yaml").write_text("services: {web: {image: example/web:1, ports: ['80']}}\n")
    made = _same(defaults, ("ComposeApp", "shop", {"cluster": CLUSTER, "network": PRIVATE}))
    assert any(type_ == "aws:ecs/service:Service" for type_, *_ in made.values())
