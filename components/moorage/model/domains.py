"""Domain names, and the addresses that may connect to a load balancer."""

import ipaddress

from .names import check_pattern
from .problems import Problems

EVERY_ADDRESS = "0.0.0.0/0"

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def check_domain(field: str, value: object, problems: Problems) -> None:
    """Check a fully qualified domain name, a wildcard as its first label allowed."""
    check_pattern(
        field,
        value,
        rf"(?=.{{4,253}}$)(\*\.)?({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])",
        "a lower-case domain name such as notes.example.com",
        problems,
    )


def check_issuable(field: str, domain: object, problems: Problems) -> None:
    """Check that ACM can issue a certificate for a domain name (API reference, RequestCertificate)."""
    if isinstance(domain, str) and len(domain) > 64:
        problems.add(
            field,
            domain,
            "ACM issues certificates for names of at most 64 characters; give a shorter one, or "
            "certificate_arn, a certificate that has it as a subject alternative name",
        )


def check_ipv4_range(field: str, value: str, problems: Problems) -> None:
    """Check an IPv4 range in CIDR notation, whose address is the range's first: EC2 takes no other."""
    try:
        good = "/" in value and ipaddress.IPv4Network(value).num_addresses > 0
    except ValueError:
        good = False
    if not good:
        problems.add(field, value, "must be an IPv4 range from its first address, such as 10.0.0.0/8")
