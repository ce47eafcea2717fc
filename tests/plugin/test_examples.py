"""The examples in other languages use what the schema has, with the types that it has."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from moorage.plugin import Plugin

PREFIX = "moorage:index:"
COMPONENTS = {"Network", "EcsCluster", "LoadBalancer", "ContainerApp", "ComposeApp", "Job"}
REFERENCE = re.compile(r"\$\{(\w+)(?:\.(\w+))?\}")


class Schema:
    """The plugin's schema, and the problems of arguments against it."""

    def __init__(self, plugin: Plugin) -> None:
        self.whole: dict[str, Any] = json.loads(plugin.schema or "")

    def inputs(self, component: str) -> tuple[Mapping[str, Any], set[str]]:
        """Return the arguments of a component, and the required ones."""
        resource = self.whole["resources"][PREFIX + component]
        return resource["inputProperties"], set(resource["requiredInputs"])

    def outputs(self, component: str) -> Mapping[str, Any]:
        return self.whole["resources"][PREFIX + component]["properties"]

    def object(self, name: str) -> tuple[Mapping[str, Any], set[str]]:
        """Return the properties of an object, and the required ones."""
        type_ = self.whole["types"][PREFIX + name]
        return type_["properties"], set(type_.get("required", ()))

    def problems(
        self, properties: Mapping[str, Any], required: set[str], values: Mapping[str, Any], path: str
    ) -> Iterator[str]:
        """Yield what is unknown, missing or of another type."""
        yield from (f"{path}: unknown {key}" for key in values.keys() - properties.keys())
        yield from (f"{path}: missing {key}" for key in required - values.keys())
        for key in values.keys() & properties.keys():
            yield from self._value(properties[key], values[key], f"{path}.{key}")

    def _value(self, declared: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
        type_ = self.whole["types"].get(declared.get("$ref", "").removeprefix("#/types/"), {})
        if type_.get("properties"):
            if isinstance(value, Mapping):
                yield from self.problems(type_["properties"], set(type_.get("required", ())), value, path)
            else:
                yield f"{path}: not an object"
            return
        kind = declared.get("type") or type_.get("type")
        if isinstance(value, Reference):
            if declared.get("plain") or type_:
                yield f"{path}: plain, so not an output"
            elif value.type != kind:
                yield f"{path}: {value.type}, not {kind}"
        elif kind == "array" and isinstance(value, list):
            for number, item in enumerate(value):
                yield from self._value(declared["items"], item, f"{path}[{number}]")
        elif kind == "object" and isinstance(value, Mapping):
            for key, item in value.items():
                yield from self._value(declared["additionalProperties"], item, f"{path}.{key}")
        elif not isinstance(value, PYTHON[kind]) or (isinstance(value, bool) and kind != "boolean"):
            yield f"{path}: {value!r} is not {kind}"
        elif type_.get("enum") and value not in {one["value"] for one in type_["enum"]}:
            yield f"{path}: {value!r} is not one of the enum"


PYTHON: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


class Reference(NamedTuple):
    """An output of a component, or a configured value."""

    type: str


@pytest.fixture(scope="module")
def schema(plugin: Plugin) -> Schema:
    return Schema(plugin)


@pytest.fixture(scope="module")
def examples(root: Path) -> Path:
    return root / "examples"


def _resolved(value: Any, types: Mapping[str, Mapping[str, str]]) -> Any:
    """Return a value of a YAML program with references in place of its interpolations."""
    if isinstance(value, Mapping):
        return {key: _resolved(item, types) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, types) for item in value]
    match = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return Reference(types[match[1]][match[2] or ""]) if match else value


def _program(schema: Schema, program: Mapping[str, Any]) -> list[str]:
    """Return the problems of a YAML program."""
    types = {name: {"": str(one["type"])} for name, one in program.get("config", {}).items()}
    problems: list[str] = []
    for name, resource in program["resources"].items():
        component = resource["type"].removeprefix("moorage:")
        types[name] = {key: one["type"] for key, one in schema.outputs(component).items()}
    for name, resource in program["resources"].items():
        values = _resolved(resource.get("properties", {}), types)
        inputs = schema.inputs(resource["type"].removeprefix("moorage:"))
        problems += schema.problems(*inputs, values, name)
    _resolved(program["outputs"], types)
    return problems


def test_yaml(schema: Schema, examples: Path) -> None:
    program = yaml.safe_load((examples / "yaml" / "Pulumi.yaml").read_text())

    assert _program(schema, program) == []
    used = {one["type"].removeprefix("moorage:") for one in program["resources"].values()}
    assert used == COMPONENTS


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("app.prt", 80, "app: unknown prt"),
        ("app.port", "80", "app.port: '80' is not integer"),
        ("app.port", "${level}", "app.port: plain, so not an output"),
        ("app.network", "${network.vpcId}", "app.network: not an object"),
        ("app.healthCheck", {"pth": "/"}, "app.healthCheck: unknown pth"),
        ("docs.rules", [{"path": "/"}], "docs.rules[0]: missing service"),
        ("app.image", "${network.publicSubnetIds}", "app.image: array, not string"),
    ],
)
def test_a_wrong_program_is_found(
    schema: Schema, examples: Path, path: str, value: Any, problem: str
) -> None:
    program = yaml.safe_load((examples / "yaml" / "Pulumi.yaml").read_text())
    resource, key = path.split(".")
    program["resources"][resource]["properties"][key] = value

    assert _program(schema, program) == [problem]


