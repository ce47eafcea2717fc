"""The volumes of an app's tasks: on the task, in EFS, in EBS, on the instance."""

import json
from typing import Any

import pulumi_aws as aws
import pytest

import moorage
from moorage.offline import UNKNOWN, ResourceGraph, evaluate
from moorage.testing import container_definitions

TASK = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "aws:ecs/service:Service"
EFS = "aws:efs/fileSystem:FileSystem"
POINT = "aws:efs/accessPoint:AccessPoint"
TARGET = "aws:efs/mountTarget:MountTarget"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
PLACE = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a", "subnet-b", "subnet-c"]}
GIVEN = "fs-0123456789abcdef0"


def app(args: dict[str, Any], *, preview: bool = False, **cluster: Any) -> ResourceGraph:
    def program() -> None:
        network = moorage.Network("net", PLACE)
        main = moorage.EcsCluster("main", {"network": network.ref, **cluster})
        given = {name: value() if callable(value) else value for name, value in args.items()}
        shared = {"image": "nginx:1", "cluster": main.ref, "network": network.ref}
        moorage.ContainerApp("web", {**shared, **given})

    return evaluate(program, preview=preview)


def mounting(volume: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"volumes": {"data": volume}, "mounts": [{"volume": "data", "path": "/data"}], **more}


def allowed(graph: ResourceGraph) -> list[dict[str, Any]]:
    policy = graph.one("aws:iam/rolePolicy:RolePolicy", "web-task-policy").inputs["policy"]
    return json.loads(policy)["Statement"]


def test_storage_of_the_task_is_shared_by_its_containers() -> None:
    side = {"image": "redis:7", "mounts": [{"volume": "data", "path": "/in", "read_only": True}]}
    graph = app(mounting({}, containers={"side": side}, ephemeral_storage=50.0))
    task = graph.one(TASK).inputs
    assert task["volumes"] == [{"name": "data"}]
    assert task["ephemeralStorage"] == {"sizeInGib": 50}
    made = container_definitions(graph.one(TASK))
    assert made["web"]["mountPoints"] == [{"sourceVolume": "data", "containerPath": "/data"}]
    assert made["side"]["mountPoints"] == [{"sourceVolume": "data", "containerPath": "/in", "readOnly": True}]


def test_a_file_system_is_made_where_the_tasks_are(preview: bool) -> None:
    graph = app(mounting({"efs": {"user": "1000"}}), preview=preview)
    system, point = graph.one(EFS), graph.one(POINT)
    assert system.inputs["encrypted"] is True
    assert point.inputs["posixUser"] == {"uid": 1000, "gid": 1000}
    assert point.inputs["rootDirectory"]["path"] == "/data"
    assert point.inputs["rootDirectory"]["creationInfo"] == {
        "ownerUid": 1000,
        "ownerGid": 1000,
        "permissions": "0755",
    }
    assert [target.inputs["subnetId"] for target in graph.of_type(TARGET)] == ["subnet-a", "subnet-b"]
    service = graph.one(SERVICE)
    assert service.inputs["networkConfiguration"]["subnets"] == ["subnet-a", "subnet-b"]
    assert {target.urn for target in graph.of_type(TARGET)} <= {*service.dependencies}
    (rule,) = graph.of_type(INGRESS)
    assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (2049, 2049)
    if preview:
        return
    tasks = graph.one("aws:ec2/securityGroup:SecurityGroup", "web-tasks")
    assert rule.inputs["referencedSecurityGroupId"] == tasks.id
    (volume,) = graph.one(TASK).inputs["volumes"]
    assert volume["efsVolumeConfiguration"] == {
        "fileSystemId": system.id,
        "transitEncryption": "ENABLED",
        "authorizationConfig": {"accessPointId": point.id, "iam": "ENABLED"},
    }
    statement = next(entry for entry in allowed(graph) if "elasticfilesystem:ClientMount" in entry["Action"])
    assert statement["Resource"] == [system.outputs["arn"]]


def test_the_file_system_that_is_made_is_as_asked_for() -> None:
    graph = app(mounting({"efs": {}}, file_system={"zones": 3, "backups": True}))
    assert len(graph.of_type(TARGET)) == 3
    assert graph.one("aws:efs/backupPolicy:BackupPolicy").inputs["backupPolicy"] == {"status": "ENABLED"}
    assert graph.one(POINT).inputs["rootDirectory"]["creationInfo"]["permissions"] == "1777"
    assert app(mounting({"efs": {}}), preset="prod").one(EFS).options["protect"] is True


def test_more_zones_than_subnets_end_the_program() -> None:
    with pytest.raises(Exception, match=r"file_system\.zones: must be at most 3"):
        app(mounting({"efs": {}}, file_system={"zones": 4}))


