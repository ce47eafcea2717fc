"""The pipeline for GitHub Actions."""

from .project import Pipeline, Previews, Stage
from .scripts import (
    DESTROY,
    MARKER,
    UP,
    below,
    common,
    fill,
    plans,
    select_preview,
    select_stack,
    url_of,
)

_SAME = "github.event.pull_request.head.repo.full_name == github.repository"
"""The condition that the branch of a pull request is in the repository, not in a fork."""

_PLAN = """\
# Written by `moorage pipeline github`: the plan of pull requests. It needs no AWS account and no secrets.
name: plan
on:
  pull_request:
permissions:
  contents: read
concurrency:
  group: plan-${{ github.event.pull_request.number }}
  cancel-in-progress: true
jobs:
  plan:
    runs-on: ubuntu-24.04
    timeout-minutes: 20
    defaults:
      run:
        shell: bash
        working-directory: <<head>>
    steps:
      - uses: actions/checkout@v4
        with:
          path: head
          persist-credentials: false
      - uses: actions/checkout@v4
        with:
          ref: ${{ github.event.pull_request.base.sha }}
          path: base
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "<<python>>"
      - name: Install
        run: |
          <<install>>
          echo "$PWD/<<venv>>/bin" >> "$GITHUB_PATH"
      - name: Plan
        env:
          BASE: ${{ github.workspace }}/<<base>>
          PLAN: ${{ github.workspace }}/plan.md
        run: |
          failed=
          {
            <<plans>>
          } > "$PLAN"
          cat "$PLAN" >> "$GITHUB_STEP_SUMMARY"
          test -z "$failed"
      - uses: actions/upload-artifact@v4
        if: ${{ !cancelled() }}
        with:
          name: plan
          path: plan.md
  comment:
    needs: plan
    # The token of a pull request from a fork cannot write; its plan is in the summary of the run.
    if: ${{ !cancelled() && <<same>> }}
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      pull-requests: write
    steps:
      - uses: actions/download-artifact@v4
        with:
          name: plan
      - name: Comment
        env:
          GH_TOKEN: ${{ github.token }}
          RUN: ${{ github.server_url }}/${{ github.repository }}/actions/runs/${{ github.run_id }}
          <<target>>
        shell: bash
        run: |
          if [ "$(wc -c < plan.md)" -gt 65000 ]; then
            text="The plan is too long for a comment: see the summary of $RUN"
            printf '%s\\n' '<<marker>>' "$text" > plan.md
          fi
          <<comment>>
"""

_DEPLOY = """\
# Written by `moorage pipeline github`: deployment of the branch <<branch>>.
name: deploy
on:
  push:
    branches: ["<<branch>>"]
permissions:
  contents: read
jobs:
  <<jobs>>
"""

_JOB = """\
<<job>>:
  <<needs>>
  runs-on: <<runner>>
  timeout-minutes: 90
  # Its variable AWS_ROLE_ARN is the role; its rules decide which branches deploy and who approves.
  environment: "<<stack>>"
  concurrency:
    group: deploy-<<stack>>
    cancel-in-progress: false
  permissions:
    contents: read
    id-token: write
  <<defaults>>
  steps:
    <<setup>>
    - name: Deploy
      env:
        STACK: "<<stack>>"
        <<secrets>>
      shell: bash
      run: |
        <<select>>
        <<up>>
"""

_PREVIEW = """\
# Written by `moorage pipeline github`: a stack for each pull request of a branch in this repository.
name: preview
on:
  pull_request:
    types: [opened, synchronize, reopened]
  # Also runs if the branch has conflicts. It checks out the base branch, never the pull request.
  pull_request_target:
    types: [closed]
permissions:
  contents: read
concurrency:
  group: preview-${{ github.event.pull_request.number }}
  cancel-in-progress: false
jobs:
  up:
    <<up>>
  comment:
    needs: up
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      pull-requests: write
    steps:
      - name: Comment
        env:
          GH_TOKEN: ${{ github.token }}
          URL: ${{ needs.up.outputs.url }}
          <<target>>
        shell: bash
        run: |
          printf '%s\\n' '<<marker>>' "The stack pr-$NUMBER is deployed${URL:+: $URL}" > preview.md
          <<comment>>
  down:
    <<down>>
"""

_PREVIEW_JOB = """\
if: >-
  github.event_name == '<<event>>' &&
  <<same>> &&
  github.event.pull_request.user.login != 'dependabot[bot]'
runs-on: <<runner>>
timeout-minutes: 90
environment: preview
permissions:
  contents: read
  id-token: write
<<outputs>>
<<defaults>>
steps:
  <<setup>>
  - name: <<title>>
    <<id>>
    env:
      STACK: pr-${{ github.event.pull_request.number }}
      <<secrets>>
    shell: bash
    run: |
      <<select>>
      <<commands>>
"""
_PREVIEW_MARKER = "<!-- moorage preview -->"

