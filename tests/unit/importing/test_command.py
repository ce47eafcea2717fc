"""`moorage import`: what it prints and writes, and that it overwrites nothing."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.imported import written

from moorage.cli import main
from moorage.importing.compose import import_compose
from moorage.importing.compose_source import ComposeSource
from moorage.importing.project import Call, Code, Project, logical_name, setting_key, variable_name
from moorage.importing.region import regions_in
from moorage.importing.report import Kind
from moorage.importing.secrets import is_secret
from moorage.importing.source_text import block, quoted
from moorage.importing.stand_ins import stand_in
from moorage.importing.writer import files_of
from moorage.model.later import filled, later
from moorage.scaffold.requirement import requirement

Captured = pytest.CaptureFixture[str]
COMPOSE = "services:\n  web:\n    image: nginx:1\n    ports: ['80:80']\n    pid: host\n"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def project_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    return tmp_path


def test_it_writes_a_project_that_can_be_planned(project_folder: Path, capsys: Captured) -> None:
    assert main(["import", "compose"]) == 0
    captured = capsys.readouterr()
    assert "compose.yaml:5: services.web.pid: omitted" in captured.err
    assert "hint: next: moorage plan --cwd infra" in captured.err
    # The tests run an editable installation.
    assert "hint: infra/requirements.txt: -e /" in captured.err
    assert "the program needs a change" not in captured.err
    assert sorted(file.name for file in (project_folder / "infra").iterdir() if file.is_file()) == [
        *(".gitignore", "Pulumi.dev.yaml", "Pulumi.yaml", "README.md", "__main__.py", "requirements.txt"),
    ]
    # Where this moorage was installed from: no index is claimed to have it.
    assert (project_folder / "infra" / "requirements.txt").read_text().splitlines()[-1] == requirement()
    assert main(["plan", "--cwd", "infra"]) == 0


def test_it_overwrites_nothing(project_folder: Path, capsys: Captured) -> None:
    (project_folder / "infra").mkdir()
    (project_folder / "infra" / "mine.txt").write_text("mine")
    assert main(["import", "compose"]) == 2
    assert "infra is not empty; nothing is overwritten" in capsys.readouterr().err
    assert [file.name for file in (project_folder / "infra").iterdir()] == ["mine.txt"]


def test_an_error_writes_nothing(project_folder: Path, capsys: Captured) -> None:
    (project_folder / "compose.yaml").write_text("services: [")
    assert main(["import", "compose"]) == 1
    assert "compose.yaml:2" in capsys.readouterr().err
    assert not (project_folder / "infra").exists()


def test_a_program_that_needs_a_change_says_which(project_folder: Path, capsys: Captured) -> None:
    (project_folder / "td.json").write_text(
        '{"family": "x", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "9000",'
        ' "containerDefinitions": [{"name": "x", "image": "x:1"}]}'
    )
    assert main(["import", "task-definition", "td.json"]) == 0
    assert "the program needs a change" in capsys.readouterr().err


def test_a_region_of_the_environment_is_that_of_the_project(
    project_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert main(["import", "compose"]) == 0
    assert "value: eu-central-1" in (project_folder / "infra" / "Pulumi.yaml").read_text()


@pytest.mark.parametrize("words", [["apprunner"], ["apprunner", "compose.yaml", "--service", "x"]])
def test_apprunner_needs_one_source(words: list[str], project_folder: Path, capsys: Captured) -> None:
    assert main(["import", *words]) == 2
    assert "pass either FILE" in capsys.readouterr().err


def test_a_program_passes_pyright(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    project = import_compose(ComposeSource(tmp_path, None, tmp_path / "infra"))
    project.stacks = ["dev", "prod"]
    for declaration in project.declarations:
        declaration.by_stack = {stack: dict(declaration.by_stack["dev"]) for stack in project.stacks}
    web = project.declarations[-1].by_stack
    web["prod"] |= {"count": 3, "environment": {"A": "1", "B": Code("network.vpc_id")}}
    web["dev"] |= {"environment": {"A": "1", "C": "2"}, "secrets": {"D": "/d"}}
    folder = written(project, tmp_path / "infra")
    settings = f'{{"typeCheckingMode": "strict", "extraPaths": ["{ROOT / "components"}"]}}'
    (folder / "pyrightconfig.json").write_text(settings)
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "-p", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{(folder / '__main__.py').read_text()}"


def test_what_differs_by_stack_is_configuration(tmp_path: Path) -> None:
    project = Project("shop", "a test", "us-east-1", ["dev", "prod"])
    project.declare_by_stack(
        "ContainerApp",
        "web",
        {
            "dev": {"image": "a:1", "count": 1, "environment": {"A": "1", "B": "2"}},
            "prod": {
                "image": "a:1",
                "autoscaling": {"min": 2, "max": 4},
                "environment": {"A": "1", "B": "3"},
            },
        },
    )
    files = files_of(project, "moorage[local]")
    assert '"image": "a:1"' in files["__main__.py"]
    assert '"count": web_settings.get("count")' in files["__main__.py"]
    assert '"environment": {"A": "1", **web_settings.get("environment", {})}' in files["__main__.py"]
    assert "count: 1" in files["Pulumi.dev.yaml"]
    assert "min: 2" in files["Pulumi.prod.yaml"]
    assert "B: '3'" in files["Pulumi.prod.yaml"]


def test_the_report_has_a_table_for_each_kind(project_folder: Path) -> None:
    assert main(["import", "compose"]) == 0
    readme = (project_folder / "infra" / "README.md").read_text()
    for kind in Kind:
        assert f"### {kind.value.capitalize()}" in readme
    assert "| compose.yaml:3 | `services.web.image` | `image`" in readme


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DB_PASSWORD", "x", True),
        ("PGPASS", "hunter2", True),
        ("API_TOKEN", "abc", True),
        ("STRIPE_KEY", "sk_live_0123456789abcd", True),
        ("DATABASE_URL", "postgres://user:pass@db/x", True),
        ("AWS", "AKIAIOSFODNN7EXAMPLE", True),
        ("CERT", "-----BEGIN RSA PRIVATE KEY-----", True),
        ("OPTIONS", "host=db password=hunter2", True),
        ("SECRET_KEY_BASE", "0123", True),
        ("OPTIONS", "arn:aws:sqs:eu-west-1:123456789012:jobs password=hunter2", True),
        ("DB_SECRET", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf", False),
        ("DB", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:password::", False),
        ("DATABASE_URL", "postgres://db/x", False),
        ("DATABASE_URL", "postgres://user:${PASS}@db/x", False),
        ("PASSWORD_FILE", "/run/secrets/x", False),
        ("TOKEN_TTL", "3600", False),
        ("DB_PASSWORD", "", False),
        ("USE_TOKEN", "true", False),
        ("COMPASS_URL", "http://x", False),
        ("LOG_LEVEL", "info", False),
        ("KEYBOARD", "qwerty", False),
    ],
)
def test_secrets_are_known_by_name_or_form(name: str, value: str, expected: bool) -> None:
    assert is_secret(name, value) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("web", "web"),
        ("my-web.app", "my_web_app"),
        ("import", "import_app"),
        ("2nd", "app_2nd"),
        ("config", "config_app"),
    ],
)
def test_variables(name: str, expected: str) -> None:
    assert variable_name(name, []) == expected


def test_names_of_components_and_settings() -> None:
    assert variable_name("web", ["web"]) == "web_app"
    assert [logical_name(name) for name in ("a_b.c", "aws-x", "9", "--")] == [
        "a-b-c",
        "app-aws-x",
        "app-9",
        "app",
    ]
    assert setting_key(["web", "DB_PASSWORD"]) == "webDbPassword"


@pytest.mark.parametrize(
    "text", ["plain", 'say "x"', "it's", "a\\b", "line\nline", "tab\t", "\u00e9\u2028", "{x}"]
)
def test_strings_are_written_as_they_are(text: str) -> None:
    assert eval(quoted(text)) == text


def test_long_values_are_broken_one_entry_a_line() -> None:
    call = Call("f", ({"key": "x" * 60, "other": ["y" * 20, Code("z")]},), (("name", 1),), ".arn")
    assert block(call, "a = ", "") == [
        "a = f(",
        "    {",
        f'        "key": "{"x" * 60}",',
        f'        "other": ["{"y" * 20}", z],',
        "    },",
        "    name=1,",
        ").arn",
    ]


IMAGE = "123456789012.dkr.ecr.{}.amazonaws.com/web:1"


def region_of(folder: Path, images: list[str], *options: str) -> str:
    services = "".join(f"  s{number}: {{image: '{image}'}}\n" for number, image in enumerate(images))
    (folder / "compose.yaml").write_text(f"services:\n{services}")
    assert main(["import", "compose", "--out", "infra", *options]) == 0
    content = yaml.safe_load((folder / "infra" / "Pulumi.yaml").read_text())
    return content["config"]["aws:region"]["value"]


def test_the_region_is_that_of_the_source(
    project_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert region_of(project_folder, [IMAGE.format("il-central-1"), "nginx:1"]) == "il-central-1"
    assert "aws:region" not in capsys.readouterr().err


def test_regions_that_differ_are_reported(
    project_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    images = [IMAGE.format("eu-west-1"), IMAGE.format("eu-west-2")]
    assert region_of(project_folder, images) == "eu-central-1"
    text = "the source names eu-west-1 and eu-west-2, and the project is in eu-central-1"
    assert f"aws:region: approximated: {text}" in capsys.readouterr().err


def test_a_region_that_is_asked_for_is_that_of_the_project(project_folder: Path, capsys: Captured) -> None:
    images = [IMAGE.format("eu-west-2")]
    assert region_of(project_folder, images, "--region", "eu-west-1") == "eu-west-1"
    assert "the source names eu-west-2, and the project is in eu-west-1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"certificate_arn": "arn:aws:acm:eu-west-2:123456789012:certificate/x"}, {"eu-west-2"}),
        ({"image": "123456789012.dkr-ecr.us-gov-west-1.on.aws/x"}, {"us-gov-west-1"}),
        ({"log": {"group": "/x", "region": "eu-west-1"}}, {"eu-west-1"}),
        ({"logConfiguration": {"options": {"awslogs-region": "cn-north-1"}}}, {"cn-north-1"}),
        ({"task_role_arn": "arn:aws:iam::123456789012:role/x"}, set[str]()),
        ({"environment": {"TOPIC": "arn:aws:sns:us-west-2:123456789012:x"}}, set[str]()),
        ({"log": {"region": "\ue000R\ue001"}}, set[str]()),
        (
            {"a": [Call("f", ("arn:aws:sqs:eu-west-3:123456789012:x",), (("region", "eu-west-4"),))]},
            {"eu-west-3", "eu-west-4"},
        ),
    ],
)
def test_regions_of_values(value: Any, expected: set[str]) -> None:
    assert regions_in(value) == expected


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("web-{}.{}", "host", "web-to-be-set.b.example.com"),
        ("{}", "domain", "a.example.com"),
        (
            "arn:aws:acm:{}:{}:certificate/x",
            "certificate_arn",
            "arn:aws:acm:us-east-1:123456789012:certificate/x",
        ),
        ("{}.dkr.ecr.{}.amazonaws.com/x", "image", "123456789012.dkr.ecr.us-east-1.amazonaws.com/x"),
        ("app@{}", "image", f"app@sha256:{'0' * 64}"),
        ("{}/32", "source_ips", "203.0.113.1/32"),
        ("{}", "file_system_id", "fs-0123456789abcdef0"),
        ("{}", "image", "to-be-set"),
    ],
)
def test_stand_ins_have_the_form_of_the_value(text: str, key: str, expected: str) -> None:
    names = ["A", "B"][: text.count("{}")]
    marked = text.format(*map(later, names))
    assert filled(marked, {name: stand_in(marked, name, key) for name in names}) == expected


def test_ids_of_a_list_have_different_stand_ins() -> None:
    made = {stand_in(later(name), name, "security_group_ids") for name in ("A", "B")}
    assert len(made) == 2
    assert all(re.fullmatch("sg-[0-9a-f]{17}", one) for one in made)


def test_a_stand_in_with_a_form_stays() -> None:
    project = Project("shop", "a test", "us-east-1")
    for value in ("to-be-set", "a.example.com", "to-be-set", "b.example.com"):
        project.setting(["domain"], "The domain", stand_in=value)
    assert project.settings["domain"].stand_in == "a.example.com"
