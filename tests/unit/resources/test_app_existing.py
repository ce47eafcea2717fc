"""Resources that exist already, for an app: policies, a boundary, databases, alarms."""

from pathlib import Path
from typing import Any

import pulumi
import pytest
from support.fixtures import GraphOf, Lines

import moorage
from moorage.graph import view
from moorage.offline import UNKNOWN, EvaluationError, evaluate
from moorage.plan import preflight
from moorage.testing import container_definitions

SERVICE = "aws:ecs/service:Service"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
AWS_POLICY = "arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"


def _graph(args: dict[str, Any], preview: bool = False, component: str = "ContainerApp") -> Any:
    def program() -> None:
        net = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": net.ref})
        shared: dict[str, Any] = {"cluster": cluster.ref, "network": net.ref, "image": "nginx:1"}
        late = {
            name: [pulumi.Output.from_input(item) for item in items]
            for name, items in args.get("late", {}).items()
        }
        given = {key: value for key, value in args.items() if key != "late"}
        getattr(moorage, component)("web", {**shared, **given, **late})

    return evaluate(program, preview=preview)


def test_policies_of_the_task_role(preview: bool) -> None:
    graph = _graph({"policy_arns": [AWS_POLICY], "execute_command": False}, preview)
    attachment = graph.one(ATTACHMENT, "web-task-attached-AmazonSSMReadOnlyAccess")
    assert attachment.inputs == {
        "policyArn": AWS_POLICY,
        "role": graph.one(ROLE, "web-task").outputs["name"],
    }
    # A task must not start before.
    definition = graph.one("aws:ecs/taskDefinition:TaskDefinition")
    assert attachment.urn in definition.property_dependencies["taskRoleArn"]


def test_policies_that_are_outputs(preview: bool) -> None:
    graph = _graph({"late": {"policy_arns": [AWS_POLICY, BOUNDARY]}}, preview)
    arns = {one.name: one.inputs["policyArn"] for one in graph.of_type(ATTACHMENT)}
    assert arns == {"web-task-attached-0": AWS_POLICY, "web-task-attached-1": BOUNDARY}


def test_every_role_has_the_boundary(preview: bool) -> None:
    args = {
        "permissions_boundary": BOUNDARY,
        "volumes": {"fast": {"ebs": {"size": 5}}},
        "mounts": [{"volume": "fast", "path": "/fast"}],
    }
    graph = _graph(args, preview)
    roles = {one.name: one.inputs["permissionsBoundary"] for one in graph.of_type(ROLE)}
    assert roles == dict.fromkeys(("web-execution", "web-task", "web-volumes-role"), BOUNDARY)


def test_the_roles_of_a_job_and_a_cluster(graph_of: GraphOf) -> None:
    job = _graph({"permissions_boundary": BOUNDARY, "schedule": "rate(1 hour)"}, component="Job")
    cluster = graph_of("ec2", permissions_boundary=BOUNDARY, apps={})
    for graph, names in (
        (job, {"web-execution", "web-states", "web-scheduler"}),
        (cluster, {"main-instance-role"}),
    ):
        roles = {one.name: one.inputs.get("permissionsBoundary") for one in graph.of_type(ROLE)}
        assert roles == dict.fromkeys(names, BOUNDARY)


def test_a_database_is_open_to_the_tasks_before_they_start(preview: bool) -> None:
    graph = _graph({"connections": [{"security_group_id": "sg-0d1", "port": 5432}]}, preview)
    group = graph.one("aws:ec2/securityGroup:SecurityGroup")
    rule = graph.one(INGRESS, "web-connection-sg-0d1-5432")
    assert {key: value for key, value in rule.inputs.items() if key != "tags"} == {
        "securityGroupId": "sg-0d1",
        "referencedSecurityGroupId": UNKNOWN if preview else group.id,
        "description": "Tasks of web",
        "ipProtocol": "tcp",
        "fromPort": 5432,
        "toPort": 5432,
    }
    service = graph.one(SERVICE)
    assert rule.urn in service.property_dependencies["networkConfiguration"]
    if not preview:
        assert service.inputs["networkConfiguration"]["securityGroups"] == [group.id]


