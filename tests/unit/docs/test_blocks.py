"""Every code block of the documentation is evaluated, parsed or checked by a test that is named here.

A Python block that imports the library is a program of its own; another continues the first such block of its
page, or, where there is none, SETUP. Other blocks that begin with a line `# NAME.yml` are files beside the
program. A block that begins with `# NAME.py` is a file, not a program: a test that reads its page runs it.
"""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from support.pages import ALL, PAGES, ROOT, Block

from moorage.cli.command import moorage, run
from moorage.local.command.up import Paths, _given_secrets
from moorage.model import dockerfile
from moorage.offline import evaluate
from moorage.plan.plan import plan

SETUP = """
import pulumi
from moorage import *
network = Network("net", {})
cluster = EcsCluster("main", {})
balancer = LoadBalancer("balancer", {"network": network.ref})
"""
ON_SPOT = """
spot = EcsCluster("spot", {"capacity": "fargate_spot", "on_demand_base": 0})
shop = {"cluster": spot.ref, "network": network.ref, "load_balancer": balancer.ref, "image": "shop:1"}
ContainerApp("shop", shop)
"""
"""An app with a finding in the stack prod, for what is printed of programs."""
TYPESCRIPT = {"docs/languages.md": "tests/plugin/test_typescript_program.py"}
"""The tests of the pages with TypeScript."""
OUTPUT = ("", "text")
"""What a command or a program prints."""
EVALUATES = "import evaluate"
"""In a Python block that is not a Pulumi program, but evaluates one."""
SHELL = {".", "cd", "cp", "date", "for", "do", "done", "mkdir", "rm", "seq", "arn=VALUE"}
OTHER_PROGRAMS = SHELL | {"aws", "curl", "docker", "git", "jq"}
"""Programs whose arguments are not checked."""
PULUMI_COMMANDS = {
    "config",
    "destroy",
    "import",
    "install",
    "login",
    "package",
    "preview",
    "refresh",
    "stack",
    "state",
    "up",
}
WORKFLOW = {"on": "push", "jobs": {"docs": {"runs-on": "ubuntu-latest", "steps": []}}}


