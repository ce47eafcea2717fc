"""Load-balanced apps on Fargate, with moorage."""

import pulumi

from moorage import ContainerApp, EcsCluster, LoadBalancer, Network


def program(count: int) -> None:
    network = Network("bench", {})
    cluster = EcsCluster("bench", {})
    balancer = LoadBalancer("bench", {"network": network.ref})
    for index in range(count):
        app = ContainerApp(
            f"app-{index}",
            {
                "cluster": cluster.ref,
                "network": network.ref,
                "load_balancer": balancer.ref,
                "image": "nginx:1.29",
                "port": 80,
                "environment": {"LOG_LEVEL": "info", "GREETING": "hello"},
                # Hundreds of paths of one length share too few derived priorities.
                "rules": [{"path": f"/app-{index}/*", "priority": index + 1}],
                "health_check": {"path": "/healthz"},
                "count": 2,
            },
        )
        pulumi.export(f"url-{index}", app.url)
