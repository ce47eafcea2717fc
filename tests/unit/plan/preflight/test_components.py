"""Faults that the components themselves let through, as only the whole graph shows them."""

from typing import Any

import pytest
from support.fixtures import Findings, Found

import moorage


def web(
    network: dict[str, Any] | None = None,
    cluster: dict[str, Any] | None = None,
    balancer: dict[str, Any] | None = None,
    **app: Any,
) -> Any:
    def run() -> None:
        given: Any = network() if callable(network) else network or {}
        net = moorage.Network("net", given)
        main = moorage.EcsCluster("main", {"network": net.ref, **(cluster or {})})  # pyright: ignore[reportArgumentType]
        shared: Any = {"cluster": main.ref, "network": net.ref}
        if balancer is not None:
            reach = {"cluster": main.ref} if (cluster or {}).get("capacity") == "ec2" else {}
            lb: Any = {"network": net.ref, **reach, **balancer}
            shared["load_balancer"] = moorage.LoadBalancer("lb", lb).ref
        moorage.ContainerApp("web", {**shared, "image": "nginx:1", **app})

    return run


def new_vpc(strategy: str, egress: bool) -> Any:
    def network() -> Any:
        import pulumi_awsx as awsx

        kind = "Isolated" if strategy == "None" else "Private"
        vpc = awsx.ec2.Vpc(
            "net",
            nat_gateways={"strategy": strategy},  # pyright: ignore[reportArgumentType]
            subnet_strategy="Auto",
            subnet_specs=[{"type": "Public"}, {"type": kind}],  # pyright: ignore[reportArgumentType]
        )
        return {
            "vpc_id": vpc.vpc_id,
            "public_subnet_ids": vpc.public_subnet_ids,
            "private_subnet_ids": vpc.isolated_subnet_ids if strategy == "None" else vpc.private_subnet_ids,
            "private_egress": egress,
        }

    return network


@pytest.mark.parametrize(
    ("strategy", "egress", "good"), [("None", True, False), ("None", False, True), ("Single", True, True)]
)
def test_private_egress_that_is_not_there(
    found: Found, preview: bool, strategy: str, egress: bool, good: bool
) -> None:
    expected = [] if good or preview else [("error", "private-without-egress", "web")]
    assert found(web(new_vpc(strategy, egress), balancer={}), preview) == expected


def test_private_egress_that_is_not_there_for_instances(found: Found) -> None:
    cluster = {"capacity": "ec2"}
    assert found(web(new_vpc("None", True), cluster, {})) == [
        ("error", "instances-without-egress", "main-instances")
    ]
    assert found(web(new_vpc("None", False), cluster, {})) == []


def ec2(most: int, *types: str) -> dict[str, Any]:
    instances: dict[str, Any] = {"max_size": most} | ({"instance_types": list(types)} if types else {})
    return {"capacity": "ec2", "ec2": instances}


@pytest.mark.parametrize(
    ("most", "app", "expected"),
    [
        (2, {"host_port": 8080, "count": 1}, []),
        (1, {"host_port": 8080, "count": 1, "minimum_healthy_percent": 0}, []),
        (1, {"cpu": 1024, "memory": 1024, "count": 1}, ["surge-does-not-fit"]),
        (1, {"cpu": 512, "memory": 512, "count": 3}, ["surge-does-not-fit"]),
        (1, {"cpu": 512, "memory": 512, "count": 4}, ["tasks-do-not-fit"]),
        (3, {"memory": 4096}, ["task-larger-than-instance"]),
    ],
)
def test_ec2_capacity(
    findings: Findings, preview: bool, most: int, app: dict[str, Any], expected: list[str]
) -> None:
    rules = [
        finding.rule.removeprefix("preflight/")
        for finding in findings(web(None, ec2(most), {}, **app), preview)
        if finding.severity == "error"
    ]
    assert rules == expected


def test_a_host_that_the_issued_certificate_is_not_for(found: Found, preview: bool) -> None:
    https = {"domain": "notes.example.com", "zone_id": "Z1"}
    api = {"rules": [{"host": "api.example.com"}]}
    assert found(web(balancer=https, **api), preview) == [("error", "certificate-coverage", "web-rule")]
    assert found(web(balancer=https, rules=[{"host": "notes.example.com"}]), preview) == []


def test_a_certificate_of_another_region(found: Found) -> None:
    given = "arn:aws:acm:eu-west-1:123456789012:certificate/one"
    https = {"domain": "notes.example.com", "certificate_arn": given}
    assert found(web(balancer=https)) == [("error", "certificate-region", "lb-https")]


@pytest.mark.parametrize("capacity", ["fargate", "fargate_spot", "ec2"])
def test_what_a_container_app_makes_for_itself(found: Found, preview: bool, capacity: str) -> None:
    secrets = {"secret_values": {"KEY": "x"}, "secrets": {"DB": "/db"}}
    grants = {"grants": [{"service": "s3", "access": "read", "arn": "arn:aws:s3:::b"}]}
    more = {"autoscaling": {"min": 1, "max": 2}, "tracing": True}
    image = {"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1"}
    app = {**secrets, **grants, **more, **image}
    assert found(web(None, {"capacity": capacity}, {}, **app), preview, "prod") == []


def test_a_managed_instance_needs_a_way_out_too(found: Found) -> None:
    managed = {"capacity": "managed_instances"}
    assert found(web(new_vpc("Single", True), managed, {})) == []
    assert found(web(new_vpc("None", True), managed, {})) == [
        ("error", "instances-without-egress", "main-managed")
    ]


def test_a_job_needs_a_way_out_too(found: Found) -> None:
    def program(egress: bool) -> Any:
        def run() -> None:
            net = moorage.Network("net", new_vpc("None", egress)())
            main = moorage.EcsCluster("main", {})
            job: Any = {
                "cluster": main.ref,
                "network": net.ref,
                "image": "nginx:1",
                "schedule": "rate(1 day)",
            }
            moorage.Job("nightly", job)

        return run

    assert found(program(False)) == []
    assert found(program(True)) == [("error", "private-without-egress", "nightly-job")]
