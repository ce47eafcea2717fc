"""Every bad argument of an app, and every bad combination, each reported in one line."""

from typing import Any

import pytest
from support.fixtures import Lines

from moorage.model.app import app_spec
from moorage.model.app_checks import check_together, check_values
from moorage.model.fields.app import CONTAINER_APP
from moorage.model.fields.checks import check_fields
from moorage.model.fields.values import Values

ARN = "arn:aws:ecs:eu-west-1:123456789012:cluster/main"
FARGATE = {"arn": ARN, "name": "main"}
EC2 = {
    **FARGATE,
    "capacity": "ec2",
    "capacity_provider": "main-instances",
    "security_group_id": "sg-1",
    "max_instances": 3,
}
MANAGED = {**FARGATE, "capacity": "managed_instances", "capacity_provider": "main-managed"}
PUBLIC = {"vpc_id": "vpc-1", "public_subnet_ids": ["a", "b"]}
PRIVATE = {**PUBLIC, "private_subnet_ids": ["c", "d"], "private_egress": True}
BALANCER = {
    "listener_arn": "arn",
    "security_group_id": "sg-2",
    "url": "http://x",
    "arn_suffix": "app/x",
    "reaches_instances": True,
}


def _mounts(*paths: str) -> list[dict[str, str]]:
    return [{"volume": "d", "path": path} for path in paths]


@pytest.fixture
def lines(problem_lines: Lines) -> Lines:
    """Check an app on Fargate in public subnets, with these arguments in place of some or beside them."""

    def run(name: str = "web", secret: frozenset[str] = frozenset(), **args: Any) -> list[str]:
        args = {"cluster": FARGATE, "network": PUBLIC, "image": "nginx:1", **args}
        args = {key: value for key, value in args.items() if value is not None}

        def check(problems: Any) -> None:
            check_fields(Values(CONTAINER_APP, args), problems)
            check_values(name, args, secret, problems)
            check_together(app_spec(name, args, "family"), args, problems)

        return problem_lines(check)

    return run


@pytest.mark.parametrize(
    "args",
    [
        {},
        {"network": PRIVATE},
        {"cluster": EC2},
        {"cluster": EC2, "network": None},
        {"cluster": EC2, "network": PRIVATE, "network_mode": "awsvpc"},
        {"cluster": MANAGED, "network": PRIVATE},
        {"load_balancer": BALANCER, "health_check": {"path": "/healthz"}, "rules": [{"path": "/api/*"}]},
        {"cluster": EC2, "load_balancer": BALANCER},
        {"cluster": EC2, "public": True, "host_port": 80},
        {"public": True},
        {"network": PRIVATE, "subnets": "public", "public": True},
        {"cluster": EC2, "daemon": True},
        {"cluster": EC2, "host_port": 80, "count": 3, "minimum_healthy_percent": 50},
        {"cluster": EC2, "host_port": 80, "count": 2},
        {"autoscaling": {"min": 1, "max": 10}},
        {"count": 0},
        {"count": 3, "minimum_healthy_percent": 100, "maximum_percent": 150},
    ],
)
def test_what_is_fine(lines: Lines, args: dict[str, Any]) -> None:
    assert lines(**args) == []


