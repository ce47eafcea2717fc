"""A shop that asks a stock by its name, with no load balancer between the two."""

import pulumi

from moorage import ContainerApp, EcsCluster, LoadBalancer, Network

config = pulumi.Config()
network = Network("shop", {})
cluster = EcsCluster("shop", {"network": network.ref, "namespace": True})
balancer = LoadBalancer("shop", {"network": network.ref})

stock = ContainerApp(
    "stock",
    {
        "cluster": cluster.ref,
        "network": network.ref,
        "build": {"context": "app"},
        "command": ["python3", "stock.py"],
        "user": "10001:10001",
        "read_only": True,
        "count": config.require_int("stocks"),
        "port": 9000,
        # As HTTP, each request goes to a task by itself; as TCP, each connection.
        "ports": [{"port": 9000, "app_protocol": "http"}],
        "connect": {},
    },
)
shop = ContainerApp(
    "shop",
    {
        "cluster": cluster.ref,
        "network": network.ref,
        "load_balancer": balancer.ref,
        "build": {"context": "app"},
        "command": ["python3", "shop.py"],
        "user": "10001:10001",
        "read_only": True,
        "environment": {"STOCK": "http://stock:9000"},
        # It calls others and offers nothing. A task sees the names that are there when it starts.
        "connect": {"services": []},
        "after": [stock.service_name],
    },
)
pulumi.export("url", shop.url)
