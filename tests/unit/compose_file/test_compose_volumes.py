"""Where the volumes of a compose file are kept, who owns them, and what becomes of them."""

import json
from typing import Any

import pytest

from moorage.offline import EvaluationError

from .conftest import NETWORK, SERVICE, TASK, App, names, said

SHARED = """
services:
  web: {image: i, volumes: ["data:/data"], user: "1000:1001"}
  api: {image: i, volumes: ["data:/in:ro", "own:/own"], user: "1000:1001"}
volumes: {data: , own: {driver_opts: {type: efs}}}
"""


def test_a_shared_volume_is_an_encrypted_file_system(app: App, preview: bool) -> None:
    graph = app(SHARED, preview=preview)
    system = graph.one("aws:efs/fileSystem:FileSystem")
    assert system.inputs["encrypted"] is True
    assert names(graph, "aws:efs/mountTarget:MountTarget") == ["shop-files-1", "shop-files-2"]
    points = {p.name: p.inputs["rootDirectory"] for p in graph.of_type("aws:efs/accessPoint:AccessPoint")}
    owner = {"ownerUid": 1000, "ownerGid": 1001, "permissions": "0755"}
    assert points == {
        "shop-files-data": {"path": "/data", "creationInfo": owner},
        "shop-files-own": {"path": "/own", "creationInfo": owner},
    }
    mounted = {target.urn for target in graph.of_type("aws:efs/mountTarget:MountTarget")}
    for service in graph.of_type(SERVICE):
        assert mounted <= set(service.dependencies)
    nfs = {
        rule.inputs["fromPort"]
        for rule in graph.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if rule.name.startswith("shop-files-in")
    }
    assert nfs == {2049}
    volume = graph.one(TASK, "shop-web-task").inputs["volumes"][0]["efsVolumeConfiguration"]
    assert volume["transitEncryption"] == "ENABLED"
    assert volume["authorizationConfig"]["iam"] == "ENABLED"
    if not preview:
        policy = json.loads(
            graph.one("aws:iam/rolePolicy:RolePolicy", "shop-web-task-policy").inputs["policy"]
        )
        assert policy["Statement"][0]["Resource"] == [system.outputs["arn"]]


@pytest.mark.parametrize(("preset", "protected"), [("dev", None), ("prod", True)])
def test_a_file_system_is_protected_in_prod(app: App, preset: str, protected: bool | None) -> None:
    graph = app(SHARED, cluster={"preset": preset})
    assert graph.one("aws:efs/fileSystem:FileSystem").options.get("protect") is protected


@pytest.mark.parametrize(("preset", "backups"), [("dev", []), ("prod", [{"status": "ENABLED"}])])
def test_a_file_system_is_backed_up_in_prod(app: App, preset: str, backups: list[Any], preview: bool) -> None:
    graph = app(SHARED, cluster={"preset": preset}, preview=preview)
    made = graph.of_type("aws:efs/backupPolicy:BackupPolicy")
    assert [policy.inputs["backupPolicy"] for policy in made] == backups
    assert all(graph.one("aws:efs/fileSystem:FileSystem").urn in policy.dependencies for policy in made)


NUMBERS = {"uid": 1000, "gid": 1001}


@pytest.mark.parametrize(
    ("user", "capacity", "storage", "identity"),
    [
        ("1000:1001", "fargate", "{storage: efs}", NUMBERS),
        ("1000", "fargate_spot", "{storage: efs}", {"uid": 1000, "gid": 1000}),
        ("1000:1001", "ec2", "{storage: efs}", None),
        ("1000:1001", "managed_instances", "{storage: efs}", None),
        ("0", "fargate", "{storage: efs}", None),
        ("www-data", "fargate", "{storage: efs}", None),
        ("www-data", "ec2", "{storage: efs, user: '1000:1001'}", NUMBERS),
        ("5", "fargate", "{storage: efs, user: '1000:1001'}", NUMBERS),
        ("5", "fargate", "{storage: efs, user: '0'}", {"uid": 0, "gid": 0}),
    ],
)
def test_who_files_in_a_volume_are_written_as(
    app: App, user: str, capacity: str, storage: str, identity: dict[str, int] | None, preview: bool
) -> None:
    file = f"""
services: {{web: {{image: i, user: "{user}", volumes: ["v:/v"]}}}}
volumes: {{v: {{x-moorage: {storage}}}}}
"""
    network = {**NETWORK, "private_subnet_ids": ["subnet-c", "subnet-d"], "private_egress": True}
    point = app(file, cluster={"capacity": capacity}, network=network, preview=preview).one(
        "aws:efs/accessPoint:AccessPoint"
    )
    assert point.inputs.get("posixUser") == identity
    if identity:
        created = point.inputs["rootDirectory"]["creationInfo"]
        assert {"uid": created["ownerUid"], "gid": created["ownerGid"]} == identity


def test_services_that_run_as_different_users_keep_them(app: App) -> None:
    graph = app(SHARED.replace('user: "1000:1001"', 'user: "5"', 1))
    points = {p.name: p.inputs.get("posixUser") for p in graph.of_type("aws:efs/accessPoint:AccessPoint")}
    assert points == {"shop-files-data": None, "shop-files-own": NUMBERS}


