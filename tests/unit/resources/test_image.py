import json
import os
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build
import pytest
from support.fixtures import Lines

from moorage import ContainerApp, ContainerImage, EcsCluster, Network
from moorage.offline import UNKNOWN, Resource, ResourceGraph, Secret, evaluate

IMAGE = "docker-build:index:Image"
PROVIDER = "pulumi:providers:docker-build"
REPOSITORY = "aws:ecr/repository:Repository"
HOST = "unix:///var/run/docker.sock"

pytestmark = pytest.mark.usefixtures("folder")


def image(preview: bool = False, name: str = "web", stack: str = "dev", **args: Any) -> ResourceGraph:
    build = {"context": "app", **args.pop("build", {})}
    return evaluate(lambda: ContainerImage(name, {"build": build, **args}), preview=preview, stack=stack)  # pyright: ignore[reportArgumentType]


def tag(graph: ResourceGraph) -> str:
    return graph.one("moorage:index:ContainerImage").outputs["uri"].rpartition(":")[2]


def test_repository_image_and_how_long_images_stay(preview: bool) -> None:
    graph = image(preview)
    repository = graph.one(REPOSITORY)
    assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
    assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
    assert repository.inputs["forceDelete"] is True
    policy = json.loads(graph.one("aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs["policy"])
    assert policy["rules"][0]["selection"] == {
        "tagStatus": "any",
        "countType": "imageCountMoreThan",
        "countNumber": 30,
    }


def test_the_image_is_pushed_from_the_staged_copy_and_never_deleted() -> None:
    built = image().one(IMAGE)
    assert built.inputs["context"] == {"location": ".build/web"}
    assert built.inputs["dockerfile"] == {"location": ".build/web/Dockerfile"}
    assert built.inputs["push"] is True
    assert built.inputs["buildOnPreview"] is False
    assert built.inputs["platforms"] == ["linux/amd64"]
    assert built.options["retainOnDelete"] is True
    assert Path(".build/web/main.py").exists()


def test_no_path_of_this_machine_is_in_the_inputs(folder: Path) -> None:
    assert str(folder) not in repr([resource.inputs for resource in image()])


def test_tasks_name_the_image_by_its_content(preview: bool) -> None:
    graph = image(preview)
    uri = graph.one("moorage:index:ContainerImage").outputs["uri"]
    assert (
        uri is UNKNOWN if preview else uri == f"{graph.one(REPOSITORY).outputs['repositoryUrl']}:{tag(graph)}"
    )
    if not preview:
        assert graph.one(IMAGE).inputs["tags"] == [uri]


def test_the_digest_is_not_known_in_a_preview() -> None:
    assert image(preview=True).one("moorage:index:ContainerImage").outputs["digest"] is UNKNOWN


@pytest.mark.parametrize(
    "other",
    [
        {"arch": "arm64"},
        {"build": {"target": "test"}},
        {"build": {"args": {"BASE": "x"}}},
        {"build": {"revision": "2"}},
        {"build": {"secrets": {"token": "x"}}},
        {"build": {"dockerfile": "other/Dockerfile"}},
        {"build": {"platforms": ["linux/arm64"]}},
        {"build": {"ssh": ["default"]}},
        {"build": {"cache": "registry"}},
        {"build": {"cache": "inline"}},
        {"build": {"tags": ["latest"]}},
    ],
)
def test_every_option_that_docker_build_compares_is_in_the_tag(folder: Path, other: dict[str, Any]) -> None:
    (folder / "app/other").mkdir()
    (folder / "app/other/Dockerfile").write_text("FROM scratch\n")
    assert tag(image(**other)) != tag(image())


def test_spellings_of_one_dockerfile_are_one_tag() -> None:
    assert tag(image(build={"dockerfile": "./Dockerfile"})) == tag(image())


def test_an_unchanged_folder_is_the_same_image_a_changed_one_another(folder: Path) -> None:
    first = image()
    os.utime(folder / "app/main.py", (1, 1))
    assert image().one(IMAGE).inputs == first.one(IMAGE).inputs
    (folder / "app/main.py").write_text("print(2)\n")
    assert tag(image()) != tag(first)


def test_a_dockerfile_beside_the_context(folder: Path, preview: bool) -> None:
    (folder / "docker").mkdir()
    (folder / "docker/Dockerfile").write_text("FROM scratch\nCOPY main.py /\n")
    graph = image(preview, build={"dockerfile": "../docker/Dockerfile"})
    built = graph.one(IMAGE)
    assert built.inputs["context"] == {"location": ".build/web"}
    assert built.inputs["dockerfile"] == {"location": ".build/web.Dockerfile"}
    assert Path(".build/web.Dockerfile").read_text() == "FROM scratch\nCOPY main.py /\n"


def test_a_dockerfile_beside_the_context_is_in_the_tag_its_place_is_not(folder: Path) -> None:
    for name in ("docker", "other"):
        (folder / name).mkdir()
        (folder / name / "Dockerfile").write_text("FROM scratch\n")
    first = tag(image(build={"dockerfile": "../docker/Dockerfile"}))
    assert tag(image(build={"dockerfile": "../other/Dockerfile"})) == first
    (folder / "other/Dockerfile").write_text("FROM scratch\nCOPY main.py /\n")
    assert tag(image(build={"dockerfile": "../other/Dockerfile"})) != first


def test_the_value_of_a_build_secret_is_no_reason_to_build_and_not_in_plain_text() -> None:
    graph = image(build={"secrets": {"token": "hush"}})
    built = graph.one(IMAGE)
    assert built.inputs["secrets"] == Secret({"token": "hush"})
    assert built.inputs["ignoreSecretsInDiffCalculation"] == ["token"]
    assert "hush" not in repr(graph.resources)
    assert tag(graph) == tag(image(build={"secrets": {"token": "other"}}))


def test_the_registry_token_is_asked_for_once_and_its_password_is_secret(preview: bool) -> None:
    def program() -> None:
        for name in ("a", "b", "c"):
            ContainerImage(name, {"build": {"context": "app"}})

    graph = evaluate(program, preview=preview)
    assert [invoke.token for invoke in graph.invokes] == [
        "aws:ecr/getAuthorizationToken:getAuthorizationToken"
    ]
    for built in graph.of_type(IMAGE):
        (registry,) = built.inputs["registries"]
        assert "offline-" not in repr(registry)


def test_one_docker_provider_with_a_fixed_host_for_all_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://elsewhere:2375")

    def program() -> None:
        for name in ("a", "b", "c"):
            ContainerImage(name, {"build": {"context": "app"}})

    graph = evaluate(program)
    provider = graph.one(PROVIDER)
    assert provider.inputs["host"] == HOST
    assert provider.parent is None
    assert all(built.options["provider"].startswith(provider.urn) for built in graph.of_type(IMAGE))


def test_another_host_is_another_provider() -> None:
    def program() -> None:
        ContainerImage("a", {"build": {"context": "app"}})
        ContainerImage("b", {"build": {"context": "app", "docker_host": "tcp://builder:2375"}})

    graph = evaluate(program)
    assert sorted(r.inputs["host"] for r in graph.of_type(PROVIDER)) == ["tcp://builder:2375", HOST]
    assert len({r.urn for r in graph.of_type(PROVIDER)}) == 2


def test_the_callers_own_provider_is_used() -> None:
    def program() -> None:
        own = docker_build.Provider("own", host="tcp://own:2375")
        ContainerImage("web", {"build": {"context": "app"}}, pulumi.ResourceOptions(providers=[own]))

    graph = evaluate(program)
    own = graph.one(PROVIDER)
    assert own.name == "own"
    assert graph.one(IMAGE).options["provider"].startswith(own.urn)


def test_each_aws_provider_has_a_token_of_its_own() -> None:
    def program() -> None:
        for region in ("eu-west-1", "us-west-2"):
            provider = aws.Provider(region, region=region)
            for name in ("a", "b"):
                ContainerImage(
                    f"{name}-{region}",
                    {"build": {"context": "app"}},
                    pulumi.ResourceOptions(providers=[provider]),
                )

    assert len(evaluate(program).invokes) == 2


def test_options_that_are_not_used_leave_the_tag_of_today() -> None:
    unused = {"cache": "none", "platforms": ["linux/amd64"], "ssh": [], "tags": []}
    assert image(build=unused).one(IMAGE).inputs == image().one(IMAGE).inputs


def lifecycle(graph: ResourceGraph) -> list[dict[str, Any]]:
    policy = json.loads(graph.one("aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs["policy"])
    return [rule["selection"] for rule in policy["rules"]]


def test_a_layer_cache_in_the_registry_is_beside_the_image_and_does_not_count_as_one(preview: bool) -> None:
    graph = image(preview, build={"cache": "registry"})
    built, url = graph.one(IMAGE), graph.one(REPOSITORY).outputs.get("repositoryUrl")
    ref = UNKNOWN if preview else f"{url}:cache"
    (to,) = built.inputs["cacheTo"]
    assert to["registry"] == {
        "ref": ref,
        "mode": "max",
        "imageManifest": True,
        "ociMediaTypes": True,
        "ignoreError": True,
    }
    assert built.inputs["cacheFrom"] == [{"registry": {"ref": ref}}]
    assert len(built.inputs["tags"]) == 1
    assert lifecycle(graph) == [
        {
            "tagStatus": "tagged",
            "tagPatternList": ["*"],
            "countType": "imageCountMoreThan",
            "countNumber": 31,
        },
        {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1},
    ]


def test_a_layer_cache_in_the_image_is_found_by_a_tag_that_moves() -> None:
    graph = image(build={"cache": "inline"})
    built, url = graph.one(IMAGE), graph.one(REPOSITORY).outputs["repositoryUrl"]
    assert built.inputs["cacheTo"] == [{"inline": {}}]
    assert built.inputs["cacheFrom"] == [{"registry": {"ref": f"{url}:cache"}}]
    assert built.inputs["tags"] == [f"{url}:{tag(graph)}", f"{url}:cache"]
    assert lifecycle(graph)[0]["countNumber"] == 30


def test_further_tags_move_all_others_stay_immutable(preview: bool) -> None:
    graph = image(preview, build={"tags": ["latest", "1.x"], "cache": "registry"})
    repository = graph.one(REPOSITORY)
    assert repository.inputs["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    assert repository.inputs["imageTagMutabilityExclusionFilters"] == [
        {"filter": name, "filterType": "WILDCARD"} for name in ("1.x", "latest", "cache")
    ]
    if not preview:
        url = repository.outputs["repositoryUrl"]
        assert graph.one(IMAGE).inputs["tags"] == [f"{url}:{tag(graph)}", f"{url}:1.x", f"{url}:latest"]
        assert graph.one("moorage:index:ContainerImage").outputs["uri"] == f"{url}:{tag(graph)}"


def test_further_platforms_are_in_one_index_beside_that_of_the_tasks() -> None:
    graph = image(arch="arm64", build={"platforms": ["linux/amd64", "linux/arm64"]})
    assert graph.one(IMAGE).inputs["platforms"] == ["linux/arm64", "linux/amd64"]
    assert graph.one(REPOSITORY).inputs["imageTagMutability"] == "IMMUTABLE"
    assert [selection["tagStatus"] for selection in lifecycle(graph)] == ["tagged", "untagged"]


def test_the_ssh_agent_of_the_machine_by_its_ids() -> None:
    assert image(build={"ssh": ["github", "default"]}).one(IMAGE).inputs["ssh"] == [
        {"id": "default"},
        {"id": "github"},
    ]
    assert "ssh" not in image().one(IMAGE).inputs


NGINX = f"nginx:1.27@sha256:{'a' * 64}"


def mirrored(preview: bool = False, **build: Any) -> ResourceGraph:
    args: Any = {"build": {"mirror": NGINX, **build}, "arch": "arm64"}
    return evaluate(lambda: ContainerImage("web", args), preview=preview)


def test_a_mirror_is_built_from_the_image_alone(folder: Path, preview: bool) -> None:
    graph = mirrored(preview, tags=["latest"])
    built = graph.one(IMAGE)
    assert built.inputs["context"] == {"location": ".build/web"}
    assert built.inputs["dockerfile"] == {"location": ".build/web/Dockerfile"}
    assert built.inputs["platforms"] == ["linux/arm64"]
    assert [path.name for path in (folder / ".build/web").iterdir()] == ["Dockerfile"]
    assert (folder / ".build/web/Dockerfile").read_text() == f"FROM {NGINX}\n"
    assert (folder / ".build/web/Dockerfile").stat().st_mtime == 0


def test_a_mirror_replaces_what_was_built_before_and_has_a_tag_of_its_own(folder: Path) -> None:
    first = tag(image())
    assert tag(mirrored()) == tag(mirrored()) != first
    assert not (folder / ".build/web/main.py").exists()
    assert tag(mirrored(mirror=f"nginx@sha256:{'b' * 64}")) != tag(mirrored())


def test_an_app_runs_a_mirror() -> None:
    def program() -> None:
        network = Network("net", {})
        cluster = EcsCluster("main", {"network": network.ref})
        ContainerApp(
            "web", {"cluster": cluster.ref, "network": network.ref, "port": 80, "build": {"mirror": NGINX}}
        )

    graph = evaluate(program)
    (container,) = json.loads(
        graph.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"]
    )
    assert container["image"] == graph.one(IMAGE).inputs["tags"][0]


def test_other_accounts_may_pull(preview: bool) -> None:
    graph = image(preview, pull_accounts=["210987654321", "111122223333"])
    policy = graph.one("aws:ecr/repositoryPolicy:RepositoryPolicy").inputs["policy"]
    if preview:
        assert policy is UNKNOWN
        return
    (statement,) = json.loads(policy)["Statement"]
    assert statement["Principal"] == {
        "AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::210987654321:root"]
    }
    assert statement["Action"] == [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
    ]
    assert "Resource" not in statement


def test_no_policy_without_other_accounts() -> None:
    assert image().of_type("aws:ecr/repositoryPolicy:RepositoryPolicy") == []


def test_prod_keeps_its_images() -> None:
    assert image(preset="prod").one(REPOSITORY).inputs["forceDelete"] is False


def test_a_fixed_repository_and_how_many_images_it_keeps() -> None:
    graph = image(repository_name="go-notetaker", keep_images=5.0)
    assert graph.one(REPOSITORY).inputs["name"] == "go-notetaker"
    policy = graph.one("aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs["policy"]
    assert json.loads(policy)["rules"][0]["selection"]["countNumber"] == 5
    assert ".0" not in policy


def test_repositories_have_lower_case_names() -> None:
    repository: Resource = image(name="Web-App").one(REPOSITORY)
    assert repository.name == "web-app-repo"


@pytest.mark.parametrize(
    ("args", "starts"),
    [
        ({"build": {"context": "nowhere"}}, ["build.context: 'nowhere': is not a folder of the project"]),
        (
            {"build": {"context": "app", "dockerfile": "x"}},
            ["build.dockerfile: 'x': is not a file in 'app'"],
        ),
        (
            {"build": {"context": "app", "dockerfile": "wrong/Dockerfile"}},
            ["build.dockerfile: app/wrong/Dockerfile, line 2: unknown instruction RUNN; did you mean RUN?"],
        ),
        (
            {"build": {"context": "app/wrong"}},
            ["build.context: app/wrong/.dockerignore, line 2: '[a' is not a pattern: ", "build.dockerfile: "],
        ),
        ({"build": {"context": "app", "docker_host": ""}}, ["build.docker_host: '': must be an address"]),
        ({"build": {"context": "app", "args": {"A": [1]}}}, ["build.args.A: [1]: must be a string"]),
        (
            {"build": {"context": "app", "contxt": "x"}},
            ["build.contxt: unknown argument; did you mean 'context'?"],
        ),
        (
            {"build": {"context": "app", "cache": "local"}},
            ["build.cache: 'local': must be one of registry, inline, none"],
        ),
        (
            {"build": {"context": "app", "cache": "inline", "platforms": ["linux/arm64"]}},
            ["build.platforms: cannot be combined with cache registry or inline, which keeps the layers of"],
        ),
        (
            {"build": {"context": "app", "platforms": ["arm64"], "ssh": ["a b"]}},
            [
                "build.platforms[0]: 'arm64': must be one of linux/amd64, linux/arm64",
                "build.ssh[0]: 'a b': must be letters, digits,",
            ],
        ),
        (
            {"build": {"context": "app", "tags": ["cache", "0" * 20, "-x", "a", "b"]}},
            [
                "build.tags: 5: must be at most 4",
                "build.tags[0]: 'cache': is the tag of the layer cache",
                "build.tags[1]: '00000000000000000000': has the form of a content tag",
                "build.tags[2]: '-x': must be 1 to 128 letters",
            ],
        ),
        (
            {"build": {"context": "app", "scan": {"fail_on": "SEVERE", "timeout": 5}}},
            [
                "build.scan.fail_on: 'SEVERE': must be one of INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL",
                "build.scan.timeout: 5: must be from 30 to 3600 seconds",
            ],
        ),
        (
            {"build": {"mirror": "nginx:1.27"}},
            ["build.mirror: 'nginx:1.27': must name a digest, as the copy is of one image; write it with @"],
        ),
        (
            {"build": {"mirror": "Nginx@sha256:1"}},
            ["build.mirror: 'Nginx@sha256:1': the digest after @ must"],
        ),
        (
            {"build": {"context": "app", "mirror": NGINX, "args": {"A": "1"}, "cache": "inline"}},
            [
                "build.mirror: cannot be combined with context, which is for a folder to build",
                "build.mirror: cannot be combined with args, which is for a folder to build",
                "build.mirror: cannot be combined with cache registry or inline, which is for a folder",
            ],
        ),
        (
            {"build": {"context": "app"}, "pull_accounts": ["12345"]},
            ["pull_accounts[0]: '12345': must be 12 digits"],
        ),
        ({"build": {}}, ["build.context: is required"]),
        (
            {"build": {"context": "app"}, "repository_name": "a" * 182},
            ["repository_name: 'aaa"],
        ),
        ({"build": {"context": 5}}, ["build.context: 5: must be a string"]),
        ({"build": {"context": "app", "dockerfile": 5}}, ["build.dockerfile: 5: must be a string"]),
        (
            {
                "build": {"context": "app"},
                "arch": "arm",
                "keep_images": 0,
                "repository_name": "A",
                "preset": "x",
            },
            [
                "arch: 'arm': ",
                "repository_name: 'A': must be 2 to 181 lower-case",
                "keep_images: 0: ",
                "preset: 'x': ",
            ],
        ),
    ],
)
def test_wrong_arguments(
    refused: Lines, folder: Path, preview: bool, args: dict[str, Any], starts: list[str]
) -> None:
    (folder / "app/wrong").mkdir()
    (folder / "app/wrong/Dockerfile").write_text("FROM scratch\nRUNN x\n")
    (folder / "app/wrong/.dockerignore").write_text("b\n[a\n")
    lines = refused("ContainerImage", args, preview=preview)
    assert [line.startswith(start) for line, start in zip(lines, starts, strict=True)] == [True] * len(lines)
    assert not (folder / ".build").exists()


ADDED = [
    {"source": "app/main.py", "path": "/srv/main.py"},
    {"content": "a=1", "path": "/etc/$a.ini", "owner": "5:6", "mode": "440"},
]


def dockerfile(graph: ResourceGraph) -> list[str]:
    return Path(graph.one(IMAGE).inputs["dockerfile"]["location"]).read_text().splitlines()


def test_files_are_added_to_an_image_without_a_dockerfile(preview: bool) -> None:
    build: Any = {"image": "nginx:1.27", "files": ADDED}
    graph = evaluate(lambda: ContainerImage("web", {"build": build}), preview=preview)
    assert dockerfile(graph)[1:] == [
        "FROM nginx:1.27",
        'COPY ["0", "/srv/main.py"]',
        'COPY --chown=5:6 ["1", "/etc/\\\\$a.ini"]',
    ]
    assert graph.one(IMAGE).inputs["context"] == {"location": ".build/web"}
    assert sorted(path.name for path in Path(".build/web").iterdir()) == ["0", "1"]
    assert Path(".build/web/1").stat().st_mode & 0o777 == 0o440


def test_files_are_added_to_a_built_image_and_another_folder_replaces_them(folder: Path) -> None:
    first = image(build={"files": ADDED})
    assert dockerfile(first)[-2] == 'COPY --from=moorage-files ["0", "/srv/main.py"]'
    assert first.one(IMAGE).inputs["context"]["named"] == {"moorage-files": {"location": ".build/web.files"}}
    assert tag(image(build={"files": ADDED})) == tag(first) != tag(image())
    (folder / "more").mkdir()
    (folder / "more/x").write_text("")
    second = image(build={"files": [{"source": "more", "path": "/more"}]})
    assert [
        path.relative_to(".build/web.files").as_posix() for path in Path(".build/web.files").rglob("*")
    ] == [
        "0",
        "0/x",
    ]
    assert tag(second) != tag(first)


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        ({}, "build.context: is required without image or mirror; give a folder to build"),
        ({"image": "i"}, "build.image: needs files"),
        ({"image": "i", "context": "app", "files": ADDED}, "build.image: cannot be combined with context"),
        ({"image": "i", "target": "x", "files": ADDED}, "build.image: cannot be combined with target"),
        ({"image": "I", "files": ADDED}, "build.image: 'I': "),
        ({"context": "app", "files": [{"path": "a"}]}, "build.files[0].path: 'a': must be an absolute path"),
        ({"context": "app", "files": [{"path": "/a"}]}, "build.files[0]: requires source, a file or folder"),
        ({"context": "app", "files": [{"path": "/a", "source": "no"}]}, "'no': is not a file or folder"),
        (
            {"context": "app", "files": [{"path": "/a", "content": "", "owner": "me"}]},
            "must be a numeric user",
        ),
        (
            {"context": "app", "files": [{"path": "/a", "content": "", "mode": "9"}]},
            "must be three octal digits",
        ),
    ],
)
def test_wrong_files_are_refused(build: Any, problem: str) -> None:
    with pytest.raises(ValueError, match="ContainerImage 'web'") as error:
        ContainerImage("web", {"build": build})
    assert problem in str(error.value)
