"""A project that `moorage new` made runs here as it is, with the app of docs/getting-started.md."""

import re
import urllib.request
from pathlib import Path

import pytest
from support.command import run_moorage
from support.folders import folder_with
from support.local_project import url_in

PAGE = Path(__file__).parents[2] / "docs" / "getting-started.md"


def app_of_the_page() -> dict[str, str]:
    """Return the files of the app in the documentation, by their names."""
    blocks = re.findall(r"^```\w+\n# hello/(\S+)\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    assert [name for name, _ in blocks] == ["app.py", "Dockerfile"]
    return dict(blocks)


FIXED_PORT = """FROM python:3.12-slim
COPY index.html .
EXPOSE 5000
CMD ["python3", "-m", "http.server", "5000"]
"""


@pytest.mark.parametrize(
    ("files", "app", "project"),
    [
        (app_of_the_page(), ".", "infra"),
        (app_of_the_page(), "web", "."),
        ({"Dockerfile": FIXED_PORT, "index.html": "hello\n"}, ".", "infra"),
    ],
    ids=["in the folder", "below", "with a fixed port"],
)
def test_a_new_project_runs_as_it_is(tmp_path: Path, files: dict[str, str], app: str, project: str) -> None:
    folder = tmp_path / "greeter"
    folder_with(folder / app, files)
    made = run_moorage(["new"], folder)
    assert made.returncode == 0, made.stderr
    try:
        up = run_moorage(["local", "up", "--runner", "process"], folder / project)
        assert up.returncode == 0, up.stdout + up.stderr
        url = url_in(up.stdout)
        with urllib.request.urlopen(url, timeout=20) as answer:
            assert answer.read() == b"hello\n"
        examined = run_moorage(["doctor", "local"], folder / project)
        assert examined.returncode == 0, examined.stdout
        assert "running as process" in examined.stdout
    finally:
        down = run_moorage(["local", "down", "--data"], folder / project)
    assert down.stdout.splitlines()[-1] == "stopped; data removed"
