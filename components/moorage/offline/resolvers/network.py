"""Network services: VPC, load balancers, DNS, certificates, WAF, service discovery."""

from typing import Any

from .row import Row, Scope, Value, row

_ALB_ZONES = {
    "us-east-1": "Z35SXDOTRQ7X7K",
    "us-east-2": "Z3AADJGX6KTTL2",
    "us-west-1": "Z368ELLRRE2KJ0",
    "us-west-2": "Z1H1FL5HABSF5",
    "ap-northeast-1": "Z14GRHDCWA56QT",
    "ap-southeast-1": "Z1LMS91P8CMLE5",
    "ap-southeast-2": "Z1GM3OXH4ZPM65",
    "eu-central-1": "Z215JYRZR1TBD5",
    "eu-west-1": "Z32O12XQLNTSW2",
}
"""Their hosted zones (AWS General Reference, "Elastic Load Balancing endpoints and quotas")."""


def balancer_zone(region: str) -> str:
    """Return the hosted zone of a region's Application Load Balancers, invented if not in the table."""
    return _ALB_ZONES.get(region) or hosted_zone_id(Scope(region, "", region, {}))


def hosted_zone_id(scope: Scope) -> str:
    """Return an invented hosted zone id."""
    return "Z" + scope.hex(20, "zone").upper()


def _balancer_suffix(scope: Scope) -> str:
    if "arn" in scope:
        return str(scope["arn"]).partition(":loadbalancer/")[2]
    kind = {"network": "net", "gateway": "gwy"}.get(scope["loadBalancerType"], "app")
    return f"{kind}/{scope['name']}/{scope['H16']}"


def _group_suffix(scope: Scope) -> str:
    if "arn" in scope:
        return str(scope["arn"]).rpartition(":")[2]
    return f"targetgroup/{scope['name']}/{scope['H16']}"


def _balancer_dns(scope: Scope) -> str:
    if scope["loadBalancerType"] == "network":
        return f"{scope['name']}-{scope['H16']}.elb.{scope['R']}.{scope['D']}"
    number = int(scope["H16"], 16) % 10**10
    inner = "internal-" if scope["internal"] else ""
    return f"{inner}{scope['name']}-{number:010d}.{scope['R']}.elb.{scope['D']}"


def _arn_below(parent: str, kind: str, child: str) -> Value:
    """Return the ARN of a listener or a rule, from that of its balancer or its listener."""
    return lambda scope: str(scope[parent]).replace(f":{kind}/", f":{child}/") + f"/{scope['H16']}"


def _validation_options(scope: Scope) -> list[dict[str, str]]:
    if scope["validationMethod"] not in ("", "DNS"):
        return []
    names: list[str] = list(dict.fromkeys([scope["domainName"], *(scope["subjectAlternativeNames"] or [])]))
    # A wildcard and the name without it have the same record.
    return [
        {
            "domainName": name,
            "resourceRecordName": f"_{scope.hex(32, of)}.{of}.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": f"_{scope.hex(32, of + '=')}.{scope.hex(10, of)}.acm-validations.aws.",
        }
        for name in names
        for of in [name.removeprefix("*.")]
    ]


def address(scope: Scope) -> str:
    """Return a public address from the range reserved for documentation (RFC 5737)."""
    return f"203.0.113.{int(scope.hex(4, 'address'), 16) % 254 + 1}"


def _endpoint_dns(scope: Scope) -> list[dict[str, str]]:
    name = "{id}-{H8}.{R}.vpce.{D}".format_map(scope)
    return [{"dnsName": name, "hostedZoneId": hosted_zone_id(scope)}]


def _ec2(prefix: str, kind: str, **outputs: Any) -> Row:
    arn = f"arn:{{P}}:ec2:{{R}}:{{A}}:{kind}/{{id}}"
    return row(prefix + "-{H17}", arn=arn, ownerId="{A}", **outputs)


def _acl_arn(kind: str) -> Value:
    def arn(scope: Scope) -> str:
        is_global = scope["scope"] == "CLOUDFRONT"
        where, region = ("global", "us-east-1") if is_global else ("regional", scope["R"])
        return f"arn:{scope['P']}:wafv2:{region}:{scope['A']}:{where}/{kind}/{scope['name']}/{scope['id']}"

    return arn


def _namespace(**outputs: Any) -> Row:
    return row("ns-{H16}", "name", arn="arn:{P}:servicediscovery:{R}:{A}:namespace/{id}", **outputs)


_SG_RULE = row("sgr-{H17}", securityGroupRuleId="{id}", arn="arn:{P}:ec2:{R}:{A}:security-group-rule/{id}")

