"""The resources of stacks and their cost per month, from the evaluated programs.

    .venv/bin/python benchmarks/cost.py

Prints what the table of docs/sample.md says of this repository's stacks, then layouts of one and of ten
apps, each with two tasks of 0.25 vCPU and 0.5 GB, in a network of two zones. Prices: us-east-1, from the
table that `moorage plan` uses (docs/cost.md); nothing that depends on use is in a sum.

Number to hold (docs/performance.md): the modelled cost with the dev layout, a shared load balancer and tasks
on ARM in public subnets, is at most 50 USD for one app and 245 USD for ten. Exit code 1 when it is not held.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

from measure import REPOSITORY, table, verdict

import moorage
from moorage.offline import ResourceGraph, evaluate
from moorage.plan.cost import Cost, monthly

REGION = "us-east-1"
LIMITS = {1: 50, 10: 245}
PUBLIC = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a", "subnet-b"]}
LAYOUTS: dict[str, dict[str, Any]] = {
    "Fargate, ARM": {"arch": "arm64"},
    "Fargate, ARM, all on Spot": {"arch": "arm64", "capacity": "fargate_spot", "on_demand_base": 0},
    "Fargate, x86": {},
}
DEV_LAYOUT = "Fargate, ARM"


def layout(cluster: Mapping[str, Any], apps: int) -> Callable[[], None]:
    """Return a program of some apps behind one load balancer."""

    def program() -> None:
        network = moorage.Network("bench", PUBLIC)
        main = moorage.EcsCluster("bench", {"network": network.ref, **cluster})
        balancer = moorage.LoadBalancer("bench", {"network": network.ref})
        for index in range(apps):
            moorage.ContainerApp(
                f"app-{index}",
                {
                    "cluster": main.ref,
                    "network": network.ref,
                    "load_balancer": balancer.ref,
                    "image": "nginx:1.29",
                    "rules": [{"path": f"/app-{index}/*"}],
                    "count": 2,
                },
            )

    return program


def of_stack(graph: ResourceGraph, cost: Cost) -> None:
    """Print what a stack of this repository is made of, in money."""
    created = sum(1 for item in graph if item.custom and not item.type.startswith("pulumi:"))
    print(f"{graph.stack}: {created} resources")
    rows = [
        (line.what, f"{line.monthly:.2f}", "" if line.monthly_max is None else f"{line.monthly_max:.2f}")
        for line in cost.lines
        if line.monthly is not None
    ]
    rows.append(("a month", f"{cost.monthly:.2f}", f"{cost.monthly_max:.2f}"))
    table(("USD, us-east-1", "at least", "at most"), rows)
    print("by use:", ", ".join(sorted({line.what for line in cost.lines if line.monthly is None})))
    for sentence in cost.unknown:
        print("not priced:", sentence)
    print()


def main() -> int:
    for stack in ("dev", "prod"):
        graph = evaluate(REPOSITORY, stack=stack)
        of_stack(graph, monthly(graph, REGION))
    found = {
        (name, apps): monthly(evaluate(layout(cluster, apps)), REGION)
        for name, cluster in LAYOUTS.items()
        for apps in LIMITS
    }
    rows = [(name, *(f"{found[name, apps].monthly:.2f}" for apps in LIMITS)) for name in LAYOUTS]
    table(("layout, USD a month", *(f"N={apps}" for apps in LIMITS)), rows)
    print(f"price table of {found[DEV_LAYOUT, 1].prices_as_of}")
    return verdict(
        {
            f"dev layout, N={apps}: at most {limit} USD": found[DEV_LAYOUT, apps].monthly <= limit
            for apps, limit in LIMITS.items()
        }
    )


if __name__ == "__main__":
    sys.exit(main())