def test_a_role_of_the_users_own_mounts_without_rights_of_ours() -> None:
    role = "arn:aws:iam::123456789012:role/own"
    graph = app(mounting({"efs": {}}, task_role_arn=role))
    (volume,) = graph.one(TASK).inputs["volumes"]
    assert volume["efsVolumeConfiguration"]["authorizationConfig"]["iam"] == "DISABLED"
    assert graph.one(TASK).inputs["taskRoleArn"] == role
    assert [made.name for made in graph.of_type("aws:iam/role:Role")] == ["web-execution"]


def test_a_file_system_that_exists(preview: bool) -> None:
    efs = {"file_system_id": GIVEN, "access_point_id": "fsap-0123456789abcdef0", "iam": True}
    graph = app(mounting({"efs": efs}), preview=preview)
    assert graph.of_type(EFS) == []
    (volume,) = graph.one(TASK).inputs["volumes"]
    assert volume["efsVolumeConfiguration"] == {
        "fileSystemId": GIVEN,
        "transitEncryption": "ENABLED",
        "authorizationConfig": {"accessPointId": "fsap-0123456789abcdef0", "iam": "ENABLED"},
    }
    if preview:
        return
    statement = next(entry for entry in allowed(graph) if "elasticfilesystem:ClientMount" in entry["Action"])
    arn = f"arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/{GIVEN}"
    assert statement["Resource"] == [arn]


def test_a_directory_of_a_file_system_that_exists_needs_no_rights() -> None:
    graph = app(mounting({"efs": {"file_system_id": GIVEN, "root_directory": "/shop"}}))
    (volume,) = graph.one(TASK).inputs["volumes"]
    assert volume["efsVolumeConfiguration"] == {
        "fileSystemId": GIVEN,
        "transitEncryption": "ENABLED",
        "rootDirectory": "/shop",
    }
    assert all("elasticfilesystem:ClientMount" not in entry["Action"] for entry in allowed(graph))


def test_a_file_system_of_the_program(preview: bool) -> None:
    def volumes() -> Any:
        return {"data": {"efs": {"file_system_id": aws.efs.FileSystem("files").id, "iam": True}}}

    graph = app(mounting({}, volumes=volumes), preview=preview)
    (volume,) = graph.one(TASK).inputs["volumes"]
    expected = UNKNOWN if preview else graph.one(EFS).id
    assert volume["efsVolumeConfiguration"]["fileSystemId"] == expected


def test_an_ebs_volume_for_each_task(preview: bool) -> None:
    ebs = {"size": 20.0, "iops": 4000, "throughput": 250, "kms_key_id": "key-1"}
    graph = app(mounting({"ebs": ebs}), preview=preview)
    assert graph.one(TASK).inputs["volumes"] == [{"name": "data", "configureAtLaunch": True}]
    configuration = graph.one(SERVICE).inputs["volumeConfiguration"]
    assert configuration["name"] == "data"
    managed = dict(configuration["managedEbsVolume"])
    role = graph.one("aws:iam/role:Role", "web-volumes-role")
    assert managed.pop("roleArn") == (UNKNOWN if preview else role.outputs["arn"])
    (tags,) = managed.pop("tagSpecifications")
    assert (tags["resourceType"], tags["tags"]["moorage:app"]) == ("volume", "web")
    assert managed == {
        "encrypted": True,
        "fileSystemType": "xfs",
        "volumeType": "gp3",
        "sizeInGb": 20,
        "iops": 4000,
        "throughput": 250,
        "kmsKeyId": "key-1",
    }
    attachment = graph.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "web-volumes-policy")
    if not preview:
        policy = "arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForVolumes"
        assert attachment.inputs["policyArn"] == policy


def test_a_path_of_the_instance() -> None:
    graph = app(mounting({"host_path": "/var/data"}), capacity="ec2")
    assert graph.one(TASK).inputs["volumes"] == [{"name": "data", "hostPath": "/var/data"}]


def test_a_pre_deploy_job_has_the_volumes_but_no_ebs_volume() -> None:
    both = {"files": {"efs": {}}, "fast": {"ebs": {"size": 5}}}
    mounts = [{"volume": name, "path": f"/{name}"} for name in both]
    graph = app({"volumes": both, "mounts": mounts, "pre_deploy": {"command": ["migrate"]}})
    job = graph.one(TASK, "web-pre-deploy-task")
    assert [volume["name"] for volume in job.inputs["volumes"]] == ["files"]
    (container,) = container_definitions(job).values()
    assert [mount["sourceVolume"] for mount in container["mountPoints"]] == ["files"]
