"""`moorage plan`: what it prints, how it ends, and that no secret is in any of it."""

import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.terminal import on_terminal
from support.views import counted_views

Planned = Callable[..., tuple[int, str, str]]
Project = Callable[..., Path]

APP = """
import pulumi
import pulumi_aws as aws
from moorage import ContainerApp, EcsCluster, LoadBalancer, Network

config = pulumi.Config()
network = Network("net", {})
cluster = EcsCluster("main", {})
balancer = LoadBalancer("web", {"network": network.ref})
app = ContainerApp("api", {
    "cluster": cluster.ref, "network": network.ref, "load_balancer": balancer.ref,
    "image": "nginx:1", "port": 80,
})
pulumi.export("url", app.url)
"""

LEAKS = """
import json
import os
import re
import pulumi
import pulumi_aws as aws
from moorage import ContainerApp, EcsCluster, Network

config = pulumi.Config()
secret, plain = config.require_secret("token"), config.require("token")
network = Network("net", {})
cluster = EcsCluster("main", {})
ContainerApp("api", {
    "cluster": cluster.ref, "network": network.ref, "image": "nginx:1",
    "secret_values": {"TOKEN": secret, "PLAIN": plain},
    "environment": {"TEXT": f"it is {plain}!"},
})
definition = [{"name": "raw", "image": "nginx:1", "environment": [{"name": "TOKEN", "value": plain}]}]
sealed = secret.apply(lambda value: json.dumps([{"name": "raw", "image": "nginx:1", "command": [value]}]))
aws.ecs.TaskDefinition("raw", family="raw", container_definitions=json.dumps(definition))
aws.ecs.TaskDefinition("sealed", family="sealed", container_definitions=sealed)
aws.sns.Topic(f"topic-{plain}", tags={"token": plain})
pulumi.export("sealed", secret)
pulumi.export("open", plain)
pulumi.export("quoted", json.dumps(json.dumps({"token": plain})))
"""

SECRET = 'hunter2"<\\é'
TOKEN = "config:\n  token:\n    type: string\n    secret: true\n"


