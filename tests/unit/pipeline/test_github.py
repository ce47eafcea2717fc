"""`moorage pipeline github`: valid workflows, least permissions, and scripts that do what they say."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.pipelines import PLAIN, SECRET, check_schema, check_syntax, holds, run_script, write_project

from moorage.cli import main
from moorage.plan.markdown import table

UV = "{name: python, options: {toolchain: uv, virtualenv: .venv}}"
SAME = {
    "github.repository": "acme/shop",
    "github.event.pull_request.head.repo.full_name": "acme/shop",
    "github.event.pull_request.user.login": "mona",
    "github.event_name": "pull_request",
}
CLOSED = {"github.event_name": "pull_request_target"}
FORK = {"github.event.pull_request.head.repo.full_name": "mallory/shop"}
BOT = {"github.event.pull_request.user.login": "dependabot[bot]"}


def workflows(root: Path, *words: str, folder: str = ".", **options: Any) -> dict[str, dict[str, Any]]:
    """Write the workflows of a project, check them, and return them by name."""
    project = write_project(root, folder, **options)
    assert main(["pipeline", "github", "--cwd", str(project), *words]) == 0
    paths = sorted((root / ".github" / "workflows").glob("*.yml"))
    check_schema("github-workflows", paths)
    # `on` is a boolean of YAML 1.1.
    return {path.stem: yaml.safe_load(path.read_text().replace("\non:", "\n'on':")) for path in paths}


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def script(job: dict[str, Any], name: str) -> str:
    (step,) = (step for step in job["steps"] if step.get("name") == name)
    return step["run"]


@pytest.fixture
def made(tmp_path: Path) -> dict[str, dict[str, Any]]:
    return workflows(tmp_path / "repo", "--previews", "--backend", "s3://state", folder="infra/aws")


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ([], {}),
        (["--previews"], {"dev": SECRET}),
        (["--previews", "--backend", "s3://state?region=eu-west-1"], {"folder": "infra", "dev": SECRET}),
        (["--stack", "b.1", "--stack", "a"], {"a": PLAIN, "b.1": PLAIN, "runtime": UV}),
    ],
)
def test_what_holds_for_every_project(words: list[str], options: dict[str, Any], tmp_path: Path) -> None:
    for workflow in workflows(tmp_path / "repo", *words, **options).values():
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            permissions = job.get("permissions", {})
            assert permissions.get("pull-requests") in (None, "write")
            # What writes comments has no credentials, and no code of the repository.
            if "pull-requests" in permissions:
                assert permissions == {"pull-requests": "write"}
                assert not any("checkout" in step.get("uses", "") for step in job["steps"])
            assert ("environment" in job) == ("id-token" in permissions)
            assert job["timeout-minutes"] <= 90
        for step in steps(workflow):
            if uses := step.get("uses"):
                assert re.fullmatch(r"[a-z-]+/[a-z-]+@v\d+", uses)
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False
            # Nothing from an event becomes part of a script.
            assert "${{" not in step.get("run", "")
            check_syntax(step.get("run", ""))


def test_stacks_deploy_in_order_each_with_its_environment(made: dict[str, dict[str, Any]]) -> None:
    deploy = made["deploy"]
    assert deploy["on"] == {"push": {"branches": ["main"]}}
    dev, prod = deploy["jobs"]["deploy-dev"], deploy["jobs"]["deploy-prod"]
    assert list(deploy["jobs"]) == ["deploy-dev", "deploy-prod"]
    assert ("needs" in dev, prod["needs"]) == (False, "deploy-dev")
    for job, stack in (dev, "dev"), (prod, "prod"):
        assert job["environment"] == stack
        assert job["concurrency"] == {"group": f"deploy-{stack}", "cancel-in-progress": False}
        assert job["permissions"] == {"contents": "read", "id-token": "write"}
        assert job["defaults"]["run"]["working-directory"] == "infra/aws"
        credentials, last = job["steps"][-2:]
        assert credentials["with"] == {
            "role-to-assume": "${{ vars.AWS_ROLE_ARN }}",
            "aws-region": "us-east-1",
        }
        assert last["env"] == {
            "STACK": stack,
            "PULUMI_BACKEND_URL": "s3://state",
            "PULUMI_CONFIG_PASSPHRASE": "${{ secrets.PULUMI_CONFIG_PASSPHRASE }}",
        }
        assert last["run"].splitlines() == [
            'moorage pulumi stack select "$STACK" --create',
            'moorage pulumi up --yes --stack "$STACK"',
        ]


def test_only_pulumi_has_secrets(made: dict[str, dict[str, Any]]) -> None:
    for workflow in made.values():
        for step in steps(workflow):
            if "secrets." in json.dumps(step):
                assert step["name"] in ("Deploy", "Destroy")
        without = {**workflow, "jobs": [{**job, "steps": []} for job in workflow["jobs"].values()]}
        assert "secrets." not in json.dumps(without)
    assert "secrets." not in json.dumps(made["plan"])


def test_pulumi_cloud_needs_a_token_only(tmp_path: Path) -> None:
    (job,) = workflows(tmp_path, dev=PLAIN)["deploy"]["jobs"].values()
    assert job["steps"][-1]["env"] == {
        "STACK": "dev",
        "PULUMI_ACCESS_TOKEN": "${{ secrets.PULUMI_ACCESS_TOKEN }}",
    }


def test_a_stack_is_created_with_its_secrets_provider(tmp_path: Path) -> None:
    dev = f"secretsprovider: awskms://alias/dev\n{PLAIN}"
    prod = f"secretsprovider: awskms://alias/prod\n{PLAIN}"
    jobs = workflows(tmp_path, "--backend", "s3://state", dev=dev, prod=prod)["deploy"]["jobs"]
    for stack in ("dev", "prod"):
        assert script(jobs[f"deploy-{stack}"], "Deploy").splitlines()[0] == (
            f'moorage pulumi stack select "$STACK" --create --secrets-provider awskms://alias/{stack}'
        )


def test_images_are_built_on_a_runner_of_their_architecture(tmp_path: Path) -> None:
    arm = f"{PLAIN}  shop:arch: arm64\n"
    jobs = workflows(tmp_path, "--previews", dev=arm, prod=PLAIN)
    assert [job["runs-on"] for job in jobs["deploy"]["jobs"].values()] == ["ubuntu-24.04-arm", "ubuntu-24.04"]
    assert jobs["preview"]["jobs"]["up"]["runs-on"] == "ubuntu-24.04-arm"


@pytest.mark.parametrize(
    ("runtime", "commands", "venv"),
    [
        ("python", ["python -m venv .venv", ".venv/bin/pip install -r requirements.txt"], ".venv"),
        (UV, ["python -m pip install 'uv>=0.9,<1'", "uv sync --locked"], ".venv"),
        (
            UV.replace(".venv", "venv"),
            ["python -m pip install 'uv>=0.9,<1'", "UV_PROJECT_ENVIRONMENT=venv uv sync --locked"],
            "venv",
        ),
    ],
)
def test_the_program_is_installed_as_pulumi_yaml_says(
    runtime: str, commands: list[str], venv: str, tmp_path: Path
) -> None:
    (job,) = workflows(tmp_path, dev=PLAIN, runtime=runtime)["deploy"]["jobs"].values()
    *installed, path = script(job, "Install").splitlines()
    assert (installed, path) == (commands, f'echo "$PWD/{venv}/bin" >> "$GITHUB_PATH"')


@pytest.mark.parametrize(
    ("event", "runs"),
    [
        ({}, {"up"}),
        (FORK, set[str]()),
        (BOT, set[str]()),
        (CLOSED, {"down"}),
        ({**CLOSED, **FORK}, set[str]()),
        ({**CLOSED, **BOT}, set[str]()),
    ],
)
def test_forks_and_bots_get_no_preview(
    event: dict[str, str], runs: set[str], made: dict[str, dict[str, Any]]
) -> None:
    jobs = made["preview"]["jobs"]
    assert {name for name in ("up", "down") if holds(jobs[name]["if"], {**SAME, **event})} == runs
    assert jobs["comment"]["needs"] == "up"


@pytest.mark.parametrize(("event", "runs"), [({}, True), (FORK, False)])
def test_a_fork_has_a_plan_but_no_comment(
    event: dict[str, str], runs: bool, made: dict[str, dict[str, Any]]
) -> None:
    plan, comment = made["plan"]["jobs"]["plan"], made["plan"]["jobs"]["comment"]
    assert ("if" in plan, "permissions" in plan, "environment" in plan) == (False, False, False)
    condition = re.fullmatch(r"\${{ (.*) }}", comment["if"])
    assert condition
    assert holds(condition[1], {**SAME, **event}) is runs


def test_code_of_a_pull_request_never_runs_with_the_rights_of_the_base(
    made: dict[str, dict[str, Any]],
) -> None:
    preview = made["preview"]
    assert preview["on"] == {
        "pull_request": {"types": ["opened", "synchronize", "reopened"]},
        "pull_request_target": {"types": ["closed"]},
    }
    (checkout,) = (step for step in preview["jobs"]["down"]["steps"] if "checkout" in step.get("uses", ""))
    # The default of an event `pull_request_target` is the base branch.
    assert "ref" not in checkout["with"]
    assert [name for name, made_ in made.items() if "pull_request_target" in made_["on"]] == ["preview"]


def test_one_deployment_of_a_preview_at_a_time_and_never_cancelled(made: dict[str, dict[str, Any]]) -> None:
    assert made["preview"]["concurrency"] == {
        "group": "preview-${{ github.event.pull_request.number }}",
        "cancel-in-progress": False,
    }


MOORAGE = """
case "$*" in
  *--base*) echo "base $4"; test "$4" != bad ;;
  "plan --preview --stack dev"*) echo "plan dev"; exit "${DEV_CODE:-0}" ;;
  "plan "*) echo "plan prod" ;;
