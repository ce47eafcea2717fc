"""The port and the health check's path of a new project come from the Dockerfile and a compose file."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from support.folders import folder_with

from moorage.errors import MoorageError
from moorage.scaffold.detected import Detected, Hint, detect, local_command
from moorage.scaffold.location import locate

FROM = "FROM python:3.12-slim\n"


def detected(folder: Path, dockerfile: str, others: Mapping[str, str] | None = None) -> Detected:
    folder_with(folder, {"Dockerfile": dockerfile, **(others or {})})
    return detect(locate(folder, folder / "Dockerfile", None))


@pytest.mark.parametrize(
    ("lines", "port"),
    [
        ("EXPOSE 5000", Hint(5000, "EXPOSE")),
        ("EXPOSE 5000/tcp 5000", Hint(5000, "EXPOSE")),
        ("EXPOSE 53/udp 5000", Hint(5000, "EXPOSE")),
        ("ENV PORT=3000\nEXPOSE $PORT", Hint(3000, "EXPOSE")),
        ("ENV PORT=3000", Hint(3000, "ENV PORT")),
        ("ENV PORT=3000\nEXPOSE 9090 3000", Hint(3000, "ENV PORT")),
        ("EXPOSE 9090 3000\nHEALTHCHECK CMD curl -f http://localhost:3000/", Hint(3000, "HEALTHCHECK")),
        ("HEALTHCHECK CMD curl -f http://127.0.0.1:3000/ok || exit 1", Hint(3000, "HEALTHCHECK")),
        ("ENV PORT=3000\nHEALTHCHECK CMD curl http://localhost:${PORT}/", Hint(3000, "ENV PORT")),
        ("HEALTHCHECK CMD curl http://localhost:${PORT:-3000}/", Hint(3000, "HEALTHCHECK")),
        ("ENV PORT=http", None),
        ("HEALTHCHECK CMD curl http://api.example.com:3000/", None),
        ("HEALTHCHECK NONE", None),
        ("", None),
    ],
)
def test_a_port_of_the_dockerfile(tmp_path: Path, lines: str, port: Hint[int] | None) -> None:
    assert detected(tmp_path, f"{FROM}{lines}\n").port == port


@pytest.mark.parametrize(
    ("check", "path"),
    [
        ("HEALTHCHECK CMD curl -f http://localhost:8080/healthz || exit 1", "/healthz"),
        ('HEALTHCHECK --interval=5s CMD ["wget", "-q", "http://localhost/ready?full=1"]', "/ready?full=1"),
        ("HEALTHCHECK CMD python -c \"import x; x.urlopen('http://127.0.0.1:5000/up')\"", "/up"),
        ("HEALTHCHECK CMD curl -f http://localhost:8080", "/"),
        ("HEALTHCHECK CMD curl -f http://[::1]:8080/six", "/six"),
        ("HEALTHCHECK CMD pg_isready", None),
    ],
)
def test_a_path_of_the_health_check(tmp_path: Path, check: str, path: str | None) -> None:
    found = detected(tmp_path, f"{FROM}{check}\n").health_path
    assert (found and found.value) == path


def test_the_stage_that_is_built_counts(tmp_path: Path) -> None:
    built = detected(
        tmp_path,
        f"{FROM[:-1]} AS base\nEXPOSE 5000\nHEALTHCHECK CMD curl http://localhost/ok\n"
        "FROM node AS assets\nEXPOSE 3000\nFROM base\n",
    )
    assert (built.port, built.health_path) == (Hint(5000, "EXPOSE"), Hint("/ok", "HEALTHCHECK"))


def test_several_ports_are_not_guessed(tmp_path: Path) -> None:
    found = detected(tmp_path, f"{FROM}EXPOSE 8000 9090\n")
    assert (found.port, found.candidates) == (None, [8000, 9090])


@pytest.mark.parametrize(
    "ports", ['["8080:5000"]', '["127.0.0.1:8080:5000/tcp"]', "[{target: 5000, published: 8080}]", "[5000]"]
)
def test_a_port_of_the_compose_file(tmp_path: Path, ports: str) -> None:
    services = f"  db: {{image: postgres, ports: ['5432:5432']}}\n  web: {{build: ., ports: {ports}}}\n"
    compose = f"services:\n{services}"
    found = detected(tmp_path, FROM, {"compose.yaml": compose})
    assert found.port == Hint(5000, "ports in compose.yaml")


def test_the_compose_file_chooses_between_the_ports_of_the_dockerfile(tmp_path: Path) -> None:
    compose = 'services: {web: {build: {context: .}, ports: ["80:9090"]}}'
    found = detected(tmp_path, f"{FROM}EXPOSE 8000 9090\n", {"docker-compose.yml": compose})
    assert found.port == Hint(9090, "ports in docker-compose.yml")


@pytest.mark.parametrize(
    "test", ['["CMD", "curl", "-f", "http://localhost:5000/ok"]', "curl -f http://localhost:5000/ok"]
)
def test_a_health_check_of_the_compose_file_above(tmp_path: Path, test: str) -> None:
    compose = f"services: {{web: {{build: app, healthcheck: {{test: {test}}}}}}}"
    folder_with(tmp_path, {"app/Dockerfile": FROM, "compose.yml": compose})
    found = detect(locate(tmp_path, tmp_path / "app" / "Dockerfile", None))
    assert found.health_path == Hint("/ok", "healthcheck in compose.yml")
    assert found.port == Hint(5000, "healthcheck in compose.yml")


def test_a_service_with_another_dockerfile_is_not_the_app(tmp_path: Path) -> None:
    compose = 'services: {web: {build: {context: ., dockerfile: Dockerfile.dev}, ports: ["80:9090"]}}'
    assert detected(tmp_path, FROM, {"compose.yaml": compose}).port is None


@pytest.mark.parametrize(
    ("dockerfile", "text"),
    [
        ("FROM python\nEXPOES 80\n", "Dockerfile: line 2: "),
        ("", "Dockerfile: line 1: the Dockerfile has no instruction"),
    ],
)
def test_a_dockerfile_that_cannot_be_built(tmp_path: Path, dockerfile: str, text: str) -> None:
    with pytest.raises(MoorageError, match=text):
        detected(tmp_path, dockerfile)


def test_a_compose_file_that_is_not_yaml(tmp_path: Path) -> None:
    with pytest.raises(MoorageError, match=r"compose.yaml:\d+: is not YAML"):
        detected(tmp_path, FROM, {"compose.yaml": "services: {"})


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            'CMD ["flask", "run", "--host", "0.0.0.0", "--port", "5000"]',
            "flask run --host $HOST --port $PORT",
        ),
        ('ENTRYPOINT ["gunicorn"]\nCMD ["-b", "0.0.0.0:5000", "app"]', "gunicorn -b $HOST:$PORT app"),
        ("CMD uvicorn app:app --port=5000", "/bin/sh -c uvicorn app:app --port=$PORT"),
        ('CMD ["serve", "--port", "15000", "--ratio", "0.5000", "v5000"]', ""),
        ('CMD ["python", "app.py"]', ""),
        ("CMD serve --port $PORT", ""),
        ("", ""),
    ],
)
def test_a_command_with_a_port_of_its_own_runs_as_a_process(tmp_path: Path, lines: str, words: str) -> None:
    folder_with(tmp_path, {"Dockerfile": f"{FROM}{lines}\n"})
    stage = locate(tmp_path, tmp_path / "Dockerfile", None).stage
    assert " ".join(local_command(stage, 5000)) == words
