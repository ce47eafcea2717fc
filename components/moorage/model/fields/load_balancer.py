"""The field table of `LoadBalancer`."""

from moorage.model.choices import CapacityKind, RecordType
from moorage.model.domains import EVERY_ADDRESS, check_domain, check_ipv4_range

from .cluster import CLUSTER_REF
from .field import Exclude, Field, Form, Need, PerPreset, Range, Table, within
from .network import NETWORK_REF
from .shared import PRESET, TAGS, arn_of

_CERTIFICATE = ("zone_id", "certificate_arn")
_INSTANCES_GROUP = Need("cluster.security_group_id")
_TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"

LOAD_BALANCER_REF = {
    "listener_arn": Field(),
    "security_group_id": Field(),
    "url": Field(),
    "arn_suffix": Field(),
    "name": Field(),
    "reaches_instances": Field(False),
    "https": Field(False),
}

LOAD_BALANCER = Table(
    {
        "network": Field(),
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
        "allowed_cidrs": Field((EVERY_ADDRESS,)),
        "allowed_cidrs[]": Field(check=check_ipv4_range),
        "domain": Field(
            words="none, plain HTTP",
            check=check_domain,
            needs=(Need(_CERTIFICATE, why="the certificate for HTTPS"),),
        ),
        "zone_id": Field(needs=(Need("domain"),)),
        "record_type": Field(RecordType.ALIAS, choices=RecordType, needs=(Need("zone_id"),)),
        "certificate_arn": arn_of("acm", "certificate/", "one issued for `domain` when `zone_id` is given"),
        "tls_policy": Field(
            _TLS_POLICY,
            form=Form(r"ELBSecurityPolicy-[A-Za-z0-9-]+", f"a security policy such as {_TLS_POLICY}"),
            needs=(Need(_CERTIFICATE, why="HTTPS needs a certificate"),),
        ),
        "idle_timeout": Field(60, range=Range(1, 4000, "seconds")),
        "access_logs": Field(PerPreset("access_logs")),
        "waf": Field(False, excludes=(Exclude("web_acl_arn", why="replaces it"),)),
        "web_acl_arn": arn_of("wafv2", "regional/webacl/"),
        "preset": PRESET,
        "overrides": Field(),
        "tags": TAGS,
    }
)
