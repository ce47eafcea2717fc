"""The library as a Pulumi plugin: its schema, and its components for programs in other languages."""

import ast
import json
import os
import re
import signal
import sys
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from inspect import cleandoc, getsource
from typing import Any, cast

import pulumi
from pulumi.errors import InputPropertiesError, InputPropertyErrorDetails
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental import component as sdk
from pulumi.provider.experimental.analyzer import (
    Analyzer,
    ComponentDefinition,
    PropertyDefinition,
    PropertyType,
)
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from moorage.model.fields.field import Field
from moorage.model.fields.tables import TABLES
from moorage.model.problems import ArgumentsError, Problem
from moorage.resources.app.component import ContainerApp
from moorage.resources.cluster.component import EcsCluster
from moorage.resources.compose.component import ComposeApp
from moorage.resources.image.component import ContainerImage
from moorage.resources.inputs import is_plain, is_secret, known_constant
from moorage.resources.job.component import Job
from moorage.resources.load_balancer.component import LoadBalancer
from moorage.resources.network.component import Network

from .version import __version__

NAME = "moorage"
OLDEST_SDK = (3, 237)
"""The oldest version that infers `NotRequired` in a schema; as a library moorage runs on older ones too."""
PACKAGE = {
    "displayName": "Moorage",
    "description": "A folder with a Dockerfile to a load-balanced service on Amazon ECS.",
    "keywords": ["aws", "containers", "docker", "ecs", "fargate", "category/cloud", "kind/component"],
    "license": "Apache-2.0",
    "publisher": "The moorage developers",
}
"""What the schema says of the package. Its `homepage` and `repository` are those of a public address."""
SEEN_WHEN_GIVEN = {("LoadBalancer", "ip_address_type")}
"""Arguments that are emitted when they are given only: a package must not send their defaults."""
COMPONENTS = [Network, EcsCluster, LoadBalancer, ContainerImage, ContainerApp, Job, ComposeApp]


class _Analyzer(Analyzer):
    """The SDK's analyzer, with descriptions of the properties that a `TypedDict` inherits."""

    def get_docstring(self, typ: type, name: str) -> str | None:
        """Return the description of a property."""
        return super().get_docstring(typ, name) or next(
            (text for base in _bases(typ) if (text := self.get_docstring(base, name))), None
        )


@cache
def _bases(typ: type) -> list[type]:
    """Return the bases of a `TypedDict` from its source: it does not keep them before Python 3.12."""
    (declared,) = (node for node in ast.parse(getsource(typ)).body if isinstance(node, ast.ClassDef))
    names = [base.id for base in declared.bases if isinstance(base, ast.Name)]
    return [vars(sys.modules[typ.__module__])[base] for base in names if base.endswith("Args")]


# `ComponentProvider` has no parameter for its analyzer (pulumi 3.237 to 3.272).
setattr(sdk, "Analyzer", _Analyzer)  # noqa: B010


