"""Programs that are folders: Pulumi.yaml, the stacks' files, and what they make of the configuration."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from moorage.offline import EvaluationError, Secret, evaluate

Write = Callable[..., Path]

EXPORT_ALL = """\
import pulumi
from pulumi.runtime.config import CONFIG, _SECRET_KEYS
pulumi.export("config", dict(CONFIG.get()))
pulumi.export("secret", sorted(_SECRET_KEYS.get()))
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def files(project: str = "name: shop\nruntime: python\n", main: str = EXPORT_ALL, **stacks: str) -> Path:
        (tmp_path / "Pulumi.yaml").write_text(project)
        (tmp_path / "__main__.py").write_text(main)
        for stack, text in stacks.items():
            (tmp_path / f"Pulumi.{stack}.yaml").write_text(text)
        return tmp_path

    return files


def config_of(folder: Path, **arguments: object) -> dict[str, str]:
    return evaluate(folder, **arguments).outputs["config"]  # type: ignore[arg-type]


SCHEMA = """\
name: shop
runtime: {name: python, options: {virtualenv: .venv}}
config:
  count: {type: integer, default: 2, description: how many}
  public: {type: boolean, default: true}
  ratio: {default: 1.5}
  names: {type: array, items: {type: string}, default: [b, a]}
  matrix: {type: array, items: {type: array, items: {type: integer}}, default: [[1], [2, 3]]}
  labels: {type: object, default: {b: 1, a: {c: x}}}
  shop:size: {type: string, default: small}
  greeting: hello
  aws:region: eu-west-1
  other:key: {value: 5}
"""


def test_defaults_as_the_cli_hands_them_over(write: Write) -> None:
    assert config_of(write(SCHEMA)) == {
        "shop:count": "2",
        "shop:public": "true",
        "shop:ratio": "1.5",
        "shop:names": '["b","a"]',
        "shop:matrix": "[[1],[2,3]]",
        "shop:labels": '{"a":{"c":"x"},"b":1}',
        "shop:size": "small",
        "shop:greeting": "hello",
        "aws:region": "eu-west-1",
        "other:key": "5",
    }


def test_the_stack_wins_over_defaults_and_the_caller_over_the_stack(write: Write) -> None:
    folder = write(
        SCHEMA,
        dev="config:\n  shop:count: '3'\n  size: medium\n  shop:greeting: hi\n  aws:region: us-west-2\n",
    )

    config = config_of(folder, config={"count": "4", "names": '["z"]', "aws:region": "ap-south-1"})

    assert config["shop:count"] == "4"
    assert config["shop:size"] == "medium"
    assert config["shop:greeting"] == "hi"
    assert config["shop:names"] == '["z"]'
    assert config["aws:region"] == "ap-south-1"


def test_values_of_a_stack_file(write: Write) -> None:
    """Scalars are handed over as they are written, structures as JSON."""
    text = """\
config:
  shop:yes: yes
  shop:zip: 007
  shop:version: 1.10
  shop:date: 2025-01-01
  shop:nothing:
  shop:quoted: "a: b"
  shop:list: [1, true, null, "x", yes, 1:30]
  shop:map: {b: 1.5, a: [c]}
  aws:defaultTags: {tags: {Env: dev}}
"""
    assert config_of(write(dev=text)) == {
        "shop:yes": "yes",
        "shop:zip": "007",
        "shop:version": "1.10",
        "shop:date": "2025-01-01",
        "shop:nothing": "",
        "shop:quoted": "a: b",
        "shop:list": '[1,true,null,"x","yes","1:30"]',
        "shop:map": '{"a":["c"],"b":1.5}',
        "aws:defaultTags": '{"tags":{"Env":"dev"}}',
    }


def test_the_region_comes_from_configuration(write: Write) -> None:
    main = "import pulumi, pulumi_aws as aws\npulumi.export('url', aws.sqs.Queue('q', name='n').url)\n"
    folder = write(main=main, dev="config: {aws:region: cn-north-1}")

    assert evaluate(folder).outputs["url"] == "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/n"


def test_no_stack_files_at_all_is_a_stack_without_configuration(write: Write) -> None:
    assert config_of(write(), stack="anything") == {}


