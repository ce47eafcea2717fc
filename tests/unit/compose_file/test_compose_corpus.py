"""Values read as compose-go reads them: tables of inputs and right answers, in `corpus`."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from moorage.compose_file.dotenv import parse_env
from moorage.compose_file.files import ComposeError
from moorage.compose_file.interpolation import Interpolation, InterpolationError
from moorage.compose_file.services import ComposeService
from moorage.compose_file.shell_words import split_words
from moorage.compose_file.tasks import dependencies
from moorage.compose_file.yaml_reader import load_text
from moorage.model.problems import ArgumentsError
from moorage.resources.compose.translation import compose_apps

CORPUS = Path(__file__).parent / "corpus"


def table(name: str) -> dict[str, Any]:
    return tomllib.loads((CORPUS / f"{name}.toml").read_text(encoding="utf-8"))


def rows(name: str, kind: str) -> list[Any]:
    return table(name)["cases"][kind]


@pytest.mark.parametrize(("text", "value"), rows("interpolation", "values"))
def test_a_string_with_variables(text: str, value: str) -> None:
    assert Interpolation(table("interpolation")["environment"].get).substitute(text) == value


@pytest.mark.parametrize(("text", "kind"), rows("interpolation", "refused"))
def test_a_string_with_malformed_or_missing_variables(text: str, kind: str) -> None:
    with pytest.raises(InterpolationError, match="is required" if kind == "required" else "invalid"):
        Interpolation(table("interpolation")["environment"].get).substitute(text)


@pytest.mark.parametrize(("text", "values"), rows("env_files", "values"))
def test_a_file_of_variables(text: str, values: dict[str, str]) -> None:
    text = text.removeprefix("\ufeff")
    assert parse_env(text, "e.env", table("env_files")["environment"].get, {}) == values


@pytest.mark.parametrize("text", rows("env_files", "refused"))
def test_a_file_of_variables_that_is_malformed(text: str) -> None:
    with pytest.raises(ComposeError, match=r"^e\.env:\d+: "):
        parse_env(text, "e.env", table("env_files")["environment"].get, {})


@pytest.mark.parametrize("row", rows("scalars", "values"))
def test_a_scalar(row: list[str]) -> None:
    node = load_text(f"A: {row[0]}", "f.yml")[0].entries()["A"]
    assert (None if node.value is None else node.text()) == (row[1] if len(row) > 1 else None)


@pytest.mark.parametrize("text", rows("scalars", "refused"))
def test_a_scalar_that_cannot_be(text: str) -> None:
    with pytest.raises(ComposeError, match=r"^f\.yml:1: "):
        load_text(f"A: {text}", "f.yml")


@pytest.mark.parametrize(("text", "words"), rows("commands", "values"))
def test_a_command(text: str, words: list[str]) -> None:
    assert list(split_words(text).words) == words


@pytest.mark.parametrize("text", rows("commands", "refused"))
def test_a_command_that_cannot_be(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(has|ends)"):
        split_words(text)


def services_of(case: dict[str, Any], folder: Path) -> dict[str, ComposeService]:
    for name, text in case["files"].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    args: Any = {
        "cluster": {"arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/c", "name": "c"},
        "network": {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a", "subnet-b"]},
        "folder": str(folder),
        "task": "one",
    }
    return compose_apps("shop", args, case.get("environment", {}), frozenset())[0].files.services


def case_name(case: Mapping[str, Any]) -> str:
    return case["name"].replace(" ", "-")


@pytest.mark.parametrize("case", table("projects")["read"], ids=case_name)
def test_a_project(tmp_path: Path, case: dict[str, Any]) -> None:
    found = services_of(case, tmp_path / "shop")
    edges = dependencies(found)
    services: dict[str, dict[str, Any]] = {}
    for name, service in found.items():
        values = {key: service.args.get(key) for key in ("environment", "labels", "command")}
        values["depends_on"] = sorted(edges[name])
        services[name] = {
            "image": service.args.get("image", ""),
            **{key: value for key, value in values.items() if value},
        }
    assert services == case["services"]


@pytest.mark.parametrize("case", table("projects")["refused"], ids=case_name)
def test_a_project_that_cannot_be(tmp_path: Path, case: dict[str, Any]) -> None:
    with pytest.raises(ArgumentsError, match=r"(shop/|COMPOSE_PROJECT_NAME)"):
        services_of(case, tmp_path / "shop")