class Plugin(ComponentProvider):
    """The provider of the components, with errors and documentation in the names of other languages.

    The SDK's own provider wraps every exception of a constructor, so that an error about an argument arrives
    as "Unexpected <class 'Exception'>" with the frames of this process; it drops unknown arguments, and
    reports only the first missing one.
    """

    def __init__(self) -> None:
        """Infer the schema from the components' annotations."""
        super().__init__([*COMPONENTS], NAME, namespace=NAME, version=__version__)
        mappings = [definition.inputs_mapping for definition in self._component_defs.values()]
        mappings += [definition.properties_mapping for definition in self._type_defs.values()]
        self._spelled = {
            python: schema for mapping in mappings for schema, python in mapping.items() if "_" in python
        }
        schema = self._documented(json.loads(self.schema or "{}"))
        self._add_defaults(schema)
        self._add_secrets(schema)
        self.schema = json.dumps({**schema, **PACKAGE})

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Create a component.

        Raises:
            InputPropertiesError: an argument is unknown, missing or wrong; one entry for each problem.
            RunError: the component ended the program.
        """
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, ArgumentsError):
                definition = self._component_defs[resource_type.rpartition(":")[2]]
                details = [self._detail(problem, definition, inputs) for problem in error.inner.problems]
                raise InputPropertiesError(error.inner.title, details) from error
            if isinstance(error.inner, pulumi.RunError):
                raise error.inner from error
            raise

    def map_inputs(self, inputs: pulumi.Inputs, component_def: ComponentDefinition) -> pulumi.Inputs:
        """Return the inputs under their Python names, with whole numbers as `int`.

        Unknown and missing arguments stay: the component's own checks report all of them at once.
        """
        return self._mapped(inputs, component_def.inputs, component_def.inputs_mapping)

    def _mapped(
        self,
        values: Mapping[str, Any],
        properties: Mapping[str, PropertyDefinition],
        names: Mapping[str, str],
        secret: bool = False,
    ) -> dict[str, Any]:
        return {
            names.get(key, key): self._value(item, properties[key], secret) if key in properties else item
            for key, item in values.items()
            if item is not None
        }

    def _value(self, value: Any, declared: PropertyDefinition, secret: bool = False) -> Any:
        """Return an input in Python's form; `secret` if it is inside a secret."""
        properties, names = self._inside(declared)
        items, values = declared.items, declared.additional_properties
        if isinstance(value, pulumi.Output) and (properties or items or values):
            # One of another stack; or a secret inside made the SDK wrap the whole argument in one Output.
            opened = known_constant(cast("pulumi.Output[Any]", value))
            if opened is None:
                return cast("Any", value)
            return self._value(opened, declared, secret or is_secret(cast("pulumi.Output[Any]", value)))
        if isinstance(value, Mapping):
            inputs = cast("Mapping[str, Any]", value)
            if properties:
                return self._mapped(inputs, properties, names, secret)
            return {
                key: self._value(item, values, secret) if values else item for key, item in inputs.items()
            }
        if isinstance(value, list) and items:
            return [self._value(item, items, secret) for item in cast("list[Any]", value)]
        if declared.type is PropertyType.INTEGER and isinstance(value, float) and value.is_integer():
            value = int(value)
        result = cast("Any", value)
        return pulumi.Output.secret(result) if secret and not declared.plain else result

    def _inside(
        self, declared: PropertyDefinition | None
    ) -> tuple[Mapping[str, PropertyDefinition], Mapping[str, str]]:
        """Return the properties of an object type, and their Python names by those of the schema."""
        definition = self.get_type_definition(declared) if declared and declared.ref else None
        return (definition.properties, definition.properties_mapping) if definition else ({}, {})

    def _detail(
        self, problem: Problem, component: ComponentDefinition, inputs: Mapping[str, Any]
    ) -> InputPropertyErrorDetails:
        """Return a problem as the engine expects it.

        The engine shows the value at the path in plain text, even a secret one. It does not find a path in
        quotes, which is used if the problem shows no value or the value may be secret.
        """
        path, value = self._located(problem.field, component, inputs)
        shown = value is not None and is_plain(value) and problem.value is not None
        _, _, reason = str(problem._replace(value=None) if shown else problem).partition(": ")
        return {"property_path": path if shown else f"'{path}'", "reason": self._in_schema_names(reason)}

    def _located(
        self, field: str, component: ComponentDefinition, inputs: Mapping[str, Any]
    ) -> tuple[str, Any]:
        """Return the path of a Python `field` in the schema's names, and its value; None without one."""
        properties, names = component.inputs, component.inputs_mapping
        declared: PropertyDefinition | None = None
        path, value = "", cast("Any", inputs)
        for part in cast("list[str]", re.findall(r"\[\d+\]|[^.\[\]]+", field)):
            key: str | int = part
            if part.startswith("["):
                key, path = int(part[1:-1]), path + part
                declared = declared.items if declared else None
            else:
                if declared and declared.additional_properties:
                    declared = declared.additional_properties
                else:
                    key = _schema_name(part, names)
                    declared = properties.get(key)
                path = f"{path}.{key}" if path else key
            value = _item(value, key)
            properties, names = self._inside(declared)
        return path, value

    def _in_schema_names(self, text: str) -> str:
        """Return a text with the arguments' names in the schema."""
        return re.sub(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", lambda name: self._spelled.get(name[0], name[0]), text)

    def _add_defaults(self, schema: dict[str, Any]) -> None:
        """Add the defaults that generated packages fill in.

        A package sends them as if they were given. So an argument has none here if its default depends on
        others or on the preset, or if it needs or excludes another one. Objects have none: the Go package of
        a schema with a default in an object that is plain and required does not compile (Pulumi 3.260).
        """
        for name, component in self._component_defs.items():
            properties = schema["resources"][f"{NAME}:index:{name}"]["inputProperties"]
            for key, declared in properties.items():
                argument = str(component.inputs_mapping.get(key, key))
                field = TABLES[name].fields.get(argument, Field())
                plain = isinstance(field.default, bool | int | str)
                if plain and not (field.needs or field.excludes or (name, argument) in SEEN_WHEN_GIVEN):
                    declared["default"] = field.default

    def _add_secrets(self, schema: dict[str, Any]) -> None:
        """Mark the secret strings where the schema declares them."""
        for name, component in self._component_defs.items():
            for path in (path for path, field in TABLES[name].fields.items() if field.secret):
                declared = schema["resources"][f"{NAME}:index:{name}"]["inputProperties"]
                properties, names = component.inputs, component.inputs_mapping
                *outer, last = re.findall(r"[a-z_]+", path)
                for part in outer:
                    one = properties[_schema_name(part, names)]
                    of = one.items or one.additional_properties or one
                    properties, names = self._inside(of)
                    declared = schema["types"][str(of.ref).rpartition("/")[2]]["properties"]
                declared[_schema_name(last, names)]["secret"] = True

    def _documented(self, schema: Any) -> Any:
        """Return the schema with its descriptions in paragraphs; indented lines would render as code."""
        if isinstance(schema, list):
            return [self._documented(item) for item in cast("list[Any]", schema)]
        if not isinstance(schema, dict):
            return schema
        return {
            key: self._in_schema_names(_paragraphs(value))
            if key == "description" and isinstance(value, str)
            else self._documented(value)
            for key, value in cast("dict[str, Any]", schema).items()
        }


def _schema_name(python_name: str, names: Mapping[str, str]) -> str:
    """Return an argument's name in the schema; the same for an unknown argument."""
    return next((schema for schema, python in names.items() if python == python_name), python_name)


def _item(value: Any, key: str | int) -> Any:
    """Return an item of a list or an object; None if there is none."""
    try:
        return cast("Any", value)[key] if isinstance(value, Mapping | list) else None
    except (LookupError, TypeError):
        return None


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in cleandoc(text).split("\n\n"))


def _end(*_: object) -> None:
    os._exit(0)


def check_sdk(version: str) -> None:
    """End the process if the SDK is too old for the annotations of the components."""
    if tuple(int(number) for number in re.findall(r"\d+", version)[:2]) < OLDEST_SDK:
        oldest = ".".join(map(str, OLDEST_SDK))
        sys.exit(f"moorage: the plugin requires pulumi {oldest} or newer in its environment, not {version}")


def serve() -> None:
    """Serve the plugin until the engine ends it; the arguments of the process hold the engine's address."""
    check_sdk(metadata.version("pulumi"))
    # An engine interrupts its plugins to end them; the gRPC server would print a traceback.
    signal.signal(signal.SIGINT, _end)
    main(Plugin(), sys.argv[1:])
