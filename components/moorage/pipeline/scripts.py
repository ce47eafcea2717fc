"""Shell scripts of pipelines, and templates with them."""

import re
import shlex
import textwrap

from .project import Pipeline, Previews, Stage

PYTHON = "3.12"

MARKER = "<!-- moorage plan -->"
"""The first line of a comment, by which the next run finds it."""

_ALONE = re.compile(r"( *)((?:- )?)<<(\w+)>>")


def fill(template: str, **values: str) -> str:
    """Replace each `<<name>>`.

    Lines that replace a placeholder alone on its line take its indentation; no lines remove it.
    """
    lines: list[str] = []
    for line in template.splitlines():
        alone = _ALONE.fullmatch(line)
        if alone is None:
            lines.append(re.sub(r"<<(\w+)>>", lambda match: values[match[1]], line))
        elif text := values[alone[3]]:
            dash = alone[2]
            block = textwrap.indent(text.rstrip("\n"), alone[1] + " " * len(dash))
            lines.append(alone[1] + dash + block[len(alone[1] + dash) :])
    return "\n".join(lines) + "\n"


def below(checkout: str, pipeline: Pipeline) -> str:
    """Return the folder of the project in a checkout of its repository."""
    return checkout if pipeline.folder == "." else f"{checkout}/{pipeline.folder}"


def common(pipeline: Pipeline) -> dict[str, str]:
    """Return the values of the placeholders that the templates of all providers have."""
    return {
        "python": PYTHON,
        "cd": "" if pipeline.folder == "." else f"cd {pipeline.folder}",
        "install": install(pipeline),
        "venv": pipeline.venv,
        "branch": pipeline.branch,
        "up": UP,
        "destroy": DESTROY,
    }


def install(pipeline: Pipeline) -> str:
    """Return the commands that install the program's dependencies, of which moorage is one."""
    if pipeline.uv:
        folder = "" if pipeline.venv == ".venv" else f"UV_PROJECT_ENVIRONMENT={pipeline.venv} "
        return f"python -m pip install 'uv>=0.9,<1'\n{folder}uv sync --locked"
    return f"python -m venv {pipeline.venv}\n{pipeline.venv}/bin/pip install -r requirements.txt"


def plans(pipeline: Pipeline, base: str) -> str:
    """Return the commands that write the plan of each stack, without an account and without secrets.

    They add the stacks whose plan has errors to `failed`.

    Args:
        pipeline: the pipeline.
        base: the folder of the project without the change, as a word of the shell.
    """
    lines = [f"echo '{MARKER}'"]
    for stage in pipeline.stages:
        config = (f" --config {shlex.quote(f'{key}={text}')}" for key, text in stage.placeholders.items())
        options = f"--stack {stage.stack}{''.join(config)} --markdown"
        lines += [
            f"moorage plan --base {base} {options} || true",
            "echo",
            f'moorage plan --preview {options} || failed="$failed {stage.stack}"',
            "echo",
        ]
    lines.append('test -z "$failed" || echo "**Failed:$failed. The errors are above or in the log.**"')
    return "\n".join(lines)


def select_stack(stage: Stage) -> str:
    """Return the command that selects the stack `$STACK`, and creates it if it is missing."""
    provider = stage.secrets_provider
    option = f" --secrets-provider {shlex.quote(provider)}" if provider else ""
    return f"{SELECT}{option}"


def select_preview(previews: Previews) -> str:
    """Return the commands that create the stack `$STACK`, if it is missing, and its configuration."""
    folder, stack, select = previews.config_folder, previews.first.stack, select_stack(previews.first)
    if previews.by_stack:
        return f'{select}\nmoorage pulumi config cp --stack {stack} --dest "$STACK"'
    return f'cp {folder}Pulumi.{stack}.yaml "{folder}Pulumi.$STACK.yaml"\n{select}'


SELECT = 'moorage pulumi stack select "$STACK" --create'
UP = 'moorage pulumi up --yes --stack "$STACK"'
DESTROY = 'moorage pulumi destroy --yes --remove --stack "$STACK"'


def url_of(previews: Previews) -> str:
    """Return the command that sets `url` to the stack's URL."""
    if not previews.output:
        return "url="
    return f'url=$(moorage pulumi stack output {previews.output} --stack "$STACK" | sed -n 1p)'
