"""Domain names and the records that lead to a load balancer."""

from .names import check_pattern
from .problems import Problems

RECORD_TYPES = ("alias", "cname")
"""How a name leads to a load balancer: an alias record, free and allowed at a zone's apex, or a CNAME."""

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
