"""Written pipelines: their schema, their scripts, and runs of those with stubs of the commands."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

PROGRAM = """
import pulumi
import pulumi_aws as aws
from moorage import ContainerApp, EcsCluster, LoadBalancer, Network

config = pulumi.Config()
network = Network("net", {})
cluster = EcsCluster("main", {"arch": config.get("arch") or "x86_64"})
balancer = LoadBalancer("web", {"network": network.ref})
app = ContainerApp("api", {
    "cluster": cluster.ref, "network": network.ref, "load_balancer": balancer.ref,
    "build": {"context": "app", "cache": "registry"},
    "secret_values": {"TOKEN": config.require_secret("token")},
})
if config.get_bool("keep"):
    aws.sqs.Queue("kept", opts=pulumi.ResourceOptions(protect=True))
pulumi.export("url", app.url)
"""
PLAIN = "config:\n  shop:token: plain\n"
SECRET = """encryptionsalt: v1:RoGuglCDzHY=:v1:DD8YkYYg9/kqvGug:6bxFi/DD9FJijvOXFbmFWKZGFFZVXQ==
config:
  shop:token:
    secure: v1:Vv3ivjAGHzdnO+JA:qKmo9y18Hkc5qig6krNJkcI9EUvvfw==
"""
TOOLS = "/usr/local/bin:/usr/bin:/bin"


def write_project(
    root: Path, folder: str = ".", *, program: str = PROGRAM, runtime: str = "python", **stacks: str
) -> Path:
    """Write a repository with a project; return the project's folder."""
    (root / ".git").mkdir(parents=True)
    project = root / folder
    (project / "app").mkdir(parents=True)
    (project / "app" / "Dockerfile").write_text("FROM scratch\n")
    (project / "Pulumi.yaml").write_text(f"name: shop\nruntime: {runtime}\n")
    (project / "__main__.py").write_text(program)
    (project / "requirements.txt").write_text("moorage @ https://files.example/moorage-1-py3-none-any.whl\n")
    (project / "uv.lock").write_text("version = 1\n")
    for stack, text in (stacks or {"dev": PLAIN, "prod": PLAIN}).items():
        (project / f"Pulumi.{stack}.yaml").write_text(text)
    return project


def check_schema(schema: str, paths: Sequence[Path]) -> None:
    """Check files against a schema that check-jsonschema contains."""
    assert paths
    done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", f"vendor.{schema}", *map(str, paths)])
    assert done.exit_code == 0, done.output


def check_syntax(script: str) -> None:
    """Check the syntax of a script of bash."""
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def run_script(
    script: str, folder: Path, env: Mapping[str, str], **stubs: str
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run a script as runners do, with scripts in place of commands; return also the calls of those."""
    commands, calls = folder / ".stubs", folder / ".calls"
    commands.mkdir(exist_ok=True)
    for name, body in stubs.items():
        stub = commands / name
        stub.write_text(f'#!/bin/bash\necho "{name} $*" >> "{calls}"\n{body}\n')
        stub.chmod(0o755)
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": f"{commands}{os.pathsep}{TOOLS}", "HOME": str(folder), **env},
        capture_output=True,
        text=True,
    )
    return done, calls.read_text().splitlines() if calls.exists() else []


def holds(expression: str, values: Mapping[str, Any]) -> bool:
    """Evaluate a condition of a pipeline: comparisons of names and strings, joined by `&&`."""
    terms: list[bool] = []
    for term in expression.split("&&"):
        sides = [side.strip() for side in re.split(r"(==|!=)", term)]
        first = _value(sides[0], values)
        if len(sides) == 1:
            terms.append(bool(first))
        else:
            terms.append((first == _value(sides[2], values)) is (sides[1] == "=="))
    return all(terms)


def _value(word: str, values: Mapping[str, Any]) -> Any:
    if word[0] in "'\"":
        return word[1:-1]
    assert re.fullmatch(r"\$?[A-Za-z_.]+|!cancelled\(\)", word), word
    return True if word == "!cancelled()" else values[word]