def test_a_job_connects_too() -> None:
    graph = _graph({"connections": [{"security_group_id": "sg-0d1", "port": 5432}]}, component="Job")
    assert graph.one(INGRESS).name == "web-connection-sg-0d1-5432"


def test_connections_need_a_group_of_the_tasks(refused: Lines) -> None:
    cluster = {
        "arn": "arn:aws:ecs:us-east-1:123456789012:cluster/main",
        "name": "main",
        "capacity": "ec2",
        "capacity_provider": "main",
        "security_group_id": "sg-1",
    }
    args = {"cluster": cluster, "image": "nginx:1", "connections": [{"security_group_id": "sg-2", "port": 1}]}
    assert refused("ContainerApp", args) == ["connections: needs network_mode awsvpc"]


def test_existing_alarms_roll_back(graph_of: GraphOf, preview: bool) -> None:
    plain = graph_of(apps={"web": {"alarm_names": ["errors-of-checkout"]}}, preview=preview)
    settings = {"enable": True, "rollback": True}
    assert plain.one(SERVICE).inputs["alarms"] == {"alarmNames": ["errors-of-checkout"], **settings}
    both = graph_of(
        balancer={}, apps={"web": {"alarm_names": ["errors-of-checkout"], "alarms": {}}}, preview=preview
    )
    own = both.one("aws:cloudwatch/metricAlarm:MetricAlarm", "web-errors").outputs["name"]
    assert both.one(SERVICE).inputs["alarms"] == {"alarmNames": [own, "errors-of-checkout"], **settings}


def test_an_existing_target_group(preview: bool) -> None:
    arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/0123456789abcdef"
    graph = _graph({"target_group_arn": arn, "security_group_ids": ["sg-0f0"]}, preview)
    service = graph.one(SERVICE).inputs
    assert service["loadBalancers"] == [
        {"containerName": "web", "containerPort": 8080, "targetGroupArn": arn}
    ]
    assert service["healthCheckGracePeriodSeconds"] == 60
    assert not graph.of_type("aws:lb/targetGroup:TargetGroup")
    (app,) = [one for one in graph if one.type.endswith(":ContainerApp")]
    assert app.outputs["targetGroupArn"] == arn
    assert [one.rule for one in preflight.check(view(graph))] == []


def test_settings_of_the_service(graph_of: GraphOf, preview: bool) -> None:
    plain = graph_of(preview=preview).one(SERVICE).inputs
    for args, inputs in (
        ({"rebalancing": True}, {"availabilityZoneRebalancing": "ENABLED"}),
        ({"rebalancing": False}, {"availabilityZoneRebalancing": "DISABLED"}),
        ({"platform_version": "1.4.0"}, {"platformVersion": "1.4.0"}),
    ):
        found = graph_of(apps={"web": args}, preview=preview).one(SERVICE).inputs
        assert found == plain | inputs


def test_an_older_platform_version_is_refused_for_ecs_exec(graph_of: GraphOf, preview: bool) -> None:
    with pytest.raises(
        EvaluationError, match=r"platform_version: '1\.3\.0': .* for execute_command \(true by"
    ):
        graph_of(apps={"web": {"platform_version": "1.3.0"}}, preview=preview)
    args = {"platform_version": "1.3.0", "execute_command": False}
    found = graph_of(apps={"web": args}, preview=preview).one(SERVICE).inputs
    assert found["platformVersion"] == "1.3.0"