def of(*languages: str) -> list[Any]:
    return [
        pytest.param(block, id=str(block))
        for block in ALL
        if block.language in languages and not block.is_module
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Pulumi project with the files that programs of the documentation name."""
    monkeypatch.chdir(tmp_path)
    for name in ("app", "docker"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "html").mkdir()
    (tmp_path / "html/index.html").write_text("")
    (tmp_path / "nginx.conf").write_text("")
    (tmp_path / "Pulumi.yaml").write_text("name: docs\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(SETUP)
    return tmp_path


def test_every_block_has_a_check() -> None:
    languages = {*OUTPUT, "python", "yaml", "console", "sh", "json", "dockerfile", "typescript"}
    assert [str(block) for block in ALL if block.language not in languages] == []
    assert {block.page for block in ALL if block.language == "typescript"} == TYPESCRIPT.keys()


def test_a_file_in_python_is_run_by_a_test_of_its_page() -> None:
    tests = [test.read_text() for test in (ROOT / "tests").rglob("test_*.py") if test != Path(__file__)]
    pages = {block.page for block in ALL if block.is_module}
    assert "docs/testing.md" in pages
    assert [page for page in pages if not any(f'"{Path(page).name}"' in test for test in tests)] == []


def test_pages_have_no_block_that_is_not_read() -> None:
    """A fence in a list or with other marks would be skipped."""
    fences = {str(page): len(re.findall(r"^\s*(```|~~~)", page.read_text(), re.M)) for page in PAGES}
    read = {str(page): 2 * sum(ROOT / block.page == page for block in ALL) for page in PAGES}
    assert fences == read


def program(block: Block) -> str:
    """Return the whole program of a block."""
    whole = [b.text for b in ALL if b.page == block.page and b.language == "python" and _imports(b)]
    if _imports(block) or EVALUATES in block.text:
        return block.text
    return f"{whole[0] if whole else SETUP}\n{block.text}"


def _imports(block: Block) -> bool:
    return "from moorage import" in block.text


@pytest.mark.parametrize("block", of("python"))
def test_python(block: Block, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for other in ALL:
        if other.page == block.page and other.file:
            (folder / other.file).write_text(other.text)
    code = program(block)
    if EVALUATES in block.text:
        (folder / "Pulumi.prod.yaml").write_text("config: {}\n")
        (folder / "__main__.py").write_text(SETUP + ON_SPOT)
        exec(code, {})
        assert capsys.readouterr().out
        return
    (folder / "__main__.py").write_text(code)
    config = {key: "x" for key in re.findall(r'require(?:_secret)?\("(\w+)"\)', code)}
    for preview in (False, True):
        graph = evaluate(folder, preview=preview, config=config, stack_outputs=OTHER_STACK)
        assert [entry.message for entry in graph.log if entry.severity != "debug"] == []


OTHER_STACK = {
    "acme/base/dev": {
        "cluster": {"arn": "arn:aws:ecs:us-east-1:123456789012:cluster/shared", "name": "shared"},
        "network": {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1", "subnet-2"]},
        "variables": {"DEBUG": True},
    }
}


@pytest.mark.parametrize("block", of("json"))
def test_json(block: Block) -> None:
    assert isinstance(json.loads(block.text), dict)


@pytest.mark.parametrize("block", of("dockerfile"))
def test_dockerfile(block: Block) -> None:
    assert dockerfile.stages(dockerfile.read(block.text), {})


@pytest.mark.parametrize("block", of("yaml"))
def test_yaml(block: Block, folder: Path) -> None:
    content = yaml.safe_load(block.text)
    names = set(content) if isinstance(content, dict) else {"steps"}
    check = next(check for name, check in YAML.items() if name in names)
    check(block, content, folder)


def compose_file(block: Block, content: Any, folder: Path) -> None:
    variables = dict.fromkeys(re.findall(r"environment: (\w+)", block.text), "x")
    arn = "arn:aws:dynamodb:us-east-1:111122223333:table/orders"
    variables |= dict.fromkeys(re.findall(r"\$(\w+)", block.text), arn)
    for service in content["services"].values():
        service.setdefault("image", "shop:1")
    (folder / "compose.yaml").write_text(yaml.safe_dump(content))
    shared = '"cluster": cluster.ref, "network": network.ref'
    if any("ports" in service for service in content["services"].values()):
        shared += ', "load_balancer": balancer.ref'
    (folder / "__main__.py").write_text(f'{SETUP}\nComposeApp("shop", {{{shared}, "env": {variables}}})\n')
    graph = evaluate(folder)
    assert [entry for entry in graph.log if entry.severity == "error"] == []
    assert len(graph.of_type("aws:ecs/service:Service")) == len(content["services"])


def project(block: Block, content: Any, folder: Path) -> None:
    (folder / "Pulumi.yaml").write_text(block.text)
    for preset in content["config"]["moorage:presets"]["value"]:
        (folder / "__main__.py").write_text(
            f'from moorage import *\nEcsCluster("main", {{"preset": {preset!r}}})'
        )
        assert plan(folder).graph.of_type("aws:ecs/cluster:Cluster")


def stack(block: Block, content: Any, folder: Path) -> None:
    (folder / "Pulumi.prod.yaml").write_text(block.text)
    exceptions = content["config"]["moorage:policyExceptions"]
    assert len(plan(folder, stack="prod").unused_exceptions) == len(exceptions)


def workflow(block: Block, content: Any, folder: Path) -> None:
    whole = {**WORKFLOW, **content} if isinstance(content, dict) else json.loads(json.dumps(WORKFLOW))
    if isinstance(content, list):
        whole["jobs"]["docs"]["steps"] = content
    (folder / "workflow.yaml").write_text(json.dumps(whole))
    arguments = ["--builtin-schema", "vendor.github-workflows", str(folder / "workflow.yaml")]
    done = CliRunner().invoke(check_jsonschema, arguments)
    assert done.exit_code == 0, done.output
    steps = [step for job in whole["jobs"].values() for step in job["steps"]]
    check_commands("\n".join(step["run"] for step in steps if "run" in step), folder)


def local_settings(block: Block, content: Any, folder: Path) -> None:
    paths = Paths(folder, "dev")
    paths.root.mkdir(exist_ok=True)
    (paths.root / "config.yaml").write_text(block.text)
    assert _given_secrets(paths, {}).keys() == content["secrets"].keys()


YAML: dict[str, Callable[[Block, Any, Path], None]] = {
    "services": compose_file,
    "name": project,
    "config": stack,
    "jobs": workflow,
    "steps": workflow,
    "secrets": local_settings,
}
"""The check of a YAML block with a key at the top; the first that matches."""


@pytest.mark.parametrize("block", of("console", "sh"))
def test_commands(block: Block) -> None:
    text = block.text
    if block.language == "console":
        lines = [line for line in text.splitlines() if re.match(r"[$>] |    --", line)]
        assert lines[0].startswith("$ "), "a console block begins with a command"
        text = "\n".join(line.removeprefix("$ ").removeprefix("> ") for line in lines)
    check_commands(text, (ROOT / block.page).parent)


@pytest.fixture(autouse=True)
def parsed_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands of moorage parse their arguments, and do nothing; the files that they name need not exist."""
    monkeypatch.setattr(click.Path, "convert", lambda _, value, *__: value)

    def replace(group: click.Group) -> None:
        for command in group.commands.values():
            if isinstance(command, click.Group):
                replace(command)
            else:
                monkeypatch.setattr(command, "callback", lambda **_: 0)

    replace(moorage)


def check_commands(text: str, folder: Path) -> None:
    """Check the commands of a shell script, also those inside of `$(...)`."""
    inner = re.findall(r"\$\(([^()]+)\)", text)
    text = re.sub(r"\$\([^()]+\)", "VALUE", text.replace("\\\n", " "))
    for line in [*text.splitlines(), *inner]:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|")
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if not set(word) <= set(";&|"):
                words.append(word)
            elif words:
                check_command(words, folder)
                words = []


def check_command(words: list[str], folder: Path) -> None:
    name, arguments = re.sub(r"^(\S+/)?\.venv/bin/", "", words[0]), words[1:]
    if name == "moorage":
        redirected = arguments.index(">") if ">" in arguments else None
        assert run(arguments[:redirected]) == 0
    elif name == "make":
        targets = re.findall(r"^([\w./]+):(?!=)", (ROOT / "Makefile").read_text(), re.M)
        assert [word for word in arguments if "=" not in word and word not in targets] == []
        assert {word.partition("=")[0] for word in arguments if "=" in word} <= {"STACK", "ARGS"}
    elif name == "pulumi":
        assert arguments[0] in PULUMI_COMMANDS
    elif name in ("python", "python3"):
        assert arguments[0] in ("-m", "-c") or any((path / arguments[0]).is_file() for path in (ROOT, folder))
    elif name == "pip":
        assert arguments[0] == "install"
        extras = re.findall(r"\[([\w,]+)\]", " ".join(arguments))
        pyproject = (ROOT / "components/pyproject.toml").read_text()
        assert [one for extra in extras for one in extra.split(",") if f"\n{one} = [" not in pyproject] == []
    else:
        assert name in OTHER_PROGRAMS, f"{name}: the program is not known; its arguments are not checked"
