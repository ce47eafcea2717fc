"""What importing the library loads: modules are counted, for time differs between machines."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

LOADED = "import json, sys; print(json.dumps(sorted(sys.modules)))"


def _modules(statement: str) -> set[str]:
    code = f"{statement}\n{LOADED}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def added() -> set[str]:
    """The modules that the library loads beyond those that pulumi-aws needs."""
    return _modules("from moorage import *") - _modules("import pulumi_aws")


def test_no_service_of_aws_is_loaded(added: set[str]) -> None:
    # The modules of its services are loaded one by one when a program first uses them; each costs much.
    assert {name for name in added if name.startswith("pulumi_aws.")} == set()


def test_the_library_adds_little(added: set[str]) -> None:
    others = {name for name in added if not name.startswith("moorage")}

    # What a user of the components pays for: no server, no client of AWS, no builder, no table, no test tool.
    heavy = {"aiohttp", "boto3", "botocore", "docker", "ministack", "moorage.local", "pulumi_docker_build"}
    heavy |= {"moorage.cli", "moorage.offline", "moorage.plugin", "pytest", "rich"}
    assert {name for name in added if any(f"{name}.".startswith(f"{one}.") for one in heavy)} == set()
    assert len(others) < 10, sorted(others)


def test_the_plugin_does_not_load_the_rest_of_the_library() -> None:
    loaded = _modules("import moorage.plugin")

    assert {name for name in loaded if name.startswith("moorage.")} >= {
        "moorage.resources.app.component",
        "moorage.plugin",
    }
    assert {"moorage.local", "moorage.offline", "moorage.cli", "boto3", "aiohttp"} & loaded == set()
    assert {name for name in loaded if name.startswith("pulumi_aws.")} <= _modules("import pulumi_aws")


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (["--version"], {"pulumi", "boto3", "asyncio", "rich", "yaml"}),
        (["plan", "--help"], {"pulumi", "boto3", "asyncio", "rich", "yaml"}),
        (["local", "down"], {"pulumi", "boto3", "asyncio", "rich", "yaml"}),
        (["local", "ps"], {"pulumi", "boto3", "asyncio", "yaml"}),
    ],
    ids=lambda words: " ".join(sorted(words)),
)
def test_light_commands_load_little(words: list[str], heavy: set[str], tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    place = ["--cwd", str(tmp_path)] if words[0] == "local" else []
    loaded = _modules(f"import moorage.cli as cli; cli.main({[*words, *place]!r})")
    assert heavy & loaded == set()
