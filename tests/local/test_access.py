"""Access to a running stack: its own tasks have it; other users and web pages do not."""

import json
import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from support.local_project import Project, url_in

COPIED = ("images", "venvs")
"""Folders whose content is copied or installed with the modes it has; they are closed themselves."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A stack that is brought up under the most open umask, all processes with command lines of their own."""
    project = Project(tmp_path_factory.mktemp("access") / "demo")
    before = os.umask(0)
    try:
        up = project.start("up")
        printed, _ = up.communicate(timeout=120)
        assert up.returncode == 0, printed
        project.url = url_in(printed)
    finally:
        os.umask(before)
    try:
        project.get("/put/secret")
        yield project
    finally:
        project.close()


@pytest.fixture(scope="module")
def env(project: Project) -> dict[str, str]:
    """The environment of one of its tasks."""
    return project.get("/env")["env"]


@pytest.fixture
def stranger() -> Callable[..., str]:
    """Run curl as another user of this machine; return status and body."""
    if os.getuid() != 0:
        pytest.skip("only root can be another user")

    def curl(*arguments: str) -> str:
        words = [
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "curl",
            "--silent",
            "--max-time",
            "20",
        ]
        done = subprocess.run(
            [*words, "--write-out", "\n%{http_code}", *arguments], capture_output=True, text=True, cwd="/"
        )
        return done.stdout if done.returncode == 0 else f"curl: exit code {done.returncode}"

    return curl


def scan(env: dict[str, str]) -> list[str]:
    body = json.dumps({"TableName": env["TABLE"]})
    headers = ("X-Amz-Target: DynamoDB_20120810.Scan", "Content-Type: application/x-amz-json-1.0")
    return [
        *(word for header in headers for word in ("--header", header)),
        "--data",
        body,
        env["AWS_ENDPOINT_URL"],
    ]


def test_another_user_reads_no_table_without_the_credentials(
    env: dict[str, str], stranger: Callable[..., str]
) -> None:
    assert stranger(*scan(env)).endswith("\n400")
    assert "MissingAuthenticationTokenException" in stranger(*scan(env))
    guessed = ("--aws-sigv4", f"aws:amz:{env['AWS_REGION']}:dynamodb", "--user", "123456789012:local")
    assert "UnrecognizedClientException" in stranger(*guessed, *scan(env))
    known = f"{env['AWS_ACCESS_KEY_ID']}:local"
    assert "InvalidSignatureException" in stranger(*guessed[:3], known, *scan(env))
    for path in ("/_ministack/health", "/_ministack/config", "/2015-03-31/functions", "/"):
        assert stranger(env["AWS_ENDPOINT_URL"] + path).endswith("\n403")


def test_the_credentials_of_the_run_work_in_curl_too(
    env: dict[str, str], stranger: Callable[..., str]
) -> None:
    keys = f"{env['AWS_ACCESS_KEY_ID']}:{env['AWS_SECRET_ACCESS_KEY']}"
    answer = stranger("--aws-sigv4", f"aws:amz:{env['AWS_REGION']}:dynamodb", "--user", keys, *scan(env))
    assert '"secret"' in answer
    assert answer.endswith("\n200")


def test_an_unserved_service_does_not_exist_for_a_task_either(env: dict[str, str], project: Project) -> None:
    function = boto3.client(
        "lambda",
        endpoint_url=env["AWS_ENDPOINT_URL"],
        region_name=env["AWS_REGION"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
    )
    with pytest.raises(ClientError, match="lambda is not served by the local run"):
        function.list_functions()
    assert not (project.path / ".moorage/dev/data/state/lambda_svc.json").exists()


def test_metadata_is_for_the_container_that_was_given_its_address(
    env: dict[str, str], stranger: Callable[..., str]
) -> None:
    uri = env["ECS_CONTAINER_METADATA_URI_V4"]
    base, _, name = uri.rpartition("/")
    task, token, container = name.split("-", 2)
    assert len(token) == 32
    assert stranger(uri).endswith("\n200")
    for guess in (f"{task}-{container}", f"{task}-{'0' * 32}-{container}", f"{task}-{token}-other"):
        assert stranger(f"{base}/{guess}").endswith("\n404")
    assert stranger("--header", "Origin: http://evil.example", uri).endswith("\n403")
    assert stranger("--header", "Host: evil.example", uri).endswith("\n403")


def test_the_supervisor_listens_to_its_owner(project: Project, stranger: Callable[..., str]) -> None:
    socket = project.paths.socket
    assert stat.S_IMODE(socket.stat().st_mode) == 0o600
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert stranger("--unix-socket", str(socket), "http://supervisor/describe") == "curl: exit code 7"
    ours = ["curl", "--silent", "--write-out", "%{http_code}", "--output", "/dev/null"]
    for header, status in (
        ("Accept: */*", "200"),
        ("Origin: http://a.example", "403"),
        ("Host: a.example", "403"),
    ):
        words = [*ours, "--unix-socket", str(socket), "--header", header, "http://supervisor/hello"]
        assert subprocess.run(words, capture_output=True, text=True).stdout == status


def test_the_secret_is_in_no_command_line(env: dict[str, str], project: Project) -> None:
    lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in project.processes()]
    assert any(b"moorage.local.aws.server" in line for line in lines)
    assert not any(env["AWS_SECRET_ACCESS_KEY"].encode() in line for line in lines)


def test_what_is_kept_is_closed_whatever_the_umask(project: Project) -> None:
    root = project.path / ".moorage"
    modes: dict[str, int] = {}
    for folder, folders, files in os.walk(root):
        if Path(folder) == root:
            assert {stat.S_IMODE((root / name).stat().st_mode) for name in COPIED if name in folders} == {
                0o700
            }
            folders[:] = [name for name in folders if name not in COPIED]
        for path in (Path(folder), *(Path(folder, name) for name in files)):
            modes[str(path.relative_to(root))] = stat.S_IMODE(path.stat().st_mode)
    assert {
        "dev/state.json",
        "dev/supervisor.log",
        "dev/data/state/dynamodb.json",
        "dev/logs/web.log",
    } <= set(modes)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


def test_an_open_file_of_an_earlier_version_is_closed(tmp_path: Path) -> None:
    from moorage.local import private

    file = tmp_path / "a" / "b" / "state.json"
    private.write_text(file, "{}")
    file.chmod(0o644)
    file.parent.chmod(0o755)
    private.write_text(file, "secret")
    with private.open_file(file, "a") as log:
        log.write(" more")
    assert file.read_text() == "secret more"
    found: list[Any] = [
        oct(stat.S_IMODE(path.stat().st_mode)) for path in (file, file.parent, file.parent.parent)
    ]
    assert found == ["0o600", "0o700", "0o700"]


def test_what_an_earlier_run_left_open_is_closed(tmp_path: Path) -> None:
    from moorage.local.state import Paths

    paths = Paths(tmp_path, "dev")
    paths.make()
    kept = paths.data / "s3" / "files" / "key"
    copied = paths.images / "web" / "run.sh"
    foreign = tmp_path / "foreign"
    for file in (paths.state, kept, copied, foreign):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        file.chmod(0o666)
        file.parent.chmod(0o777)
    (paths.home / "link").symlink_to(foreign)
    paths.make()

    def mode(path: Path) -> str:
        return oct(stat.S_IMODE(path.stat().st_mode))

    assert [mode(path) for path in (paths.root, paths.home, kept.parent)] == ["0o700"] * 3
    assert [mode(path) for path in (paths.state, kept)] == ["0o600"] * 2
    assert [mode(path) for path in (copied, foreign)] == ["0o666"] * 2
