"""The pipeline for AWS CodeBuild and CodePipeline."""

import json
from typing import Any

from .project import Pipeline, Stage
from .scripts import SELECT, UP, below, common, fill, plans

_BUILDSPEC = """\
# Written by `moorage pipeline codebuild`: <<purpose>>
version: 0.2
env:
  shell: bash
  <<environment>>
phases:
  install:
    runtime-versions:
      python: "<<python>>"
  build:
    on-failure: ABORT
    commands:
      - |
        set -euo pipefail
        <<checkout>>
        <<cd>>
        <<install>>
        export PATH="$PWD/<<venv>>/bin:$PATH"
        <<commands>>
"""

_CHECKOUT = """\
git fetch --quiet --depth 1 origin "$CODEBUILD_WEBHOOK_BASE_REF"
git worktree add --quiet --detach /tmp/base FETCH_HEAD
"""

_PLAN = """\
failed=
{
  <<plans>>
} > /tmp/plan.md
cat /tmp/plan.md
test -z "$failed"
"""

_SELECT = f'{SELECT} ${{SECRETS_PROVIDER:+--secrets-provider "$SECRETS_PROVIDER"}}'


def files(pipeline: Pipeline) -> dict[str, str]:
    """Return the buildspecs and the pipeline by their paths in the repository."""
    select = _SELECT if any(stage.secrets_provider for stage in pipeline.stages) else SELECT
    return {
        ".codebuild/plan.yml": fill(
            _BUILDSPEC,
            **common(pipeline),
            purpose="the plan of pull requests. Its service role needs only logs.",
            environment="git-credential-helper: yes",
            checkout=_CHECKOUT,
            commands=fill(_PLAN, plans=plans(pipeline, below("/tmp/base", pipeline))),
        ),
        ".codebuild/deploy.yml": fill(
            _BUILDSPEC,
            **common(pipeline),
            purpose="deployment of the stack STACK, which pipeline.json sets.",
            environment=_environment(pipeline),
            checkout="",
            commands=f"{select}\n{UP}",
        ),
        ".codebuild/pipeline.json": json.dumps({"pipeline": _pipeline(pipeline)}, indent=2) + "\n",
    }


def _environment(pipeline: Pipeline) -> str:
    """Return the variables of a deployment, and those that are secrets."""
    lines = ["variables:", f"  PULUMI_BACKEND_URL: {pipeline.backend}"] if pipeline.login else []
    secrets = [*["PULUMI_ACCESS_TOKEN"] * pipeline.cloud, *["PULUMI_CONFIG_PASSPHRASE"] * pipeline.passphrase]
    lines += ["secrets-manager:"] if secrets else []
    lines += [f"  {name}: moorage/{pipeline.name}/{name.lower().replace('_', '-')}" for name in secrets]
    return "\n".join(lines)


def _pipeline(pipeline: Pipeline) -> dict[str, Any]:
    """Return the input of `aws codepipeline create-pipeline`; words in capitals are to be replaced."""
    source = {
        "name": "Source",
        "actions": [
            {
                "name": "Source",
                "actionTypeId": _type("Source", "CodeStarSourceConnection"),
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
    approval = {"name": "Approve", "actionTypeId": _type("Approval", "Manual"), "runOrder": 1}
    values = {"STACK": stage.stack, "SECRETS_PROVIDER": stage.secrets_provider}
    variables = [{"name": name, "value": text, "type": "PLAINTEXT"} for name, text in values.items() if text]
    deploy = {
        "name": "Deploy",
        "actionTypeId": _type("Build", "CodeBuild"),
        "runOrder": 2,
        "configuration": {
            "ProjectName": f"{pipeline.name}-{stage.stack}".replace(".", "-"),
            "EnvironmentVariables": json.dumps(variables),
        },
        "inputArtifacts": [{"name": "source"}],
    }
    return {"name": stage.stack, "actions": [approval, deploy] if index else [deploy]}


def _type(category: str, provider: str) -> dict[str, str]:
    return {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