def test_a_kernel_parameter_of_the_host_is_refused(preview: bool) -> None:
    def program(name: str) -> None:
        value = pulumi.Output.from_input("1")
        settings: dict[str, Any] = {"system_controls": {name: value}}
        net = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": net.ref})
        moorage.ContainerApp(
            "web", {"cluster": cluster.ref, "network": net.ref, "image": "nginx:1", **settings}
        )

    with pytest.raises(EvaluationError, match=r"system_controls\.vm\.swappiness: is not a namespaced kernel"):
        evaluate(lambda: program("vm.swappiness"), preview=preview)
    assert evaluate(lambda: program("net.core.somaxconn"), preview=preview).one(SERVICE)


def test_rebalancing_needs_tasks_spread_over_zones(refused: Lines) -> None:
    cluster = {
        "arn": "arn:aws:ecs:us-east-1:123456789012:cluster/main",
        "name": "main",
        "capacity": "ec2",
        "capacity_provider": "main",
        "security_group_id": "sg-1",
    }
    args = {"cluster": cluster, "image": "nginx:1", "rebalancing": True}
    assert refused("ContainerApp", {**args, "placement": "binpack"}) == [
        "rebalancing: True: needs placement over zones first; use az_spread or az_binpack"
    ]
    assert refused("ContainerApp", {**args, "daemon": True}) == [
        "rebalancing: True: cannot be combined with daemon, which runs one task per instance"
    ]
    assert refused("ContainerApp", {**args, "platform_version": "LATEST"}) == [
        "platform_version: needs cluster.capacity fargate or fargate_spot"
    ]


def test_an_image_that_is_resolved_for_each_task(graph_of: GraphOf, preview: bool) -> None:
    further = {"side": {"image": "busybox:1", "version_consistency": True}}
    graph = graph_of(apps={"web": {"version_consistency": False, "containers": further}}, preview=preview)
    found = container_definitions(graph.one("aws:ecs/taskDefinition:TaskDefinition"))
    assert {name: one.get("versionConsistency") for name, one in found.items()} == {
        "web": "disabled",
        "side": None,
    }


def test_what_is_made_is_an_output(graph_of: GraphOf) -> None:
    graph = graph_of(balancer={})
    (app,) = [one for one in graph if one.type.endswith(":ContainerApp")]
    arns = {
        "executionRoleArn": graph.one(ROLE, "web-execution"),
        "targetGroupArn": graph.one("aws:lb/targetGroup:TargetGroup"),
        "logGroupArn": graph.one("aws:cloudwatch/logGroup:LogGroup"),
    }
    assert {name: app.outputs[name] for name in arns} == {
        name: of.outputs["arn"] for name, of in arns.items()
    }
    assert app.outputs["taskRoleName"] == graph.one(ROLE, "web-task").outputs["name"]
    bare = graph_of(apps={"web": {"execute_command": False}})
    (app,) = [one for one in bare if one.type.endswith(":ContainerApp")]
    assert (app.outputs["taskRoleName"], app.outputs["targetGroupArn"]) == ("", "")


def test_a_service_of_a_compose_file(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        f"""\
services:
  web:
    image: nginx:1
    x-moorage:
      policy_arns: [{AWS_POLICY}]
      permissions_boundary: {BOUNDARY}
      connections: [{{security_group_id: sg-0d1, port: 5432}}]
      alarm_names: [errors]
      rebalancing: true
      version_consistency: false
"""
    )

    def program() -> None:
        net = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": net.ref})
        moorage.ComposeApp("shop", {"folder": str(tmp_path), "cluster": cluster.ref, "network": net.ref})

    graph = evaluate(program)
    assert graph.one(ATTACHMENT).inputs["policyArn"] == AWS_POLICY
    assert graph.one(ROLE, "shop-web-task").inputs["permissionsBoundary"] == BOUNDARY
    assert graph.one(INGRESS, "shop-web-connection-sg-0d1-5432").inputs["toPort"] == 5432
    service = graph.one(SERVICE).inputs
    assert service["alarms"]["alarmNames"] == ["errors"]
    assert service["availabilityZoneRebalancing"] == "ENABLED"
    (definition,) = container_definitions(graph.one("aws:ecs/taskDefinition:TaskDefinition")).values()
    assert definition["versionConsistency"] == "disabled"
