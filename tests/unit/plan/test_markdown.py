"""`moorage plan --markdown` and `--base`: for a comment on a pull request."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from moorage.console import plain
from moorage.plan.markdown import code, escaped, folded, table

Planned = Callable[..., tuple[int, str, str]]
Project = Callable[..., Path]

DECLARED = "config:\n  count: {type: integer, default: 2}\n"
PROGRAM = """
import pulumi
from moorage import ContainerApp, EcsCluster, LoadBalancer, Network

network = Network("net", {})
cluster = EcsCluster("main", {})
balancer = LoadBalancer("web", {"network": network.ref})
ContainerApp("api", {
    "cluster": cluster.ref, "network": network.ref, "load_balancer": balancer.ref, "image": "nginx:1",
    "count": pulumi.Config().require_int("count"),
})
"""
FAULTY = """
import pulumi_aws as aws
for name in ("one", "two"):
    aws.ecs.TaskDefinition(name, family=name, container_definitions='[{"name": "a", "image": "b"}]',
        requires_compatibilities=["FARGATE"], network_mode="bridge", cpu="256", memory="512")
"""


@pytest.fixture
def changed(project: Project, tmp_path: Path) -> tuple[Path, Path]:
    """A project, and a checkout of it from before: with fewer tasks."""
    folder = project(PROGRAM, DECLARED, dev="  count: 5\n")
    base = tmp_path / "base"
    shutil.copytree(folder, base)
    (base / "Pulumi.dev.yaml").write_text("config: {}\n")
    return folder, base


def test_a_plan(project: Project, planned: Planned) -> None:
    code_, out, err = planned(project(PROGRAM, DECLARED, dev=""), "--markdown")
    assert (code_, err) == (0, "")
    assert out.startswith("### shop, stack dev, us-east-1: ")
    assert "| Runs | api: 2 tasks (0.25 vCPU, 512 MiB, X86\\_64) on Fargate |" in out
    blocks = re.findall(r"<details><summary>(\w+).*?</summary>\n\n(.*?)\n\n</details>", out, re.S)
    assert [name for name, _ in blocks] == ["Cost", "Resources"]
    cost, tree = (content for _, content in blocks)
    assert "| 16.43 | Application Load Balancer: web-alb (lb LoadBalancer) |" in cost
    assert tree.startswith("```\nnet  Network\n")
    assert "├── web-alb  lb LoadBalancer\n" in tree


def test_findings_fail_and_have_their_fix(project: Project, planned: Planned) -> None:
    code_, out, _ = planned(project(FAULTY, dev=""), "--markdown")
    assert code_ == 1
    assert re.search(r"^\*\*2 errors\*\*\n\n- \*\*preflight/.*one \(ecs .*two \(ecs .*<br>Fix: ", out, re.M)


def test_the_change_of_a_pull_request(changed: tuple[Path, Path], planned: Planned) -> None:
    folder, base = changed
    code_, out, err = planned(folder, "--base", str(base), "--markdown")
    assert (code_, err) == (0, "")
    assert out.startswith("### shop, stack dev: base -\\> head\n")
    assert "|  | base | head |" in out
    assert "| count | 2 (project default count) | 5 (stack config count) |" in out
    assert "```diff\n! api  ecs Service\n    desiredCount: 2 -> 5\n```" in out
    amounts = re.search(r"\| Cost \| ([\d.]+) -\\> ([\d.]+) \|", out)
    assert amounts
    assert float(amounts[1]) < float(amounts[2])


def test_the_change_as_json_and_text(changed: tuple[Path, Path], planned: Planned) -> None:
    folder, base = changed
    (count,) = json.loads(planned(folder, "--base", str(base), "--json")[1])["arguments"]
    assert (count["argument"], count["from"]["value"], count["to"]["value"]) == ("count", 2, 5)
    assert "shop, stack dev: base -> head\n" in planned(folder, "--base", str(base))[1]


def test_stacks_of_a_program(project: Project, planned: Planned) -> None:
    folder = project(PROGRAM, DECLARED, dev="", prod="  count: 3\n")
    _, out, _ = planned(folder, "--diff", "prod", "--markdown")
    assert out.startswith("### shop: stack dev -\\> prod\n")
    assert "| count | 2 (project default count) | 3 (stack config count) |" in out


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--markdown", "--json"], "--json and --markdown"),
        (["--markdown", "--iam"], "--markdown and --iam"),
        (["--markdown", "--explain"], "--markdown and --explain"),
        (["--base", ".", "--diff", "dev"], "--diff and --base"),
        (["--base", ".", "--explain"], "--explain and --base"),
    ],
)
def test_options_that_exclude_each_other(
    project: Project, planned: Planned, options: list[str], names: str
) -> None:
    code_, out, err = planned(project(PROGRAM, DECLARED, dev=""), *options)
    assert (code_, out, err) == (2, "", f"error: {names} cannot be combined\n")


def test_a_base_without_the_stack(changed: tuple[Path, Path], planned: Planned) -> None:
    folder, base = changed
    (base / "Pulumi.dev.yaml").rename(base / "Pulumi.prod.yaml")
    code_, _, err = planned(folder, "--base", str(base))
    assert code_ == 2
    assert "unknown stack 'dev'" in err


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a|b", "a\\|b"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("[x](http://h)", "\\[x\\](http://h)"),
        ("a\n/merge\n# b", "a /merge # b"),
        ("&lt;", "\\&lt;"),
        ("ask @acme/ops, see #7", "ask @<!-- -->acme/ops, see #<!-- -->7"),
        ("`$x_y*`~", "\\`\\$x\\_y\\*\\`\\~"),
        ("\\", "\\\\"),
    ],
)
def test_text_renders_as_it_is(text: str, result: str) -> None:
    assert escaped(text) == result


def test_values_stay_in_their_cell_and_block() -> None:
    assert table([("a|b", "c\nd")]).splitlines()[2:] == ["| a\\|b | c d |"]
    assert code("x\n```\ny") == "````\nx\n```\ny\n````"
    assert folded("</summary>", "x") == "<details><summary>&lt;/summary&gt;</summary>\n\nx\n\n</details>"


def test_plain_lines_have_no_colors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert plain("[bold]x", "y") == "[bold]x\ny\n"
