"""`moorage pipeline codebuild`: buildspecs of known keys, and a pipeline that CodePipeline accepts."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.stub import Stubber
from support.pipelines import PLAIN, SECRET, check_syntax, run_script, write_project

from moorage.cli import main

ENV = {
    "shell",
    "variables",
    "parameter-store",
    "exported-variables",
    "secrets-manager",
    "git-credential-helper",
}
PHASE = {"run-as", "on-failure", "runtime-versions", "commands", "finally"}
"""AWS CodeBuild User Guide: "Build specification reference"."""


@pytest.fixture
def made(tmp_path: Path) -> dict[str, Any]:
    project = write_project(tmp_path / "repo", "infra", dev=SECRET, prod=SECRET)
    assert main(["pipeline", "codebuild", "--cwd", str(project), "--backend", "s3://state"]) == 0
    folder = tmp_path / "repo" / ".codebuild"
    return {path.name: yaml.safe_load(path.read_text()) for path in folder.iterdir()}


def command(buildspec: dict[str, Any]) -> str:
    (text,) = buildspec["phases"]["build"]["commands"]
    return text


def test_keys_are_those_of_the_reference(made: dict[str, Any]) -> None:
    for name in ("plan.yml", "deploy.yml"):
        buildspec = made[name]
        assert set(buildspec) == {"version", "env", "phases"}
        assert buildspec["version"] == 0.2
        assert set(buildspec["env"]) <= ENV
        assert buildspec["env"]["shell"] == "bash"
        assert list(buildspec["phases"]) == ["install", "build"]
        assert all(set(phase) <= PHASE for phase in buildspec["phases"].values())
        assert buildspec["phases"]["install"]["runtime-versions"] == {"python": "3.12"}
        check_syntax(command(buildspec))


def test_the_plan_has_no_secrets(made: dict[str, Any]) -> None:
    assert "secrets-manager" not in made["plan.yml"]["env"]
    assert "--config shop:token=placeholder" in command(made["plan.yml"])


def test_a_deployment_has_the_secrets_of_its_project(made: dict[str, Any]) -> None:
    env = made["deploy.yml"]["env"]
    assert env["variables"] == {"PULUMI_BACKEND_URL": "s3://state"}
    assert env["secrets-manager"] == {"PULUMI_CONFIG_PASSPHRASE": "moorage/shop/pulumi-config-passphrase"}


STUB = 'mkdir -p .venv/bin; printf "#!/bin/bash\\n" > .venv/bin/pip; chmod +x .venv/bin/pip'


def test_what_a_deployment_runs(made: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    done, calls = run_script(command(made["deploy.yml"]), tmp_path, {"STACK": "dev"}, python=STUB, moorage="")
    assert (done.returncode, done.stderr) == (0, "")
    deployed = ["moorage pulumi stack select dev --create", "moorage pulumi up --yes --stack dev"]
    assert calls == ["python -m venv .venv", *deployed]
    # Without a stack nothing is deployed.
    done, calls = run_script(command(made["deploy.yml"]), tmp_path, {}, python=STUB, moorage="")
    assert done.returncode == 1
    assert len(calls) == 4


def test_each_stack_is_created_with_its_secrets_provider(tmp_path: Path) -> None:
    dev = f"secretsprovider: awskms://alias/a b\n{PLAIN}"
    project = write_project(tmp_path / "repo", dev=dev, prod=PLAIN)
    assert main(["pipeline", "codebuild", "--cwd", str(project), "--backend", "s3://state"]) == 0
    folder = tmp_path / "repo" / ".codebuild"
    stages = json.loads((folder / "pipeline.json").read_text())["pipeline"]["stages"][1:]
    deploy = command(yaml.safe_load((folder / "deploy.yml").read_text()))
    selected: list[str] = []
    for stage in stages:
        variables = json.loads(stage["actions"][-1]["configuration"]["EnvironmentVariables"])
        env = {item["name"]: item["value"] for item in variables}
        _, calls = run_script(deploy, tmp_path, env, python=STUB, moorage='printf "%s|" "$@" >> args')
        selected.append(calls[-2])
    option = " --secrets-provider awskms://alias/a b"
    assert selected == [
        f"moorage pulumi stack select dev --create{option}",
        "moorage pulumi stack select prod --create",
    ]
    assert "|--secrets-provider|awskms://alias/a b|" in (tmp_path / "args").read_text()


def test_codepipeline_accepts_the_pipeline(made: dict[str, Any]) -> None:
    client = boto3.client(
        "codepipeline", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    text = json.dumps(made["pipeline.json"])
    text = text.replace("PIPELINE_ROLE_ARN", "arn:aws:iam::111122223333:role/shop-pipeline")
    given = json.loads(text)
    with Stubber(client) as stub:
        stub.add_response("create_pipeline", given, given)
        assert client.create_pipeline(**given)["pipeline"]["name"] == "shop"


def test_stacks_deploy_in_order_after_an_approval(made: dict[str, Any]) -> None:
    pipeline = made["pipeline.json"]["pipeline"]
    stages = pipeline["stages"]
    assert (pipeline["pipelineType"], pipeline["executionMode"]) == ("V2", "SUPERSEDED")
    assert [stage["name"] for stage in stages] == ["Source", "dev", "prod"]
    actions = [
        [(action["runOrder"], action["actionTypeId"]["category"]) for action in stage["actions"]]
        for stage in stages[1:]
    ]
    assert actions == [[(2, "Build")], [(1, "Approval"), (2, "Build")]]
    for stage in stages[1:]:
        configuration = stage["actions"][-1]["configuration"]
        assert configuration["ProjectName"] == f"shop-{stage['name']}"
        (variable,) = json.loads(configuration["EnvironmentVariables"])
        assert variable == {"name": "STACK", "value": stage["name"], "type": "PLAINTEXT"}
