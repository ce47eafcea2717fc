"""`moorage new`: a project around a folder with a Dockerfile, which runs as it is."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from support.folders import folder_with
from support.terminal import on_terminal

from moorage.cli import main
from moorage.offline import Resource, ResourceGraph, evaluate
from moorage.offline.yaml_text import load

DOCKERFILE = """FROM python:3.12-slim
COPY app.py .
EXPOSE 5000
HEALTHCHECK CMD curl -f http://localhost:5000/healthz
CMD ["python", "app.py"]
"""
APP = {"Dockerfile": DOCKERFILE, "app.py": ""}
FILES = ["Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml", "__main__.py", "requirements.txt"]
LINE = "moorage[local] @ https://files.example/moorage-1-py3-none-any.whl"
Captured = pytest.CaptureFixture[str]


def app_in(folder: Path, below: str = "") -> Path:
    """Make a folder with an app, in it or in a subfolder."""
    return folder_with(folder, {str(Path(below, name)): text for name, text in APP.items()})


def new(folder: Path, *words: str) -> int:
    return main(["new", str(folder), "--requirement", LINE, *words])


def only(graph: ResourceGraph, kind: str) -> Resource:
    (resource,) = graph.of_type(kind)
    return resource


def reached(graph: ResourceGraph) -> tuple[int, str]:
    """Return the app's port and the path of its health check."""
    (target,) = only(graph, "aws:ecs/service:Service").inputs["loadBalancers"]
    group = only(graph, "aws:lb/targetGroup:TargetGroup")
    return target["containerPort"], group.inputs["healthCheck"]["path"]


def refused(capsys: Captured) -> tuple[str, str]:
    """Return the error and its hint."""
    error, hint = capsys.readouterr().err.splitlines()
    return error.removeprefix("error: "), hint.removeprefix("hint: ")


def test_a_dockerfile_in_a_subfolder(tmp_path: Path) -> None:
    folder = app_in(tmp_path / "shop", "web")
    assert new(folder) == 0

    assert sorted(path.name for path in folder.iterdir()) == sorted([*FILES, "web", ".gitignore"])
    assert (folder / "requirements.txt").read_text().splitlines()[-1] == LINE
    for stack, count, days in (("dev", 1, 30), ("prod", 2, 90)):
        graph = evaluate(folder, stack=stack)
        assert only(graph, "aws:ecs/service:Service").inputs["desiredCount"] == count
        assert reached(graph) == (5000, "/healthz")
        assert only(graph, "aws:cloudwatch/logGroup:LogGroup").inputs["retentionInDays"] == days
    assert load(folder / "Pulumi.yaml")["name"] == "shop"


def test_a_dockerfile_in_the_folder_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    folder = app_in(tmp_path / "My Shop!")
    folder_with(folder, {"requirements.txt": "flask\n"})
    monkeypatch.chdir(folder)
    assert main(["new", "--requirement", LINE]) == 0

    out = capsys.readouterr().out
    assert "Created in infra: " in out
    assert "Created .dockerignore" in out
    assert "after `cd infra`" in out
    assert (folder / "requirements.txt").read_text() == "flask\n"
    assert load(folder / "infra" / "Pulumi.yaml")["name"] == "my-shop"
    image = only(evaluate(folder / "infra", stack="dev"), "docker-build:index:Image")
    copied = folder / "infra" / image.inputs["context"]["location"]
    assert sorted(path.name for path in copied.iterdir()) == [
        *(".dockerignore", "Dockerfile", "app.py", "requirements.txt"),
    ]


def test_a_dockerfile_that_copies_from_the_folder_above(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "shop", {"docker/Dockerfile": DOCKERFILE, "app.py": ""})
    assert new(folder) == 0
    program = (folder / "infra" / "__main__.py").read_text()
    assert '"build": {"context": "..", "dockerfile": "docker/Dockerfile"}' in program
    evaluate(folder / "infra", stack="dev")


def test_options_override_what_is_detected(tmp_path: Path) -> None:
    folder = app_in(tmp_path / "shop", "web")
    words = ["--name", "notes", "--port", "80", "--health-path", "/up", "--region", "eu-west-1"]
    assert new(folder, *words, "--dir", str(tmp_path / "deploy")) == 0
    project = load(tmp_path / "deploy" / "Pulumi.yaml")
    assert (project["name"], project["config"]["aws:region"]["value"]) == ("notes", "eu-west-1")
    assert reached(evaluate(tmp_path / "deploy", stack="dev")) == (80, "/up")


