"""For each preflight rule a program that breaks it, and one, as close to it as can be, that does not."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build

from .preflight_programs import CONTAINER, Program, World, on_fargate, on_instances

Further = Callable[[World], object]
"""Makes further resources in a program."""


@dataclass(frozen=True)
class Case:
    """A program that breaks a rule, and one that does not."""

    bad: Program
    good: Program
    stack: str = "dev"
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Files in the folder that the program runs in, by path."""
    previewed: bool = True
    """True if a preview finds it too; a policy with an ARN that is not known yet says nothing."""


NAT = {"gateway_id": None, "nat_gateway_id": "nat-1"}
ON_INTERFACES: Mapping[str, Any] = {
    "group": {"target_type": "ip"},
    "ingress": {"from_port": 8080, "to_port": 8080},
}
TRACK = "ECSServiceAverageCPUUtilization"
HTTPS = {"port": 443, "protocol": "HTTPS"}
FIXED_PORT = {"portMappings": [{"containerPort": 8080, "hostPort": 40000}]}
SPOT: Any = {"capacity_provider": "FARGATE_SPOT", "weight": 1}
ROUTER = {"name": "router", "image": "r:1", "firelensConfiguration": {"type": "fluentbit"}}
TO_FIRELENS = {"logConfiguration": {"logDriver": "awsfirelens"}}
AWSLOGS = {"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "web-logs"}}}
TO_S3 = {
    "logConfiguration": {"logDriver": "awsfirelens", "options": {"Name": "s3", "bucket": "logs"}},
}
SECRETS = {"secrets": [{"name": "DB", "valueFrom": "/db"}]}


def interfaces(**network: Any) -> Callable[[World], Any]:
    """Return the inputs of a service whose tasks have network interfaces of their own."""

    def inputs(world: World) -> Any:
        groups = [world.task_group.id]
        return {"network_configuration": {"subnets": world.subnets, "security_groups": groups, **network}}

    return inputs


def with_task_role(world: World) -> Any:
    """Return the inputs of a task definition whose code has the role of the program."""
    return {"task_role_arn": world.role.arn}


BOTTLEROCKET = "resolve:ssm:/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id"
ENCRYPTED_FILES = {
    "name": "files",
    "efs_volume_configuration": {"file_system_id": "fs-1", "transit_encryption": "ENABLED"},
}


def scaled(minimum: int, maximum: int, metric: str | None = None, *actions: tuple[int, int]) -> Further:
    """Make a scalable target, a policy, and scheduled actions by their bounds."""

    def more(world: World) -> None:
        place: Any = {
            "service_namespace": "ecs",
            "scalable_dimension": "ecs:service:DesiredCount",
            "resource_id": world.running.name.apply(lambda name: f"service/main/{name}"),
        }
        aws.appautoscaling.Target("scaling", min_capacity=minimum, max_capacity=maximum, **place)
        if metric is not None:
            tracking: Any = {
                "target_value": 60,
                "predefined_metric_specification": {"predefined_metric_type": metric},
            }
            policy: Any = {"target_tracking_scaling_policy_configuration": tracking, **place}
            aws.appautoscaling.Policy("policy", policy_type="TargetTrackingScaling", **policy)
        for number, (least, most) in enumerate(actions):
            aws.appautoscaling.ScheduledAction(
                f"action-{number}",
                schedule=f"cron(0 {number} * * ? *)",
                scalable_target_action={"min_capacity": least, "max_capacity": most},
                **place,
            )

    return more


def consumed(visibility: int) -> Further:
    """Make a queue that the tasks receive from."""

    def more(world: World) -> None:
        queue = aws.sqs.Queue("queue", visibility_timeout_seconds=visibility)
        statement = {"Effect": "Allow", "Action": ["sqs:ReceiveMessage"], "Resource": [queue.arn]}
        policy = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]})
        aws.iam.RolePolicy("receive", role=world.role.name, policy=policy)

    return more


