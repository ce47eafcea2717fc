"""The examples that need names between containers, run as their READMEs say."""

import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Moorage = Callable[..., subprocess.CompletedProcess[str]]
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def shop(docker_daemon: str, tmp_path: Path, moorage: Moorage) -> Iterator[Path]:
    """A copy of two-services, on an image of this machine."""
    project = tmp_path / f"two-services-{os.getpid()}"
    shutil.copytree(EXAMPLES / "two-services", project, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    dockerfile = project / "app" / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("python:3.12-slim", docker_daemon))
    yield project
    moorage("local", "down", "--data", cwd=project)


def ask(url: str, article: str) -> str:
    with urllib.request.urlopen(f"{url}/{article}", timeout=30) as answer:
        return answer.read().decode()


def test_a_shop_asks_the_stock_by_its_name(shop: Path, moorage: Moorage) -> None:
    said = moorage("local", "up", "--runner", "docker", cwd=shop).stdout
    url = re.search(r"^url +(\S+)$", said, re.M)
    assert url is not None
    answers = [re.fullmatch(r"tea: 12 left, says (\w{12})\n", ask(url[1], "tea")) for _ in range(20)]
    assert all(answers)
    # Both tasks of the stock have the name.
    assert len({match[1] for match in answers if match}) == 2
    with pytest.raises(urllib.error.HTTPError, match="404"):
        ask(url[1], "milk")
