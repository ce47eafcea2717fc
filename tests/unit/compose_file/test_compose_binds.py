"""Files and folders of the project that a compose file mounts, and its configs: they are in the image."""

from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from moorage.offline import EvaluationError, ResourceGraph

from .conftest import TASK, App, containers, names, said

IMAGE = "docker-build:index:Image"
REPOSITORY = "aws:ecr/repository:Repository"

NGINX = {
    "compose.yml": """
services:
  web:
    image: nginx:1.27
    volumes:
      - ./nginx.conf:/etc/nginx/nginx.conf:ro
      - ./html:/usr/share/nginx/html:ro
      - ./run.sh:/docker-entrypoint.d/50 run.sh:ro
""",
    "nginx.conf": "events {}\n",
    "html/index.html": "<p>\n",
    "html/a/b.css": "p {}\n",
    "run.sh": "#!/bin/sh\n",
}


def dockerfile(graph: ResourceGraph, name: str = "shop-web") -> list[str]:
    place = graph.one(IMAGE, f"{name}-build").inputs["dockerfile"]["location"]
    return Path(place).read_text().splitlines()


def tag(graph: ResourceGraph) -> str:
    return graph.one("moorage:index:ContainerImage", "shop-web").outputs["uri"].rpartition(":")[2]


def test_what_is_mounted_into_an_image_is_copied_into_one_derived_from_it(app: App, preview: bool) -> None:
    graph = app(NGINX, preview=preview)
    assert dockerfile(graph) == [
        "# Files of the project in an image.",
        "FROM nginx:1.27",
        'COPY ["0", "/etc/nginx/nginx.conf"]',
        'COPY ["1", "/usr/share/nginx/html"]',
        'COPY ["2", "/docker-entrypoint.d/50 run.sh"]',
    ]
    staged = Path(".build/shop-web")
    found = {path.relative_to(staged).as_posix() for path in staged.rglob("*") if path.is_file()}
    assert found == {"0", "1/index.html", "1/a/b.css", "2"}
    assert (staged / "0").read_text() == "events {}\n"
    built = graph.one(IMAGE).inputs
    assert built["context"] == {"location": ".build/shop-web"}
    assert built["dockerfile"] == {"location": ".build/shop-web.Dockerfile"}
    assert len(graph.of_type(REPOSITORY)) == 1
    if not preview:
        image = containers(graph)["web"]["image"]
        assert image == graph.one("moorage:index:ContainerImage").outputs["uri"]
    assert "volumes" not in graph.one(TASK).inputs
    assert said(graph) == []
    assert said(graph, "info") == [
        "7: services.web.volumes: html is copied into the image, beside what the image has in "
        "/usr/share/nginx/html"
    ]


