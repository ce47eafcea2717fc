"""Builds: what BuildKit would refuse ("Dockerfile reference", FROM, COPY, and .dockerignore files)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build
import pytest

from moorage import ContainerImage
from moorage.graph import view
from moorage.offline import evaluate
from moorage.plan.finding import Finding
from moorage.plan.preflight import check

DOCKERFILE = """FROM alpine AS build
COPY main.py /
FROM alpine AS final
COPY --from=build /main.py /
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "app/main.py").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def component(**build: Any) -> Callable[[], Any]:
    return lambda: ContainerImage("web", {"build": {"context": "app", **build}})


def plain(**args: Any) -> Callable[[], Any]:
    return lambda: docker_build.Image("web", push=False, **{"context": {"location": "app"}, **args})


def findings(program: Callable[[], Any], preview: bool) -> list[tuple[str, str, str]]:
    def parts(finding: Finding) -> tuple[str, str, str]:
        return finding.severity, finding.rule.removeprefix("preflight/"), finding.message

    return [parts(finding) for finding in check(view(evaluate(program, preview=preview)))]


@pytest.fixture(params=[False, True], ids=["up", "preview"])
def preview(request: pytest.FixtureRequest) -> bool:
    return request.param


def test_what_can_be_built_has_no_finding(preview: bool) -> None:
    for program in (component(), component(target="build"), plain(), plain(target="Final")):
        assert findings(program, preview) == []


def test_a_target_that_is_not_a_stage(preview: bool) -> None:
    text = (
        "target 'biuld' is not a stage of the Dockerfile; did you mean 'build'? the stages are build, final"
    )
    expected = [("error", "build-target", f"app/Dockerfile, {text}")]
    assert findings(component(target="biuld"), preview) == expected
    assert findings(plain(target="biuld"), preview) == expected


def test_a_source_that_is_not_in_the_context(project: Path, preview: bool) -> None:
    (project / "app/Dockerfile").write_text(DOCKERFILE + "COPY requirements.txt ./\n")
    expected = "app/Dockerfile, line 5: COPY requirements.txt: not in the build context"
    assert findings(component(), preview) == [("error", "copy-source", expected)]
    assert findings(plain(), preview) == [("error", "copy-source", expected)]
    # The stage that is built does not need it.
    assert findings(component(target="build"), preview) == []


def test_a_source_that_dockerignore_excludes(project: Path, preview: bool) -> None:
    (project / "app/.dockerignore").write_text("# python\n*.py\n")
    expected = "app/Dockerfile, line 2: COPY main.py: excluded by .dockerignore line 2 (*.py)"
    assert findings(component(), preview) == [("error", "copy-source", expected)]


def test_a_dockerfile_beside_the_context(project: Path, preview: bool) -> None:
    (project / "docker").mkdir()
    (project / "docker/Dockerfile").write_text("FROM alpine\nCOPY docker /\n")
    expected = "docker/Dockerfile, line 2: COPY docker: not in the build context"
    dockerfile = "../docker/Dockerfile"
    assert findings(component(dockerfile=dockerfile), preview) == [("error", "copy-source", expected)]


def test_a_dockerfile_that_cannot_be_read(project: Path, preview: bool) -> None:
    (project / "app/Dockerfile").write_text("FROM alpine\n\nRUNN x\n")
    expected = "app/Dockerfile, line 3: unknown instruction RUNN; did you mean RUN?"
    assert findings(plain(), preview) == [("error", "dockerfile", expected)]
    inline = plain(dockerfile={"inline": "FROM alpine\nCMDD x\n"})
    expected = "the inline Dockerfile, line 2: unknown instruction CMDD; did you mean CMD?"
    assert findings(inline, preview) == [("error", "dockerfile", expected)]


def test_what_is_not_known_is_not_judged(project: Path, preview: bool) -> None:
    (project / "app/Dockerfile").write_text("# syntax=example.com/own\nFOO\n")
    remote = plain(context={"location": "https://github.com/moby/buildkit.git"})
    for program in (component(target="x"), plain(), remote, plain(context={"location": "nowhere"})):
        assert findings(program, preview) == []


def test_a_build_with_an_argument_that_is_not_known_is_judged_without_it(
    project: Path, preview: bool
) -> None:
    lines = ("FROM alpine", "ARG FOLDER=gone", "ARG NAME", "COPY ${FOLDER}/$NAME /", "COPY lost /")
    (project / "app/Dockerfile").write_text("\n".join(lines))
    lost = ("error", "copy-source", "app/Dockerfile, line 5: COPY lost: not in the build context")

    def secret() -> Any:
        return plain(build_args={"FOLDER": pulumi.Output.secret("src"), "NAME": "x"})()

    def output() -> Any:
        folder = aws.s3.Bucket("folder").arn
        return plain(build_args={"FOLDER": folder, "NAME": "x"})()

    assert findings(secret, preview) == [lost]
    assert findings(output, preview=True) == [lost]
    known = plain(build_args={"FOLDER": "src", "NAME": "x"})
    expected = "app/Dockerfile, line 4: COPY src/x: not in the build context"
    assert findings(known, preview) == [("error", "copy-source", expected), lost]


def test_what_depends_on_an_output_is_not_judged(project: Path, preview: bool) -> None:
    (project / "app/Dockerfile").write_text(
        "FROM alpine AS first\nARG A=gone\nCOPY $A /\nFROM alpine\nCOPY lost /"
    )

    def target() -> Any:
        return plain(target=pulumi.Output.secret("first"))()

    def dockerfile() -> Any:
        return plain(dockerfile=pulumi.Output.secret({"inline": "FROM alpine"}))()

    def inline() -> Any:
        return plain(dockerfile={"inline": pulumi.Output.secret("FROM alpine")})()

    def arguments() -> Any:
        return plain(target="first", build_args=pulumi.Output.secret({"A": "main.py"}))()

    for program in (target, dockerfile, inline, arguments):
        assert findings(program, preview) == []