@pytest.mark.parametrize(
    ("args", "start"),
    [
        ({"image": ""}, "image: '': must be an image's reference"),
        ({"port": 0}, "port: 0: must be from 1 to 65535"),
        ({"port": 65536}, "port: 65536: "),
        ({"count": -1}, "count: -1: must be from 0 to 5000"),
        ({"count": 5001}, "count: 5001: "),
        ({"minimum_healthy_percent": 101}, "minimum_healthy_percent: 101: must be from 0 to 100 percent"),
        ({"maximum_percent": 201}, "maximum_percent: 201: must be from 100 to 200 percent"),
        ({"stop_timeout": 121}, "stop_timeout: 121: must be from 2 to 120 seconds"),
        ({"stop_timeout": 1}, "stop_timeout: 1: "),
        ({"memory_reservation": 600}, "memory_reservation: 600: must be from 6 to memory, 512 MiB"),
        ({"memory_reservation": 5}, "memory_reservation: 5: "),
        ({"cpu": 300}, "cpu: 300: Fargate supports 256, "),
        ({"memory": 700}, "memory: 700: with 256 CPU units Fargate supports 512, 1024, 2048 MiB"),
        ({"cluster": EC2, "cpu": 64}, "cpu: 64: must be from 128 to 196608"),
        ({"network_mode": "host"}, "network_mode: 'host': must be one of awsvpc, bridge"),
        (
            {"network_mode": "bridge"},
            "network_mode: 'bridge': needs capacity ec2; fargate supports awsvpc only",
        ),
        (
            {"cluster": MANAGED, "network": PRIVATE, "network_mode": "bridge"},
            "network_mode: 'bridge': needs capacity ec2",
        ),
        ({"placement": "binpack"}, "placement: 'binpack': needs cluster.capacity ec2"),
        (
            {"cluster": MANAGED, "network": PRIVATE, "placement": "binpack"},
            "placement: 'binpack': needs cluster.capacity ec2",
        ),
        (
            {"cluster": EC2, "placement": "spread"},
            "placement: 'spread': must be one of az_spread, az_binpack",
        ),
        (
            {"subnets": "privat"},
            "subnets: 'privat': must be one of public, private (did you mean 'private'?)",
        ),
        (
            {"subnets": "private"},
            "subnets: 'private': these tasks cannot pull their image: the network needs private_egress",
        ),
        ({"cluster": EC2, "subnets": "public"}, "subnets: 'public': needs network_mode awsvpc"),
        ({"network": None}, "network: is required for awsvpc tasks and behind a load balancer"),
        ({"cluster": EC2, "network": None, "load_balancer": BALANCER}, "network: is required"),
        (
            {"cluster": EC2, "network_mode": "awsvpc"},
            "network_mode: 'awsvpc': on instances such tasks get no public address",
        ),
        ({"cluster": MANAGED}, "network_mode: 'awsvpc': on instances such tasks get no public address"),
        ({"host_port": 80}, "host_port: 80: needs network_mode bridge"),
        ({"cluster": EC2, "host_port": 22}, "host_port: 22: is reserved on an ECS instance"),
        ({"cluster": EC2, "host_port": 70000}, "host_port: 70000: must be from 0 to 65535"),
        ({"family": "a.b"}, "family: 'a.b': must be 1 to 255 letters"),
        ({"container_name": "a b"}, "container_name: 'a b': "),
        ({"service_name": ""}, "service_name: '': "),
        ({"log_group_name": "a b"}, "log_group_name: 'a b': "),
        ({"log_retention_days": 31}, "log_retention_days: 31: must be one of 1, 3, 5, 7, 14, 30, 60, 90"),
        (
            {"read_only": True, "execute_command": True},
            "execute_command: True: needs a writable root file system",
        ),
    ],
)
def test_values(lines: Lines, args: dict[str, Any], start: str) -> None:
    (line,) = lines(**args)
    assert line.startswith(start)


@pytest.mark.parametrize(
    ("args", "start"),
    [
        (
            {"cluster": {**FARGATE, "capacity": "fargat"}},
            "cluster.capacity: 'fargat': must be one of fargate",
        ),
        ({"cluster": {**FARGATE, "arch": "arm"}}, "cluster.arch: 'arm': must be one of x86_64, arm64"),
        ({"cluster": {**FARGATE, "preset": "live"}}, "cluster.preset: 'live': must be one of dev, prod"),
        (
            {"cluster": {k: v for k, v in EC2.items() if k != "capacity_provider"}},
            "cluster.capacity_provider: is required",
        ),
        (
            {"cluster": {k: v for k, v in EC2.items() if k != "security_group_id"}},
            "cluster.security_group_id: is required",
        ),
    ],
)
def test_a_cluster_given_field_by_field(lines: Lines, args: dict[str, Any], start: str) -> None:
    assert any(line.startswith(start) for line in lines(**args))