def test_the_mode_is_that_of_the_file_for_its_owner(app: App, tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("")
    (tmp_path / "run.sh").chmod(0o700)
    app(NGINX)
    modes = [(tmp_path / ".build/shop-web" / name).stat().st_mode & 0o777 for name in "02"]
    assert modes == [0o644, 0o755]


@pytest.mark.parametrize(
    "change",
    [
        {"nginx.conf": "events { }\n"},
        {"html/a/b.css": "a {}\n"},
        {"html/c.html": ""},
        {"compose.yml": NGINX["compose.yml"].replace("nginx:1.27", "nginx:1.28")},
        {"compose.yml": NGINX["compose.yml"].replace("/nginx/html:ro", "/nginx/www:ro")},
        {"compose.yml": NGINX["compose.yml"].replace("image:", "user: '5'\n    image:").replace(":ro", "")},
    ],
)
def test_all_of_it_is_part_of_the_content_tag(app: App, change: dict[str, str]) -> None:
    first = tag(app(NGINX))
    assert tag(app(NGINX)) == first
    assert tag(app({**NGINX, **change})) != first


def test_what_is_written_is_owned_by_the_user_and_lost_with_the_task(app: App) -> None:
    file = "services: {web: {image: i, user: '1000:1001', volumes: ['./html:/html', './a.ini:/a.ini:ro']}}"
    graph = app({"compose.yml": file, "html/x": "", "a.ini": ""})
    assert dockerfile(graph)[2:] == ['COPY --chown=1000:1001 ["0", "/html"]', 'COPY ["1", "/a.ini"]']
    assert said(graph) == [
        "1: services.web.volumes: /html is the container's own; what it writes there is lost with its task; "
        "use a named volume for what must stay"
    ]


BUILT = {
    "compose.yml": """
services:
  web:
    build: {context: ./web, TARGET}
    volumes: [MOUNTS]
""",
    "web/Dockerfile": "FROM node:22 AS dev\nWORKDIR /app\nCOPY package.json .\nCOPY src ./src\n"
    "RUN npm install\nFROM dev AS prod\nCOPY . /srv\nCMD node .",
    "web/package.json": "{}",
    "web/src/index.js": "",
    "web/conf/a.ini": "a=1\n",
    "web/.dockerignore": "secret\n",
    "web/secret": "",
}


def built(mounts: str, target: str = "") -> dict[str, str]:
    text = BUILT["compose.yml"].replace("MOUNTS", mounts).replace("TARGET", target)
    return {**BUILT, "compose.yml": text}


@pytest.mark.parametrize(
    "mount",
    ["./web/src:/app/src", "./web/package.json:/app/package.json", "./web:/srv", "./web/conf:/srv/conf/"],
)
def test_a_mount_of_what_the_dockerfile_copies_adds_nothing(app: App, mount: str) -> None:
    plain, mounted = app(built("")), app(built(f'"{mount}"'))
    assert tag(mounted) == tag(plain)
    assert mounted.one(IMAGE).inputs == plain.one(IMAGE).inputs
    named = mount.removeprefix("./").rstrip("/")
    assert said(mounted, "info") == [
        f"5: services.web.volumes: {named} adds nothing: the Dockerfile copies the same files there"
    ]


@pytest.mark.parametrize("mount", ["./web/conf:/app/conf", "./web/secret:/srv/secret", "./web:/code"])
def test_another_mount_is_copied_last(app: App, mount: str) -> None:
    graph = app(built(f'"{mount}"'))
    assert dockerfile(graph)[:8] == BUILT["web/Dockerfile"].splitlines()
    copied = f'COPY --from=moorage-files ["0", "{mount.partition(":")[2]}"]'
    assert dockerfile(graph)[8:] == [copied]
    assert graph.one(IMAGE).inputs["context"] == {
        "location": ".build/shop-web",
        "named": {"moorage-files": {"location": ".build/shop-web.files"}},
    }
    assert "target" not in graph.one(IMAGE).inputs
    assert tag(graph) != tag(app(built("")))
    assert said(graph) == []


def test_files_are_added_to_the_target(app: App) -> None:
    graph = app(built('"./web/conf:/conf:ro"', "target: dev"))
    assert dockerfile(graph)[8:] == ["FROM dev", 'COPY --from=moorage-files ["0", "/conf"]']
    assert "target" not in graph.one(IMAGE).inputs


def test_volumes_that_keep_what_a_source_mount_would_hide_add_nothing(app: App) -> None:
    file = built('"./web:/srv", /srv/node_modules, "modules:/srv/vendor", "data:/srv/data", /other')
    file["compose.yml"] += "  api: {image: i, volumes: ['data:/d']}\nvolumes: {modules: , data: }\n"
    mounts = containers(app(file))["web"]["mountPoints"]
    assert [mount["containerPath"] for mount in mounts] == ["/srv/data", "/other"]


@pytest.mark.parametrize(
    ("mount", "files"),
    [
        ("./data:/var/lib/postgresql/data", {"data/PG_VERSION": "17"}),
        ("./data:/anywhere", {}),
        ("./data:/anywhere", {"data/.gitkeep": ""}),
    ],
)
def test_a_folder_for_data_starts_empty(app: App, mount: str, files: dict[str, str]) -> None:
    graph = app({"compose.yml": f"services: {{web: {{image: i, volumes: ['{mount}']}}}}", **files})
    assert not graph.of_type(IMAGE)
    assert containers(graph)["web"]["mountPoints"] == [
        {"sourceVolume": "web-anonymous-0", "containerPath": mount.partition(":")[2]}
    ]
    assert "starts empty and is deleted with the task" in said(graph)[0]


@pytest.mark.parametrize("path", ["/etc/localtime", "/etc/timezone"])
def test_the_clock_of_the_machine_is_ignored(app: App, path: str) -> None:
    graph = app(f"services: {{web: {{image: i, volumes: ['{path}:{path}:ro']}}}}")
    assert not graph.of_type(IMAGE)
    assert said(graph) == [
        f"1: services.web.volumes: {path} is ignored: the clock of a task is in UTC; set TZ in the "
        "environment"
    ]


@pytest.mark.parametrize(
    ("mount", "why"),
    [
        ("/run/podman/podman.sock:/x", "a task cannot reach the container engine that runs it"),
        ("/proc:/host/proc:ro", "a task does not see the machine that runs it"),
        ("/:/host", "a task does not see the machine that runs it"),
        ("/lib/modules:/lib/modules", "a task cannot load modules of the kernel"),
        ("/srv/elsewhere:/x", "is not in the project's folder; copy it there, or use a named volume"),
        ("./no.conf:/etc/no.conf", "does not exist; Docker would make a folder of that name"),
        ("./web:relative", "must have an absolute path in the container"),
    ],
)
def test_what_cannot_be_in_an_image_is_refused_with_the_reason(app: App, mount: str, why: str) -> None:
    with pytest.raises(EvaluationError) as error:
        app({"compose.yml": f"services: {{web: {{image: i, volumes: ['{mount}']}}}}", "web/a": ""})
    assert f"compose.yml:1: services.web.volumes: '{mount.removeprefix('./').removesuffix(':ro')}'" in str(
        error.value
    )
    assert why in str(error.value)


def test_an_image_that_is_known_later_cannot_be_built_on(app: App) -> None:
    file = {"compose.yml": "services: {web: {image: $I, volumes: ['./a:/a:ro']}}", "a": ""}
    with pytest.raises(EvaluationError, match="needs an image that is known when the program runs"):
        app(file, env=lambda: {"I": pulumi.Output.from_input("nginx")})


CONFIGS = {
    "compose.yml": """
services:
  web:
    image: i
    configs:
      - settings
      - {source: inline, target: /etc/app.conf, uid: "103", gid: "104", mode: 0440}
      - {source: there, target: token}
configs:
  settings: {file: settings.json}
  inline: {content: "a=$A"}
  there: {external: true, name: prod/there}
""",
    "settings.json": '{"a": 1}\n',
}


def test_configs_are_files_and_those_elsewhere_variables(app: App, preview: bool) -> None:
    graph = app(CONFIGS, preview=preview, env=lambda: {"A": "1"})
    assert dockerfile(graph)[2:] == [
        'COPY ["0", "/settings"]',
        'COPY --chown=103:104 ["1", "/etc/app.conf"]',
    ]
    staged = Path(".build/shop-web")
    assert [(staged / name).read_text() for name in "01"] == ['{"a": 1}\n', "a=1"]
    assert (staged / "1").stat().st_mode & 0o777 == 0o440
    assert names(graph, "aws:secretsmanager/secret:Secret") == []
    if not preview:
        assert [entry["name"] for entry in containers(graph)["web"]["secrets"]] == ["TOKEN"]


def test_a_config_with_a_value_that_is_known_later_is_a_variable(app: App) -> None:
    graph = app(CONFIGS, env=lambda: {"A": pulumi.Output.from_input("1")})
    assert dockerfile(graph)[2:] == ['COPY ["0", "/settings"]']
    assert [entry["name"] for entry in containers(graph)["web"]["secrets"]] == ["APP_CONF", "TOKEN"]


def test_an_image_of_the_program_has_the_files_too(app: App) -> None:
    graph = app(NGINX, services={"web": {"image": "httpd:2.4"}})
    assert dockerfile(graph)[1:3] == ["FROM httpd:2.4", 'COPY ["0", "/etc/nginx/nginx.conf"]']
    with pytest.raises(
        EvaluationError, match=r"1 problem .*\n.*services.web.image: an Output: must be a string"
    ):
        app(NGINX, services=lambda: {"web": {"image": aws.ecr.Repository("httpd").repository_url}})


def test_wrong_patterns_of_a_build_with_mounts_are_an_error_of_the_build(app: App) -> None:
    with pytest.raises(EvaluationError, match=r"web/.dockerignore, line 1: '\[a' is not a pattern"):
        app({**built('"./web/src:/app/src"'), "web/.dockerignore": "[a\n"})


def test_in_one_task_each_container_has_its_own_files(app: App) -> None:
    file = {
        "compose.yml": "services:\n  web: {image: i, ports: [80], volumes: ['./a:/a:ro']}\n"
        "  api: {image: j, volumes: ['./a:/b:ro']}\n",
        "a": "",
    }
    graph = app(file, task="one")
    assert dockerfile(graph, "shop")[1:] == ["FROM i", 'COPY ["0", "/a"]']
    assert dockerfile(graph, "shop-api")[1:] == ["FROM j", 'COPY ["0", "/b"]']


def test_a_mount_costs_nothing_that_is_not_there(app: App) -> None:
    plain: dict[str, Any] = {"compose.yml": "services: {web: {image: i}}"}
    assert not app(plain).of_type(IMAGE)
    assert not app(plain).of_type(REPOSITORY)
