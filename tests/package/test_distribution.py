"""The wheel and the sdist, installed as a user does it: into empty environments, by each supported Python."""

import functools
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMPONENTS = ROOT / "components"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
THIS = f"{sys.version_info.major}.{sys.version_info.minor}"
PROGRAM = """
import pulumi
from moorage import ContainerApp, EcsCluster, LoadBalancer, Network

network = Network("net", {})
cluster = EcsCluster("main", {"network": network.ref})
balancer = LoadBalancer("web", {"network": network.ref})
parts = {"cluster": cluster.ref, "network": network.ref, "load_balancer": balancer.ref}
app = ContainerApp("shop", {**parts, "build": {"context": "app"}, "port": 8080})
pulumi.export("url", app.url)
"""
COMPOSE = """
from moorage import ComposeApp, EcsCluster, Network

network = Network("net", {})
cluster = EcsCluster("main", {"network": network.ref})
ComposeApp("shop", {"cluster": cluster.ref, "network": network.ref, "files": ["compose.yaml"]})
"""


def run(*words: str | Path, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1", "UV_PYTHON_DOWNLOADS": "never"}
    done = subprocess.run([*map(str, words)], cwd=cwd, env=environment, capture_output=True, text=True)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


@functools.cache
def uv() -> str:
    return shutil.which("uv", path=f"{ROOT}/.venv/bin{os.pathsep}{os.environ['PATH']}") or "uv"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    source = folder / "components"
    shutil.copytree(
        COMPONENTS,
        source,
        ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"),
        symlinks=False,
    )
    run(uv(), "build", "--quiet", "--out-dir", folder, source, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    """The wheel."""
    (file,) = dist.glob("*.whl")
    return file


Install = Callable[..., Path]


@pytest.fixture(scope="module")
def install(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Install:
    """Make an empty environment, install the wheel with an extra, and return its folder of commands; tests
    that ask for the same share it."""

    @functools.cache
    def into(extra: str = "", python: str = THIS, options: tuple[str, ...] = ()) -> Path:
        folder = tmp_path_factory.mktemp("installed")
        where = run(uv(), "python", "find", python, cwd=folder, check=False)
        if where.returncode:
            pytest.skip(f"there is no Python {python} on this machine")
        environment = folder / "environment"
        run(uv(), "venv", "--quiet", "--python", where.stdout.strip(), environment, cwd=folder)
        run(
            *(uv(), "pip", "install", "--quiet", "--python", environment, *options),
            f"{wheel}{f'[{extra}]' if extra else ''}",
            cwd=folder,
        )
        return environment / "bin"

    return into


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a program of one app."""
    folder = tmp_path / "shop"
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "Dockerfile").write_text('FROM python:3.12-slim\nCOPY . .\nCMD ["python", "app.py"]\n')
    (folder / "app" / "app.py").write_text("")
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    return folder


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def test_licence_and_data_files_are_in_both(dist: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        sources = {name.partition("/")[2] for name in archive.getnames()}
    data = {
        str(path.relative_to(COMPONENTS))
        for path in (COMPONENTS / "moorage").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert data <= names
    assert data | {"LICENSE", "README.md", "pyproject.toml"} <= sources
    assert any(name.endswith("dist-info/licenses/LICENSE") for name in names)
    with zipfile.ZipFile(wheel) as archive:
        (licence,) = [name for name in names if name.endswith("/LICENSE")]
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_metadata_says_what_an_index_shows(wheel: Path) -> None:
    fields = metadata(wheel)
    assert fields["License-Expression"] == "Apache-2.0"
    assert fields["Description-Content-Type"] == "text/markdown"
    assert {"aws", "ecs", "pulumi"} <= set(fields["Keywords"].split(","))
    classifiers = fields.get_all("Classifier", [])
    assert [f"Programming Language :: Python :: {python}" in classifiers for python in PYTHONS[:3]] == [
        True
    ] * 3
    # An index shows the description outside the repository.
    links = re.findall(r"\]\(([^)]+)\)", str(fields.get_payload()))
    assert links
    assert [link for link in links if not link.startswith("https://")] == []


@pytest.mark.parametrize("python", PYTHONS)
def test_plain_in_an_empty_environment(install: Install, project: Path, python: str) -> None:
    commands = install(python=python)
    version = importlib.metadata.version("moorage")
    assert run(commands / "moorage", "--version", cwd=project).stdout == f"moorage {version}\n"
    assert "url: http" in run(commands / "moorage", "plan", cwd=project).stdout
    (project / "__main__.py").write_text(COMPOSE)
    (project / "compose.yaml").write_text("services: {web: {image: nginx}}\n")
    for command, extra in ((("local", "up"), "local"), (("plan",), "compose")):
        failed = run(commands / "moorage", *command, cwd=project, check=False)
        said = failed.stdout + failed.stderr
        assert failed.returncode == 1
        assert f"pip install 'moorage[{extra}]'" in said
        assert "Traceback" not in said


def test_a_new_project_requires_the_wheel_it_was_made_with(
    install: Install, wheel: Path, tmp_path: Path
) -> None:
    moorage, app = install(python=THIS) / "moorage", tmp_path / "greeter"
    app.mkdir()
    (app / "Dockerfile").write_text("FROM python:3.12-slim\nEXPOSE 5000\n")
    run(moorage, "new", cwd=app)
    line = (app / "infra" / "requirements.txt").read_text().splitlines()[-1]
    assert line.partition("#")[0] == f"moorage[local] @ {wheel.as_uri()}"
    assert "greeter  ContainerApp" in run(moorage, "plan", cwd=app / "infra").stdout


def test_with_the_extra_compose(install: Install, project: Path) -> None:
    (project / "__main__.py").write_text(COMPOSE)
    (project / "compose.yaml").write_text("services: {web: {image: nginx}}\n")
    assert "web" in run(install("compose") / "moorage", "plan", cwd=project).stdout


def test_with_the_extra_policy(install: Install) -> None:
    commands = install("policy")
    program = "from moorage.plan.policy_pack import policies; print(len(policies()))"
    assert int(run(commands / "python", "-c", program, cwd=commands).stdout) > 50


def test_with_the_extra_local_a_current_boto3_stays(install: Install, project: Path) -> None:
    commands = install("local", options=("boto3>=1.44",))
    (project / "app" / "app.py").write_text(
        "import http.server, os\n"
        "http.server.test(http.server.SimpleHTTPRequestHandler, port=int(os.environ['PORT']))\n"
    )
    program = project / "__main__.py"
    program.write_text(f'import pulumi_aws as aws\n{PROGRAM}\naws.sqs.Queue("jobs")\n')
    try:
        assert (
            "shop: deployed"
            in run(commands / "moorage", "local", "up", "--runner", "process", cwd=project).stdout
        )
    finally:
        run(commands / "moorage", "local", "down", cwd=project)


def test_the_lowest_versions_that_are_allowed(install: Install, project: Path) -> None:
    lowest = ("--resolution", "lowest-direct", "-r", str(COMPONENTS / "pyproject.toml"))
    commands = install(options=tuple(lowest))
    assert "url: http" in run(commands / "moorage", "plan", cwd=project).stdout


def test_type_checkers_read_an_editable_installation(tmp_path: Path) -> None:
    source, environment = tmp_path / "components", tmp_path / "environment"
    shutil.copytree(COMPONENTS, source, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
    run(uv(), "venv", "--quiet", "--python", sys.executable, environment, cwd=tmp_path)
    install = (uv(), "pip", "install", "--quiet", "--no-deps", "--python", environment)
    run(*install, "--editable", source, cwd=tmp_path)
    (tmp_path / "program.py").write_text("from moorage import ContainerApp\n\nreveal_type(ContainerApp)\n")
    pyright = Path(sys.executable).parent / "pyright"
    done = run(pyright, "--pythonpath", environment / "bin" / "python", "program.py", cwd=tmp_path)
    assert 'Type of "ContainerApp" is "type[ContainerApp]"' in done.stdout