def test_a_container_that_is_lent_volumes_keeps_its_user(app: App) -> None:
    file = """
services:
  web: {image: i, user: "5", volumes: ["v:/v"]}
  tool: {image: i, volumes_from: [web]}
volumes: {v: {x-moorage: {storage: efs}}}
"""
    assert app(file, task="one").one("aws:efs/accessPoint:AccessPoint").inputs.get("posixUser") is None


@pytest.mark.parametrize(
    ("storage", "problem"),
    [
        (
            "{storage: efs, user: app}",
            "volumes.v.x-moorage.user: 'app': must be a numeric user, or user:group",
        ),
        ("{storage: task, user: '5'}", "volumes.v.x-moorage.user: needs `storage: efs`"),
        ("{user: '5'}", "volumes.v.x-moorage.user: needs `storage: efs`"),
    ],
)
def test_a_wrong_user_of_a_volume(app: App, storage: str, problem: str) -> None:
    file = f"services: {{web: {{image: i, volumes: ['v:/v']}}}}\nvolumes: {{v: {{x-moorage: {storage}}}}}\n"
    with pytest.raises(EvaluationError) as error:
        app(file)
    assert problem in str(error.value)


def test_tasks_are_where_their_file_system_is(app: App) -> None:
    graph = app(SHARED, file_system_zones=1)
    assert graph.one("aws:efs/mountTarget:MountTarget").inputs["subnetId"] == "subnet-a"
    assert graph.one(SERVICE, "shop-web").inputs["networkConfiguration"]["subnets"] == ["subnet-a"]


def test_a_file_system_is_in_the_subnets_of_the_tasks_that_mount_it(app: App) -> None:
    file = """
services:
  a-page: {image: i}
  web: {image: i, volumes: ["data:/data"]}
  api: {image: i, volumes: ["data:/data"]}
volumes: {data: }
"""
    network = NETWORK | {"private_subnet_ids": ["subnet-p", "subnet-q"], "private_egress": True}
    page_public = app(file, network=network, services={"a-page": {"subnets": "public"}})
    page_private = app(
        file, network=network, services={name: {"subnets": "public"} for name in ("web", "api")}
    )
    places = [
        sorted(target.inputs["subnetId"] for target in graph.of_type("aws:efs/mountTarget:MountTarget"))
        for graph in (page_public, page_private)
    ]
    assert places == [["subnet-p", "subnet-q"], ["subnet-a", "subnet-b"]]


def test_an_external_volume_is_a_file_system_that_exists(app: App) -> None:
    graph = app(
        "services: {web: {image: i, volumes: ['v:/x']}}\nvolumes: {v: {external: true, name: fs-0123456789}}"
    )
    assert not graph.of_type("aws:efs/fileSystem:FileSystem")
    volume = graph.one(TASK).inputs["volumes"][0]["efsVolumeConfiguration"]
    assert volume == {"fileSystemId": "fs-0123456789", "transitEncryption": "ENABLED"}


@pytest.mark.parametrize("external", ["", "external: true, name: prod_data, "])
def test_a_volume_names_the_file_system_that_exists_by_its_id(app: App, external: str, preview: bool) -> None:
    place = "file_system_id: fs-0123456789, access_point_id: fsap-0123456789"
    graph = app(
        "services: {web: {image: i, volumes: ['v:/x']}}\n"
        f"volumes: {{v: {{{external}x-moorage: {{{place}}}}}}}",
        preview=preview,
    )
    assert not graph.of_type("aws:efs/fileSystem:FileSystem")
    volume = graph.one(TASK).inputs["volumes"][0]["efsVolumeConfiguration"]
    assert volume["fileSystemId"] == "fs-0123456789"
    assert volume["authorizationConfig"]["accessPointId"] == "fsap-0123456789"
    assert said(graph) == []


@pytest.mark.parametrize(
    ("volume", "problem"),
    [
        (
            "external: true",
            "volumes.v: must be an EFS file system; set `x-moorage: {file_system_id: fs-...}`",
        ),
        ("x-moorage: {file_system_id: data}", "volumes.v: 'data': must be an EFS file system"),
        (
            "x-moorage: {file_system_id: fs-0123456789, storage: task}",
            "volumes.v: cannot be combined with `storage: task`",
        ),
    ],
)
def test_a_file_system_that_cannot_be_the_volumes(app: App, volume: str, problem: str) -> None:
    with pytest.raises(EvaluationError) as error:
        app(f"services: {{web: {{image: i, volumes: ['v:/x']}}}}\nvolumes: {{v: {{{volume}}}}}")
    assert problem in str(error.value)


def test_a_volume_of_one_service_is_gone_with_its_task_and_that_is_said(app: App) -> None:
    graph = app("services: {web: {image: i, volumes: ['v:/x']}}\nvolumes:\n  v:")
    assert graph.one(TASK).inputs["volumes"] == [{"name": "v"}]
    assert said(graph) == [
        "3: volumes.v: is on the task's own disk and deleted with the task; "
        "`x-moorage: {storage: efs}` keeps it"
    ]


def test_every_urn_is_there_once(app: App) -> None:
    graph = app(SHARED, network=NETWORK)
    assert len({resource.urn for resource in graph}) == len(list(graph))
