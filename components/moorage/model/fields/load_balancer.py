"""The field table of `LoadBalancer`."""

from typing import Any

from moorage.model.choices import (
    BalancerType,
    CapacityKind,
    ContentType,
    Failover,
    IpAddressType,
    MutualMode,
    RecordType,
    RedirectProtocol,
)
from moorage.model.domains import EVERY_ADDRESS, EVERY_IPV6_ADDRESS, check_domain, check_ip_range
from moorage.model.listener_rules import LAST_PRIORITY
from moorage.model.names import check_pattern
from moorage.model.problems import Problems

from .balancing import CONDITIONS
from .cluster import CLUSTER_REF
from .field import Exclude, Field, Fields, Form, Need, PerPreset, Range, Table, plain, within
from .network import NETWORK_REF
from .shared import NAME, PORT, PRESET, TAGS, arn_of, at_most
from .values import Derived, Values

_CERTIFICATE = ("zone_id", "certificate_arn")
_INSTANCES_GROUP = Need("cluster.security_group_id")
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"


def _every_address(values: Values) -> tuple[str, ...]:
    ipv4, ipv6 = (EVERY_ADDRESS,), (EVERY_IPV6_ADDRESS,)
    match values["ip_address_type"]:
        case IpAddressType.DUALSTACK:
            return ipv4 + ipv6
        case IpAddressType.DUALSTACK_WITHOUT_PUBLIC_IPV4:
            return ipv6
        case _:
            return ipv4


def _check_body(field: str, value: str, problems: Problems) -> None:
    if len(value) > 1024:
        problems.add(field, len(value), "must be at most 1024 characters")


def _check_names(field: str, value: Any, problems: Problems) -> None:
    for name in value:
        check_pattern(f"{field}.{name}", name, *NAME, problems)


_CONDITIONS: Fields = {
    "host": CONDITIONS["rules[].host"],
    "path": CONDITIONS["rules[].path"],
    "priority": Field(words="derived from how specific the rule is", range=Range(1, LAST_PRIORITY)),
}
_KEYWORD = r"#\{(protocol|host|port|path|query)\}"
_REDIRECT: Fields = {
    "protocol": Field(words="that of the request", choices=RedirectProtocol),
    "host": Field(
        words="that of the request",
        form=Form(
            rf"(?=.{{1,128}}$)({_KEYWORD}|[A-Za-z0-9.-])+",
            "at most 128 letters, digits, hyphens, dots and keywords such as #{host}",
        ),
    ),
    "port": Field(words="that of the protocol if it is given, else that of the request", range=PORT),
    "path": Field(
        words="that of the request",
        form=Form(r"(?=.{1,128}$)/[!-~]*", "at most 128 printable ASCII characters, and begin with /"),
    ),
    "query": Field(
        words="that of the request",
        form=Form(r"(?!\?)[!-~]{0,128}", "at most 128 printable ASCII characters, and not begin with ?"),
    ),
}
_RESPONSE: Fields = {
    "status": Field(),
    "body": Field(words="empty", check=_check_body),
    "content_type": Field(
        ContentType.PLAIN,
        choices=ContentType,
    ),
}
_NOT_REDIRECTED = (Exclude(".to", why="makes it a redirect"),)

LOAD_BALANCER_REF = {
    "type": Field(BalancerType.APPLICATION, choices=BalancerType),
    **plain("arn", "listener_arn", "security_group_id", "url", "arn_suffix", "name", "certificate_arn"),
    "listener_arns.*": arn_of("elasticloadbalancing", "listener/"),
    "reaches_instances": Field(False),
    "https": Field(False),
    "tls_policy": Field(TLS_POLICY),
    "allowed_cidrs": Field((EVERY_ADDRESS,)),
    "allowed_cidrs[]": Field(check=check_ip_range),
}
LOAD_BALANCER_REF_TABLE = Table(LOAD_BALANCER_REF)

# "Listeners for your Network Load Balancers".
_OF_REQUESTS = (Exclude("type", (BalancerType.NETWORK,), why="forwards connections, not requests"),)

