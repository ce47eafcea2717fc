"""The schema that every language's package is generated from.

After a wanted change run `pytest tests/plugin/test_schema.py --moorage-update-golden`, and review the
difference: what is renamed or removed breaks its users.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from moorage import __version__
from moorage.plugin import COMPONENTS, Plugin

PREFIX = "moorage:index:"
REFERENCES = {"NetworkRef": "Network", "ClusterRef": "EcsCluster", "LoadBalancerRef": "LoadBalancer"}


@pytest.fixture(scope="module")
def schema(plugin: Plugin) -> dict[str, Any]:
    return json.loads(plugin.schema or "")


def _declarations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    """Yield the name, properties and required properties of everything that is given."""
    for name, component in schema["resources"].items():
        yield name.removeprefix(PREFIX), component["inputProperties"], component["requiredInputs"]
    for name, type_ in schema["types"].items():
        if "enum" not in type_:
            yield name.removeprefix(PREFIX), type_["properties"], type_.get("required", [])


def _leaves(declared: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield declared
    for inner in ("items", "additionalProperties"):
        if inner in declared:
            yield from _leaves(declared[inner])


def test_the_schema_is_the_reviewed_one(golden: Callable[..., None], schema: dict[str, Any]) -> None:
    # As text: the order of arguments is part of it.
    golden(json.dumps({**schema, "version": "0.0.0"}, indent=2), "schema.json")


def test_the_package(schema: dict[str, Any]) -> None:
    assert (schema["name"], schema["version"]) == ("moorage", __version__)
    assert list(schema["resources"]) == [PREFIX + component.__name__ for component in COMPONENTS]
    assert all(component["isComponent"] for component in schema["resources"].values())


def test_every_argument_says_what_it_is_and_its_default(schema: dict[str, Any]) -> None:
    lacking = [
        f"{owner}.{name}: {declared.get('description')}"
        for owner, properties, required in _declarations(schema)
        for name, declared in properties.items()
        if not re.search(r"\.$" if name in required else r"Default: .+\.$", declared.get("description", ""))
    ]
    assert lacking == []


def test_every_component_type_and_output_is_described(schema: dict[str, Any]) -> None:
    for owner in (*schema["resources"].values(), *schema["types"].values()):
        assert owner["description"].rstrip().endswith(".")
    for component in schema["resources"].values():
        for name, output in component["properties"].items():
            assert output["description"].endswith("."), name


def test_descriptions_are_whole_paragraphs_in_the_names_of_the_schema(schema: dict[str, Any]) -> None:
    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("description"), str):
                yield value["description"]
            for item in value.values():
                yield from texts(item)

    python = {
        "_".join(re.findall(r"[A-Z]?[a-z0-9]+", name)).lower()
        for _, properties, _ in _declarations(schema)
        for name in properties
    }
    found = list(texts(schema))
    assert len(found) > 100
    for text in found:
        assert "\n" not in text.replace("\n\n", "")
        assert "  " not in text
        assert {word for word in re.findall(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", text) if word in python} == set()


def test_types_are_those_that_every_language_has(schema: dict[str, Any]) -> None:
    for owner, properties, _ in _declarations(schema):
        for name, declared in properties.items():
            for leaf in _leaves(declared):
                where = f"{owner}.{name}"
                reference = leaf.get("$ref", f"#/types/{PREFIX}BuildArgs")
                if name == "overrides":
                    # The inputs of any resource of another package.
                    assert leaf.get("$ref", "pulumi.json#/Any") == "pulumi.json#/Any"
                    continue
                # No pulumi.json#/Any, and nothing of another package.
                assert reference.removeprefix("#/types/") in schema["types"], where
                assert not leaf.keys() & {"oneOf", "enum", "discriminator"}, where
                if where in ("ContainerApp.count", "ServiceArgs.count"):
                    # No resource depends on it.
                    assert "plain" not in leaf, where
                elif leaf.get("type") == "integer" or "$ref" in leaf:
                    # An Output in these breaks in Python, and what they decide shapes the graph.
                    assert leaf["plain"] is True, where


def test_outputs_are_texts(schema: dict[str, Any]) -> None:
    for name, component in schema["resources"].items():
        for output, declared in component["properties"].items():
            leaf = list(_leaves(declared))[-1]
            assert leaf["type"] == "string", (name, output)
            assert "$ref" not in leaf, (name, output)
        assert sorted(component["properties"]) == component["required"]


@pytest.mark.parametrize(("reference", "component"), REFERENCES.items())
def test_a_reference_is_outputs_of_its_component_and_plain_choices(
    schema: dict[str, Any], reference: str, component: str
) -> None:
    outputs = schema["resources"][PREFIX + component]["properties"]
    type_ = schema["types"][PREFIX + reference]
    assert "one by one" in type_["description"]
    for name, declared in type_["properties"].items():
        if declared.get("plain"):
            # A choice that shapes the graph: repeated by a user who passes the fields one by one.
            assert name not in type_["required"], name
            assert f"As given to the `{component}`" in declared["description"], name
        else:
            assert name in outputs, name
            assert declared["type"] == outputs[name]["type"], name


def test_all_references_are_tested(schema: dict[str, Any]) -> None:
    assert {PREFIX + name for name in REFERENCES} == {
        name for name in schema["types"] if name.endswith("Ref")
    }


def test_a_secret_string_is_marked(schema: dict[str, Any]) -> None:
    marked = [
        f"{owner}.{name}"
        for owner, properties, _ in _declarations(schema)
        for name, declared in properties.items()
        if declared.get("secret")
    ]
    assert marked == ["OidcArgs.clientSecret"]
