# ruff: noqa: E501 - a row of a table is one line
"""Refused settings of a task's containers, volumes and names, each with its one-line error."""

from typing import Any

import pytest
from support.fixtures import Lines

from moorage.model.app import app_spec
from moorage.model.app_checks import check_together, check_values
from moorage.model.fields.app import CONTAINER_APP
from moorage.model.fields.checks import check_fields
from moorage.model.fields.values import Values
from moorage.model.problems import Problems

ARN = "arn:aws:ecs:eu-west-1:123456789012:cluster/main"
FARGATE = {"arn": ARN, "name": "main"}
EC2 = {**FARGATE, "capacity": "ec2", "capacity_provider": "main", "security_group_id": "sg-1"}
NETWORK = {"vpc_id": "vpc-1", "public_subnet_ids": ["a", "b"]}
NAMESPACE = "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-abc"


@pytest.fixture
def lines(problem_lines: Lines) -> Lines:
    """Check an app on Fargate with these arguments."""

    def run(**args: Any) -> list[str]:
        args = {"cluster": FARGATE, "network": NETWORK, "image": "nginx:1", **args}

        def check(problems: Problems) -> None:
            check_fields(Values(CONTAINER_APP, args), problems)
            check_values("web", args, frozenset(), problems)
            check_together(app_spec("web", args, "family"), args, problems)

        return problem_lines(check)

    return run


SPLUNK = {"driver": "splunk", "secret_options": {"splunk-token": "db#token"}}


