"""`moorage pipeline gitlab`: a valid pipeline, its rules, and scripts that do what they say."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.pipelines import PLAIN, SECRET, check_schema, check_syntax, holds, run_script, write_project

from moorage.cli import main

MERGE_REQUEST = {
    "$CI_PIPELINE_SOURCE": "merge_request_event",
    "$CI_COMMIT_BRANCH": "",
    "$CI_PROJECT_ID": "1",
    "$CI_MERGE_REQUEST_PROJECT_ID": "1",
    "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1",
}
FORK = {**MERGE_REQUEST, "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2"}
IN_FORK = {**FORK, "$CI_PROJECT_ID": "2"}
MERGED = {**dict.fromkeys(MERGE_REQUEST, ""), "$CI_PIPELINE_SOURCE": "push", "$CI_COMMIT_BRANCH": "main"}
PUSHED = {**MERGED, "$CI_COMMIT_BRANCH": "feature"}


def pipeline(root: Path, *words: str, folder: str = ".", **options: Any) -> dict[str, Any]:
    """Write the pipeline of a project, check it, and return it."""
    project = write_project(root, folder, **options)
    assert main(["pipeline", "gitlab", "--cwd", str(project), *words]) == 0
    path = root / ".gitlab-ci.yml"
    check_schema("gitlab-ci", [path])
    return yaml.safe_load(path.read_text())


def jobs(made: dict[str, Any]) -> dict[str, Any]:
    return {name: job for name, job in made.items() if isinstance(job, dict) and "script" in job}


def rule(job: dict[str, Any], values: dict[str, str]) -> dict[str, Any] | None:
    return next((item for item in job["rules"] if holds(item["if"], values)), None)


@pytest.fixture
def made(tmp_path: Path) -> dict[str, Any]:
    return pipeline(tmp_path / "repo", "--previews", "--backend", "s3://state", folder="infra")


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ([], {}),
        (["--previews"], {"dev": SECRET}),
        (["--previews", "--backend", "s3://state"], {"folder": "infra", "dev": SECRET}),
        (["--stack", "b.1", "--stack", "a"], {"a": PLAIN, "b.1": PLAIN}),
    ],
)
def test_scripts_have_valid_syntax(words: list[str], options: dict[str, Any], tmp_path: Path) -> None:
    for job in jobs(pipeline(tmp_path / "repo", *words, **options)).values():
        check_syntax("\n".join(job["script"]))


@pytest.mark.parametrize(
    ("event", "runs"),
    [
        (MERGE_REQUEST, {"plan", "comment", "preview", "stop-preview"}),
        (FORK, {"plan"}),
        (IN_FORK, {"plan"}),
        (MERGED, {"deploy-dev", "deploy-prod"}),
        (PUSHED, set[str]()),
    ],
)
def test_which_jobs_run(event: dict[str, str], runs: set[str], made: dict[str, Any]) -> None:
    assert {name for name, job in jobs(made).items() if rule(job, event)} == runs
    assert any(holds(item["if"], event) for item in made["workflow"]["rules"]) is bool(runs)


def test_stacks_deploy_in_order_after_an_approval(made: dict[str, Any]) -> None:
    dev, prod = made["deploy-dev"], made["deploy-prod"]
    assert (dev["needs"], prod["needs"]) == ([], ["deploy-dev"])
    assert "when" not in dev["rules"][0]
    assert (prod["rules"][0]["when"], prod["rules"][0]["allow_failure"]) == ("manual", False)
    for job, stack in (dev, "dev"), (prod, "prod"):
        assert (job["environment"], job["resource_group"]) == ({"name": stack}, stack)
        assert job["variables"] == {
            "STACK": stack,
            "AWS_REGION": "us-east-1",
            "PULUMI_BACKEND_URL": "s3://state",
        }
        assert job["script"][-1].splitlines() == [
            'moorage pulumi stack select "$STACK" --create',
            'moorage pulumi up --yes --stack "$STACK"',
        ]


def test_only_deployments_get_a_token(made: dict[str, Any]) -> None:
    assert made[".moorage"]["id_tokens"] == {"AWS_ID_TOKEN": {"aud": "$CI_SERVER_URL"}}
    with_token = {name for name, job in jobs(made).items() if job.get("extends") == ".moorage"}
    assert with_token == {"preview", "stop-preview", "deploy-dev", "deploy-prod"}
    assert all(made[name]["resource_group"] for name in with_token)


def test_code_of_a_merge_request_has_no_variable_of_an_environment(made: dict[str, Any]) -> None:
    # GitLab gives a variable with an environment scope only to jobs of that environment.
    environments = {name: job.get("environment", {}).get("name") for name, job in jobs(made).items()}
    assert environments == {
        "plan": None,
        "comment": "comment",
        "preview": "preview/$CI_MERGE_REQUEST_IID",
        "stop-preview": "preview/$CI_MERGE_REQUEST_IID",
        "deploy-dev": "dev",
        "deploy-prod": "prod",
    }
    assert made["comment"]["environment"]["action"] == "access"
    assert made["comment"]["variables"] == {"GIT_STRATEGY": "none"}


@pytest.mark.parametrize("name", ["COMMENT_TOKEN", "PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"])
def test_a_plan_that_is_given_a_secret_fails_before_it_runs_any_code(
    name: str, made: dict[str, Any], tmp_path: Path
) -> None:
    first, *others = made["plan"]["script"]
    done, _ = run_script(first, tmp_path, {name: "s3cr3t"})
    assert done.returncode == 1
    assert done.stdout.startswith(f"The variable {name} is given to every job: set its environment scope")
    assert "s3cr3t" not in done.stdout + done.stderr
    assert run_script(first, tmp_path, {})[0].returncode == 0
    assert not any("printenv" in command for command in others)


def test_without_a_token_the_plan_is_an_artifact(made: dict[str, Any], tmp_path: Path) -> None:
    done, calls = run_script(made["comment"]["script"][0], tmp_path, {}, curl="", python="")
    assert (done.returncode, calls) == (0, [])
    assert "the plan is the artifact of its job" in done.stdout


def test_the_token_is_in_a_file_that_only_the_job_reads(made: dict[str, Any], tmp_path: Path) -> None:
    lines = [line for line in made[".moorage"]["before_script"] if "socat" not in line]
    env = {"CI_BUILDS_DIR": str(tmp_path), "CI_JOB_ID": "9", "AWS_ID_TOKEN": "a$(id)"}
    done, _ = run_script("\n".join([*lines, "printenv AWS_WEB_IDENTITY_TOKEN_FILE"]), tmp_path, env)
    path = tmp_path / "token-9"
    assert (done.stdout, path.read_text()) == (f"{path}\n", "a$(id)")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_project_without_images_needs_no_daemon(tmp_path: Path) -> None:
    program = 'import pulumi_aws as aws\naws.sqs.Queue("work")\n'
    made = pipeline(tmp_path, program=program, dev="config: {}\n")
    assert "services" not in made[".moorage"]
    assert "socat" not in json.dumps(made)


def test_images_are_built_on_a_runner_of_their_architecture(tmp_path: Path) -> None:
    made = pipeline(tmp_path, "--previews", dev=f"{PLAIN}  shop:arch: arm64\n", prod=PLAIN)
    for name, tags in (("deploy-dev", True), ("preview", True), ("deploy-prod", False)):
        assert (made[name].get("tags") == ["saas-linux-medium-arm64"]) is tags


def test_a_preview_is_stopped_with_its_merge_request(made: dict[str, Any]) -> None:
    preview, stop = made["preview"], made["stop-preview"]
    name = "preview/$CI_MERGE_REQUEST_IID"
    assert preview["environment"] == {
        "name": name,
        "url": "$PREVIEW_URL",
        "on_stop": "stop-preview",
        "auto_stop_in": "1 week",
    }
    assert stop["environment"] == {"name": name, "action": "stop"}
    assert preview["resource_group"] == stop["resource_group"]
    assert preview["variables"]["STACK"] == stop["variables"]["STACK"] == "pr-$CI_MERGE_REQUEST_IID"
    assert (stop["rules"][0]["when"], stop["variables"]["GIT_STRATEGY"]) == ("manual", "none")


PULUMI = 'case "$*" in *"stack output"*) echo http://preview ;; esac'


def test_the_scripts_of_a_preview(made: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    env = {"STACK": "pr-7", "CI_PROJECT_DIR": str(tmp_path)}
    done, up = run_script(made["preview"]["script"][-1], tmp_path, env, moorage=PULUMI)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "preview.env").read_text() == "PREVIEW_URL=http://preview\n"
    assert (tmp_path / "Pulumi.pr-7.yaml").read_text() == "config: {}\n"
    _, both = run_script(made["stop-preview"]["script"][-1], tmp_path, env, moorage=PULUMI)
    assert up == [
        "moorage pulumi stack select pr-7 --create",
        "moorage pulumi up --yes --stack pr-7",
        "moorage pulumi stack output url --stack pr-7",
    ]
    assert both[len(up) :] == [
        "moorage pulumi stack select pr-7 --create",
        "moorage pulumi destroy --yes --remove --stack pr-7",
    ]


def test_the_plan_compares_with_the_base_of_the_merge_request(made: dict[str, Any], tmp_path: Path) -> None:
    plan = made["plan"]
    assert plan["artifacts"] == {"when": "always", "expose_as": "plan", "paths": ["plan.md"]}
    assert plan["script"][1:4] == [
        'git fetch --quiet --depth 1 origin "$CI_MERGE_REQUEST_DIFF_BASE_SHA"',
        'git worktree add --quiet --detach "$CI_BUILDS_DIR/base-$CI_JOB_ID" FETCH_HEAD',
        "cd infra",
    ]
    env = {"CI_PROJECT_DIR": str(tmp_path), "CI_BUILDS_DIR": "/builds", "CI_JOB_ID": "9"}
    done, calls = run_script(plan["script"][-1], tmp_path, env, moorage='echo "of $*"; [[ $* != *prod* ]]')
    assert done.returncode == 1
    assert calls[0] == "moorage plan --base /builds/base-9/infra --stack dev --markdown"
    assert "**Failed: prod. The errors are above" in (tmp_path / "plan.md").read_text()


CURL = """
for word in "$@"; do
  case "$word" in "body=<"*) cat "${word#body=<}" > sent ;; *per_page*) echo "$NOTES" ;; esac
