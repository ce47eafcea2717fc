"""A compose file in containers: its services find each other by name, as Service Connect lets them on ECS."""

import os
import re
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Moorage = Callable[..., subprocess.CompletedProcess[str]]

PROGRAM = """
from moorage import ComposeApp, EcsCluster, Network

network = Network("shop", {})
cluster = EcsCluster("shop", {})
ComposeApp("shop", {"cluster": cluster.ref, "network": network.ref, "public": True})
"""

COMPOSE = """
services:
  web:
    build: {context: api, args: {BASE: "%s"}}
    command: [python3, -u, /srv/ask.py]
    ports: ["8080:8080"]
    depends_on: [api]
    stop_grace_period: 2s
  api:
    build: {context: api, args: {BASE: "%s"}}
    expose: ["8000"]
    stop_grace_period: 2s
    volumes: ["kept:/kept"]
volumes:
  kept: {}
"""

DOCKERFILE = """
ARG BASE
FROM $BASE
WORKDIR /srv
COPY ask.py .
RUN echo "hello from api" > index.html
CMD ["python3", "-u", "-m", "http.server", "8000"]
"""

ASK = """
import http.server, urllib.request

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = urllib.request.urlopen("http://api:8000/", timeout=10).read()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"web heard: " + answer)

http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
"""


@pytest.fixture
def shop(docker_daemon: str, tmp_path: Path, moorage: Moorage) -> Iterator[Path]:
    """A project with a compose file of two services."""
    project = tmp_path / f"shop-{os.getpid()}"
    (project / "api").mkdir(parents=True)
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (project / "Pulumi.dev.yaml").write_text("config: {}\n")
    (project / "__main__.py").write_text(PROGRAM)
    (project / "compose.yaml").write_text(COMPOSE % (docker_daemon, docker_daemon))
    (project / "api" / "Dockerfile").write_text(DOCKERFILE)
    (project / "api" / "ask.py").write_text(ASK)
    yield project
    moorage("local", "down", "--data", cwd=project)


def test_services_find_each_other_by_name(shop: Path, moorage: Moorage) -> None:
    up = moorage("local", "up", "--runner", "docker", cwd=shop)
    assert "web: deployed" in up.stdout
    found = re.search(r"^web .* (127\.0\.0\.1:\d+) ", moorage("local", "ps", cwd=shop).stdout, re.M)
    assert found is not None
    with urllib.request.urlopen(f"http://{found[1]}/", timeout=30) as answer:
        assert answer.read() == b"web heard: hello from api\n"
