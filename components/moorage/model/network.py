"""A network's VPC endpoints, and its public subnets by their route tables."""

from collections.abc import Iterable
from typing import NamedTuple

GATEWAYS = ("dynamodb", "s3")
"""Services with gateway endpoints, which are free (Amazon VPC: "Gateway endpoints")."""

ALL_GATEWAYS, FOR_TASKS = "gateway", "all"
"""The names of groups of endpoints."""

_TASKS_NEED = (*GATEWAYS, "ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm", "ssmmessages")
"""Services that a task on Fargate calls for its image, log, secrets and ECS Exec (Amazon ECS: "Amazon ECS
interface VPC endpoints"; Amazon ECR: "Amazon ECR interface VPC endpoints")."""

_GROUPS = {ALL_GATEWAYS: GATEWAYS, FOR_TASKS: _TASKS_NEED}


class Endpoints(NamedTuple):
    """The services that a network has endpoints for, sorted."""

    gateways: tuple[str, ...]
    interfaces: tuple[str, ...]


def endpoints_for(names: Iterable[str]) -> Endpoints:
    """Return the endpoints of services and groups."""
    services = {service for name in names for service in _GROUPS.get(name, (name,))}
    return Endpoints(
        tuple(sorted(services.intersection(GATEWAYS))), tuple(sorted(services.difference(GATEWAYS)))
    )


class RouteTable(NamedTuple):
    """A route table of a VPC."""

    main: bool
    """True if it is the table of the subnets without one of their own."""
    subnets: tuple[str, ...]
    """The subnets that it is associated with."""
    internet: bool
    """True if it has a route to an internet gateway."""


def public_subnets(subnets: Iterable[str], tables: Iterable[RouteTable]) -> list[str]:
    """Return the subnets with a route to an internet gateway, sorted (VPC User Guide: "Subnet types")."""
    main, public = False, dict[str, bool]()
    for table in map(RouteTable._make, tables):
        main = main or (table.main and table.internet)
        public |= dict.fromkeys(table.subnets, table.internet)
    return sorted(subnet for subnet in subnets if public.get(subnet, main))