esac
"""


@pytest.mark.parametrize(("code", "failed"), [("0", ""), ("1", "**Failed: dev. The errors are")])
def test_the_plan_of_each_stack_is_in_one_file(
    code: str, failed: str, made: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    env = {"BASE": "/b", "PLAN": f"{tmp_path}/p", "GITHUB_STEP_SUMMARY": f"{tmp_path}/s", "DEV_CODE": code}
    done, calls = run_script(script(made["plan"]["jobs"]["plan"], "Plan"), tmp_path, env, moorage=MOORAGE)
    assert done.returncode == int(code)
    text = (tmp_path / "p").read_text()
    assert text.startswith("<!-- moorage plan -->\n")
    assert [line for line in text.splitlines() if line.startswith("plan ")] == ["plan dev", "plan prod"]
    assert (failed in text, "Failed" in text) == (True, bool(failed))
    assert (tmp_path / "s").read_text() == text
    assert calls[:2] == [
        "moorage plan --base /b --stack dev --markdown",
        "moorage plan --preview --stack dev --markdown",
    ]


GH = """
case "$*" in *--paginate*) printf '%s' "$IDS" ;; esac
for word in "$@"; do case "$word" in body=@*) cp "${word#body=@}" sent ;; esac; done
"""


@pytest.mark.parametrize("job", ["plan", "preview"])
@pytest.mark.parametrize(
    ("ids", "call"),
    [
        ("", "--method POST repos/acme/shop/issues/7/comments"),
        ("31\n32\n", "--method PATCH repos/acme/shop/issues/comments/31"),
    ],
)
def test_a_comment_is_made_once_and_then_updated(
    job: str, ids: str, call: str, made: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "plan.md").write_text("<!-- moorage plan -->\nthe plan\n")
    env = {"REPOSITORY": "acme/shop", "NUMBER": "7", "RUN": "r", "URL": "http://x/$(id)", "IDS": ids}
    done, calls = run_script(script(made[job]["jobs"]["comment"], "Comment"), tmp_path, env, gh=GH)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(calls) == 2
    assert f"gh api --silent {call} -F body=@" in calls[1]
    assert (tmp_path / "sent").read_text() == (
        "<!-- moorage plan -->\nthe plan\n"
        if job == "plan"
        else "<!-- moorage preview -->\nThe stack pr-7 is deployed: http://x/$(id)\n"
    )


def test_a_plan_too_long_for_a_comment_is_a_link(made: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text(table([("a", "b" * 70_000)]))
    env = {"REPOSITORY": "acme/shop", "NUMBER": "7", "RUN": "https://run", "IDS": ""}
    run_script(script(made["plan"]["jobs"]["comment"], "Comment"), tmp_path, env, gh=GH)
    assert (tmp_path / "sent").read_text() == (
        "<!-- moorage plan -->\nThe plan is too long for a comment: see the summary of https://run\n"
    )


PULUMI = """
case "$*" in
  *"stack output"*) echo http://preview; echo more ;;
  *" up "*) test -f "Pulumi.$STACK.yaml"; exit "${UP_CODE:-0}" ;;
