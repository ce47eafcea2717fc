"""Entry points of a summary."""

from typing import Any

from support.generated_ecs import Program
from support.generated_programs import PRIVATE

import moorage
from moorage.graph import view
from moorage.offline import evaluate
from moorage.plan.wording import entry_points


def test_an_internal_load_balancer_is_marked_where_a_host_is_shown() -> None:
    def program() -> None:
        network: Any = PRIVATE
        cluster = moorage.EcsCluster("main", {"capacity": "fargate", "network": network})
        balancer = moorage.LoadBalancer("alb", {"network": network, "internal": True})
        app: Any = {"cluster": cluster.ref, "network": network, "image": "nginx:1", "port": 80}
        app |= {"load_balancer": balancer.ref, "rules": [{"host": "a.example.com", "methods": ["GET"]}]}
        moorage.ContainerApp("web", app)

    assert entry_points(view(evaluate(program))) == ["http://a.example.com (internal; method GET) -> web:80"]


def test_unknown_reachability_is_stated_beside_the_route_of_an_internal_load_balancer() -> None:
    program = Program(
        default="none",
        own="fargate",
        count=1,
        scaled=None,
        scheduled=None,
        worker=None,
        job=None,
        subnet="gateway",
        zone=None,
        address=True,
        ingress="existing",
        balancer="lb",
        internal=True,
        weight=1,
    )
    assert entry_points(view(evaluate(program))) == [
        "http://(internal front DNS name) -> web:80",
        "web: reachability from outside the VPC is unknown",
    ]
