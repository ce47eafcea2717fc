"""The client, as the load balancer in front of the task names it."""

from ipaddress import IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Scope


def behind_balancer(scope: Scope) -> None:
    """Put the client's address and scheme into the scope.

    A balancer appends the address it was connected from to X-Forwarded-For: what stands before it are the
    client's own words (AWS: "HTTP headers and Application Load Balancers"). uvicorn's middleware takes the
    first one when it trusts every peer, and the balancer's addresses are not known ahead.
    """
    headers = Headers(scope=scope)
    if forwarded := headers.getlist("x-forwarded-for"):
        scope["client"] = (forwarded[-1].rpartition(",")[2].strip(), 0)
    if headers.get("x-forwarded-proto") in ("http", "https"):
        scope["scheme"] = headers["x-forwarded-proto"]


def client_of(request: Request) -> str:
    """Return what counts as one client: an IPv4 address, or the IPv6 network of /64 that one client has."""
    host = request.client.host if request.client else ""
    # The balancer can be set to add the port: 192.0.2.1:40000, [2001:db8::1]:40000.
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return str(ip_network((int(address), 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)