@pytest.mark.parametrize("name", ["null", "on", "Off", "y"])
def test_a_name_that_yaml_reads_as_something_else(tmp_path: Path, name: str) -> None:
    folder = app_in(tmp_path / "shop", "web")
    assert new(folder, "--name", name) == 0
    evaluate(folder, stack="prod")


def test_lines_are_added_to_files_that_are_there(tmp_path: Path) -> None:
    folder = app_in(tmp_path / "shop")
    folder_with(folder, {".dockerignore": "*.md", "infra/.gitignore": ".venv/\nmine\n"})
    assert new(folder) == 0
    assert (folder / ".dockerignore").read_text() == "*.md\ninfra/\n"
    assert (folder / "infra" / ".gitignore").read_text() == ".venv/\nmine\n.moorage/\n.build/\n__pycache__/\n"


def test_an_image_that_ignores_the_project_already_is_not_changed(tmp_path: Path) -> None:
    folder = app_in(tmp_path / "shop")
    folder_with(folder, {".dockerignore": "*\n!app.py\n"})
    assert new(folder) == 0
    assert (folder / ".dockerignore").read_text() == "*\n!app.py\n"


def test_no_file_is_overwritten(tmp_path: Path, capsys: Captured) -> None:
    folder = app_in(tmp_path / "shop", "web")
    folder_with(folder, {"__main__.py": "mine", "requirements.txt": "mine"})
    assert new(folder) == 1
    said, hint = refused(capsys)
    assert said == f"{folder} already has __main__.py, requirements.txt; no file is overwritten"
    assert hint == "choose another folder with --dir"
    assert sorted(path.name for path in folder.iterdir()) == ["__main__.py", "requirements.txt", "web"]
    assert (folder / "__main__.py").read_text() == "mine"


@pytest.mark.parametrize("where", ["Pulumi.yaml", "Pulumi.yml", "infra/Pulumi.yaml"])
def test_an_existing_project(tmp_path: Path, capsys: Captured, where: str) -> None:
    folder = app_in(tmp_path / "shop")
    folder_with(folder, {where: "name: mine\n"})
    assert new(folder) == 1
    said, hint = refused(capsys)
    assert said == f"{(folder / where).parent} is already a Pulumi project"
    assert "ContainerApp" in hint


@pytest.mark.parametrize("files", [{}, {"app.py": "", "requirements.txt": "flask"}])
def test_without_a_dockerfile(tmp_path: Path, capsys: Captured, files: dict[str, str]) -> None:
    assert new(folder_with(tmp_path, files)) == 1
    said, hint = refused(capsys)
    assert said.startswith(f"{tmp_path} has no Dockerfile")
    assert hint.startswith("write one")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)


def test_a_folder_that_cannot_be_read_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    folder = app_in(tmp_path / "shop", "web")
    folder_with(folder, {"pgdata/base/1": "", "traversed/x": ""})
    listed, status = os.scandir, os.stat

    def scandir(path: str) -> object:
        if os.path.basename(path) == "pgdata":
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    def stat(path: Path, **options: Any) -> os.stat_result:
        if "traversed/" in os.fspath(path):
            raise PermissionError(13, "Permission denied", path)
        return status(path, **options)

    monkeypatch.setattr("moorage.scaffold.location.os.scandir", scandir)
    monkeypatch.setattr("os.stat", stat)
    assert new(folder) == 0
    assert "web" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "-e /src/components[local]",
            "requirements.txt: -e /src/components[local] is a place of this machine",
        ),
        ("/tmp/moorage-1-py3-none-any.whl", "/tmp/moorage-1-py3-none-any.whl is a place of this machine"),
        (LINE, ""),
    ],
)
def test_a_requirement_of_this_machine_is_said_at_the_end(
    tmp_path: Path, capsys: Captured, line: str, said: str
) -> None:
    assert main(["new", str(app_in(tmp_path / "shop", "web")), "--requirement", line]) == 0
    err = capsys.readouterr().err
    assert (said in err, "place of this machine" in err) == (True, bool(said))


def test_several_dockerfiles(tmp_path: Path, capsys: Captured) -> None:
    app_in(tmp_path, "web")
    app_in(tmp_path, "services/worker")
    app_in(tmp_path, "node_modules/not-mine")
    app_in(tmp_path, ".venv/not-mine")
    assert new(tmp_path) == 2
    said, hint = refused(capsys)
    assert said == "there are several Dockerfiles: services/worker/Dockerfile, web/Dockerfile"
    assert hint.startswith("choose one with --dockerfile")
    assert new(tmp_path, "--dockerfile", str(tmp_path / "web" / "Dockerfile"), "--name", "web") == 0
    assert '"build": {"context": "web"}' in (tmp_path / "__main__.py").read_text()


