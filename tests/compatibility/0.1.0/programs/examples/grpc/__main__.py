"""A gRPC service behind a load balancer."""

import pulumi

from moorage import ContainerApp, EcsCluster, LoadBalancer, Network

config = pulumi.Config()
network = Network("grpc", {})
cluster = EcsCluster("grpc", {"network": network.ref})
balancer = LoadBalancer(
    "grpc",
    {
        "network": network.ref,
        # A load balancer takes gRPC over HTTPS only.
        "domain": config.require("domain"),
        "zone_id": config.require("zoneId"),
    },
)
greeter = ContainerApp(
    "greeter",
    {
        "cluster": cluster.ref,
        "network": network.ref,
        "load_balancer": balancer.ref,
        "build": {"context": "app"},
        "user": "10001:10001",
        "read_only": True,
        "count": 2,
        "protocol": "grpc",
        "port": 50051,
        # Code 0: the server says itself whether it serves. Without both it is enough that it answers.
        "health_check": {"path": "/grpc.health.v1.Health/Check", "matcher": "0"},
        # A method is a path: other services can have the rest of the host name.
        "rules": [{"path": "/greeter.Greeter/*"}],
    },
)
pulumi.export("url", greeter.url)
