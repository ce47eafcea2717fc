"""The pipeline for GitLab CI/CD."""

from .project import Pipeline, Previews, Stage
from .scripts import (
    MARKER,
    below,
    common,
    fill,
    plans,
    select_preview,
    select_stack,
    url_of,
)

_SAME = (
    '$CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_PROJECT_ID == $CI_PROJECT_ID && '
    "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID"
)
"""The condition that the branch of a merge request is in the project, not in a fork."""

_FILE = """\
# Written by `moorage pipeline gitlab`: plan of merge requests, deployment of the branch <<branch>>.
stages: [plan, comment, preview, deploy]
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "<<branch>>"
default:
  image: python:<<python>>

# Without an AWS account and without secrets: it runs the code of the merge request.
plan:
  stage: plan
  timeout: 20 minutes
  interruptible: true
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
    - |
      <<scoped>>
    - git fetch --quiet --depth 1 origin "$CI_MERGE_REQUEST_DIFF_BASE_SHA"
    - git worktree add --quiet --detach "$CI_BUILDS_DIR/base-$CI_JOB_ID" FETCH_HEAD
    <<setup>>
    - |
      failed=
      {
        <<plans>>
      } > "$CI_PROJECT_DIR/plan.md"
      cat "$CI_PROJECT_DIR/plan.md"
      test -z "$failed"
  artifacts:
    when: always
    expose_as: plan
    paths: [plan.md]

# Needs COMMENT_TOKEN, a project access token with the scope api, as a variable with the environment scope
# comment: no job with code of the merge request gets it. A merge request from a fork has no comment.
comment:
  stage: comment
  timeout: 5 minutes
  rules:
    - if: <<same>>
      when: always
  needs: [plan]
  environment:
    name: comment
    action: access
  variables:
    GIT_STRATEGY: none
  script:
    - |
      <<comment>>

.moorage:
  timeout: 90 minutes
  id_tokens:
    AWS_ID_TOKEN:
      aud: $CI_SERVER_URL
  <<docker>>
  before_script:
    <<socket>>
    - export AWS_WEB_IDENTITY_TOKEN_FILE="$CI_BUILDS_DIR/token-$CI_JOB_ID"
    - (umask 077; printf %s "$AWS_ID_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE")

<<jobs>>
"""

_JOB = """\
<<job>>:
  extends: .moorage
  stage: deploy
  <<tags>>
  rules:
    - if: $CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "<<branch>>"
      <<manual>>
  needs: <<needs>>
  # Its variable AWS_ROLE_ARN is the role.
  environment:
    name: "<<stack>>"
  resource_group: "<<stack>>"
  variables:
    STACK: "<<stack>>"
    <<variables>>
  script:
    <<setup>>
    - |
      <<select>>
      <<up>>
"""

_PREVIEW = """\
preview:
  extends: .moorage
  stage: preview
  <<tags>>
  rules:
    - if: <<same>>
  needs: [plan]
  environment:
    name: preview/$CI_MERGE_REQUEST_IID
    <<url>>
    on_stop: stop-preview
    auto_stop_in: 1 week
  resource_group: preview-$CI_MERGE_REQUEST_IID
  variables:
    STACK: pr-$CI_MERGE_REQUEST_IID
    <<variables>>
  script:
    <<setup>>
    - |
      <<select>>
      <<up>>
      <<output>>
      echo "PREVIEW_URL=$url" > "$CI_PROJECT_DIR/preview.env"
  artifacts:
    reports:
      dotenv: preview.env

# GitLab starts it when the merge request is merged or closed. The branch may be deleted: it uses <<branch>>.
stop-preview:
  extends: .moorage
  stage: preview
  rules:
    - if: <<same>>
      when: manual
      allow_failure: true
  needs: []
  environment:
    name: preview/$CI_MERGE_REQUEST_IID
    action: stop
  resource_group: preview-$CI_MERGE_REQUEST_IID
  variables:
    GIT_STRATEGY: none
    STACK: pr-$CI_MERGE_REQUEST_IID
    <<variables>>
  script:
    - cd "$(mktemp -d)"
    - git clone --quiet --depth 1 --branch "<<branch>>" "$CI_REPOSITORY_URL" .
    <<setup>>
    - |
      <<select>>
      <<destroy>>
"""

