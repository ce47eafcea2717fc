"""The pipeline for AWS CodeBuild and CodePipeline."""

import json
from typing import Any

from .project import Pipeline, Stage
from .scripts import PYTHON, SELECT, UP, below, entering, fill, install, plans

_PLAN = """\
# Written by `moorage pipeline codebuild`: the plan of pull requests. Its service role needs only logs.
version: 0.2
env:
  shell: bash
  git-credential-helper: yes
phases:
  install:
    runtime-versions:
      python: "<<python>>"
  build:
    on-failure: ABORT
    commands:
      - |
        set -euo pipefail
        git fetch --quiet --depth 1 origin "$CODEBUILD_WEBHOOK_BASE_REF"
        git worktree add --quiet --detach /tmp/base FETCH_HEAD
        <<cd>>
        <<install>>
        export PATH="$PWD/<<venv>>/bin:$PATH"
        failed=
        {
          <<plans>>
        } > /tmp/plan.md
        cat /tmp/plan.md
        test -z "$failed"
"""

_DEPLOY = """\
# Written by `moorage pipeline codebuild`: deployment of the stack STACK, which pipeline.json sets.
version: 0.2
env:
  shell: bash
  <<variables>>
  <<secrets>>
phases:
  install:
    runtime-versions:
      python: "<<python>>"
  build:
    on-failure: ABORT
    commands:
      - |
        set -euo pipefail
        <<cd>>
        <<install>>
        export PATH="$PWD/<<venv>>/bin:$PATH"
        <<select>>
        <<up>>
"""

_SELECT = f'{SELECT} ${{SECRETS_PROVIDER:+--secrets-provider "$SECRETS_PROVIDER"}}'

_SECRETS = {
    "PULUMI_ACCESS_TOKEN": "pulumi-access-token",
    "PULUMI_CONFIG_PASSPHRASE": "pulumi-config-passphrase",
}
"""Variables of a deployment, and their secrets, whose names follow `moorage/<project>/`."""


def files(pipeline: Pipeline) -> dict[str, str]:
    """Return the buildspecs and the pipeline by their paths in the repository."""
    shared = {
        "python": PYTHON,
        "cd": entering(pipeline),
        "install": install(pipeline),
        "venv": pipeline.venv,
    }
    base = below("/tmp/base", pipeline)
    return {
        ".codebuild/plan.yml": fill(_PLAN, **shared, plans=plans(pipeline, base)),
        ".codebuild/deploy.yml": fill(
            _DEPLOY,
            **shared,
            select=_SELECT if any(stage.secrets_provider for stage in pipeline.stages) else SELECT,
            up=UP,
            variables=f"variables:\n  PULUMI_BACKEND_URL: {pipeline.backend}" if pipeline.login else "",
            secrets=_secrets(pipeline),
        ),
        ".codebuild/pipeline.json": json.dumps({"pipeline": _pipeline(pipeline)}, indent=2) + "\n",
    }


def _secrets(pipeline: Pipeline) -> str:
    names = [*["PULUMI_ACCESS_TOKEN"] * pipeline.cloud, *["PULUMI_CONFIG_PASSPHRASE"] * pipeline.passphrase]
    lines = [f"  {name}: moorage/{pipeline.name}/{_SECRETS[name]}" for name in names]
    return "\n".join(["secrets-manager:", *lines]) if lines else ""


def _pipeline(pipeline: Pipeline) -> dict[str, Any]:
    """Return the input of `aws codepipeline create-pipeline`; words in capitals are to be replaced."""
    source = {
        "name": "Source",
        "actions": [
            {
                "name": "Source",
                "actionTypeId": _type("Source", "CodeStarSourceConnection", "AWS"),
                "configuration": {
                    "ConnectionArn": "CONNECTION_ARN",
                    "FullRepositoryId": "OWNER/REPOSITORY",
                    "BranchName": pipeline.branch,
                },
                "outputArtifacts": [{"name": "source"}],
            }
        ],
    }
    return {
        "name": pipeline.name,
        "pipelineType": "V2",
        "executionMode": "SUPERSEDED",
        "roleArn": "PIPELINE_ROLE_ARN",
        "artifactStore": {"type": "S3", "location": "ARTIFACT_BUCKET"},
        "stages": [source, *(_stage(pipeline, at, stage) for at, stage in enumerate(pipeline.stages))],
    }


def _stage(pipeline: Pipeline, index: int, stage: Stage) -> dict[str, Any]:
    """Return the stage of a stack; from the second one, after an approval."""
    approval = {"name": "Approve", "actionTypeId": _type("Approval", "Manual", "AWS"), "runOrder": 1}
    values = {"STACK": stage.stack, "SECRETS_PROVIDER": stage.secrets_provider}
    variables = [{"name": name, "value": text, "type": "PLAINTEXT"} for name, text in values.items() if text]
    deploy = {
        "name": "Deploy",
        "actionTypeId": _type("Build", "CodeBuild", "AWS"),
        "runOrder": 2,
        "configuration": {
            "ProjectName": f"{pipeline.name}-{stage.stack}".replace(".", "-"),
            "EnvironmentVariables": json.dumps(variables),
        },
        "inputArtifacts": [{"name": "source"}],
    }
    return {"name": stage.stack, "actions": [approval, deploy] if index else [deploy]}


def _type(category: str, provider: str, owner: str) -> dict[str, str]:
    return {"category": category, "owner": owner, "provider": provider, "version": "1"}