def listener_rules(*rules: tuple[int, str]) -> Further:
    """Make listener rules: priority and path."""

    def more(world: World) -> None:
        for index, (priority, path) in enumerate(rules):
            aws.lb.ListenerRule(
                f"rule-{index}",
                listener_arn=world.listener.arn,
                priority=priority,
                conditions=[{"path_pattern": {"values": [path]}}],
                actions=[{"type": "forward", "target_group_arn": world.target_group.arn}],
            )

    return more


def second_listener(port: int) -> Further:
    """Make another listener on a port."""

    def more(world: World) -> None:
        aws.lb.Listener(
            "second",
            load_balancer_arn=world.alb.arn,
            port=port,
            default_actions=[{"type": "forward", "target_group_arn": world.target_group.arn}],
        )

    return more


def host_rule(world: World) -> None:
    aws.lb.ListenerRule(
        "rule",
        listener_arn=world.listener.arn,
        conditions=[{"host_header": {"values": ["api.example.com"]}}],
        actions=[{"type": "forward", "target_group_arn": world.target_group.arn}],
    )


def certificate_for(name: str) -> Callable[[World], Any]:
    return lambda world: HTTPS | {"certificate_arn": aws.acm.Certificate("own", domain_name=name).arn}


def certificate_in(region: str) -> Mapping[str, str | int]:
    return HTTPS | {
        "region": "us-east-1",
        "certificate_arn": f"arn:aws:acm:{region}:123456789012:certificate/1",
    }


def validated_in(**zone: Any) -> Program:
    def program() -> None:
        certificate = aws.acm.Certificate("own", domain_name="corp.example", validation_method="DNS")
        option = certificate.domain_validation_options[0]
        aws.route53.Record(
            "proof",
            zone_id=aws.route53.Zone("zone", name="corp.example", **zone).zone_id,
            name=option.resource_record_name,
            type=option.resource_record_type,
            records=[option.resource_record_value],
        )

    return program


def two_services(first: Mapping[str, Any], second: Mapping[str, Any]) -> Program:
    """Return a program with two further services on the cluster."""

    def more(world: World) -> None:
        for name, inputs in (("first", first), ("second", second)):
            aws.ecs.Service(
                name,
                cluster=world.cluster.arn,
                launch_type="FARGATE",
                task_definition=world.definition.arn,
                network_configuration={"subnets": world.subnets, "assign_public_ip": True},
                **inputs,
            )

    return on_fargate(more)


def connected(name: str) -> Mapping[str, Any]:
    service = {"port_name": "http", "discovery_name": name}
    return {"service_connect_configuration": {"enabled": True, "namespace": "apps", "services": [service]}}


def second_on_instances(world: World) -> None:
    aws.ecs.Service(
        "second",
        cluster=world.cluster.arn,
        task_definition=world.definition.arn,
        desired_count=2,
        capacity_provider_strategies=world.strategies,
    )