def test_sample_as_a_person_runs_it(
    root: Path, moorage: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    printed = moorage("plan", "--preview", cwd=root).stdout
    title, summary, *_ = printed.split("\n\n")
    assert title.startswith("notetaker, stack dev, us-east-1: ")
    assert [line.split()[0] for line in summary.splitlines() if not line.startswith(" ")] == [
        *("Runs", "Where", "Entry", "Data", "Cost", "Findings", "Preview"),
    ]
    assert "with unknown values the program registers the same" in printed
    assert "http://(notes-alb DNS name) -> notetaker:8080" in printed
    assert "notetaker: 2 tasks (0.25 vCPU, 512 MiB, ARM64) on Fargate (first 1)" in printed
    assert "└── and 1 listener rule, 2 role policies, 2 security group rules" in printed
    assert "\x1b" not in printed


def test_every_example_and_stack(root: Path, planned: Planned) -> None:
    stacks = sorted((root / "examples").glob("*/Pulumi.*.yaml"))
    assert len(stacks) > 10
    for file in stacks:
        stack = file.name.removeprefix("Pulumi.").removesuffix(".yaml")
        code, out, err = planned(file.parent, "--stack", stack, "--preview", "--json")
        plan = json.loads(out)
        assert (code, err, plan["stack"]) == (0, "", stack), file
        assert [item for item in plan["findings"] if item["severity"] == "error"] == []


def test_json_has_the_documented_shape(project: Project, planned: Planned) -> None:
    code, out, err = planned(project(APP, dev=""), "--json")
    plan = json.loads(out)
    assert (code, err) == (0, "")
    assert list(plan) == [
        "version",
        "project",
        "stack",
        "resources",
        "findings",
        "accepted",
        "unused_exceptions",
        "cost",
        "outputs",
    ]
    assert (plan["version"], plan["project"], plan["stack"]) == (2, "shop", "dev")
    keys = {"urn", "type", "name", "parent", "inputs", "dependencies", "protect"}
    assert {frozenset(item) for item in plan["resources"]} == {frozenset(keys)}
    assert {frozenset(item) for item in plan["findings"]} == {
        frozenset({"rule", "severity", "resource", "message", "fix"})
    }
    assert set(plan["cost"]) == {"currency", "monthly", "prices_as_of", "region", "lines"}
    assert {frozenset(line) for line in plan["cost"]["lines"]} == {
        frozenset({"resource", "what", "quantity", "unit", "monthly"})
    }
    urns = [item["urn"] for item in plan["resources"]]
    assert urns == sorted(urns)
    service = next(item for item in plan["resources"] if item["type"] == "aws:ecs/service:Service")
    assert service["parent"] == "urn:pulumi:dev::shop::moorage:index:ContainerApp::api"
    assert (service["inputs"]["desiredCount"], service["protect"]) == (1, False)
    assert list(plan["outputs"]) == ["url"]


def test_json_is_the_same_every_time(project: Project, planned: Planned) -> None:
    folder = project(APP, dev="")
    assert planned(folder, "--json") == planned(folder, "--json")


def test_preview_shows_what_is_not_known_yet(project: Project, planned: Planned) -> None:
    plan = json.loads(planned(project(APP, dev=""), "--json", "--preview")[1])
    service = next(item for item in plan["resources"] if item["type"] == "aws:ecs/service:Service")
    assert service["inputs"]["taskDefinition"] == "[unknown]"
    assert plan["outputs"] == {"url": "[unknown]"}


def test_range_of_an_autoscaled_service(project: Project, planned: Planned) -> None:
    program = APP.replace('"port": 80', '"autoscaling": {"min": 2, "max": 4}')
    folder = project(program, dev="")
    cost = json.loads(planned(folder, "--json")[1])["cost"]
    assert cost["monthly_max"] > cost["monthly"]
    assert any(line.get("monthly_max", 0) > line["monthly"] for line in cost["lines"] if line["monthly"])
    printed = planned(folder)[1]
    assert "2 to 4 tasks" in printed
    assert f"{cost['monthly']:,.2f} to {cost['monthly_max']:,.2f} USD a month" in printed


def test_region_without_prices(project: Project, planned: Planned) -> None:
    code, out, _ = planned(project(APP, dev=""), "--json", "--config", "aws:region=me-south-1")
    cost = json.loads(out)["cost"]
    assert (code, cost["monthly"], cost["prices_as_of"], cost["region"]) == (0, None, None, "me-south-1")
    assert any("me-south-1" in text for text in cost["unknown"])


@pytest.mark.parametrize("options", [[], ["--json"], ["--explain"], ["--diff", "prod"]], ids=" ".join)
def test_errors_end_with_1(project: Project, planned: Planned, options: list[str]) -> None:
    code, out, err = planned(project(APP + IN_PREVIEW, dev="", prod=""), "--preview", *options)
    assert (code, err) == (1, "")
    assert "1 error" in out or "preview/appears-later" in out


IN_PREVIEW = """
topic = aws.sns.Topic("first")
topic.arn.apply(lambda arn: aws.sns.Topic("second") and arn)
"""


def test_a_resource_that_a_preview_does_not_show(project: Project, planned: Planned) -> None:
    folder = project(APP + IN_PREVIEW, dev="")
    assert planned(folder)[0] == 0
    code, out, _ = planned(folder, "--preview", "--json")
    (finding,) = [item for item in json.loads(out)["findings"] if item["severity"] == "error"]
    assert (code, finding["rule"]) == (1, "preview/appears-later")
    assert finding["resource"] == "urn:pulumi:dev::shop::aws:sns/topic:Topic::second"
    assert "inside apply()" in finding["message"]
    assert "registers the same" not in planned(folder, "--preview")[1]


@pytest.mark.parametrize(
    ("lines", "rule", "resource"),
    [
        ('if pulumi.runtime.is_dry_run():\n    aws.sns.Topic("only")\n', "preview/only-in-preview", "only"),
        (
            'aws.sns.Topic("t", display_name=str(pulumi.runtime.is_dry_run()))\n',
            "preview/other-value",
            "t",
        ),
        (
            'if pulumi.runtime.is_dry_run():\n    raise ValueError("no id yet")\n',
            "preview/fails",
            "shop-dev",
        ),
    ],
)
def test_other_ways_to_depend_on_values(
    project: Project, planned: Planned, lines: str, rule: str, resource: str
) -> None:
    code, out, _ = planned(project(APP + lines, dev=""), "--preview", "--json")
    (finding,) = [item for item in json.loads(out)["findings"] if item["severity"] == "error"]
    assert (code, finding["rule"], finding["resource"].split("::")[-1]) == (1, rule, resource)
    if rule == "preview/fails":
        assert "no id yet" in finding["message"]


def test_a_failing_program_is_one_text(project: Project, planned: Planned) -> None:
    folder = project(APP.replace('"port": 80', '"port": 800000'), dev="")
    code, out, err = planned(folder)
    assert (code, out) == (1, "")
    assert err.startswith("error: ContainerApp 'api': 1 problem in its arguments\n  - port: 800000: ")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--stack", "nope"), "unknown stack 'nope'"),
        (("--diff", "nope"), "unknown stack 'nope'"),
        (("--config", "x"), "'x' is not KEY=VALUE"),
    ],
)
def test_wrong_usage_ends_with_2(
    project: Project, planned: Planned, arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = planned(project(APP, dev="", prod=""), *arguments)
    assert (code, out) == (2, "")
    assert said in err


def test_a_folder_without_a_project(tmp_path: Path, planned: Planned) -> None:
    assert planned(tmp_path)[0] == 2


def test_what_the_program_prints_is_not_in_the_json(project: Project, planned: Planned) -> None:
    code, out, err = planned(project(APP + 'print("hello")\n', dev=""), "--json", "--explain")
    assert (code, json.loads(out)["version"], err) == (0, 2, "hello\n")


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--preview"],
        ["--json"],
        ["--json", "--preview"],
        ["--explain"],
        ["--explain", "--json"],
        ["--diff", "prod"],
        ["--diff", "prod", "--json"],
    ],
    ids=" ".join,
)
def test_no_secret_is_printed(project: Project, planned: Planned, options: list[str], tmp_path: Path) -> None:
    folder = project(LEAKS, TOKEN, dev="", prod="")
    page, picture = tmp_path / "page.html", tmp_path / "picture.svg"
    files = ["--html", str(page), "--svg", str(picture)]
    code, out, err = planned(folder, "--config", f"token={SECRET}", *files, *options)
    assert code in (0, 1), err
    assert "[secret]" in out or "--diff" in options
    for text in (out, err, page.read_text(), picture.read_text()):
        assert "hunter2" not in text


