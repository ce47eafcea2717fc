"""The code in the documentation runs: every Python block that builds components is evaluated.

A block that imports the library is a program of its own; another continues the first such block of its page,
or, where there is none, SETUP.
Other blocks that begin with a line `# NAME.yml` are files beside the program.
"""

import json
import re
from pathlib import Path
from typing import Any

import pulumi
import pytest

import moorage
from moorage.offline import evaluate

ROOT = Path(__file__).parents[2]
GUIDE = [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("examples/*/README.md"))]
PAGES = [ROOT / "README.md", *GUIDE]
PUBLIC = {name: getattr(moorage, name) for name in getattr(moorage, "__all__", dir(moorage))}
COMPONENTS = [
    name
    for name, public in PUBLIC.items()
    if isinstance(public, type) and issubclass(public, pulumi.ComponentResource)
]
COMPONENT = re.compile(rf"^(\w+ = )?({'|'.join(COMPONENTS)})\(", re.M)
SETUP = """
import pulumi
from moorage import *
network = Network("net", {})
cluster = EcsCluster("main", {})
balancer = LoadBalancer("balancer", {"network": network.ref})
"""
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
NAMED = re.compile(r"# ([\w.-]+\.ya?ml)\n")


def blocks() -> list[Any]:
    found: list[Any] = []
    for page in PAGES:
        first, text = "", page.read_text()
        files = {m[1]: b[2] for b in FENCED.finditer(text) if (m := NAMED.match(b[2]))}
        for match in FENCED.finditer(text):
            code = match[2]
            if match[1] != "python" or not COMPONENT.search(code):
                continue
            whole = "from moorage import" in code
            first = first or (code if whole else "")
            line = text[: match.start()].count("\n") + 2
            name = f"{page.relative_to(ROOT)}:{line}"
            found.append(pytest.param(code if whole else f"{first or SETUP}\n{code}", files, id=name))
    return found


OTHER_STACK = {
    "cluster": {"arn": "arn:aws:ecs:us-east-1:123456789012:cluster/shared", "name": "shared"},
    "network": {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1", "subnet-2"]},
    "variables": {"DEBUG": True},
}


@pytest.mark.parametrize(("code", "files"), blocks())
def test_block(code: str, files: dict[str, str], tmp_path: Path) -> None:
    for folder in ("app", "docker"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "Pulumi.yaml").write_text("name: docs\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(code)
    (tmp_path / "stack-outputs").mkdir()
    (tmp_path / "stack-outputs" / "acme.base.dev.json").write_text(json.dumps(OTHER_STACK))
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    for preview in (False, True):
        graph = evaluate(tmp_path, preview=preview)
        assert [entry.message for entry in graph.log if entry.severity != "debug"] == []


@pytest.mark.parametrize("page", GUIDE, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []
