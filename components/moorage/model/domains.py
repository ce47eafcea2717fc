"""Domain names, and the addresses that may connect to a load balancer."""

import ipaddress

from .names import check_pattern
from .problems import Problems

EVERY_ADDRESS = "0.0.0.0/0"
EVERY_IPV6_ADDRESS = "::/0"

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def check_domain(field: str, value: object, problems: Problems) -> None:
    """Check a fully qualified domain name, whose first label may be a wildcard."""
    form = rf"(?=.{{4,253}}$)(\*\.)?({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])"
    check_pattern(field, value, form, "a lower-case domain name such as notes.example.com", problems)


def check_issuable(field: str, domain: object, problems: Problems) -> None:
    """Check that ACM can issue a certificate for a domain name (API reference, RequestCertificate)."""
    if isinstance(domain, str) and len(domain) > 64:
        wrong = (
            "must be at most 64 characters for an ACM certificate; give a shorter name, or certificate_arn, "
            "a certificate with it as a subject alternative name"
        )
        problems.add(field, domain, wrong)


def check_ip_range(field: str, value: str, problems: Problems) -> None:
    """Check an IPv4 or IPv6 range in CIDR notation, from its first address as EC2 requires."""
    try:
        good = "/" in value and ipaddress.ip_network(value).num_addresses > 0
    except ValueError:
        good = False
    if not good:
        wrong = "must be an IPv4 or IPv6 range from its first address, such as 10.0.0.0/8"
        problems.add(field, value, wrong)


def is_ipv6(cidr: str) -> bool:
    """Return whether a range is one of IPv6 addresses."""
    return ":" in cidr


def check_ip_address(field: str, value: str, problems: Problems) -> None:
    """Check an IP address of version 4 or 6."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        problems.add(field, value, "must be an IP address such as 10.0.0.7")
