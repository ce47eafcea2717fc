"""The process: health, logs, headers, the task, replicas, start and stop."""

import json
import re
import secrets
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from notetaker.settings import Settings, SettingsError
from notetaker.task import Task, find_task
from support.notetaker import MakeEnv, Person, Replica, Start, Visit

APP = Path(__file__).resolve().parents[1]
TASKS = ("0a" * 16, "1b" * 16)


def test_health(visitor: Person, replicas: list[Replica]) -> None:
    for replica in replicas:
        answer = visitor.client.get(f"{replica.url}/healthz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        visitor.client.get(f"{replica.url}/login?after=health")
        replica.wait_line('"path": "/login"')
        assert "/healthz" not in {line["path"] for line in replica.requests()}


def test_health_needs_no_table(start: Start, visitor: Person) -> None:
    replica = start(
        {"NOTES_TABLE": "none", "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "eu-west-1"}
    )
    assert visitor.client.get(f"{replica.url}/healthz").status_code == 200
    replica.wait_line("cannot be reached yet")


def test_logs_are_json(visitor: Person, replicas: list[Replica]) -> None:
    path = f"/nothing-{secrets.token_hex(4)}"
    assert visitor.client.get(f"{replicas[0].url}{path}?secret=1").status_code == 404
    replicas[0].wait_line(path)
    (line,) = [line for line in replicas[0].requests() if line["path"] == path]
    assert line["level"] == "info"
    assert line["message"] == "request"
    assert (line["method"], line["status"], line["task"]) == ("GET", 404, TASKS[0])
    assert line["ms"] >= 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["time"])
    for replica in replicas:
        assert all(
            {"time", "level", "message", "task"} <= json.loads(text).keys() for text in list(replica.lines)
        )
        assert "secret=1" not in "\n".join(replica.lines)


@pytest.mark.parametrize("path", ["/", "/login", "/nothing", "/static/style.css", "/healthz", "/api/notes"])
def test_headers(visitor: Person, path: str) -> None:
    headers = visitor.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")
    assert headers["x-task-id"] in TASKS
    assert "server" not in headers


def test_pages_keep_to_the_policy(member: Person) -> None:
    member.write("a note")
    (note,) = member.note_ids()
    for path in ("/", "/login", "/signup", f"/notes/{note}/edit", "/nothing"):
        page = member.get(path).text
        assert "<script" not in page
        assert not re.search(r"<style|\sstyle=|\son\w+=", page)
        assert not re.search(r"(?:src|href|action)=\"(?!/[^/]|/\"|#)", page)


def test_the_page_says_which_task_answered(visitor: Person, replicas: list[Replica]) -> None:
    for replica, task in zip(replicas, TASKS, strict=True):
        answer = visitor.client.get(replica.url)
        assert answer.headers["x-task-id"] == task
        text = re.sub(r"<[^>]+>", "", answer.text)
        assert f"answered by task {task[:8]} in eu-west-1b · notes:7" in text


def test_tasks(metadata: str) -> None:
    found = find_task({"ECS_CONTAINER_METADATA_URI_V4": f"{metadata}/abcdef0123456789"})
    assert found == Task("abcdef0123456789", "eu-west-1b", "notes:7")
    assert found.short_id == "abcdef01"
    host = Task(socket.gethostname())
    assert find_task({}) == host
    for uri in (f"{metadata}/odd", "http://127.0.0.1:9", "nonsense"):
        assert find_task({"ECS_CONTAINER_METADATA_URI_V4": uri}) == host
    assert Task("a-long-host-name").short_id == "a-long-host-name"


def test_replicas_agree_on_a_key_from_the_first_moment(start: Start, make_env: MakeEnv, visit: Visit) -> None:
    env = make_env(f"t{secrets.token_hex(4)}")
    with ThreadPoolExecutor(2) as pool:
        fresh = list(pool.map(start, [env, env]))
    person = visit(*[replica.url for replica in fresh])
    assert person.sign_up().status_code == 303
    assert person.name in person.get("/").text
    assert person.name in person.get("/").text


def test_a_given_secret_wins(start: Start, make_env: MakeEnv, visit: Visit) -> None:
    env = make_env(f"t{secrets.token_hex(4)}")
    one, two = (start(env | {"SESSION_SECRET": secret}) for secret in ("one", "two"))
    person = visit(one.url)
    person.sign_up()
    assert person.name in person.get("/").text
    assert person.name not in person.client.get(two.url).text


def test_stop_lets_a_request_finish(start: Start, make_env: MakeEnv) -> None:
    replica = start(make_env(f"t{secrets.token_hex(4)}"))
    body = b"name=someone&password=something"
    with socket.create_connection(("127.0.0.1", replica.port), timeout=20) as slow:
        slow.sendall(
            b"POST /login HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body)
        )
        # Sent when the application starts to read, so the request is in flight from here on.
        assert slow.recv(100).startswith(b"HTTP/1.1 100 ")
        replica.process.terminate()
        replica.wait_line("Waiting for connections to close|Shutting down")
        slow.sendall(body)
        answer = b""
        while data := slow.recv(65536):
            answer += data
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert answer.rstrip().endswith(b"</html>")
    assert replica.process.wait(20) == 0
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", replica.port)):
        pass


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({}, "NOTES_TABLE is not set"),
        ({"NOTES_TABLE": "t", "PORT": "http"}, "PORT is 'http'; it must be a whole number from 0 to 65535"),
        ({"NOTES_TABLE": "t", "PORT": "65536"}, "PORT is '65536'"),
    ],
)
def test_wrong_settings(env: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Settings.from_env(env)


def test_wrong_settings_end_the_process() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "notetaker"], cwd=APP, env={}, capture_output=True, text=True, timeout=20
    )
    assert ended.returncode == 1
    assert ended.stderr == "notetaker: NOTES_TABLE is not set; give it the name of the DynamoDB table\n"


def test_defaults() -> None:
    settings = Settings.from_env({"NOTES_TABLE": "t", "PORT": "", "SESSION_SECRET": ""})
    assert settings == Settings("t", None, None, "0.0.0.0", 8080)


def test_static_files_are_compressed_and_revalidated(visitor: Person) -> None:
    first = visitor.get("/static/swagger/swagger-ui-bundle.js")
    assert first.headers["content-encoding"] == "gzip"
    again = visitor.get(
        "/static/style.css", headers={"If-None-Match": visitor.get("/static/style.css").headers["etag"]}
    )
    assert again.status_code == 304
