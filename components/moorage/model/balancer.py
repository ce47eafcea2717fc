"""A load balancer's arguments with every default resolved."""

from typing import Any, NamedTuple

from .balancer_rules import OwnRule, action, check_own_rules, own_rules
from .choices import BalancerType, Failover, IpAddressType, MutualMode, RecordType
from .domains import check_issuable, is_ipv6
from .fields.values import Values, described, described_if_given
from .problems import Problems


class RoutingSpec(NamedTuple):
    """The routing policy of the records: by weight or failover, among records of the same name."""

    set_identifier: str
    weight: int | None
    failover: Failover | None


class BalancerSpec(NamedTuple):
    """A load balancer with every default resolved."""

    preset: str
    type: BalancerType
    fixed_name: str | None
    internal: bool
    ip_address_type: IpAddressType
    given_address_type: IpAddressType | None
    """None lets a live load balancer keep its own."""
    allowed_cidrs: tuple[str, ...]
    domain: str | None
    domains: tuple[str, ...]
    """The further ones."""
    record_type: RecordType
    routing: RoutingSpec | None
    tls_policy: str
    mutual_mode: MutualMode | None
    """None lets live listeners keep their own."""
    ports: tuple[int, ...]
    """The further ones."""
    cross_zone: bool
    idle_timeout: int
    """Seconds."""
    keep_alive: int | None
    """Seconds; None for AWS's default."""
    access_logs: bool
    waf: bool
    rules: tuple[OwnRule, ...]
    default_action: dict[str, Any] | None
    """In the provider's form; None for a response with status 404."""


def balancer_spec(name: str, values: Values) -> BalancerSpec:
    """Return the load balancer that the arguments describe."""
    return described(
        BalancerSpec,
        values,
        fixed_name=values["load_balancer_name"],
        given_address_type=values.given("ip_address_type"),
        routing=described_if_given(RoutingSpec, values, "routing"),
        access_logs=values["access_logs"] and values["type"] is BalancerType.APPLICATION,
        rules=own_rules(name, values),
        default_action=action(values, "default_action.") if values.has("default_action") else None,
        mutual_mode=values["mutual_authentication.mode"],
    )


def check_balancer(name: str, values: Values, problems: Problems) -> None:
    """Check a load balancer's arguments against each other."""
    if not values.has("certificate_arn"):
        check_issuable("domain", values["domain"], problems)
    check_own_rules(name, values, problems)
    for index, port in enumerate(values.given("ports") or ()):
        if port in (80, 443):
            problems.add(
                f"ports[{index}]", port, "is not a further port: it listens on 80, and 443 for HTTPS"
            )
    for path in ("allowed_cidrs", "domains", "ports"):
        items: list[Any] = values.given(path) or []
        for index, item in enumerate(items):
            if item in items[:index] or (path == "domains" and item == values["domain"]):
                problems.add(f"{path}[{index}]", item, "is given twice")
    addresses = values["ip_address_type"]
    for index, cidr in enumerate(values.given("allowed_cidrs") or ()):
        if is_ipv6(cidr) and addresses == IpAddressType.IPV4:
            wrong = "is an IPv6 range, whose clients need ip_address_type dualstack"
            problems.add(f"allowed_cidrs[{index}]", cidr, wrong)
    if addresses == IpAddressType.DUALSTACK_WITHOUT_PUBLIC_IPV4 and values["internal"]:
        wrong = "cannot be combined with internal, which has no public addresses; set dualstack"
        problems.add("ip_address_type", addresses, wrong)
    if addresses == IpAddressType.DUALSTACK_WITHOUT_PUBLIC_IPV4 and values["type"] is BalancerType.NETWORK:
        problems.add("ip_address_type", addresses, "is not one of a network load balancer; set dualstack")
    mutual = "mutual_authentication"
    if values[f"{mutual}.mode"] is MutualMode.VERIFY and not values.has(f"{mutual}.trust_store_arn"):
        problems.say(f"{mutual}.trust_store_arn", "is required with mode verify")
    if values.has("routing") and not (values.has("routing.weight") or values.has("routing.failover")):
        problems.say("routing", "needs weight or failover")