@pytest.mark.parametrize(
    ("dev", "config", "text"),
    [
        ("config: {shop:count: many}", {}, "key 'count' must be of type 'integer', not 'many' (Pulumi"),
        ("config: {shop:count: 1.5}", {}, "key 'count' must be of type 'integer', not '1.5'"),
        ("config: {shop:public: maybe}", {}, "key 'public' must be of type 'boolean', not 'maybe'"),
        ("config: {shop:names: a}", {}, "key 'names' must be of type 'array<string>', not 'a'"),
        ("config: {shop:names: [1]}", {}, "key 'names' must be of type 'array<string>', not '[1]'"),
        ("config: {shop:matrix: [[a]]}", {}, "key 'matrix' must be of type 'array<array<integer>>'"),
        ("config: {shop:labels: [a]}", {}, "key 'labels' must be of type 'object'"),
        ("", {"count": "x"}, "key 'count' must be of type 'integer', not 'x' (the given"),
        ("", {"names": "a,b"}, "key 'names' must be of type 'array<string>'"),
        ("config: {shop:counts: 3}", {}, "yaml: Pulumi.yaml declares no configuration key 'counts'; "
         "did you mean 'count'?"),
        ("", {"xyzzy": "1"}, "configuration: Pulumi.yaml declares no configuration key 'xyzzy'; must be"),
        ("config: [a]", {}, "'config' must be a mapping"),
        ("config: {a: b", {}, "Pulumi.dev.yaml:1:14: not YAML: expected ',' or '}'"),
        ("- a", {}, "Pulumi.dev.yaml: must be a mapping"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_value(write: Write, dev: str, config: dict[str, str], text: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate(write(SCHEMA, dev=dev), config=config)

    assert text in str(caught.value)


def test_an_unknown_stack_names_the_file_and_the_others(write: Write) -> None:
    folder = write(dev="", prod="")

    with pytest.raises(EvaluationError) as caught:
        evaluate(folder, stack="pord")

    assert (
        str(caught.value)
        == f"{folder}/Pulumi.pord.yaml not found: unknown stack 'pord'; must be one of dev, prod"
    )


def test_missing_keys_are_named_together(write: Write) -> None:
    folder = write("name: shop\nconfig:\n  a: {type: string}\n  b: {description: needed}\n  c: x\n", dev="")

    with pytest.raises(EvaluationError) as caught:
        evaluate(folder)

    assert str(caught.value) == (
        "Stack 'dev' is missing configuration values 'a', 'b': set them in Pulumi.dev.yaml"
    )
    assert config_of(folder, config={"a": "1", "b": "2"}) == {"shop:a": "1", "shop:b": "2", "shop:c": "x"}


@pytest.mark.parametrize(
    ("project", "text"),
    [
        ("runtime: python", "project is missing a non-empty string 'name' attribute"),
        ("name: x\nmain: ../elsewhere", "project 'main' must be a subfolder"),
        ("name: x\nmain: src", "src not found: it is the program of Pulumi.yaml"),
        ("name: x\nconfig: {a: {default: 1, value: 2}}", "cannot have both a 'default' and 'value'"),
        (
            "name: x\nconfig: {a: {type: array}}",
            "does not specify the underlying type via the 'items' attribute",
        ),
        ("name: x\nconfig: {a: {type: integer, default: z}}", "is not of the expected type 'integer'"),
        ("name: x\nconfig: {aws:region: {default: z}}", "must have 'value', neither 'type' nor 'default'"),
        ("name: x\nconfig: [a]", "'config' must be a mapping"),
    ],
)
def test_what_is_wrong_with_a_project(write: Write, project: str, text: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate(write(project))

    assert text in str(caught.value)


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"Pulumi\.yaml not found; pass the folder of a Pulumi project"):
        evaluate(tmp_path)
    with pytest.raises(EvaluationError, match=r"Pulumi\.yaml not found"):
        evaluate(str(tmp_path / "nowhere"))


def test_secret_in_the_schema(write: Write) -> None:
    schema = "name: shop\nconfig:\n  token: {type: string, secret: true}\n"
    folder = write(schema, dev="config: {shop:token: plain}")

    with pytest.raises(EvaluationError, match="key 'token' must be encrypted as it's secret"):
        evaluate(folder)

    outputs = evaluate(folder, config={"token": "given"}).outputs
    assert outputs["config"] == {"shop:token": "given"}
    assert outputs["secret"] == ["shop:token"]


def test_a_default_that_should_be_encrypted(write: Write) -> None:
    folder = write('name: shop\nconfig:\n  token: {type: string, secret: true, default: ""}\n', dev="")

    with pytest.raises(
        EvaluationError, match="'token' must be encrypted as it's secret and its default is not"
    ):
        evaluate(folder)

    assert evaluate(folder, config={"token": "given"}).outputs["secret"] == ["shop:token"]


def test_require_secret_is_secret(write: Write) -> None:
    main = "import pulumi\npulumi.export('t', pulumi.Config().require_secret('token'))\n"
    folder = write("name: shop\nconfig:\n  token: {type: string, secret: true}\n", main, dev="")

    assert evaluate(folder, config={"token": "x"}).outputs == {"t": Secret("x")}


def test_another_name_for_the_project(write: Write) -> None:
    folder = write(SCHEMA, dev="config: {shop:size: big}")

    graph = evaluate(folder, project="bazaar")

    assert graph.project == "bazaar"
    assert graph.outputs["config"]["bazaar:size"] == "big"
    assert graph.outputs["config"]["bazaar:count"] == "2"


@pytest.mark.parametrize("key", ["stackConfigDir", "config"])
def test_stack_files_elsewhere(write: Write, key: str) -> None:
    folder = write(f"name: shop\n{key}: stacks\n")
    (folder / "stacks").mkdir()
    (folder / "stacks" / "Pulumi.dev.yaml").write_text("config: {shop:a: b}")

    assert config_of(folder) == {"shop:a": "b"}


SEE = """\
import json, os, sys
import pulumi
pulumi.export("seen", {"name": __name__, "cwd": os.getcwd(), "argv": sys.argv, "path": sys.path[0],
                       "file": __file__, "root": pulumi.runtime.get_root_directory()})
"""


@pytest.mark.parametrize("main", [None, "infra", "infra/__main__.py", "infra/program.py"])
def test_how_the_program_is_run(write: Write, main: str | None) -> None:
    folder = write(f"name: shop\nmain: {main}\n" if main else "name: shop\n", main=SEE)
    (folder / "infra").mkdir()
    for name in ("__main__.py", "program.py"):
        (folder / "infra" / name).write_text(SEE)

    seen = evaluate(folder).outputs["seen"]

    home = folder if main is None else folder / "infra"
    assert seen["name"] == "__main__"
    assert seen["cwd"] == seen["path"] == str(home)
    assert seen["file"] == str(home / ("program.py" if main and "program" in main else "__main__.py"))
    assert seen["root"] == str(folder)


def test_modules_and_files_beside_the_program(write: Write) -> None:
    folder = write(
        main="import pathlib, pulumi, helper, parts.one, space.two\n"
        "data = pathlib.Path('data.txt').read_text()\n"
        "pulumi.export('all', [helper.X, parts.one.X, space.two.X, data])\n"
    )
    (folder / "helper.py").write_text("X = 1")
    for name in ("parts", "space"):
        (folder / name).mkdir()
    (folder / "parts" / "__init__.py").touch()
    (folder / "parts" / "one.py").write_text("X = 2")
    (folder / "space" / "two.py").write_text("X = 3")
    (folder / "data.txt").write_text("4")

    assert evaluate(folder).outputs["all"] == [1, 2, 3, "4"]
    assert not {"helper", "parts", "parts.one", "space", "space.two"} & set(sys.modules)


def test_the_stack_name_and_dry_run(write: Write) -> None:
    folder = write(
        main="import pulumi\npulumi.export('x', [pulumi.get_stack(), pulumi.get_project(), "
        "pulumi.get_organization(), pulumi.runtime.is_dry_run()])\n",
        prod="",
    )

    assert evaluate(folder, stack="prod", preview=True).outputs["x"] == ["prod", "shop", "organization", True]


def test_configuration_that_the_program_finds_wrong(write: Write) -> None:
    main = "import pulumi\npulumi.Config().require_int('n')\n"

    with pytest.raises(EvaluationError) as caught:
        evaluate(write(main=main, dev="config: {shop:n: x}"))
    assert caught.value.message == "Configuration 'shop:n' value 'x' is not a valid 'int'"

    with pytest.raises(EvaluationError, match="Missing required configuration variable 'shop:n'"):
        evaluate(write(main=main, dev=""))


def test_json_is_the_same_in_and_out(write: Write) -> None:
    main = "import pulumi\npulumi.export('o', pulumi.Config().require_object('o'))\n"
    folder = write(main=main, dev='config:\n  shop:o: {a: [1, 2.5, true, null, "ü"]}\n')

    assert json.dumps(evaluate(folder).outputs["o"]) == json.dumps({"a": [1, 2.5, True, None, "ü"]})
