"""Type checkers on a user's program: they accept what the components take, and flag the rest."""

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

COMPONENTS = Path(__file__).parents[2] / "components"
PROGRAM = """\
import pulumi

from moorage import ContainerApp, EcsCluster, Job, LoadBalancer, Network
from moorage.model.choices import CapacityKind

config = pulumi.Config()
other = pulumi.StackReference("acme/base/dev")
number: pulumi.Output[int] = pulumi.Output.from_input(3)
"""
RIGHT = """\
session: dict[str, pulumi.Output[str]] = {"TOKEN": config.require_secret("token")}
network = Network("n", {"private_egress": config.require("nat")})
capacity = CapacityKind(config.require("capacity"))
cluster = EcsCluster("c", {"network": network.ref, "capacity": capacity, "arch": "arm64"})
balancer = LoadBalancer("b", {"network": network.ref})
ContainerApp(
    "a",
    {
        "cluster": cluster.ref,
        "network": network.ref,
        "load_balancer": balancer.ref,
        "image": "nginx:1",
        "port": config.require("port"),
        "cpu": 512,
        "read_only": config.require("readOnly"),
        "count": number,
        "environment": {"DEBUG": True, "PORT": 8080, "RATE": 0.5, "URL": balancer.url, "N": number},
        "secret_values": session,
        "deployment": "blue_green",
        "tags": {"cost": 12, "team": "web"},
    },
)
ContainerApp(
    "shared",
    {
        "cluster": other.require_output("cluster"),
        "network": other.require_output("network"),
        "load_balancer": other.require_output("balancer"),
        "image": other.require_output("image"),
        "environment": other.require_output("variables"),
        "tags": other.require_output("tags"),
        "count": config.require("count"),
    },
)
Job("j", {"cluster": cluster.ref, "network": network.ref, "image": "x:1", "environment": {"N": 1}})
"""
WRONG = """\
cluster = EcsCluster("c", {"capacity": "ec2"})
EcsCluster("a", {"capacity": "fargat"})
EcsCluster("b", {"capacity": "ec2", "ec2": {"purchase": "spots"}})
ContainerApp("c", {"cluster": cluster.ref, "image": "nginx:1", "replicas": 2})
ContainerApp("d", {"cluster": cluster.ref, "image": "nginx:1", "health_check": {"intervall": 5}})
ContainerApp("e", {"cluster": cluster.ref, "image": "nginx:1", "environment": {"A": [1]}})
ContainerApp("f", {"cluster": cluster.ref, "image": "nginx:1", "deployment": "rollin"})
ContainerApp("g", {"cluster": cluster.ref, "image": "nginx:1", "cpu": number})
ContainerApp("h", {"image": "nginx:1"})
"""
Found = list[tuple[int, str]]
"""The lines with an error, and the errors."""


def mypy(program: Path) -> Found:
    # As if moorage were installed; the types of the provider take minutes, and are not the program's.
    settings = f"""\
    [mypy]
    mypy_path = {COMPONENTS}
    [mypy-moorage.*]
    follow_imports = silent
    [mypy-pulumi_aws.*]
    follow_imports = skip
    """
    config = program.with_name("mypy.ini")
    config.write_text(dedent(settings))
    command = [sys.executable, "-m", "mypy", "--config-file", str(config), "--output=json", str(program)]
    done = subprocess.run(command, cwd=program.parent, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    errors = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert bool(errors) == bool(done.returncode), done.stdout
    return [(error["line"], error["message"]) for error in errors]


def pyright(program: Path) -> Found:
    settings = {"pythonVersion": "3.11", "extraPaths": [str(COMPONENTS)], "include": [program.name]}
    config = program.with_name("pyrightconfig.json")
    config.write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(command, cwd=program.parent, capture_output=True, text=True, check=False)
    document = json.loads(done.stdout)
    assert document["summary"]["filesAnalyzed"] == 1
    errors = document["generalDiagnostics"]
    return [(error["range"]["start"]["line"] + 1, error["message"]) for error in errors]


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_a_program(tmp_path: Path, checker: object) -> None:
    assert callable(checker)
    (tmp_path / "right.py").write_text(PROGRAM + RIGHT)
    assert checker(tmp_path / "right.py") == []
    (tmp_path / "wrong.py").write_text(PROGRAM + WRONG)
    found: Found = checker(tmp_path / "wrong.py")
    first = len(PROGRAM.splitlines()) + 1
    assert sorted({line - first for line, _ in found}) == list(range(1, 9))
    text = "\n".join(message for _, message in found)
    for wrong in ("fargat", "spots", "replicas", "intervall", "rollin"):
        assert wrong in text
