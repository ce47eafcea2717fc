"""A load balancer's arguments with every default resolved."""

from dataclasses import dataclass

from .choices import RecordType
from .domains import check_issuable
from .fields.values import Values
from .lookup import described
from .problems import Problems


@dataclass(frozen=True, slots=True)
class BalancerSpec:
    """A load balancer with every default resolved."""

    preset: str
    fixed_name: str | None
    internal: bool
    allowed_cidrs: tuple[str, ...]
    domain: str | None
    record_type: RecordType
    tls_policy: str
    idle_timeout: int
    """Seconds."""
    access_logs: bool
    waf: bool


def balancer_spec(values: Values) -> BalancerSpec:
    """Return the load balancer that the arguments describe."""
    name, cidrs = values["load_balancer_name"], tuple(values["allowed_cidrs"])
    return described(BalancerSpec, values, fixed_name=name, allowed_cidrs=cidrs)


def check_balancer(values: Values, problems: Problems) -> None:
    """Check a load balancer's arguments against each other."""
    if not values.has("certificate_arn"):
        check_issuable("domain", values["domain"], problems)
    cidrs: list[str] = values.given("allowed_cidrs") or []
    for index, cidr in enumerate(cidrs):
        if cidr in cidrs[:index]:
            problems.add(f"allowed_cidrs[{index}]", cidr, "is given twice")