_SETUP = """\
- uses: actions/checkout@v4
  with:
    persist-credentials: false
- uses: actions/setup-python@v5
  with:
    python-version: "<<python>>"
- name: Install
  shell: bash
  run: |
    <<install>>
    echo "$PWD/<<venv>>/bin" >> "$GITHUB_PATH"
<<emulator>>
- uses: aws-actions/configure-aws-credentials@v4
  with:
    role-to-assume: ${{ vars.AWS_ROLE_ARN }}
    aws-region: <<region>>
"""

_EMULATOR = "- uses: docker/setup-qemu-action@v3"

_TARGET = """\
REPOSITORY: ${{ github.repository }}
NUMBER: ${{ github.event.pull_request.number }}
"""

_COMMENT = """\
comments="repos/$REPOSITORY/issues/$NUMBER/comments"
own='.[] | select(.user.login == "github-actions[bot]" and (.body | startswith("<<marker>>"))) | .id'
id=$(gh api --paginate "$comments" --jq "$own" | sed -n 1p)
if [ -n "$id" ]; then
  gh api --silent --method PATCH "repos/$REPOSITORY/issues/comments/$id" -F body=@<<file>>
else
  gh api --silent --method POST "$comments" -F body=@<<file>>
fi
"""


def files(pipeline: Pipeline) -> dict[str, str]:
    """Return the workflows by their paths in the repository."""
    made = {"plan": _plan(pipeline), "deploy": _deploy(pipeline)}
    if pipeline.previews:
        made["preview"] = _preview(pipeline, pipeline.previews)
    return {f".github/workflows/{name}.yml": text for name, text in made.items()}


def _plan(pipeline: Pipeline) -> str:
    return fill(
        _PLAN,
        head=below("head", pipeline),
        base=below("base", pipeline),
        **common(pipeline),
        plans=plans(pipeline, '"$BASE"'),
        same=_SAME,
        marker=MARKER,
        target=_TARGET,
        comment=fill(_COMMENT, marker=MARKER, file="plan.md"),
    )


def _deploy(pipeline: Pipeline) -> str:
    jobs = [
        fill(
            _JOB,
            job=stage.job,
            needs=f"needs: {before}" if before else "",
            runner=_runner(stage),
            stack=stage.stack,
            defaults=_defaults(pipeline),
            setup=_setup(pipeline, stage),
            secrets=_secrets(pipeline),
            select=select_stack(stage),
            **common(pipeline),
        )
        for before, stage in pipeline.stages_after
    ]
    return fill(_DEPLOY, branch=pipeline.branch, jobs="".join(jobs))


def _preview(pipeline: Pipeline, previews: Previews) -> str:
    def job(event: str, title: str, commands: str, **values: str) -> str:
        return fill(
            _PREVIEW_JOB,
            event=event,
            title=title,
            commands=commands,
            same=_SAME,
            defaults=_defaults(pipeline),
            setup=_setup(pipeline, previews.first),
            secrets=_secrets(pipeline),
            select=select_preview(previews),
            **values,
        )

    deploy = f'{UP}\n{url_of(previews)}\necho "url=$url" >> "$GITHUB_OUTPUT"'
    url = "outputs:\n  url: ${{ steps.up.outputs.url }}"
    runner = _runner(previews.first)
    return fill(
        _PREVIEW,
        up=job("pull_request", "Deploy", deploy, runner=runner, outputs=url, id="id: up"),
        down=job("pull_request_target", "Destroy", DESTROY, runner="ubuntu-24.04", outputs="", id=""),
        target=_TARGET,
        marker=_PREVIEW_MARKER,
        comment=fill(_COMMENT, marker=_PREVIEW_MARKER, file="preview.md"),
    )


def _setup(pipeline: Pipeline, stage: Stage) -> str:
    """Return the steps before a deployment."""
    return fill(
        _SETUP,
        **common(pipeline),
        emulator=_EMULATOR if len(stage.platforms) > 1 else "",
        region=stage.region,
    )


def _runner(stage: Stage) -> str:
    return "ubuntu-24.04-arm" if stage.arm else "ubuntu-24.04"


def _defaults(pipeline: Pipeline) -> str:
    if pipeline.folder == ".":
        return ""
    return f"defaults:\n  run:\n    working-directory: {pipeline.folder}"


def _secrets(pipeline: Pipeline) -> str:
    """Return the variables with which Pulumi reaches its state and decrypts secrets."""
    lines = ["PULUMI_ACCESS_TOKEN: ${{ secrets.PULUMI_ACCESS_TOKEN }}"] if pipeline.cloud else []
    if pipeline.login:
        lines.append(f"PULUMI_BACKEND_URL: {pipeline.backend}")
    if pipeline.passphrase:
        lines.append("PULUMI_CONFIG_PASSPHRASE: ${{ secrets.PULUMI_CONFIG_PASSPHRASE }}")
    return "\n".join(lines)