def side(**args: Any) -> dict[str, Any]:
    return {"side": {"image": "redis:7", **args}}


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ({"containers": {"a b": {"image": "x"}}}, "containers.a b: 'a b': must be 1 to 255 letters"),
        ({"containers": side(image="X")}, "containers.side.image: 'X': must be an image's reference"),
        ({"containers": side(user="a b")}, "containers.side.user: 'a b': must be a user"),
        ({"containers": side(environment={"A ": "x"})}, "containers.side.environment.A : 'A ': must be"),
        ({"containers": side(secrets={"A": "a b"})}, "containers.side.secrets.A: 'a b': must be an ARN"),
        ({"env_file": ["settings.env"]}, "env_file[0]: 'settings.env': must be the ARN of an .env object"),
        ({"ports": [{"port": 0}]}, "ports[0].port: 0: must be from 1 to 65535"),
        ({"ports": [{"port": 1, "protocol": "icmp"}]}, "ports[0].protocol: 'icmp': must be one of tcp, udp"),
        ({"ports": [{"port": 1, "name": "A"}]}, "ports[0].name: 'A': must be 1 to 64 lower-case letters"),
        ({"linux": {"add_capabilities": ["SYS"]}}, "linux.add_capabilities[0]: 'SYS': must be one of ALL"),
        ({"linux": {"tmpfs": [{"path": "tmp", "size": 1}]}}, "linux.tmpfs[0].path: 'tmp': must be an absol"),
        ({"linux": {"tmpfs": [{"path": "/t", "size": 0}]}}, "linux.tmpfs[0].size: 0: must be from 1"),
        ({"ulimits": {"files": {"soft": 1, "hard": 1}}}, "ulimits.files: 'files': must be one of core"),
        ({"ulimits": {"nofile": {"soft": 9, "hard": 1}}}, "ulimits.nofile: must be 0 or more, or -1"),
        *(
            (given, f"{where}system_controls.{name}: is not a namespaced kernel parameter; must be net.*")
            for name in ("vm.swappiness", "fs.file-max", "kernel.pid_max", "kernel.shmmax2", "net", "xnet.a")
            for where, given in (
                ("", {"system_controls": {name: "1"}}),
                ("containers.side.", {"containers": side(system_controls={name: "1"})}),
            )
        ),
        ({"log": {"options": {"awslogs-foo": "x"}}}, "log.options.awslogs-foo: 'awslogs-foo': must be one of awslogs-"),
        ({"log": {"secret_options": {"labels": "db"}}}, "log.secret_options.labels: 'labels': must be one of awslogs-"),
        ({"restart": {"attempt_period": 30}}, "restart.attempt_period: 30: must be from 60 to 1800"),
        ({"log": {"driver": "loki"}}, "log.driver: 'loki': must be one of awslogs"),
        ({"log": {"region": "eu-west-1"}}, "log.region: needs group"),
        ({"log": {**SPLUNK, "options": {"splunk-url": "u"}, "group": "x"}}, "log.group: needs driver awslogs"),
        ({"log": {"firelens": {"to": "loki"}}}, "log.firelens.to: 'loki': must be one of cloudwatch, s3"),
        ({"log": {"firelens": {"to": "s3"}}}, "log.firelens.name: is required for s3"),
        (
            {"log": {"firelens": {"to": "cloudwatch", "name": "x"}}},
            "log.firelens.name: cannot be combined with cloudw",
        ),
        (
            {"log": {"firelens": {"to": "opensearch", "name": "x"}}},
            "log.firelens.host: is required for opensearch",
        ),
        (
            {"log": {"driver": "splunk", "firelens": {"to": "cloudwatch"}}},
            "log.driver: 'splunk': cannot be combined with firelens",
        ),
        ({"containers": side(stop_timeout=1)}, "containers.side.stop_timeout: 1: must be from 2 to 120"),
        (
            {"containers": side(health_check={"command": ["true"]})},
            "containers.side.health_check.command: ['true']: must begin with CMD or CMD-SHELL",
        ),
        ({"depends_on": {"db": "START"}}, "depends_on.db: 'db': must be a container: web"),
        ({"containers": side(essential=False), "depends_on": {"side": "READY"}}, "depends_on.side: 'READY'"),
        ({"containers": side(), "depends_on": {"side": "HEALTHY"}}, "depends_on.side: side needs a health"),
        ({"containers": side(), "depends_on": {"side": "SUCCESS"}}, "depends_on.side: set `essential` of"),
        (
            {"containers": side(depends_on={"web": "START"}), "depends_on": {"side": "START"}},
            "depends_on: is a cycle: web -> side -> web",
        ),
        ({"essential": False}, "essential: at least one container of a task must be essential"),
        ({"containers": {"web": {"image": "x"}}}, "containers.web: is the name of another container"),
        (
            {"port": 80, "containers": side(ports=[{"port": 80}])},
            "containers.side.ports: port 80 is also web's; the containers of a task share its ports",
        ),
        (
            {"ports": [{"port": 1, "name": "a"}, {"port": 2, "name": "a"}]},
            "ports: a is the name of two ports; give each its own `name`",
        ),
        ({"containers": side(cpu=300)}, "cpu: 256: must be at least 300"),
        ({"container_memory": 400, "containers": side(memory=200)}, "memory: 512: must be at least 600"),
        (
            {"containers": side(memory=64, memory_reservation=64)},
            "containers.side.memory_reservation: 64: mu",
        ),
        ({"gpu": 1}, "gpu: 1: the cluster has no GPUs"),
        ({"hostname": "web"}, "hostname: is for bridge networking on EC2"),
        ({"privileged": True}, "privileged: is not possible on Fargate"),
        ({"linux": {"shared_memory": 128}}, "linux.shared_memory: is not possible on Fargate"),
        ({"linux": {"add_capabilities": ["NET_ADMIN"]}}, "linux.add_capabilities[0]: 'NET_ADMIN': must be SYS_PTRACE on"),
        ({"log": {"driver": "fluentd"}}, "log.driver: 'fluentd': is not possible on Fargate"),
        ({"ports": [{"port": 80, "host_port": 81}]}, "ports[0].host_port: 81: must be the container's port, 80, or omitted"),
        ({"containers": side(ports=[{"port": 80, "host_port": 81}])}, "containers.side.ports[0].host_port: 81: must be the"),
        ({"log": {"options": {"mode": "fast"}}}, "log.options.mode: 'fast': must be one of blocking, non-blocking"),
        ({"log": {"options": {"mode": "blocking", "max-buffer-size": "1m"}}}, "log.options.max-buffer-size: needs mode non-"),
        ({"log": {**SPLUNK, "options": {"splunk-url": "u", "max-buffer-size": "1m"}}}, "log.options.max-buffer-size: needs"),
        ({"log": {**SPLUNK, "options": {"splunk-url": "u", "splunk-token": "t"}}}, "log.secret_options.splunk-token: is also"),
        ({"log": SPLUNK}, "log.options.splunk-url: is required for the driver splunk"),
        ({"log": {"driver": "splunk", "options": {"splunk-url": "u"}}}, "log.options.splunk-token: is required for the"),
        ({"volumes_from": [{"container": "web"}]}, "volumes_from: 'web': must be another container of the task: it has none"),
        ({"containers": side(volumes_from=[{"container": "db"}])}, "containers.side.volumes_from: 'db': must be another container of the task: web"),
        ({"cluster": EC2, "extra_hosts": {"a": "host-gateway"}}, "extra_hosts.a: 'host-gateway': must be an IP address"),
        ({"containers": {str(n): {"image": "x"} for n in range(10)}}, "containers: 11: must be at most 10"),
    ],
)  # fmt: skip
def test_containers(lines: Lines, args: dict[str, Any], line: str) -> None:
    (problem,) = lines(**args)
    assert problem.startswith(line)