@pytest.mark.parametrize(
    ("check", "start"),
    [
        ({"interval": 4}, "health_check.interval: 4: must be from 5 to 300 seconds"),
        ({"timeout": 5}, "health_check.timeout: 5: must be below the interval, 5 s"),
        ({"interval": 300, "timeout": 121}, "health_check.timeout: 121: "),
        ({"healthy_threshold": 1}, "health_check.healthy_threshold: 1: must be from 2 to 10"),
        ({"unhealthy_threshold": 11}, "health_check.unhealthy_threshold: 11: "),
        ({"path": "healthz"}, "health_check.path: 'healthz': must be a path that begins with /"),
        ({"matcher": "200-"}, "health_check.matcher: '200-': must be codes from 200 to 499"),
        ({"matcher": "500"}, "health_check.matcher: '500': "),
        ({"grace_period": -1}, "health_check.grace_period: -1: "),
    ],
)
def test_health_checks(lines: Lines, check: dict[str, Any], start: str) -> None:
    (line,) = lines(load_balancer=BALANCER, health_check=check)
    assert line.startswith(start)


@pytest.mark.parametrize(
    ("check", "start"),
    [
        ({"command": []}, "container_health_check.command: []: must begin with CMD or CMD-SHELL"),
        ({"command": ["curl"]}, "container_health_check.command: ['curl']: "),
        ({"command": ["CMD", "x"], "interval": 301}, "container_health_check.interval: 301: "),
        ({"command": ["CMD", "x"], "timeout": 61}, "container_health_check.timeout: 61: "),
        ({"command": ["CMD", "x"], "retries": 11}, "container_health_check.retries: 11: "),
        ({"command": ["CMD", "x"], "start_period": 301}, "container_health_check.start_period: 301: "),
    ],
)
def test_container_health_checks(lines: Lines, check: dict[str, Any], start: str) -> None:
    (line,) = lines(container_health_check=check)
    assert line.startswith(start)


@pytest.mark.parametrize(
    ("args", "start"),
    [
        ({"public": True, "load_balancer": BALANCER}, "public: True: cannot be combined with load_balancer"),
        ({"rules": [{"path": "/x"}]}, "rules: needs load_balancer"),
        ({"health_check": {"path": "/x"}}, "health_check: needs load_balancer"),
        ({"deregistration_delay": 30}, "deregistration_delay: 30: needs load_balancer"),
        ({"load_balancer": BALANCER, "rules": [{"host": "x"}]}, "rules[0].host: 'x': "),
        (
            {"load_balancer": BALANCER, "stop_timeout": 31, "deregistration_delay": 30},
            "stop_timeout: 31: must not be above deregistration_delay, 30 s",
        ),
        (
            {"cluster": EC2, "load_balancer": {**BALANCER, "reaches_instances": False}},
            "load_balancer: does not reach dynamic host ports",
        ),
        ({"cluster": EC2, "public": True}, "public: True: needs a fixed host_port"),
        (
            {"network": PRIVATE, "public": True},
            "public: True: tasks in private subnets get no public address",
        ),
        (
            {"cluster": EC2, "network": PRIVATE, "public": True, "host_port": 80},
            "public: True: tasks in private subnets",
        ),
        (
            {
                "cluster": EC2,
                "network": PRIVATE,
                "network_mode": "awsvpc",
                "subnets": "private",
                "public": True,
            },
            "public: True: awsvpc tasks on instances",
        ),
    ],
)
def test_exposure(lines: Lines, args: dict[str, Any], start: str) -> None:
    assert any(line.startswith(start) for line in lines(**args))


