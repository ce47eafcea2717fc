"""A page of another origin in the developer's browser, and the local run's data services and metadata."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
from selenium import webdriver

from .conftest import REBOUND, Moorage

ATTEMPTS = """
const [data, metadata, table, done] = arguments;
const scan = {method: "POST", body: JSON.stringify({TableName: table})};
const json = {"X-Amz-Target": "DynamoDB_20120810.Scan", "Content-Type": "application/x-amz-json-1.0"};
const form = {"Content-Type": "application/x-www-form-urlencoded"};
const unsigned = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/eu-west-1/dynamodb/aws4_request";
const attempts = {
    scan: [data, {...scan, headers: json}],
    claimed: [data, {...scan, headers: {...json, Authorization: unsigned}}],
    simple: [data, scan],
    blind: [data, {...scan, mode: "no-cors"}],
    topic: [data, {method: "POST", mode: "no-cors", headers: form, body: "Action=CreateTopic&Name=evil"}],
    queue: [data + "/?Action=CreateQueue&QueueName=evil", {mode: "no-cors"}],
    reset: [data + "/_ministack/reset", {method: "POST", mode: "no-cors"}],
    lambda: [data + "/2015-03-31/functions", {}],
    preflight: [data + "/evil", {method: "PUT"}],
    metadata: [metadata, {}],
    task: [metadata + "/task", {mode: "no-cors"}],
};
Promise.all(Object.entries(attempts).map(async ([name, [url, options]]) => {
    try {
        const answer = await fetch(url, options);
        return [name, answer.type + ":" + await answer.text()];
    } catch (error) {
        return [name, "failed"];
    }
})).then(entries => done(Object.fromEntries(entries)));
"""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Serve an empty page, and return its address."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>elsewhere</title>")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def env(site: str, sample: Path, moorage: Moorage) -> dict[str, str]:
    """What a task of the running sample has in its environment."""
    shown = moorage("local", "exec", "notetaker", "--", "env", cwd=sample).stdout
    return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)


def test_a_page_elsewhere_reads_nothing_and_changes_nothing(
    browser: webdriver.Chrome, elsewhere: str, env: dict[str, str]
) -> None:
    browser.get(elsewhere)
    data, metadata = env["AWS_ENDPOINT_URL"], env["ECS_CONTAINER_METADATA_URI_V4"]
    answers = browser.execute_async_script(ATTEMPTS, data, metadata, env["NOTES_TABLE"])
    opaque = {name for name, answer in answers.items() if answer == "opaque:"}
    assert opaque == {"blind", "topic", "queue", "reset", "task"}
    assert {answers[name] for name in answers.keys() - opaque} == {"failed"}

    def client(service: str) -> object:
        return boto3.client(
            service,
            endpoint_url=data,
            region_name=env["AWS_REGION"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        )

    assert client("sns").list_topics()["Topics"] == []
    assert client("sqs").list_queues().get("QueueUrls", []) == []
    assert client("dynamodb").list_tables()["TableNames"] == [env["NOTES_TABLE"]]


@pytest.mark.parametrize("what", ["AWS_ENDPOINT_URL", "ECS_CONTAINER_METADATA_URI_V4"])
def test_a_name_that_was_bound_to_this_machine_is_refused(
    browser: webdriver.Chrome, env: dict[str, str], what: str
) -> None:
    url = urlsplit(env[what])
    browser.get(f"http://{REBOUND}:{url.port}{url.path or '/'}")
    assert f"Host: {REBOUND}:{url.port} is not a name of this server" in browser.page_source
    answer = browser.execute_async_script(
        "fetch(location.href).then(a => a.text()).then(arguments[arguments.length - 1])"
    )
    assert "is not a name of this server" in answer