def mounted(**volume: Any) -> dict[str, Any]:
    return {"volumes": {"data": volume}, "mounts": [{"volume": "data", "path": "/data"}]}


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ({"mounts": [{"volume": "x", "path": "/x"}]}, "mounts[0].volume: 'x': is not declared; add it to `volumes`"),
        ({"volumes": {"data": {}}}, "volumes.data: is not mounted by a container"),
        (
            mounted(efs={}, ebs={"size": 1}),
            "volumes.data.ebs: cannot be combined with efs",
        ),
        (mounted(host_path="/x"), "volumes.data.host_path: needs capacity ec2, not fargate"),
        (mounted(efs={"file_system_id": "x"}), "volumes.data.efs.file_system_id: 'x': must be fs-..."),
        (mounted(efs={"iam": True}), "volumes.data.efs.iam: True: needs file_system_id"),
        (mounted(efs={"owner": "web"}), "volumes.data.efs.owner: 'web': must be numbers up to 4294967295"),
        (mounted(efs={"user": "4294967296"}), "volumes.data.efs.user: '4294967296': must be numbers"),
        (
            mounted(efs={"file_system_id": "fs-01234567", "owner": "1"}),
            "volumes.data.efs.owner: cannot be combined with file_system_id, which has its own",
        ),
        (mounted(ebs={}), "volumes.data.ebs.size: is required without snapshot_id"),
        (mounted(ebs={"size": 4, "type": "io2"}), "volumes.data.ebs.iops: is required for type io2"),
        (mounted(ebs={"size": 3, "type": "io1", "iops": 100}), "volumes.data.ebs.size: 3: must be from 4 to 16384 GiB"),
        (mounted(ebs={"size": 65537}), "volumes.data.ebs.size: 65537: must be from 1 to 65536 GiB"),
        (mounted(ebs={"size": 16385, "type": "gp2"}), "volumes.data.ebs.size: 16385: must be from 1 to 16384 GiB"),
        (mounted(ebs={"size": 124, "type": "st1"}), "volumes.data.ebs.size: 124: must be from 125 to 16384 GiB"),
        (mounted(ebs={"size": 124, "type": "sc1"}), "volumes.data.ebs.size: 124: must be from 125 to 16384 GiB"),
        (mounted(ebs={"size": 1025, "type": "standard"}), "volumes.data.ebs.size: 1025: must be from 1 to 1024"),
        (mounted(ebs={"size": 10, "iops": 2999}), "volumes.data.ebs.iops: 2999: must be from 3000 to 5000"),
        (mounted(ebs={"size": 10, "iops": 5001}), "volumes.data.ebs.iops: 5001: must be from 3000 to 5000"),
        (mounted(ebs={"snapshot_id": "s", "iops": 80001}), "volumes.data.ebs.iops: 80001: must be from 3000 to 80000"),
        (mounted(ebs={"size": 4, "type": "io1", "iops": 201}), "volumes.data.ebs.iops: 201: must be from 100 to 200"),
        (mounted(ebs={"size": 4, "type": "io2", "iops": 4001}), "volumes.data.ebs.iops: 4001: must be from 100 to 4000"),
        (mounted(ebs={"size": 500, "type": "st1", "iops": 500}), "volumes.data.ebs.iops: 500: cannot be set for type st1"),
        (mounted(ebs={"size": 10, "throughput": 751}), "volumes.data.ebs.throughput: 751: needs at least 3004 `iops`"),
        (
            mounted(ebs={"size": 1, "type": "gp2", "throughput": 200}),
            "volumes.data.ebs.throughput: 200: needs type gp3",
        ),
        ({"ephemeral_storage": 20}, "ephemeral_storage: 20: must be from 21 to 200 GiB"),
        ({"cluster": EC2, "ephemeral_storage": 30}, "ephemeral_storage: 30: is for Fargate"),
        ({"file_system": {"zones": 2}}, "file_system: needs a volume with `efs`"),
    ],
)  # fmt: skip
def test_volumes(lines: Lines, args: dict[str, Any], line: str) -> None:
    (problem,) = lines(**args)
    assert problem.startswith(line)


def offering(*services: dict[str, Any]) -> dict[str, Any]:
    return {"connect": {"namespace": NAMESPACE, "services": [*services]}}


