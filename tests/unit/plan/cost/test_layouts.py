"""Costs of known layouts in us-east-1: two tasks of 0.25 vCPU and 0.5 GB for each of N apps."""

from collections.abc import Callable
from typing import Any

import pulumi_aws as aws
import pytest

import moorage
from moorage.plan.cost import Cost

PUBLIC = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a", "subnet-b"]}
CENT = 0.01


def shared_balancer(apps: int, cluster: dict[str, Any], network: dict[str, Any] = PUBLIC) -> None:
    """Apps behind one load balancer in two zones."""
    net = moorage.Network("net", network)
    main = moorage.EcsCluster("main", {"network": net.ref, **cluster})
    reach = {"cluster": main.ref} if cluster.get("capacity") == "ec2" else {}
    balancer = moorage.LoadBalancer("alb", {"network": net.ref, **reach})
    for index in range(apps):
        shared = {"cluster": main.ref, "network": net.ref, "load_balancer": balancer.ref}
        rules = [{"path": f"/{index}/*"}]
        moorage.ContainerApp(f"app-{index}", {**shared, "image": "nginx:1", "rules": rules, "count": 2})


def nat_gateways(zones: int) -> None:
    for zone in range(zones):
        address = aws.ec2.Eip(f"nat-{zone}", domain="vpc")
        aws.ec2.NatGateway(f"nat-{zone}", allocation_id=address.allocation_id, subnet_id=f"subnet-{zone}")


@pytest.mark.parametrize(("apps", "month"), [(1, 45.44), (10, 240.90)])
def test_tasks_on_arm_in_public_subnets(
    apps: int, month: float, cost_of: Callable[..., Cost], preview: bool
) -> None:
    cost = cost_of(lambda: shared_balancer(apps, {"arch": "arm64"}), preview=preview)
    assert cost.monthly == cost.monthly_max == pytest.approx(month, abs=CENT)
    assert cost.unknown == ()


@pytest.mark.parametrize(("apps", "month"), [(1, 49.05), (10, 276.93)])
def test_tasks_on_x86_in_public_subnets(apps: int, month: float, cost_of: Callable[..., Cost]) -> None:
    cost = cost_of(lambda: shared_balancer(apps, {}))
    assert cost.monthly == pytest.approx(month, abs=CENT)


@pytest.mark.parametrize(("apps", "month"), [(1, 35.35), (10, 139.98)])
def test_tasks_on_spot(apps: int, month: float, cost_of: Callable[..., Cost]) -> None:
    spot = {"arch": "arm64", "capacity": "fargate_spot", "on_demand_base": 0}
    cost = cost_of(lambda: shared_balancer(apps, spot))
    # That figure takes 0.30 of the price on demand; the price of 2026-09-28 was 0.32 of it.
    assert month < cost.monthly < month * 1.02


@pytest.mark.parametrize(("apps", "month"), [(1, 74.64), (10, 204.40)])
def test_private_tasks_behind_one_nat_gateway(
    apps: int, month: float, cost_of: Callable[..., Cost], preview: bool
) -> None:
    private = {**PUBLIC, "private_subnet_ids": ["subnet-c"], "private_egress": True}

    def program() -> None:
        nat_gateways(1)
        shared_balancer(apps, {"arch": "arm64"}, private)

    assert cost_of(program, preview=preview).monthly == pytest.approx(month, abs=CENT)


@pytest.mark.parametrize(("apps", "instances", "month"), [(1, 1, 35.91), (10, 9, 133.36)])
def test_small_instances(apps: int, instances: int, month: float, cost_of: Callable[..., Cost]) -> None:
    ec2 = {"instance_types": ["t4g.micro"], "min_size": instances, "max_size": instances}
    cost = cost_of(lambda: shared_balancer(apps, {"capacity": "ec2", "arch": "arm64", "ec2": ec2}))
    # That figure omits detailed monitoring, which the launch template turns on: 2.10 an instance.
    assert cost.monthly == pytest.approx(month + 2.10 * instances, abs=CENT)


@pytest.mark.parametrize(("apps", "month"), [(1, 154.90), (10, 563.45)])
def test_a_load_balancer_for_each_app_and_a_nat_gateway_in_each_zone(
    apps: int, month: float, cost_of: Callable[..., Cost], preview: bool
) -> None:
    def program() -> None:
        nat_gateways(3)
        cluster = aws.ecs.Cluster("main")
        for index in range(apps):
            aws.lb.LoadBalancer(f"alb-{index}", subnets=["subnet-0", "subnet-1", "subnet-2"])
            task = aws.ecs.TaskDefinition(
                f"task-{index}",
                family=f"task-{index}",
                cpu="256",
                memory="512",
                network_mode="awsvpc",
                requires_compatibilities=["FARGATE"],
                container_definitions="[]",
            )
            aws.ecs.Service(
                f"service-{index}",
                cluster=cluster.arn,
                launch_type="FARGATE",
                task_definition=task.arn,
                desired_count=2,
                network_configuration={"subnets": ["subnet-p"], "assign_public_ip": False},
            )

    # The figure for ten apps has the three addresses of a load balancer as 10.94.
    assert cost_of(program, preview=preview).monthly == pytest.approx(month, rel=2e-4)


def test_interface_endpoints(cost_of: Callable[..., Cost]) -> None:
    def program() -> None:
        aws.ec2.VpcEndpoint(
            "logs",
            vpc_id="vpc-1",
            service_name="com.amazonaws.us-east-1.logs",
            vpc_endpoint_type="Interface",
            subnet_ids=["subnet-a", "subnet-b", "subnet-c"],
        )
        aws.ec2.VpcEndpoint("s3", vpc_id="vpc-1", service_name="com.amazonaws.us-east-1.s3")

    assert cost_of(program).monthly == pytest.approx(3 * 7.30, abs=CENT)
