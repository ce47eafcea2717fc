"""Stacks that the picture and the page are tried with: every example, and programs of many sizes."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

import moorage
from moorage.offline import ResourceGraph, evaluate

ROOT = Path(__file__).parents[2]
SECRET = "hunter2-of-the-payment"
HOSTILE = '<script>alert(1)</script> & "a name" that\'s too long'
_NAMES = ("storefront", "cart", "checkout", "catalogue", "search", "accounts", "reviews", "shipping")


def shop(number: int) -> Callable[[], None]:
    """Return a program of services that share tables, a queue, a topic, a bucket and a secret."""

    def program() -> None:
        network = moorage.Network(
            "net",
            {
                "vpc_id": "vpc-1",
                "public_subnet_ids": ["subnet-a", "subnet-b", "subnet-c"],
                "private_subnet_ids": ["subnet-d", "subnet-e", "subnet-f"],
                "private_egress": True,
            },
        )
        cluster = moorage.EcsCluster("main", {"network": network.ref})
        balancer = moorage.LoadBalancer(
            "web", {"network": network.ref, "domain": "shop.example.com", "zone_id": "Z1"}
        )
        orders, catalogue = (
            aws.dynamodb.Table(
                name,
                billing_mode="PAY_PER_REQUEST",
                hash_key="id",
                attributes=[{"name": "id", "type": "S"}],
            )
            for name in ("orders", "catalogue")
        )
        queue, topic, bucket = aws.sqs.Queue("events"), aws.sns.Topic("mail"), aws.s3.Bucket("archive")
        key = aws.secretsmanager.Secret("payment-key")
        aws.secretsmanager.SecretVersion("payment-key", secret_id=key.id, secret_string=SECRET)
        uses: list[list[dict[str, Any]]] = [
            [_grant("dynamodb", "read_write", orders), _grant("dynamodb", "read", catalogue)],
            [_grant("sqs", "write", queue)],
            [_grant("sqs", "read", queue), _grant("sns", "write", topic)],
            [_grant("s3", "write", bucket), _grant("dynamodb", "read", orders)],
            [],
        ]
        for index in range(number):
            name = _NAMES[index] if index < len(_NAMES) else f"worker-{index}"
            args: Any = {
                "cluster": cluster.ref,
                "network": network.ref,
                "image": "nginx:1",
                "count": 1 + index % 4,
                "grants": uses[index % len(uses)],
            }
            if index < len(_NAMES):
                args |= {"load_balancer": balancer.ref, "rules": [{"path": f"/{name}/*"}]}
            if index == 1:
                del args["count"]
                args["autoscaling"] = {"min": 2, "max": 90}
            if index == 2:
                args["secrets"] = {"PAYMENT_KEY": key.arn}
            moorage.ContainerApp(name, args)

    return program


def _grant(service: str, access: str, resource: Any) -> dict[str, Any]:
    return {"service": service, "access": access, "arn": resource.arn}


def by_hand() -> None:
    """Make plain resources with hostile names, roles that allow too much, a job, and a secret output."""
    cluster = aws.ecs.Cluster("main")
    role = aws.iam.Role(
        HOSTILE,
        assume_role_policy="{}",
        managed_policy_arns=["arn:aws:iam::aws:policy/AdministratorAccess"],
    )
    allowed = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    aws.iam.RolePolicy("all", role=role.name, policy=json.dumps(allowed))
    containers = [{"name": HOSTILE, "image": HOSTILE, "portMappings": [{"containerPort": 80}]}]
    task, job = (
        aws.ecs.TaskDefinition(
            name,
            family=family,
            network_mode="awsvpc",
            cpu="256",
            memory="512",
            container_definitions=json.dumps(containers),
            task_role_arn=role.arn,
        )
        for name, family in ((HOSTILE, "web"), ("nightly", "nightly"))
    )
    ingress: Any = [{"protocol": "tcp", "from_port": 80, "to_port": 80, "cidr_blocks": ["0.0.0.0/0"]}]
    group = aws.ec2.SecurityGroup("web", ingress=ingress)
    network: Any = {
        "subnets": ["subnet-1", "subnet-2"],
        "assign_public_ip": True,
        "security_groups": [group.id],
    }
    aws.ecs.Service(
        HOSTILE,
        cluster=cluster.arn,
        task_definition=task.arn,
        desired_count=200,
        launch_type="FARGATE",
        network_configuration=network,
    )
    aws.scheduler.Schedule(
        "nightly",
        schedule_expression="cron(0 3 * * ? *)",
        flexible_time_window={"mode": "OFF"},
        target={
            "arn": cluster.arn,
            "role_arn": role.arn,
            "ecs_parameters": {"task_definition_arn": job.arn},
        },
    )
    for index in range(30):
        aws.ssm.Parameter(f"setting-{index}", type="String", value="x")
    pulumi.export(HOSTILE, HOSTILE)
    pulumi.export("password", pulumi.Output.secret(SECRET))


def _nothing() -> None:
    """Make nothing."""


STACKS: dict[str, tuple[Path | Callable[[], None], str]] = {
    "dev": (ROOT, "dev"),
    "prod": (ROOT, "prod"),
    **{
        f"{folder.name} {file.name[7:-5]}": (folder, file.name[7:-5])
        for folder in sorted((ROOT / "examples").iterdir())
        for file in sorted(folder.glob("Pulumi.*.yaml"))
    },
    "twelve": (shop(12), "dev"),
    "twenty": (shop(20), "dev"),
    "many": (shop(70), "dev"),
    "by hand": (by_hand, "dev"),
    "nothing": (_nothing, "dev"),
}
"""The program and the stack of each."""


@cache
def stack(name: str, preview: bool = False) -> ResourceGraph:
    """Return the graph of one of STACKS; equal calls share it."""
    program, stack_name = STACKS[name]
    return evaluate(program, stack=stack_name, preview=preview)