_SETUP = """\
- <<cd>>
- |
  <<install>>
- export PATH="$PWD/<<venv>>/bin:$PATH"
"""

_DOCKER = """\
services: ["docker:28-dind"]
variables:
  DOCKER_TLS_CERTDIR: ""
"""

_SOCKET = """\
# Images are built by the daemon at the usual socket, whose address is the same on all machines.
- apt-get update -qq && apt-get install -qq --yes socat
- socat UNIX-LISTEN:/var/run/docker.sock,fork TCP:docker:2375 > /dev/null 2>&1 &
"""

_SCOPED = """\
for name in COMMENT_TOKEN PULUMI_ACCESS_TOKEN PULUMI_CONFIG_PASSPHRASE; do
  if printenv "$name" > /dev/null; then
    echo "The variable $name is given to every job: set its environment scope, as docs/pipelines.md says"
    exit 1
  fi
done
"""

_COMMENT = """\
if [ -z "${COMMENT_TOKEN:-}" ]; then
  echo "No variable COMMENT_TOKEN with the environment scope comment: the plan is the artifact of its job"
  exit 0
fi
notes="$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"
gitlab() { curl --fail --silent --show-error --header "PRIVATE-TOKEN: $COMMENT_TOKEN" "$@"; }
find='import json, sys
notes = [note["id"] for note in json.load(sys.stdin) if note["body"].startswith("<<marker>>")]
print(*notes[:1])'
id=$(gitlab "$notes?sort=asc&per_page=100" | python -c "$find")
if [ -n "$id" ]; then
  gitlab --output /dev/null --request PUT "$notes/$id" --form "body=<plan.md"
else
  gitlab --output /dev/null --request POST "$notes" --form "body=<plan.md"
fi
"""


def files(pipeline: Pipeline) -> dict[str, str]:
    """Return the pipeline by its path in the repository."""
    builds = any(stage.platforms for stage in pipeline.stages)
    text = fill(
        _FILE,
        **common(pipeline),
        setup=_setup(pipeline),
        plans=plans(pipeline, f'"{below("$CI_BUILDS_DIR/base-$CI_JOB_ID", pipeline)}"'),
        same=_SAME,
        scoped=_SCOPED,
        comment=fill(_COMMENT, marker=MARKER),
        docker=_DOCKER if builds else "",
        socket=_SOCKET if builds else "",
        jobs="\n".join(_jobs(pipeline)),
    )
    return {".gitlab-ci.yml": text}


def _jobs(pipeline: Pipeline) -> list[str]:
    previews = [_preview(pipeline, pipeline.previews)] if pipeline.previews else []
    deployments = [
        fill(
            _JOB,
            job=stage.job,
            tags=_tags(stage),
            manual="when: manual\nallow_failure: false" if before else "",
            needs=f"[{before}]",
            stack=stage.stack,
            variables=_variables(pipeline, stage),
            setup=_setup(pipeline),
            select=select_stack(stage),
            **common(pipeline),
        )
        for before, stage in pipeline.stages_after
    ]
    return previews + deployments


def _preview(pipeline: Pipeline, previews: Previews) -> str:
    return fill(
        _PREVIEW,
        tags=_tags(pipeline.stages[0]),
        same=_SAME,
        url="url: $PREVIEW_URL" if previews.output else "",
        variables=_variables(pipeline, pipeline.stages[0]),
        setup=_setup(pipeline),
        select=select_preview(previews),
        output=url_of(previews),
        **common(pipeline),
    )


def _tags(stage: Stage) -> str:
    """Return the runner of an architecture (GitLab: "Hosted runners on Linux")."""
    return "tags: [saas-linux-medium-arm64]" if stage.arm else ""


def _setup(pipeline: Pipeline) -> str:
    return fill(_SETUP, **common(pipeline))


def _variables(pipeline: Pipeline, stage: Stage) -> str:
    """Return the region, and the backend; tokens and passphrases are variables of the project."""
    lines = [f"AWS_REGION: {stage.region}"]
    return "\n".join([*lines, f"PULUMI_BACKEND_URL: {pipeline.backend}"] if pipeline.login else lines)
