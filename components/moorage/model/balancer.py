"""A load balancer's arguments with every default filled in."""

from dataclasses import dataclass

from .choices import PresetName, RecordType
from .domains import check_issuable
from .fields.values import Values
from .problems import Problems


@dataclass(frozen=True, slots=True)
class BalancerSpec:
    """A load balancer, every choice made."""

    preset: PresetName
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
    return BalancerSpec(
        preset=values["preset"],
        fixed_name=values["load_balancer_name"],
        internal=values["internal"],
        allowed_cidrs=tuple(values["allowed_cidrs"]),
        domain=values["domain"],
        record_type=values["record_type"],
        tls_policy=values["tls_policy"],
        idle_timeout=values["idle_timeout"],
        access_logs=values["access_logs"],
        waf=values["waf"],
    )


def check_balancer(values: Values, problems: Problems) -> None:
    """Check what a load balancer's arguments mean beside each other."""
    if not values.has("certificate_arn"):
        check_issuable("domain", values["domain"], problems)
    cidrs: list[str] = values.given("allowed_cidrs") or []
    for index, cidr in enumerate(cidrs):
        if cidr in cidrs[:index]:
            problems.add(f"allowed_cidrs[{index}]", cidr, "is given twice")