@pytest.mark.parametrize(
    ("args", "start"),
    [
        (
            {"cluster": EC2, "host_port": 80, "count": 4},
            "count: 4: with host port 80 one fits on each instance, and there are at most 3",
        ),
        (
            {"cluster": EC2, "placement": "one_per_host", "count": 4},
            "count: 4: with placement one_per_host one fits",
        ),
        (
            {"cluster": EC2, "host_port": 80, "autoscaling": {"min": 1, "max": 4}},
            "autoscaling.max: 4: with host port 80",
        ),
        (
            {"cluster": EC2, "host_port": 80, "count": 3},
            "minimum_healthy_percent: 100: 3 instances hold at most 3 tasks",
        ),
        (
            {"cluster": EC2, "host_port": 80, "autoscaling": {"min": 1, "max": 3}},
            "minimum_healthy_percent: 100: 3 instances",
        ),
        (
            {"minimum_healthy_percent": 100, "maximum_percent": 100},
            "maximum_percent: 100: with minimum_healthy_percent 100 and count 1",
        ),
        # ECS rounds the maximum down: of one task there could be only one.
        ({"maximum_percent": 150}, "maximum_percent: 150: with minimum_healthy_percent 100 and count 1"),
        ({"count": 2, "minimum_healthy_percent": 51, "maximum_percent": 149}, "maximum_percent: 149: "),
        ({"daemon": True}, "daemon: True: needs cluster.capacity ec2"),
        (
            {"cluster": EC2, "daemon": True, "count": 2},
            "count: 2: cannot be combined with daemon, which runs one",
        ),
        (
            {"cluster": EC2, "daemon": True, "placement": "binpack"},
            "placement: 'binpack': cannot be combined with daemon",
        ),
        (
            {"cluster": EC2, "daemon": True, "maximum_percent": 200},
            "maximum_percent: 200: must be 100 with daemon",
        ),
        ({"count": 2, "autoscaling": {"min": 1, "max": 2}}, "count: 2: cannot be combined with autoscaling"),
        ({"autoscaling": {"min": 3, "max": 2}}, "autoscaling.max: 2: must be at least min, 3"),
        ({"autoscaling": {"min": 1, "max": 0}}, "autoscaling.max: 0: must be from 1 to 5000"),
        (
            {"autoscaling": {"min": 0, "max": 5}},
            "autoscaling.min: 0: nothing starts the first task: CPU, memory, requests and latency have no ",
        ),
        (
            {"autoscaling": {"min": 1, "max": 2, "cpu": 101}},
            "autoscaling.cpu: 101: must be from 1 to 100 percent",
        ),
        ({"autoscaling": {"min": 1, "max": 2, "memory": 0}}, "autoscaling.memory: 0: "),
        (
            {"autoscaling": {"min": 1, "max": 2, "requests": 5}},
            "autoscaling.requests: 5: needs load_balancer.arn_suffix",
        ),
    ],
)
def test_counts(lines: Lines, args: dict[str, Any], start: str) -> None:
    (line,) = lines(**args)
    assert line.startswith(start)


@pytest.mark.parametrize(
    ("args", "start"),
    [
        ({"environment": {"A=B": "x"}}, "environment.A=B: 'A=B': must be a variable's name"),
        ({"environment": {"A": "x"}, "secrets": {"A": "db"}}, "secrets.A: is also in environment"),
        ({"secrets": {"A": "db"}, "secret_values": {"A": "x"}}, "secret_values.A: is also in secrets"),
        ({"secrets": {"A": "has space"}}, "secrets.A: 'has space': must be an ARN"),
        (
            {"environment": {"AWS_SECRET_ACCESS_KEY": "x"}},
            "environment.AWS_SECRET_ACCESS_KEY: credentials do not belong",
        ),
        (
            {"grants": [{"service": "dynamo", "access": "read", "arn": "arn:aws:dynamo:::x"}]},
            "grants[0].service: 'dynamo': must be one of dynamodb",
        ),
        (
            {"grants": [{"service": "s3", "access": "all", "arn": "arn:aws:s3:::b"}]},
            "grants[0].access: 'all': must be one of read, write, read_write",
        ),
        (
            {"grants": [{"service": "s3", "access": "read", "arn": "bucket"}]},
            "grants[0].arn: 'bucket': must be an ARN",
        ),
        (
            {"grants": [{"service": "s3", "access": "read", "arn": "arn:aws:sqs:eu-west-1:1:q"}]},
            "grants[0].arn: 'arn:aws:sqs:eu-west-1:1:q': is not an ARN of s3",
        ),
        (
            {"statements": [{"actions": ["s3:*"], "resources": ["arn:aws:s3:::b"]}]},
            "statements[0].actions[0]: 's3:*': must be an action",
        ),
        ({"connections": [{"security_group_id": "db", "port": 1}]}, "connections[0].security_group_id: 'db'"),
        (
            {"connections": [{"security_group_id": "sg-1", "port": 0}]},
            "connections[0].port: 0: must be from 1",
        ),
        (
            {"connections": [{"security_group_id": "sg-1", "port": 1}] * 2},
            "connections[1]: 'sg-1': is given twice for this port",
        ),
        (
            {"connections": [{"security_group_id": "sg-1", "port": 1}], "security_group": False},
            "connections: needs the tasks' own security_group",
        ),
        ({"policy_arns": ["ReadOnlyAccess"]}, "policy_arns[0]: 'ReadOnlyAccess': must be an ARN such as"),
        (
            {"policy_arns": [f"arn:aws:iam::aws:policy/P{number}" for number in range(11)]},
            "policy_arns: 11 managed policies with those of grants and statements, and a role has at most 10",
        ),
        ({"task_role_arn": "app"}, "task_role_arn: 'app': must be an ARN such as arn:aws:iam:...:role/"),
        (
            {"execution_role_arn": "arn:aws:iam::123456789012:policy/p"},
            "execution_role_arn: 'arn:aws:iam::123456789012:policy/p': must be an ARN such as",
        ),
        ({"security_group_ids": ["sg-1", "db"]}, "security_group_ids[1]: 'db': must be the id of a security"),
        ({"alarm_names": ["errors", ""]}, "alarm_names[1]: '': must be the name of an alarm"),
        ({"permissions_boundary": "b"}, "permissions_boundary: 'b': must be an ARN such as"),
        (
            {"rebalancing": True, "maximum_percent": 100, "minimum_healthy_percent": 0},
            "rebalancing: True: needs maximum_percent above 100",
        ),
        ({"platform_version": "1.4"}, "platform_version: '1.4': must be LATEST, or a version such as 1.4.0"),
        (
            {"statements": [{"actions": ["s3:GetObject"], "resources": ["bucket"]}]},
            "statements[0].resources[0]: 'bucket': must be an ARN",
        ),
        (
            {"grants": [{"service": "kms", "access": "read", "arn": "arn:aws:kms:x"}]},
            "grants[0].arn: 'arn:aws:kms:x': must be an ARN",
        ),
    ],
)
def test_variables_and_rights(lines: Lines, args: dict[str, Any], start: str) -> None:
    (line,) = lines(**args)
    assert line.startswith(start)