ROWS: dict[str, Row] = {
    "ec2.SecurityGroup": row(
        "sg-{H17}",
        "name",
        arn="arn:{P}:ec2:{R}:{A}:security-group/{id}",
        ownerId="{A}",
        vpcId=lambda s: default_vpc_id(s["R"]),
        description="Managed by Pulumi",
        known="description",
    ),
    "ec2.SecurityGroupRule": row("sgrule-{H10}", securityGroupRuleId="sgr-{H17}"),
    "vpc.SecurityGroupIngressRule": _SG_RULE,
    "vpc.SecurityGroupEgressRule": _SG_RULE,
    "ec2.LaunchTemplate": row(
        "lt-{H17}",
        "name",
        125,
        arn="arn:{P}:ec2:{R}:{A}:launch-template/{id}",
        latestVersion=1,
        defaultVersion=1,
    ),
    "ec2.Vpc": _ec2(
        "vpc",
        "vpc",
        defaultSecurityGroupId="sg-{H17}",
        defaultRouteTableId="rtb-{H17}",
        mainRouteTableId="rtb-{H17}",
        defaultNetworkAclId="acl-{H17}",
        dhcpOptionsId="dopt-{H17}",
        enableDnsSupport=True,
        instanceTenancy="default",
    ),
    "ec2.Subnet": _ec2("subnet", "subnet", availabilityZone="{R}a"),
    "ec2.InternetGateway": _ec2("igw", "internet-gateway"),
    "ec2.RouteTable": _ec2("rtb", "route-table"),
    "ec2.NetworkAcl": _ec2("acl", "network-acl"),
    "ec2.RouteTableAssociation": row("rtbassoc-{H17}"),
    "ec2.Route": row("r-{routeTableId}{H10}", state="active", origin="CreateRoute"),
    "ec2.Eip": row(
        "eipalloc-{H17}", allocationId="{id}", arn="arn:{P}:ec2:{R}:{A}:elastic-ip/{id}", publicIp=address
    ),
    "ec2.NatGateway": row(
        "nat-{H17}", networkInterfaceId="eni-{H17}", publicIp=address, connectivityType="public"
    ),
    "ec2.VpcEndpoint": _ec2(
        "vpce",
        "vpc-endpoint",
        state="available",
        prefixListId="pl-{H8}",
        vpcEndpointType="Gateway",
        dnsEntries=_endpoint_dns,
    ),
    "ec2.FlowLog": row("fl-{H17}", arn="arn:{P}:ec2:{R}:{A}:vpc-flow-log/{id}"),
    "ec2.KeyPair": row("{keyName}", "keyName", keyPairId="key-{H17}", keyType="rsa"),
    "ec2.Instance": row(
        "i-{H17}", arn="arn:{P}:ec2:{R}:{A}:instance/{id}", publicIp=address, instanceState="running"
    ),
    "lb.LoadBalancer": row(
        "{arn}",
        "name",
        32,
        arnSuffix=_balancer_suffix,
        arn="arn:{P}:elasticloadbalancing:{R}:{A}:loadbalancer/{arnSuffix}",
        dnsName=_balancer_dns,
        zoneId=lambda s: balancer_zone(s["R"]),
        vpcId=lambda s: default_vpc_id(s["R"]),
        loadBalancerType="application",
    ),
    "lb.TargetGroup": row(
        "{arn}",
        "name",
        32,
        arnSuffix=_group_suffix,
        arn="arn:{P}:elasticloadbalancing:{R}:{A}:{arnSuffix}",
        loadBalancerArns=lambda _: list[str](),
    ),
    "lb.Listener": row("{arn}", arn=_arn_below("loadBalancerArn", "loadbalancer", "listener")),
    "lb.ListenerRule": row("{arn}", arn=_arn_below("listenerArn", "listener", "listener-rule")),
    "lb.ListenerCertificate": row("{listenerArn}_{certificateArn}"),
    "lb.TargetGroupAttachment": row("{targetGroupArn}-{H20}"),
    "route53.Zone": row(
        "{zoneId}",
        zoneId=hosted_zone_id,
        arn="arn:{P}:route53:::hostedzone/{zoneId}",
        primaryNameServer="ns-1.awsdns-01.com",
        nameServers=lambda _: [f"ns-{n}.awsdns-{n:02d}.{t}" for n, t in enumerate(_NAME_SERVERS, 1)],
    ),
    "route53.Record": row("{zoneId}_{name}_{type}", fqdn=lambda s: str(s["name"]).rstrip(".")),
    "acm.Certificate": row(
        "{arn}",
        arn="arn:{P}:acm:{R}:{A}:certificate/{U}",
        domainValidationOptions=_validation_options,
        status="PENDING_VALIDATION",
        type="AMAZON_ISSUED",
    ),
    "acm.CertificateValidation": row("2025-01-01 00:00:00 +0000 UTC"),
    "wafv2.WebAcl": row("{U}", "name", 128, arn=_acl_arn("webacl"), lockToken="{U}", capacity=0),
    "wafv2.IpSet": row("{U}", "name", 128, arn=_acl_arn("ipset"), lockToken="{U}"),
    "wafv2.WebAclAssociation": row("{webAclArn},{resourceArn}"),
    "wafv2.WebAclLoggingConfiguration": row("{resourceArn}"),
    "servicediscovery.HttpNamespace": _namespace(httpName="{name}"),
    "servicediscovery.PrivateDnsNamespace": _namespace(hostedZone=hosted_zone_id),
    "servicediscovery.PublicDnsNamespace": _namespace(hostedZone=hosted_zone_id),
    "servicediscovery.Service": row("srv-{H16}", "name", arn="arn:{P}:servicediscovery:{R}:{A}:service/{id}"),
}

_NAME_SERVERS = ("com", "net", "org", "co.uk")


def default_vpc_id(region: str) -> str:
    """Return the id of the account's default VPC in a region."""
    return "vpc-" + Scope(f"default VPC {region}", "", region, {})["H17"]
