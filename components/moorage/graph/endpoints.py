"""VPC endpoints."""

from dataclasses import dataclass
from enum import StrEnum

from moorage.offline import UNKNOWN, Resource, Unknown

from . import values
from .links import Links
from .origin import FromResource
from .types import SUBNETS, VPC, VPC_ENDPOINT


class EndpointKind(StrEnum):
    """The type of a VPC endpoint."""

    GATEWAY = "Gateway"
    INTERFACE = "Interface"
    GATEWAY_LOAD_BALANCER = "GatewayLoadBalancer"
    RESOURCE = "Resource"
    SERVICE_NETWORK = "ServiceNetwork"


@dataclass(frozen=True, slots=True)
class Endpoint(FromResource):
    """A VPC endpoint of the stack."""

    kind: EndpointKind | Unknown
    service: str | Unknown
    """The service that it is for, such as `ecr.api`."""
    vpc: Resource | Unknown | None
    """None if the stack does not create it."""
    subnets: tuple[Resource, ...]
    """Those that are known and in the stack."""
    subnet_count: int | Unknown
    private_dns: bool | Unknown
    """True if the service's own DNS names resolve to it in the VPC."""


def endpoints(links: Links) -> tuple[Endpoint, ...]:
    """Return the VPC endpoints that the stack creates."""
    return tuple(_endpoint(links, resource) for resource in links.of_type(VPC_ENDPOINT))


def _endpoint(links: Links, endpoint: Resource) -> Endpoint:
    inputs = links.inputs(endpoint)
    vpc = links.one(endpoint, "vpcId", inputs.get("vpcId"), VPC)
    name = values.text(inputs.get("serviceName"), UNKNOWN)
    subnets, _ = links.many(endpoint, "subnetIds", inputs.get("subnetIds"), *SUBNETS)
    return Endpoint(
        resource=endpoint,
        kind=values.member(EndpointKind, inputs.get("vpcEndpointType") or None, EndpointKind.GATEWAY),
        # `ecr.api` of `com.amazonaws.us-east-1.ecr.api`
        service=UNKNOWN if name is UNKNOWN else name.split(".", 3)[-1],
        vpc=UNKNOWN if vpc is None and inputs.get("vpcId") is UNKNOWN else vpc,
        subnets=tuple(subnets),
        subnet_count=values.count(inputs.get("subnetIds"), UNKNOWN),
        private_dns=values.flag(inputs.get("privateDnsEnabled"), False),
    )
