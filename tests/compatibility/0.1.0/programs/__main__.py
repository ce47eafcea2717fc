"""NoteTaker on Amazon ECS: network, cluster, load balancer, table, app. Its config says how stacks differ."""

import pulumi
import pulumi_aws as aws

from moorage import ContainerApp, EcsCluster, LoadBalancer, Network, NetworkArgs
from vpc import new_vpc

config = pulumi.Config()
preset, capacity, place = config.require("preset"), config.require("capacity"), config.require("network")
scaling, prod = config.get_object("autoscaling"), preset == "prod"
network_args: NetworkArgs = {}
if place == "new":
    network_args = new_vpc(config.require_int("zones"), config.require("natGateways"))
elif place == "existing":
    vpc_id, public_subnets = config.require("vpcId"), config.require_object("publicSubnetIds")
    if not vpc_id or not public_subnets:
        raise pulumi.RunError("notetaker:network is 'existing': it needs notetaker:vpcId and publicSubnetIds")
    network_args = {"vpc_id": vpc_id, "public_subnet_ids": public_subnets}
    if private_subnets := config.get_object("privateSubnetIds"):
        network_args |= {"private_subnet_ids": private_subnets, "private_egress": True}
elif place != "default":
    raise pulumi.RunError(f"notetaker:network is {place!r}; it must be default, existing or new")
network = Network("notes", network_args)
cluster = EcsCluster(
    "notes",
    {
        "network": network.ref,
        "preset": preset,
        "capacity": capacity,
        "arch": config.require("arch"),
        "ec2": config.require_object("ec2") or None,
    },
)
balancer = LoadBalancer(
    "notes",
    {
        "network": network.ref,
        "cluster": cluster.ref if capacity == "ec2" else None,
        "preset": preset,
        "domain": config.get("domain") or None,
        "zone_id": config.get("zoneId") or None,
        "certificate_arn": config.get("certificateArn") or None,
    },
)
table = aws.dynamodb.Table(
    "notes",
    billing_mode="PAY_PER_REQUEST",
    hash_key="pk",
    range_key="sk",
    attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
    ttl={"attribute_name": "expires", "enabled": True},
    point_in_time_recovery={"enabled": prod},
    deletion_protection_enabled=prod,
    opts=pulumi.ResourceOptions(protect=prod),
)
session = {"SESSION_SECRET": config.require_secret("sessionSecret")} if config.get("sessionSecret") else {}
app = ContainerApp(
    "notetaker",
    {
        "cluster": cluster.ref,
        "network": network.ref,
        "load_balancer": balancer.ref,
        "build": {"context": "app", "args": {"BASE": config.require("baseImage")}},
        "cpu": config.require_int("cpu"),
        "memory": config.require_int("memory"),
        **({"autoscaling": scaling} if scaling else {"count": config.require_int("count")}),
        "environment": {"NOTES_TABLE": table.name},
        "secret_values": session,
        "grants": [{"service": "dynamodb", "access": "read_write", "arn": table.arn}],
        "health_check": {"path": "/healthz"},
        "user": "10001:10001",
        "read_only": prod,
    },
)
pulumi.export("url", app.url)
pulumi.export("clusterName", cluster.name)
pulumi.export("serviceName", app.service_name)
pulumi.export("logGroup", app.log_group_name)