LOAD_BALANCER = Table(
    {
        "type": Field(BalancerType.APPLICATION, choices=BalancerType),
        **within("network", NETWORK_REF),
        "cluster": Field(needs=(Need("cluster.capacity", (CapacityKind.EC2,)), _INSTANCES_GROUP)),
        **within("cluster", CLUSTER_REF),
        "load_balancer_name": Field(
            words="a generated name",
            form=Form(
                r"(?!internal-)[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?",
                "1 to 32 letters, digits and hyphens, no hyphen at an end, and not begin with internal-",
            ),
        ),
        "internal": Field(False, needs=(Need("network.private_subnet_ids"),)),
        "ip_address_type": Field(IpAddressType.IPV4, choices=IpAddressType),
        "allowed_cidrs": Field(
            Derived(_every_address), f"`{EVERY_ADDRESS}`; `{EVERY_IPV6_ADDRESS}` too for IPv6 clients"
        ),
        "allowed_cidrs[]": Field(check=check_ip_range),
        "domain": Field(
            words="none, plain HTTP",
            check=check_domain,
            needs=(Need(_CERTIFICATE, why="the certificate for HTTPS"),),
        ),
        "domains": Field(words="none", check=at_most(99), needs=(Need("domain"), Need("zone_id"))),
        "domains[]": Field(check=check_domain),
        "zone_id": Field(needs=(Need("domain"),)),
        "record_type": Field(RecordType.ALIAS, choices=RecordType, needs=(Need("zone_id"),)),
        "routing": Field(words="the only record of its name", needs=(Need("zone_id"),)),
        "routing.set_identifier": Field(
            form=Form(r"[\x20-\x7e]{1,128}", "1 to 128 printable ASCII characters"),
        ),
        "routing.weight": Field(
            words="none", range=Range(0, 255), excludes=(Exclude(".failover", why="has no weights"),)
        ),
        "routing.failover": Field(
            words="none",
            choices=Failover,
            needs=(Need("record_type", (RecordType.ALIAS,), "a CNAME record has no target health"),),
        ),
        "certificate_arn": arn_of("acm", "certificate/", "one issued for `domain` when `zone_id` is given"),
        "certificate_arns": Field(
            words="none",
            check=_check_names,
            needs=(Need(_CERTIFICATE, why="the listener's first certificate"),),
            excludes=(Exclude("type", (BalancerType.NETWORK,), why="has a listener for each app"),),
        ),
        "certificate_arns.*": arn_of("acm", "certificate/"),
        "redirects": Field(words="none", excludes=_OF_REQUESTS),
        **within("redirects[]", {**_CONDITIONS, "to": Field(), "status": Field(301, choices=(301, 302))}),
        **within("redirects[].to", _REDIRECT),
        "fixed_responses": Field(words="none", excludes=_OF_REQUESTS),
        **within("fixed_responses[]", {**_CONDITIONS, **_RESPONSE}),
        "default_action": Field(words="a response with status 404", excludes=_OF_REQUESTS),
        "default_action.to": Field(words="none"),
        **within("default_action.to", _REDIRECT),
        "default_action.status": Field(words="301 for a redirect"),
        "default_action.body": _RESPONSE["body"]._replace(excludes=_NOT_REDIRECTED),
        "default_action.content_type": _RESPONSE["content_type"]._replace(excludes=_NOT_REDIRECTED),
        "tls_policy": Field(
            TLS_POLICY,
            form=Form(r"ELBSecurityPolicy-[A-Za-z0-9-]+", f"a security policy such as {TLS_POLICY}"),
            needs=(Need(_CERTIFICATE, why="HTTPS needs a certificate"),),
        ),
        # "Mutual authentication with TLS in Application Load Balancer".
        "mutual_authentication": Field(
            words="none",
            needs=(Need(_CERTIFICATE, why="HTTPS needs a certificate"),),
            excludes=_OF_REQUESTS,
        ),
        "mutual_authentication.mode": Field(choices=MutualMode),
        "mutual_authentication.trust_store_arn": arn_of("elasticloadbalancing", "truststore/")._replace(
            needs=(Need(".mode", (MutualMode.VERIFY,)),)
        ),
        # "Quotas for your Application Load Balancers": 50 listeners.
        "ports": Field(words="none", check=at_most(48), excludes=_OF_REQUESTS),
        "ports[]": Field(range=PORT),
        "cross_zone": Field(True, needs=(Need("type", (BalancerType.NETWORK,)),)),
        "idle_timeout": Field(60, range=Range(1, 4000, "seconds"), excludes=_OF_REQUESTS),
        "keep_alive": Field(words="3600", range=Range(60, 604800, "seconds"), excludes=_OF_REQUESTS),
        "access_logs": Field(
            PerPreset("access_logs"),
            excludes=(Exclude("type", (BalancerType.NETWORK,), why="logs TLS connections only"),),
        ),
        "waf": Field(False, excludes=(Exclude("web_acl_arn", why="replaces it"), *_OF_REQUESTS)),
        "web_acl_arn": arn_of("wafv2", "regional/webacl/")._replace(excludes=_OF_REQUESTS),
        "preset": PRESET,
        "overrides": Field(),
        "tags": TAGS,
    }
)