def allowed(*actions: str) -> Further:
    """Give the execution role a policy."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}

    def more(world: World) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        aws.iam.RolePolicy("inline", role=world.role.name, policy=document)

    return more


def task_may(action: str) -> Callable[[World], Any]:
    """Give the task a role that allows an action on all resources."""

    def inputs(world: World) -> Any:
        role = aws.iam.Role("own", assume_role_policy="{}")
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        aws.iam.RolePolicy("own", role=role.name, policy=document)
        return {"task_role_arn": role.arn}

    return inputs


def private_dns(world: World) -> None:
    aws.ec2.VpcEndpoint(
        "sqs",
        vpc_id=world.vpc.id,
        service_name="com.amazonaws.us-east-1.sqs",
        vpc_endpoint_type="Interface",
        subnet_ids=world.subnets,
        private_dns_enabled=True,
    )


def other_vpc(world: World) -> Any:
    return {"vpc_id": aws.ec2.Vpc("other", cidr_block="10.1.0.0/16").id}


def built_for(platform: Any) -> Further:
    return lambda world: docker_build.Image(
        "image", push=False, tags=["example.com/web:1"], platforms=[platform]
    )


def scheduled(expression: str) -> Program:
    return lambda: aws.cloudwatch.EventRule("rule", schedule_expression=expression) and None


def built(**args: Any) -> Program:
    context: Any = {"location": "app"}
    return lambda: docker_build.Image("web", push=False, context=context, **args) and None


def inline(dockerfile: str) -> Program:
    return built(dockerfile={"inline": dockerfile})


ANSWER = {"type": "fixed-response", "fixed_response": {"content_type": "text/plain", "status_code": "404"}}

CASES: Mapping[str, Case] = {
    "private-without-egress": Case(on_fargate(out=None), on_fargate(out=NAT)),
    "public-without-address": Case(on_fargate(service=interfaces()), on_fargate()),
    "awsvpc-without-internet": Case(
        on_instances(**ON_INTERFACES, task={"network_mode": "awsvpc"}, service=interfaces()),
        on_instances(**ON_INTERFACES, task={"network_mode": "awsvpc"}, service=interfaces(), out=NAT),
    ),
    "public-ip-on-instances": Case(
        on_instances(
            **ON_INTERFACES,
            task={"network_mode": "awsvpc"},
            service=interfaces(assign_public_ip=True),
            out=NAT,
        ),
        on_instances(**ON_INTERFACES, task={"network_mode": "awsvpc"}, service=interfaces(), out=NAT),
    ),
    "instances-without-egress": Case(on_instances(out=None), on_instances(out=NAT)),
    "interface-endpoints": Case(
        on_fargate(private_dns, vpc={"enable_dns_support": True}),
        on_fargate(private_dns, vpc={"enable_dns_hostnames": True}),
    ),
    "balancer-zones": Case(on_fargate(subnet_b={"availability_zone": "us-east-1a"}), on_fargate()),
    "dual-stack-subnets": Case(
        on_fargate(alb={"ip_address_type": "dualstack"}),
        on_fargate(
            alb={"ip_address_type": "dualstack"},
            subnet_a={"ipv6_cidr_block": "2001:db8:1:a::/64"},
            subnet_b={"ipv6_cidr_block": "2001:db8:1:b::/64"},
        ),
    ),
    "other-vpc": Case(on_fargate(group=other_vpc), on_fargate()),
    "task-larger-than-instance": Case(
        on_instances(task={"memory": "2048"}, service={"desired_count": 1}),
        on_instances(task={"memory": "1900"}, service={"desired_count": 1}),
    ),
    "tasks-do-not-fit": Case(
        on_instances(task={"memory": "1024"}, service={"desired_count": 4}),
        on_instances(task={"memory": "1024"}, service={"desired_count": 3}),
    ),
    "surge-does-not-fit": Case(
        on_instances(task={"memory": "1024"}, service={"desired_count": 3}),
        on_instances(task={"memory": "1024"}, service={"desired_count": 1}),
    ),
    "host-ports-clash": Case(
        on_instances(second_on_instances, containers=FIXED_PORT, instances={"max_size": 3}),
        on_instances(second_on_instances, containers=FIXED_PORT, instances={"max_size": 4}),
    ),
    "autoscaling-above-capacity": Case(
        on_instances(scaled(2, 7), task={"memory": "900"}), on_instances(scaled(2, 6), task={"memory": "900"})
    ),
    "group-bounds": Case(
        on_instances(instances={"min_size": 4, "max_size": 3}),
        on_instances(instances={"min_size": 3, "max_size": 3}),
    ),
    "no-rolling-update": Case(
        on_fargate(service={"desired_count": 2, "deployment_maximum_percent": 149}),
        on_fargate(service={"desired_count": 2, "deployment_maximum_percent": 150}),
    ),
    "no-circuit-breaker": Case(on_fargate(service={"deployment_circuit_breaker": None}), on_fargate()),
    "drain-shorter-than-stop": Case(
        on_fargate(group={"deregistration_delay": 19}), on_fargate(group={"deregistration_delay": 20})
    ),
    "stop-timeout": Case(
        on_fargate(containers={"stopTimeout": 121}), on_fargate(containers={"stopTimeout": 120})
    ),
    "visibility-shorter-than-stop": Case(
        on_fargate(consumed(29), containers={"stopTimeout": 30}),
        on_fargate(consumed(30), containers={"stopTimeout": 30}),
        previewed=False,
    ),
    "autoscaling-bounds": Case(on_fargate(scaled(3, 2)), on_fargate(scaled(2, 2))),
    "autoscaling-to-zero": Case(on_fargate(scaled(0, 2)), on_fargate(scaled(1, 2))),
    "autoscaling-from-zero": Case(on_fargate(scaled(0, 2, TRACK)), on_fargate(scaled(1, 2, TRACK))),
    "count-outside-autoscaling": Case(
        on_fargate(scaled(3, 9), service={"desired_count": 2}),
        on_fargate(scaled(3, 9), service={"desired_count": 3}),
    ),
    "spot-only": Case(
        on_fargate(service={"launch_type": None, "capacity_provider_strategies": [SPOT]}),
        on_fargate(
            service={
                "launch_type": None,
                "capacity_provider_strategies": [SPOT, {"capacity_provider": "FARGATE", "base": 1}],
            }
        ),
        stack="prod",
    ),
    "balanced-port": Case(
        on_fargate(containers={"portMappings": [{"containerPort": 3000}]}),
        on_fargate(containers={"portMappings": [{"containerPort": 3000}, {"containerPort": 8080}]}),
    ),
    "target-type": Case(on_fargate(group={"target_type": "instance"}), on_fargate()),
    "target-group-unreached": Case(
        on_fargate(listener={"default_actions": [ANSWER]}),
        on_fargate(listener_rules((10, "/*")), listener={"default_actions": [ANSWER]}),
    ),
    "balancer-not-admitted": Case(
        on_fargate(ingress={"from_port": 8081, "to_port": 8090}),
        on_fargate(ingress={"from_port": 8080, "to_port": 8090}),
    ),
    "health-check-port": Case(
        on_fargate(group={"health_check": {"path": "/", "port": "9000"}}),
        on_fargate(group={"health_check": {"path": "/", "port": "8080"}}),
    ),
    "health-check-timing": Case(
        on_fargate(group={"health_check": {"interval": 5, "timeout": 5}}),
        on_fargate(group={"health_check": {"interval": 6, "timeout": 5}}),
    ),
    "health-check-path": Case(
        on_fargate(group={"health_check": {"path": "healthz"}}),
        on_fargate(group={"health_check": {"path": "/healthz"}}),
    ),
    "rule-never-matches": Case(
        on_fargate(listener_rules((10, "/api/*"), (20, "/api/v1/*"))),
        on_fargate(listener_rules((20, "/api/*"), (10, "/api/v1/*"))),
    ),
    "duplicate-port": Case(on_fargate(second_listener(80)), on_fargate(second_listener(81))),
    "duplicate-priority": Case(
        on_fargate(listener_rules((10, "/a"), (10, "/b"))), on_fargate(listener_rules((10, "/a"), (11, "/b")))
    ),
    "https-needed": Case(
        on_fargate(group={"protocol_version": "GRPC", "health_check": {"path": "/AWS.ALB/healthcheck"}}),
        on_fargate(
            group={"protocol_version": "GRPC", "health_check": {"path": "/AWS.ALB/healthcheck"}},
            listener=certificate_in("us-east-1"),
        ),
    ),
    "certificate-region": Case(
        on_fargate(listener=certificate_in("eu-west-1")), on_fargate(listener=certificate_in("us-east-1"))
    ),
    "certificate-private-zone": Case(validated_in(vpcs=[{"vpc_id": "vpc-1"}]), validated_in()),
    "certificate-coverage": Case(
        on_fargate(host_rule, listener=certificate_for("web.example.com")),
        on_fargate(host_rule, listener=certificate_for("*.example.com")),
    ),
    "service-connect-names": Case(
        two_services(connected("api"), connected("api")), two_services(connected("api"), connected("web"))
    ),
    "service-name-clash": Case(
        two_services({"name": "api"}, {"name": "api"}), two_services({"name": "api"}, {"name": "web"})
    ),
    "no-execution-role": Case(
        on_fargate(containers=SECRETS, task={"execution_role_arn": None}), on_fargate(containers=SECRETS)
    ),
    "secret-not-readable": Case(
        on_fargate(allowed("ssm:GetParameter"), containers=SECRETS),
        on_fargate(allowed("ssm:GetParameters"), containers=SECRETS),
    ),
    "log-group-not-writable": Case(
        on_fargate(allowed("ecr:*", "logs:PutLogEvents"), rights=None, containers=AWSLOGS),
        on_fargate(allowed("ecr:*", "logs:*"), rights=None, containers=AWSLOGS),
    ),
    "image-not-pullable": Case(
        on_fargate(allowed("ecr:BatchGetImage"), rights=None), on_fargate(allowed("ecr:*"), rights=None)
    ),
    "task-role-lacks": Case(
        on_fargate(allowed("s3:GetObject"), containers=[CONTAINER | TO_S3, ROUTER], task=with_task_role),
        on_fargate(allowed("s3:PutObject"), containers=[CONTAINER | TO_S3, ROUTER], task=with_task_role),
    ),
    "all-resources": Case(
        on_fargate(task=task_may("s3:GetObject")), on_fargate(task=task_may("cloudwatch:PutMetricData"))
    ),
    "fargate-size": Case(
        on_fargate(task={"cpu": "256", "memory": "4096"}), on_fargate(task={"cpu": "1024", "memory": "4096"})
    ),
    "containers-exceed-task": Case(on_fargate(containers={"cpu": 257}), on_fargate(containers={"cpu": 256})),
    "no-memory": Case(
        on_instances(task={"memory": None}),
        on_instances(task={"memory": None}, containers={"memoryReservation": 128}),
    ),
    "network-mode": Case(on_fargate(service={"network_configuration": None}), on_fargate()),
    "firelens-router": Case(
        on_instances(containers=TO_FIRELENS),
        on_instances(containers=lambda world: [{"name": "web", "image": "nginx:1", **TO_FIRELENS}, ROUTER]),
    ),
    "gpu": Case(
        on_fargate(containers={"resourceRequirements": [{"type": "GPU", "value": "1"}]}), on_fargate()
    ),
    "efs-on-bottlerocket": Case(
        on_instances(task={"volumes": [ENCRYPTED_FILES]}, template={"image_id": BOTTLEROCKET}),
        on_instances(task={"volumes": [ENCRYPTED_FILES]}),
    ),
    "definition-size": Case(
        on_fargate(containers={"environment": [{"name": "LONG", "value": "x" * 66_000}]}),
        on_fargate(containers={"environment": [{"name": "LONG", "value": "x" * 60_000}]}),
    ),
    "architecture": Case(
        on_fargate(built_for("linux/arm64"), containers={"image": "example.com/web:1"}),
        on_fargate(built_for("linux/amd64"), containers={"image": "example.com/web:1"}),
    ),
    "schedule-never": Case(scheduled("cron(0 0 31 2 ? *)"), scheduled("cron(0 0 29 2 ? *)")),
    "schedule-over": Case(scheduled("cron(0 3 * * ? 2020)"), scheduled("cron(0 3 * * ? *)")),
    "dockerfile": Case(
        inline("FROM alpine\nCMDD x\n"), inline("FROM alpine\nCMD x\n"), files={"app/main.py": ""}
    ),
    "build-target": Case(
        built(target="biuld"), built(target="build"), files={"app/Dockerfile": "FROM alpine AS build\n"}
    ),
    "copy-source": Case(
        inline("FROM alpine\nCOPY lost.py /\n"),
        inline("FROM alpine\nCOPY main.py /\n"),
        files={"app/main.py": ""},
    ),
}
"""By the rule's id, without `preflight/`."""