@pytest.mark.parametrize("secret", ["what", "unit", "options", "outputs"])
def test_a_secret_can_be_like_a_name_of_ours(project: Project, planned: Planned, secret: str) -> None:
    """The names of what a plan consists of are not replaced."""
    code, out, err = planned(project(APP, TOKEN, dev=""), "--config", f"token={secret}")
    assert (code, err) == (0, "")
    assert "api: 1 task" in out


def test_no_secret_is_in_an_error(project: Project, planned: Planned) -> None:
    program = 'import pulumi\nraise ValueError("bad token " + pulumi.Config().require("token"))\n'
    code, out, err = planned(project(program, TOKEN, dev=""), "--config", f"token={SECRET}")
    assert (code, out) == (1, "")
    assert err.splitlines()[:2] == ["error: bad token [secret]", "  __main__.py:2"]
    assert SECRET not in err


def test_no_secret_is_in_an_error_about_an_argument(project: Project, planned: Planned) -> None:
    program = APP.replace('"port": 80', '"user": pulumi.Config().require("token")')
    code, out, err = planned(project(program, TOKEN, dev=""), "--config", f"token={SECRET}")
    assert (code, out) == (1, "")
    assert "user: '[secret]': must be a user" in err


def test_sealed_container_definitions_stay_sealed(project: Project, planned: Planned) -> None:
    folder = project(LEAKS, TOKEN, dev="")
    resources = json.loads(planned(folder, "--config", f"token={SECRET}", "--json")[1])["resources"]
    by_name = {item["name"]: item["inputs"] for item in resources if "taskDefinition" in item["type"]}
    assert by_name["sealed"]["containerDefinitions"] == "[secret]"
    environment = json.loads(by_name["raw"]["containerDefinitions"])[0]["environment"]
    assert environment == [{"name": "TOKEN", "value": "[secret]"}]


def test_the_guide_shows_what_a_terminal_gets(root: Path) -> None:
    """Amounts apart, which change with the price table."""
    guide = (root / "docs" / "plan.md").read_text()
    shown = guide.split("$ moorage plan\n", 1)[1].split("\nCost, USD", 1)[0]
    code, printed = on_terminal([sys.executable, "-m", "moorage.cli", "plan"], root, 100, NO_COLOR="1")
    assert code == 0
    assert without_amounts(shown) == without_amounts(printed.split("\nCost, USD", 1)[0])


def without_amounts(text: str) -> str:
    return re.sub(r"\d+\.\d\d USD|\d{4}-\d\d-\d\d", "#", text)


def test_warnings_of_the_program_are_shown(project: Project, planned: Planned) -> None:
    out = planned(project(APP + 'pulumi.log.warn("this is old")\n', dev=""))[1]
    assert "Program log\n  warning: this is old\n" in out


def test_a_place_that_speaks_ascii_only(project: Project) -> None:
    folder = project(APP + 'pulumi.export("näme", "größe")\n', dev="")
    for options in ([], ["--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "moorage.cli", "plan", "--cwd", str(folder), *options],
            env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.isascii()
    assert json.loads(done.stdout)["outputs"]["näme"] == "größe"


def test_files_that_cannot_be_written(
    project: Project, planned: Planned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project(APP, dev="")
    missing = tmp_path / "missing" / "plan.html"
    assert planned(folder, "--html", str(missing)) == (
        1,
        "",
        f"error: {missing}: No such file or directory\n",
    )

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    assert planned(folder, "--html", "plan.html") == (1, "", "error: No space left on device\n")


@pytest.mark.parametrize(
    ("arguments", "views"),
    [
        ((), 1),
        (("--explain",), 1),
        (("--preview",), 1),
        (("--iam",), 1),
        (("--html", "plan.html"), 1),
        (("--svg", "plan.svg"), 1),
        # The page shows the graph of the preview.
        (("--preview", "--html", "plan.html"), 2),
        (("--diff", "prod"), 2),
        (("--base", "."), 2),
    ],
)
def test_the_graph_of_a_program_is_viewed_once(
    project: Project,
    planned: Planned,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    views: int,
) -> None:
    folder = project(APP, dev="", prod="")
    monkeypatch.chdir(folder)
    built = counted_views(monkeypatch)
    code, _, err = planned(folder, *arguments)
    assert (code, err) == (0, "")
    assert len(built) == views


def test_a_plan_with_secrets_is_viewed_again_without_them(
    project: Project, planned: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project(APP, TOKEN, dev="")
    built = counted_views(monkeypatch)
    assert planned(folder, "--config", "token=hunter2hunter2")[0] == 0
    assert len(built) == 2
