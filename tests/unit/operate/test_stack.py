"""Finding apps and jobs in a stack's state, or by names."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import running_app as words
from support.scripted_aws import ScriptedAws

from moorage.cli import main
from moorage.operate.apps import App
from moorage.operate.aws.discover import discovered
from moorage.operate.place import NotFound
from moorage.operate.pulumi.state import exported, found_in
from moorage.rollout.login import Login, Role

URN = "urn:pulumi:dev::demo::"


def test_an_app_with_its_log_and_target_groups() -> None:
    found = found_in(words.state(), "stack dev")
    assert found.apps == {
        "notes": App("notes", words.CLUSTER, "notes-1a2b", "notes", "notes-logs", "notes", (words.GROUP,))
    }
    assert found.apps["notes"].region == "eu-central-1"


@pytest.mark.parametrize("nested", [True, False], ids=["an-app-each", "before-apps"])
def test_services_of_a_compose_file_have_their_own_names(nested: bool) -> None:
    compose = {"urn": f"{URN}moorage:index:ComposeApp::shop", "type": "moorage:index:ComposeApp"}
    inner = {
        "urn": f"{URN}moorage:index:ComposeApp$moorage:index:ContainerApp::shop-web",
        "type": "moorage:index:ContainerApp",
        "parent": compose["urn"],
    }
    service = {
        "urn": f"{URN}moorage:index:ComposeApp$aws:ecs/service:Service::shop-web",
        "type": "aws:ecs/service:Service",
        "id": f"{words.ARN}:service/main/shop-web-1",
        "parent": (inner if nested else compose)["urn"],
        "outputs": {"taskDefinition": "unknown"},
    }
    found = found_in(words.state(compose, inner, service), "stack dev")
    assert sorted(found.apps) == ["notes", "web"]
    assert found.apps["web"].log_group == ""


def test_one_name_in_two_compose_files_loses_no_service() -> None:
    items: list[dict[str, Any]] = []
    for file in ("shop", "blog"):
        compose = {"urn": f"{URN}moorage:index:ComposeApp::{file}", "type": "moorage:index:ComposeApp"}
        service = {
            "urn": f"{URN}moorage:index:ComposeApp$aws:ecs/service:Service::{file}-web",
            "type": "aws:ecs/service:Service",
            "id": f"{words.ARN}:service/main/{file}-web-1",
            "parent": compose["urn"],
            "outputs": {},
        }
        items += [compose, service]
    assert sorted(found_in(words.state(*items), "stack dev").apps) == ["blog-web", "notes", "shop-web"]


def test_what_is_about_to_be_deleted_is_no_app() -> None:
    old = {
        "urn": f"{URN}aws:ecs/service:Service::old",
        "type": "aws:ecs/service:Service",
        "id": f"{words.ARN}:service/main/old",
        "delete": True,
        "outputs": {},
    }
    assert list(found_in(words.state(old), "stack dev").apps) == ["notes"]


def test_the_second_target_group_of_a_blue_green_service() -> None:
    state = words.state()
    (use,) = state["deployment"]["resources"][3]["outputs"]["loadBalancers"]
    use["advancedConfiguration"] = {"alternateTargetGroupArn": "arn:other"}
    assert found_in(state, "s").apps["notes"].target_groups == (words.GROUP, "arn:other")


def test_outputs_that_are_services_where_the_state_has_none() -> None:
    state = words.state(service_type="other:index:Service")
    state["deployment"]["resources"][0]["outputs"] = {"service": words.SERVICE, "url": "http://x"}
    found = found_in(state, "s").apps
    assert found == {"notes-1a2b": App("notes-1a2b", words.CLUSTER, "notes-1a2b")}


def test_jobs_and_the_profile_of_the_provider() -> None:
    outputs = {"runTask": "{}", "containerName": "migrate"}
    job = {"urn": f"{URN}moorage:index:Job::migrate", "type": "moorage:index:Job", "outputs": outputs}
    provider = {
        "urn": f"{URN}pulumi:providers:aws::default",
        "type": "pulumi:providers:aws",
        "inputs": {"profile": "team"},
    }
    found = found_in(words.state(job, provider), "s")
    assert (found.jobs, found.login) == ({"migrate": outputs}, Login("team"))


def test_the_roles_of_the_provider_that_the_service_has() -> None:
    sealed = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"}
    roles = '[{"roleArn": "arn:aws:iam::123456789012:role/deploy", "externalId": "7"}]'
    other, own = (
        {"urn": f"{URN}pulumi:providers:aws::{name}", "type": "pulumi:providers:aws", "inputs": inputs}
        for name, inputs in (
            ("dns", {"profile": "dns"}),
            ("eu", {"assumeRoles": roles, "secretKey": sealed}),
        )
    )
    state = words.state(other, own)
    state["deployment"]["resources"][3]["provider"] = f"{own['urn']}::1234"
    role = Role("arn:aws:iam::123456789012:role/deploy", external_id="7")
    assert found_in(state, "s").login == Login(roles=(role,))
    own["inputs"]["assumeRoles"] = sealed
    assert found_in(state, "s").login == Login()


def test_definitions_that_are_secret_are_no_error() -> None:
    state = words.state()
    sealed = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"}
    state["deployment"]["resources"][2]["outputs"]["containerDefinitions"] = sealed
    assert found_in(state, "s").apps["notes"].container == "notes"


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a Pulumi CLI on PATH that is a shell script; return a project's folder."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")

    def write(script: str) -> Path:
        command = folder / "pulumi"
        command.write_text(f"#!/bin/sh\n{script}\n")
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
        return tmp_path

    return write


def test_the_state_is_exported_without_showing_secrets(pulumi: Callable[[str], Path]) -> None:
    project = pulumi('echo "{\\"words\\": \\"$*\\"}"')
    said = exported(project, "dev")["words"]
    assert said == "stack export --stack dev --non-interactive --color never"


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("echo \"error: no stack named 'dev' found\" >&2; exit 255", "stack dev does not exist"),
        ("echo 'error: passphrase must be set' >&2; exit 255", "cannot be read: passphrase must be set"),
        ("echo warning", "did not print JSON"),
        ('echo \'{"version": 3, "deployment": {}}\'', "stack dev has no ECS service; run `pulumi up"),
    ],
)
def test_a_state_that_cannot_be_had(
    pulumi: Callable[[str], Path], script: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    project = pulumi(script)
    assert main(["status", "--stack", "dev", "--cwd", str(project)]) == 3
    assert text in capsys.readouterr().err


def test_no_pulumi_cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    assert main(["ps", "--stack", "dev", "--cwd", str(tmp_path)]) == 3
    assert "run `moorage pulumi version` to install it" in capsys.readouterr().err


@pytest.fixture
def cluster(scripted: ScriptedAws) -> ScriptedAws:
    """A cluster with 130 services, described without Pulumi."""
    names = [f"app-{number}" for number in range(130)]

    def listed(asked: dict[str, Any]) -> dict[str, Any]:
        start = int(asked.get("nextToken", "0"))
        more = {"nextToken": str(start + 100)} if start + 100 < len(names) else {}
        arns = [f"{words.ARN}:service/main/{name}" for name in names[start : start + 100]]
        return {"serviceArns": arns, **more}

    def described(asked: dict[str, Any]) -> dict[str, Any]:
        assert len(asked["services"]) <= 10
        found = [name for name in asked["services"] if name in names]
        return {
            "services": [
                words.service(
                    words.deployment(7, words.NEW),
                    serviceArn=f"{words.ARN}:service/main/{name}",
                    serviceName=name,
                )
                for name in found
            ]
        }

    scripted.answers |= {
        "DescribeClusters": {"clusters": [{"clusterArn": words.CLUSTER, "status": "ACTIVE"}]},
        "ListServices": listed,
        "DescribeServices": described,
        "DescribeTaskDefinition": {"taskDefinition": {"containerDefinitions": words.CONTAINERS}},
        "ListClusters": {"clusterArns": [words.CLUSTER]},
    }
    return scripted


def test_all_services_of_a_cluster(cluster: ScriptedAws) -> None:
    place = discovered("main", None, "eu-central-1", None)
    assert len(place.apps) == 130


def test_one_service_of_a_cluster(cluster: ScriptedAws, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--cluster", "main", "--service", "app-3", "--region", "eu-central-1"]
    assert main(["status", *options, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["apps"][0]["app"] == "app-3"


def test_names_that_are_not_there(cluster: ScriptedAws) -> None:
    with pytest.raises(NotFound, match=r"cluster main has no service 'nope'; there are app-0, app-1, "):
        discovered("main", "nope", "eu-central-1", None)
    cluster.answers["DescribeClusters"] = {"clusters": [], "failures": [{"reason": "MISSING"}]}
    with pytest.raises(NotFound, match=r"there is no cluster 'other' in eu-central-1; there are main"):
        discovered("other", None, "eu-central-1", None)