esac
"""


def test_a_preview_has_the_configuration_of_the_first_stack(
    made: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    jobs = made["preview"]["jobs"]
    assert jobs["up"]["steps"][-1]["env"]["STACK"] == "pr-${{ github.event.pull_request.number }}"
    env = {"STACK": "pr-7", "GITHUB_OUTPUT": f"{tmp_path}/out"}
    done, calls = run_script(script(jobs["up"], "Deploy"), tmp_path, env, moorage=PULUMI)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "Pulumi.pr-7.yaml").read_text() == "config: {}\n"
    assert (tmp_path / "out").read_text() == "url=http://preview\n"
    assert calls == [
        "moorage pulumi stack select pr-7 --create",
        "moorage pulumi up --yes --stack pr-7",
        "moorage pulumi stack output url --stack pr-7",
    ]


def test_a_failed_preview_has_no_url(made: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    env = {"STACK": "pr-7", "GITHUB_OUTPUT": f"{tmp_path}/out", "UP_CODE": "1"}
    done, _ = run_script(script(made["preview"]["jobs"]["up"], "Deploy"), tmp_path, env, moorage=PULUMI)
    assert done.returncode == 1
    assert not (tmp_path / "out").exists()


def test_the_end_of_a_pull_request_destroys_only_its_stack(
    made: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    down = made["preview"]["jobs"]["down"]
    assert down["steps"][-1]["env"]["STACK"] == "pr-${{ github.event.pull_request.number }}"
    done, calls = run_script(script(down, "Destroy"), tmp_path, {"STACK": "pr-7"}, moorage="")
    assert done.returncode == 0
    assert calls == [
        "moorage pulumi stack select pr-7 --create",
        "moorage pulumi destroy --yes --remove --stack pr-7",
    ]


@pytest.mark.parametrize(
    ("file", "words", "commands"),
    [
        (
            "config:\n  shop:token:\n    secure: AAAA\n",
            [],
            [
                'moorage pulumi stack select "$STACK" --create',
                'moorage pulumi config cp --stack dev --dest "$STACK"',
            ],
        ),
        (
            f"secretsprovider: awskms://alias/a b\n{PLAIN}",
            ["--backend", "s3://state"],
            [
                'cp Pulumi.dev.yaml "Pulumi.$STACK.yaml"',
                "moorage pulumi stack select \"$STACK\" --create --secrets-provider 'awskms://alias/a b'",
            ],
        ),
    ],
)
def test_secrets_of_a_preview_are_those_of_the_first_stack(
    file: str, words: list[str], commands: list[str], tmp_path: Path
) -> None:
    jobs = workflows(tmp_path, "--previews", *words, dev=file)["preview"]["jobs"]
    for name, step in (("up", "Deploy"), ("down", "Destroy")):
        assert script(jobs[name], step).splitlines()[:2] == commands
        assert "PULUMI_CONFIG_PASSPHRASE" not in json.dumps(jobs[name])


def test_every_run_of_a_job_is_in_its_concurrency_group(made: dict[str, dict[str, Any]]) -> None:
    jobs = itertools.chain.from_iterable(workflow["jobs"].values() for workflow in made.values())
    with_credentials = [job for job in jobs if "id-token" in job.get("permissions", {})]
    assert len(with_credentials) == 4
    assert all("concurrency" in job for job in with_credentials if job["environment"] != "preview")