_OLD = {"platform_version": "1.3.0", "execute_command": False}
_SYSTEM = {"system_controls": {"net.core.somaxconn": "512"}}


@pytest.mark.parametrize(
    ("args", "needed"),
    [
        (
            {"execute_command": None},
            "execute_command (true by default in the preset dev; set it to false)",
        ),
        ({"execute_command": True}, "execute_command"),
        ({"ephemeral_storage": 50}, "ephemeral_storage"),
        (
            {"volumes": {"d": {"efs": {"file_system_id": "fs-12345678"}}}, "mounts": _mounts("/d")},
            "volumes.d.efs",
        ),
        ({"volumes": {"d": {"ebs": {"size": 9}}}, "mounts": _mounts("/d")}, "volumes.d.ebs"),
        (_SYSTEM, "system_controls"),
        ({"containers": {"side": {"image": "i", **_SYSTEM}}}, "containers.side.system_controls"),
        ({"linux": {"add_capabilities": ["SYS_PTRACE"]}}, "linux.add_capabilities"),
        ({"env_file": ["arn:aws:s3:::bucket/a.env"]}, "env_file"),
        ({"restart": {}}, "restart"),
        ({"connect": {}, "cluster": {**FARGATE, "namespace_arn": "arn"}}, "connect"),
        ({**_SYSTEM, "ephemeral_storage": 50}, "ephemeral_storage, system_controls"),
    ],
)
def test_an_older_platform_version(lines: Lines, args: dict[str, Any], needed: str) -> None:
    assert lines(**{**_OLD, **args}) == [
        f"platform_version: '1.3.0': must be LATEST or at least 1.4.0 for {needed}; raise it, or omit what "
        "needs it"
    ]
    for version in ("LATEST", "1.4.0", "1.10.0"):
        assert lines(**{**_OLD, **args, "platform_version": version}) == []


def test_an_older_platform_version_for_a_plain_task(lines: Lines) -> None:
    assert lines(**_OLD) == []


def test_a_secret_in_the_environment(lines: Lines) -> None:
    (line,) = lines(environment={"TOKEN": "hush"}, secret=frozenset({"environment.TOKEN"}))
    assert line.startswith("environment.TOKEN: is a Pulumi secret")
    assert "use secret_values" in line
    assert "hush" not in line


def test_all_problems_at_once(lines: Lines) -> None:
    wrong = lines(
        "sg-web", cpu=300, port=0, count=9999, public=True, network=PRIVATE, environment={"A=B": "x"}
    )
    assert [line.split(":")[0] for line in wrong] == [
        "port",
        "count",
        "name",
        "environment.A=B",
        "cpu",
        "public",
    ]