_TOKEN = re.compile(r"""\s*(?://[^\n]*)?\s*("(?:[^"\\]|\\.)*"|\d+|\.\.\.|[\w.]+(?:\([^()]*\))?|.)""", re.S)


class TypeScript:
    """The object literals of a program in TypeScript: literals, names and spreads."""

    def __init__(self, text: str, names: Mapping[str, Any]) -> None:
        self.tokens = [match[1] for match in _TOKEN.finditer(text)]
        self.names = names

    def value(self) -> Any:
        """Return the next value."""
        token = self.tokens.pop(0)
        if token == "{":
            return self._object()
        if token == "[":
            return self._list()
        value = json.loads(token) if re.match(r'"|\d', token) else self._named(token)
        if self.tokens[:2] == ["?", "?"]:
            del self.tokens[:2]
            self.value()
        return value

    def _named(self, name: str) -> Any:
        if name in self.names:
            return self.names[name]
        assert re.fullmatch(r'config\.(get|requireSecret)\("\w+"\)', name), name
        return Reference("string")

    def _object(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while (key := self.tokens.pop(0)) != "}":
            if key == "...":
                result |= self.value()
            elif self.tokens[0] == ":":
                del self.tokens[0]
                result[key] = self.value()
            elif key != ",":
                result[key] = self._named(key)
        return result

    def _list(self) -> list[Any]:
        result: list[Any] = []
        while self.tokens[0] != "]":
            result.append(self.value())
            if self.tokens[0] == ",":
                del self.tokens[0]
        del self.tokens[0]
        return result


def test_typescript(schema: Schema, examples: Path) -> None:
    text = (examples / "typescript" / "index.ts").read_text()
    names: dict[str, Any] = {}
    used: set[str] = set()
    problems: list[str] = []
    for match in re.finditer(r"^const (\w+) = (?:new moorage\.(\w+)\(\"\w+\", )?", text, re.M):
        name, component = match.groups()
        if component is None:
            if name != "config":
                names[name] = TypeScript(text[match.end() :], names).value()
            continue
        used.add(component)
        values = TypeScript(text[match.end() :], names).value()
        problems += schema.problems(*schema.inputs(component), values, name)
        for key, output in schema.outputs(component).items():
            names[f"{name}.{key}"] = Reference(output["type"])

    assert problems == []
    assert used == COMPONENTS
    exported = re.findall(r"^export const \w+ = (.*);$", text, re.M)
    assert exported
    assert set(exported) <= names.keys()


def _go_literals(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the literals of the package's types in a Go program: the type, and its fields' expressions."""
    for match in re.finditer(r"(\[\])?moorage\.(\w+)Args\{+", text):
        start = position = match.end()
        depth, parts = 1, [""]
        while depth:
            character = text[position]
            depth += (character in "{(") - (character in "})")
            if character in ",\n" and depth == 1:
                parts.append("")
            elif depth:
                parts[-1] += character
            position += 1
        assert position > start
        fields = (part.partition(":") for part in parts if part.strip())
        yield match[2], {key.strip(): value.strip() for key, _, value in fields}


def _go_kind(declared: Mapping[str, Any]) -> str:
    """Return a pattern of expressions of an argument's type."""
    if "$ref" in declared:
        return r"&?(?:subnets|front|where|moorage\.\w+Args\{.*\})"
    kinds = {"string": "String", "integer": "Int", "boolean": "Bool"}
    kind = declared["type"]
    if kind in kinds:
        plain = rf'pulumi\.{kinds[kind]}Ref\(.*\)|".*"'
        return plain if declared.get("plain") else rf"pulumi\.{kinds[kind]}\(.*\)|\w+\.\w+"
    if kind == "array":
        return r"\[\](?:string|moorage\.\w+)\{.*\}|\w+\.\w+"
    plain = r"map\[string\]pulumi\.StringInput\{.*\}"
    return plain if declared.get("plain") else r"pulumi\.StringMap\{.*\}"


def test_go(schema: Schema, examples: Path) -> None:
    text = (examples / "go" / "main.go").read_text()
    made = dict(re.findall(r"(\w+), err :?= moorage\.New(\w+)\(", text))
    assert set(made.values()) == COMPONENTS

    literals = list(_go_literals(text))
    assert len(literals) == 9
    for name, fields in literals:
        component = f"{PREFIX}{name}" in schema.whole["resources"]
        properties, required = schema.inputs(name) if component else schema.object(name)
        names = {key[0].upper() + key[1:]: declared for key, declared in properties.items()}
        assert fields.keys() <= names.keys(), name
        assert {key[0].upper() + key[1:] for key in required} <= fields.keys(), name
        for key, expression in fields.items():
            assert re.fullmatch(_go_kind(names[key]), expression, re.S), (name, key, expression)
    outputs = {variable: component for variable, component in made.items() if variable != "_"}
    for variable, output in re.findall(rf"\b({'|'.join(outputs)})\.(\w+)", text):
        assert output[0].lower() + output[1:] in schema.outputs(outputs[variable]), (variable, output)


@pytest.mark.parametrize("language", ["typescript", "go", "yaml"])
def test_projects_name_the_package_and_keep_no_generated_one(examples: Path, language: str) -> None:
    folder = examples / language
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text())

    assert project["packages"] == {"moorage": "../../components"}
    assert (folder / project["packages"]["moorage"] / "PulumiPlugin.yaml").is_file()
    if language != "yaml":
        assert "sdks/" in (folder / ".gitignore").read_text().splitlines()
    compose = yaml.safe_load((folder / "compose.yaml").read_text())
    assert set(compose["services"]) == {"docs"}