@pytest.mark.parametrize(
    ("lines", "said", "hint"),
    [
        ("", "the port is not known: no EXPOSE, ENV PORT or HEALTHCHECK names one", "pass it with --port"),
        ("EXPOSE 1 2", "EXPOSE names several ports: 1, 2", "choose one with --port"),
    ],
)
def test_a_port_is_not_guessed(tmp_path: Path, capsys: Captured, lines: str, said: str, hint: str) -> None:
    folder = folder_with(tmp_path / "shop", {"web/Dockerfile": f"FROM python\n{lines}\n"})
    assert new(folder) == 2
    assert refused(capsys) == (said, hint)
    assert [path.name for path in folder.iterdir()] == ["web"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--name", "9lives"], "--name: '9lives' must begin with a letter"),
        (["--name", "aws-shop"], "--name: 'aws-shop' must not begin with 'aws-'"),
        (["--health-path", "up"], "--health-path: 'up' must begin with /"),
        (["--region", "Frankfurt"], "--region: 'Frankfurt' is not an AWS region"),
        (["--dir", "web"], "--dir: "),
        (["--dockerfile", "../Dockerfile"], "is not in"),
        (
            ["--requirement", "evil\n--index-url http://x"],
            "--requirement: 'evil\\n--index-url http://x' must be one",
        ),
        (["--requirement", "a\x00b"], "must be one line of requirements.txt, without control characters"),
        (["--requirement", " "], "must be one line of requirements.txt"),
    ],
)
def test_values_that_cannot_be(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, words: Sequence[str], said: str
) -> None:
    folder_with(tmp_path, {"Dockerfile": DOCKERFILE})
    folder = app_in(tmp_path / "shop", "web")
    monkeypatch.chdir(folder)
    assert main(["new", "--requirement", LINE, *words]) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["web"]


def test_questions_on_a_terminal(tmp_path: Path) -> None:
    folder = app_in(tmp_path / "shop", "web")
    words = [sys.executable, "-m", "moorage.cli", "new", "--requirement", LINE, "--region", "eu-west-1"]
    code, shown = on_terminal(words, folder, stdin="notes\n\n/up\n")
    assert (code, "AWS region" in shown) == (0, False)
    for question in ("Name [shop]: ", "Port [5000]: ", "Health check path [/healthz]: "):
        assert question in shown
    assert load(folder / "Pulumi.yaml")["name"] == "notes"
    assert '"port": 5000' in (folder / "__main__.py").read_text()
    assert '{"path": "/up"}' in (folder / "__main__.py").read_text()


def test_the_dockerfile_and_the_port_are_asked_for(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path / "shop", {f"{name}/Dockerfile": "FROM python\n" for name in ("api", "web")}
    )
    words = [sys.executable, "-m", "moorage.cli", "new", "--requirement", LINE, "--name", "shop"]
    words += ["--health-path", "/", "--region", "eu-west-1"]
    code, shown = on_terminal(words, folder, stdin="web/Dockerfile\n70000\n")
    assert (code, "Dockerfile (api/Dockerfile, web/Dockerfile) [api/Dockerfile]: " in shown) == (2, True)
    assert "the port '70000' must be a number from 1 to 65535" in shown
    code, shown = on_terminal(words, folder, stdin="web/Dockerfile\n\n")
    assert (code, "Port [8080]: " in shown) == (0, True)
    assert '"build": {"context": "web"},\n        "port": 8080,' in (folder / "__main__.py").read_text()


def test_no_questions_with_yes(tmp_path: Path) -> None:
    folder = app_in(tmp_path / "shop", "web")
    words = [sys.executable, "-m", "moorage.cli", "new", "--requirement", LINE, "--yes"]
    code, shown = on_terminal(words, folder, stdin="notes\n")
    assert (code, "Name [" in shown) == (0, False)
    assert load(folder / "Pulumi.yaml")["name"] == "shop"


def test_the_end_of_the_input_ends_it(tmp_path: Path) -> None:
    folder = app_in(tmp_path / "shop", "web")
    words = [sys.executable, "-m", "moorage.cli", "new", "--requirement", LINE]
    code, shown = on_terminal(words, folder, stdin="\x04")
    assert (code, shown.splitlines()[-1]) == (130, "interrupted")
    assert [path.name for path in folder.iterdir()] == ["web"]
