"""Provider functions (`aws.ec2.get_vpc` and the like), answered from one table.

The account is invented: each region has a default VPC with three public subnets, and a VPC of every id that
the program uses exists, with three subnets, of which its route tables make two public. To answer another
function, add a row for it.
"""

import base64
import json
from collections.abc import Callable
from typing import Any

from moorage.errors import EvaluationError
from moorage.offline.resolvers.network import balancer_zone, default_vpc_id, hosted_zone_id
from moorage.offline.resolvers.row import Scope, Value, by_token, partition_of, row

from .graph import Secret
from .policy_document import policy_json


def answer(token: str, args: dict[str, Any], region: str, memory: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of a provider function, including its arguments as providers do.

    An argument overrides a template of its row, but not a function, which may read it. `memory` holds earlier
    answers of the evaluation.

    Raises:
        EvaluationError: the function is not in the table.
    """
    entry = TABLE.get(token)
    if entry is None:
        raise EvaluationError(
            f"The provider function {token} is not known offline. Add an answer for it to TABLE in "
            "moorage/offline/invokes.py, or pass its result in configuration"
        )
    seed = json.dumps(args, sort_keys=True, default=str)
    scope = Scope(seed, "", str(args.get("region") or region), args, entry)
    scope.memory = memory
    for key, value in entry.outputs.items():
        if callable(value):
            scope[key] = value(scope)
    return args | {"region": scope["R"]} | {key: scope[key] for key in ("id", *entry.outputs)}


def _hash(seed: str, length: int = 17) -> str:
    return Scope(seed, "", "", {})[f"H{length}"]


def _filters(scope: Scope) -> dict[str, list[str]]:
    return {item["name"]: item["values"] for item in scope.given.get("filters") or ()}


def _filtered(name: str, default: str) -> Callable[[Scope], str]:
    """Return the first value of a filter of the call, or else the template."""
    return lambda scope: _filters(scope).get(name, [default.format_map(scope)])[0]


def _named(argument: str, separator: str = "/") -> Value:
    """Return the name of a resource: the argument, or else the end of its ARN."""
    return lambda scope: (
        scope.given.get(argument) or (str(scope.given.get("arn") or scope["H7"]).rsplit(separator, 1)[-1])
    )


def _zones(scope: Scope) -> list[tuple[str, str]]:
    """Return the names and ids of a region's zones, without those that the call excludes."""
    *area, direction, number = str(scope["R"]).split("-")
    halves = {"northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw"}
    start = area[0] + "".join(part[0] for part in area[1:])
    excluded = {*(scope["excludeNames"] or ()), *(scope["excludeZoneIds"] or ())}
    zones = [
        (f"{scope['R']}{letter}", f"{start}{halves.get(direction, direction[0])}{number}-az{index}")
        for index, letter in enumerate("abc", 1)
    ]
    return [zone for zone in zones if excluded.isdisjoint(zone)]


def _vpc_id(scope: Scope) -> str:
    default = scope.given.get("default") is True
    return scope.given.get("id") or (default_vpc_id(scope["R"]) if default else "vpc-" + scope["H17"])


def _vpc_of(scope: Scope) -> str:
    """Return the VPC that a call is about."""
    return scope.given.get("vpcId") or _filters(scope).get("vpc-id", [default_vpc_id(scope["R"])])[0]


def _subnet_ids(scope: Scope) -> list[str]:
    filters, vpc = _filters(scope), _vpc_of(scope)
    filters.pop("vpc-id", None)
    public = filters.get("map-public-ip-on-launch", ["true"]) == ["true"]
    if vpc == default_vpc_id(scope["R"]) and not public:
        return []
    zones = filters.pop("availability-zone", [name for name, _ in _zones(scope)])
    ids = {_subnet_id(vpc, filters, scope.given.get("tags"), zone): zone for zone in zones}
    scope.memory.setdefault("subnets", {}).update(
        {id_: {"vpcId": vpc, "availabilityZone": zone, "public": public} for id_, zone in ids.items()}
    )
    return list(ids)


def _subnet_id(vpc: str, filters: dict[str, list[str]], tags: Any, zone: str) -> str:
    return "subnet-" + _hash(f"{json.dumps([vpc, filters, tags], sort_keys=True)} {zone}")


def _main_table(vpc: str) -> str:
    return "rtb-" + _hash(vpc)


def _route_tables(scope: Scope) -> list[str]:
    """Return the main table of a VPC, and the one of its two public subnets; a default VPC has only the main
    one."""
    vpc = _vpc_of(scope)
    ids = [_main_table(vpc)]
    ids += [] if vpc == default_vpc_id(scope["R"]) else ["rtb-" + _hash(f"{vpc} public")]
    scope.memory.setdefault("tables", {}).update(dict.fromkeys(ids, vpc))
    return ids


def _routes(scope: Scope) -> list[dict[str, str]]:
    vpc = scope["vpcId"]
    private = scope["id"] == _main_table(vpc) and vpc != default_vpc_id(scope["R"])
    target = {"natGatewayId": "nat-" + _hash(vpc)} if private else {"gatewayId": "igw-" + _hash(vpc)}
    return [{"cidrBlock": "0.0.0.0/0", "gatewayId": "", "natGatewayId": "", **target}]


def _associations(scope: Scope) -> list[dict[str, Any]]:
    vpc, main = scope["vpcId"], scope["id"] == _main_table(scope["vpcId"])
    subnets = [""] if main else [_subnet_id(vpc, {}, None, zone) for zone, _ in _zones(scope)[:2]]
    return [{"main": main, "subnetId": subnet, "routeTableId": scope["id"]} for subnet in subnets]


def _ranges(scope: Scope) -> list[dict[str, str]]:
    association = f"vpc-cidr-assoc-{scope['H17']}"
    return [{"associationId": association, "cidrBlock": scope["cidrBlock"], "state": "associated"}]


def _of_subnet(key: str, default: Callable[[Scope], Any]) -> Value:
    """Return a property of a subnet: as it was found, as it is given, or else the default."""
    return lambda scope: (
        scope.memory.get("subnets", {}).get(scope["id"], scope.given).get(key) or default(scope)
    )


def _parameter(scope: Scope) -> str:
    name, ami = str(scope["name"]), f"ami-{scope['H17']}"
    if name.startswith("/aws/service/ecs/") and name.endswith("/recommended"):
        return json.dumps({"image_id": ami, "image_name": name.split("/")[5], "os": "Linux"})
    return ami if name.startswith("/aws/service/") else "value-of-" + name.strip("/").replace("/", "-")


_ELB_ACCOUNTS = {
    "us-east-1": "127311923021",
    "us-east-2": "033677994240",
    "us-west-1": "027434742980",
    "us-west-2": "797873946194",
    "ap-northeast-1": "582318560864",
    "ap-southeast-1": "114774131450",
    "ap-southeast-2": "783225319266",
    "eu-central-1": "054676820928",
    "eu-west-1": "156460612806",
}
"""Accounts that write access logs (Application Load Balancers guide, "Enable access logs")."""


_REGISTRY_TOKEN = row(
    "{R}",
    registryId="{A}",
    userName="AWS",
    password=lambda s: Secret(f"offline-{s['H32']}"),
    authorizationToken=lambda s: Secret(base64.b64encode(f"AWS:offline-{s['H32']}".encode()).decode()),
    proxyEndpoint="https://{registryId}.dkr.ecr.{R}.{D}",
    expiresAt="2025-01-01T12:00:00Z",
)
_PREFIX_LIST = row(
    "{prefixListId}",
    prefixListId=lambda s: s.given.get("id") or s.given.get("prefixListId") or f"pl-{s['H8']}",
    arn="arn:{P}:ec2:{R}:aws:prefix-list/{id}",
    name=lambda s: s.given.get("name") or _filters(s).get("prefix-list-name", [""])[0],
    addressFamily="IPv4",
    entries=lambda _: [{"cidr": "198.51.100.0/24", "description": ""}],
    cidrBlocks=lambda _: ["198.51.100.0/24"],
    maxEntries=100,
    ownerId="AWS",
    version=1,
)

_ROWS = {
    "ec2.getVpc": row(
        _vpc_id,
        arn="arn:{P}:ec2:{R}:{A}:vpc/{id}",
        cidrBlock="172.31.0.0/16",
        cidrBlockAssociations=_ranges,
        default=lambda s: s["id"] == default_vpc_id(s["R"]),
        state="available",
        ownerId="{A}",
        enableDnsSupport=True,
        enableDnsHostnames=True,
        instanceTenancy="default",
        mainRouteTableId=lambda s: _main_table(s["id"]),
        dhcpOptionsId=lambda s: "dopt-" + _hash(s["id"]),
        tags=lambda s: s.given.get("tags") or {},
    ),
    "ec2.getSubnets": row("{R}", ids=_subnet_ids),
    "ec2.getRouteTables": row("{R}", ids=_route_tables),
    "ec2.getRouteTable": row(
        lambda s: s.given.get("routeTableId") or f"rtb-{s['H17']}",
        routeTableId="{id}",
        vpcId=lambda s: s.memory.get("tables", {}).get(s["id"], default_vpc_id(s["R"])),
        arn="arn:{P}:ec2:{R}:{A}:route-table/{id}",
        ownerId="{A}",
        routes=_routes,
        associations=_associations,
    ),
    "ec2.getSubnet": row(
        _filtered("subnet-id", "subnet-{H17}"),
        arn="arn:{P}:ec2:{R}:{A}:subnet/{id}",
        vpcId=_of_subnet("vpcId", _vpc_of),
        availabilityZone=_of_subnet("availabilityZone", _filtered("availability-zone", "{R}a")),
        mapPublicIpOnLaunch=lambda s: s.memory.get("subnets", {}).get(s["id"], {"public": True})["public"],
        cidrBlock=lambda s: f"172.31.{16 * max('abcdef'.find(s['availabilityZone'][-1]), 0)}.0/20",
        defaultForAz=lambda s: s["vpcId"] == default_vpc_id(s["R"]),
        availableIpAddressCount=4091,
        ownerId="{A}",
        state="available",
    ),
    "ec2.getSecurityGroup": row(
        "sg-{H17}",
        arn="arn:{P}:ec2:{R}:{A}:security-group/{id}",
        vpcId=_vpc_of,
        name="default",
        description="",
    ),
    "ec2.getAmi": row(
        "ami-{H17}",
        imageId="{id}",
        arn="arn:{P}:ec2:{R}::image/{id}",
        architecture=_filtered("architecture", "x86_64"),
        name=lambda s: _filters(s).get("name", ["image"])[0].replace("*", "x"),
        rootDeviceName="/dev/xvda",
        rootDeviceType="ebs",
        ownerId="{A}",
        state="available",
        virtualizationType="hvm",
    ),
    "ec2.getManagedPrefixList": _PREFIX_LIST,
    "ec2.getPrefixList": _PREFIX_LIST,
    "index.getAvailabilityZones": row(
        "{R}",
        names=lambda s: [name for name, _ in _zones(s)],
        zoneIds=lambda s: [zone for _, zone in _zones(s)],
        groupNames=lambda s: [s["R"]],
    ),
    "index.getRegion": row(
        "{name}",
        name="{R}",
        region="{name}",
        description="{name}",
        endpoint=lambda s: f"ec2.{s['name']}.{partition_of(s['name'])[1]}",
    ),
    "index.getCallerIdentity": row(
        "{A}",
        accountId="{A}",
        arn="arn:{P}:iam::{A}:user/offline",
        userId="AIDA" + _hash("caller").upper(),
    ),
    "index.getPartition": row(
        "{P}",
        partition="{P}",
        dnsSuffix="{D}",
        reverseDnsPrefix=lambda s: ".".join(reversed(str(s["D"]).split("."))),
    ),
    "index.getDefaultTags": row("{R}", tags=lambda _: dict[str, str]()),
    "ssm.getParameter": row(
        "{name}",
        arn=lambda s: "arn:{P}:ssm:{R}:{A}:parameter/".format_map(s) + str(s["name"]).lstrip("/"),
        type="String",
        value=_parameter,
        insecureValue="{value}",
        version=1,
    ),
    "route53.getZone": row(
        "{zoneId}",
        zoneId=lambda s: s.given.get("zoneId") or hosted_zone_id(s),
        arn="arn:{P}:route53:::hostedzone/{id}",
        name=lambda s: str(s.given.get("name") or "example.com").rstrip("."),
        nameServers=lambda _: ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"],
        primaryNameServer="ns-1.awsdns-01.com",
        privateZone=False,
        comment="",
        resourceRecordSetCount=2,
    ),
    "ecr.getAuthorizationToken": _REGISTRY_TOKEN,
    "ecr.getCredentials": _REGISTRY_TOKEN,
    "elb.getServiceAccount": row(
        lambda s: _ELB_ACCOUNTS.get(s["R"], "127311923021"), arn="arn:{P}:iam::{id}:root"
    ),
    "elb.getHostedZoneId": row(lambda s: balancer_zone(s["R"])),
    "lb.getHostedZoneId": row(lambda s: balancer_zone(s["R"])),
    "iam.getPolicyDocument": row(
        lambda s: _hash(s["json"], 10),
        json=lambda s: policy_json({**s.given}),
        minifiedJson=lambda s: json.dumps(json.loads(s["json"])),
    ),
    "acm.getCertificate": row("{arn}", arn="arn:{P}:acm:{R}:{A}:certificate/{U}", status="ISSUED"),
    "ecs.getCluster": row(
        "{clusterName}",
        clusterName=_named("clusterName"),
        arn="arn:{P}:ecs:{R}:{A}:cluster/{clusterName}",
        status="ACTIVE",
    ),
    "ecr.getRepository": row(
        "{name}",
        name=_named("name"),
        arn="arn:{P}:ecr:{R}:{A}:repository/{name}",
        registryId="{A}",
        repositoryUrl="{A}.dkr.ecr.{R}.{D}/{name}",
    ),
    "secretsmanager.getSecret": row(
        "{arn}", name=_named("name", ":"), arn="arn:{P}:secretsmanager:{R}:{A}:secret:{name}-AbCdEf"
    ),
    "iam.getRole": row("{name}", name=_named("name"), arn="arn:{P}:iam::{A}:role/{name}", path="/"),
    "kms.getAlias": row("{name}", name=_named("name"), arn="arn:{P}:kms:{R}:{A}:{name}"),
    "lb.getLoadBalancer": row(
        "{name}",
        name=_named("name"),
        arn="arn:{P}:elasticloadbalancing:{R}:{A}:loadbalancer/app/{name}/0123456789abcdef",
        dnsName="{name}-0123456789.{R}.elb.{D}",
        loadBalancerType="application",
    ),
}

TABLE = by_token(_ROWS)
"""Answers of provider functions by their tokens. The arguments are part of every answer."""