def found(**args: Any) -> dict[str, Any]:
    return {"discovery": {"namespace_id": "ns-abc", "clients": ["sg-1"]}, **args}


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ({"connect": {}}, "connect.namespace: is required: the cluster has no namespace of its own"),
        ({"connect": {"namespace": "shop"}}, "connect.namespace: 'shop': must be the ARN of a Cloud Map"),
        (offering({"port": 9}), "connect.services[0].port: 9: must be a TCP port of one of the containers"),
        (offering({}, {}), "connect.services[1].name: 'web': is offered twice"),
        (offering({"request_timeout": 9}), "connect.services[0].request_timeout: 9: needs `app_protocol` http, http2 or"),
        (offering({}, {"name": "b", "aliases": [{"dns_name": "web"}]}), "connect.services[1].aliases[0]: web:8080 is already"),
        (offering({"aliases": [{}, {"port": 80}]}), "connect.services[0].aliases: must have exactly one alias"),
        (offering({"aliases": []}), "connect.services[0].aliases: must have exactly one alias"),
        (offering({"name": "A"}), "connect.services[0].name: 'A': must be 1 to 64 lower-case letters"),
        ({"discovery": {"namespace_id": "shop"}}, "discovery.namespace_id: 'shop': must be ns-..."),
        ({"cluster": EC2, "discovery": {"namespace_id": "ns-abc"}}, "discovery: needs port with bridge"),
        (found(), "discovery.clients: needs port or ports"),
        (found(cluster=EC2, port=80), "discovery.clients: is for awsvpc tasks"),
        (found(security_group=False, port=80), "discovery.clients: needs the tasks' own security_group"),
        ({"cluster": EC2, "security_group": False}, "security_group: is for awsvpc tasks"),
        ({"security_group": False, **mounted(efs={})}, "security_group_ids: is required: the file system"),
    ],
)  # fmt: skip
def test_names(lines: Lines, args: dict[str, Any], line: str) -> None:
    (problem,) = lines(**args)
    assert problem.startswith(line)


def test_what_is_good(lines: Lines) -> None:
    ready = side(essential=False, health_check={"command": ["CMD", "true"]})
    assert (
        lines(containers=ready, depends_on={"side": "HEALTHY"}, ulimits={"nofile": {"soft": 1, "hard": 9}})
        == []
    )
    assert lines(**mounted(efs={"user": "1000:1000"}), file_system={"zones": 2}, ephemeral_storage=21) == []
    assert lines(**offering({"name": "api"}), stop_timeout=0) == []
    http = [{"port": 8080, "app_protocol": "http", "host_port": 8080}]
    assert lines(**offering({"request_timeout": 9}), port=8080, ports=http) == []
    assert (
        lines(log={**SPLUNK, "options": {"splunk-url": "u", "mode": "non-blocking", "max-buffer-size": "1m"}})
        == []
    )
    controls = ("kernel.msgmax", "kernel.shm_rmid_forced", "fs.mqueue.msg_max", "net.ipv4.ip_forward")
    assert lines(system_controls=dict.fromkeys(controls, "1")) == []
    assert lines(log={"options": {"awslogs-datetime-format": "%Y", "awslogs-create-group": "true"}}) == []
    assert lines(log={"options": {"max-buffer-size": "1m"}}, ulimits={"nproc": {"soft": 1, "hard": 2}}) == []
    assert lines(**mounted(ebs={"size": 1, "iops": 3000, "throughput": 750})) == []
    assert lines(**mounted(ebs={"size": 65536, "iops": 80000, "throughput": 2000})) == []
    assert lines(cluster=EC2, extra_hosts={"a": "10.0.0.7", "b": "fd00::7"}) == []
    bridged = side(hostname="a", links=["web"], privileged=True, ulimits={"core": {"soft": 0, "hard": -1}})
    assert lines(cluster=EC2, containers=bridged) == []


@pytest.mark.parametrize("path", ["/d", "/d/", "//d", "/d/.", "/x/../d"])
def test_one_place_of_two_volumes(lines: Lines, path: str) -> None:
    volumes: dict[str, Any] = {"a": {}, "b": {}}
    mounts = [{"volume": "a", "path": "/d"}, {"volume": "b", "path": path}]
    assert lines(volumes=volumes, mounts=mounts) == [
        f"mounts[1].path: {path!r}: is the path of another volume"
    ]
    in_memory = {"tmpfs": [{"path": path, "size": 1}]}
    assert lines(volumes={"a": {}}, mounts=mounts[:1], linux=in_memory) == [
        "mounts[0].path: '/d': is the path of another volume"
    ]
    elsewhere = [mounts[0], {"volume": "b", "path": f"{path}/e"}]
    assert lines(volumes=volumes, mounts=elsewhere) == []