done
"""
OTHERS = [{"id": 1, "body": "about <!-- moorage plan -->"}]


@pytest.mark.parametrize(
    ("notes", "call"),
    [
        (OTHERS, "--request POST https://gitlab/api/v4/projects/1/merge_requests/7/notes --form"),
        (
            [*OTHERS, {"id": 2, "body": "<!-- moorage plan -->\nold"}],
            "--request PUT https://gitlab/api/v4/projects/1/merge_requests/7/notes/2 --form",
        ),
    ],
)
def test_a_comment_is_made_once_and_then_updated(
    notes: list[dict[str, Any]], call: str, made: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "plan.md").write_text("<!-- moorage plan -->\nnew\n")
    env = {
        "CI_API_V4_URL": "https://gitlab/api/v4",
        "CI_PROJECT_ID": "1",
        "CI_MERGE_REQUEST_IID": "7",
        "COMMENT_TOKEN": "t",
        "NOTES": json.dumps(notes),
    }
    python = f'exec {sys.executable} "$@"'
    done, calls = run_script(made["comment"]["script"][0], tmp_path, env, curl=CURL, python=python)
    assert (done.returncode, done.stderr) == (0, "")
    assert call in calls[-1]
    assert (tmp_path / "sent").read_text() == "<!-- moorage plan -->\nnew\n"


def test_the_stop_of_a_preview_uses_the_default_branch(made: dict[str, Any], tmp_path: Path) -> None:
    clone = made["stop-preview"]["script"][1]
    done, calls = run_script(clone, tmp_path, {"CI_REPOSITORY_URL": "https://r"}, git="")
    assert (done.returncode, calls) == (0, ["git clone --quiet --depth 1 --branch main https://r ."])
    assert shutil.which("git")
