"""Provider functions (`aws.ec2.get_vpc` and the like), answered from one table.

The account is invented: each region has a default VPC with three public subnets, and a VPC of every id that
the program uses exists, with three subnets, of which its route tables make two public. To answer another
function, add its token to `TABLE`.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from moorage.errors import EvaluationError
from moorage.offline.resolvers.network import balancer_zone, default_vpc_id, hosted_zone_id
from moorage.offline.resolvers.row import ACCOUNT, Scope, partition_of

from .graph import Secret
from .policy_document import policy_json


@dataclass(slots=True)
class Call:
    """One call: its arguments, its region, and the earlier answers of this evaluation."""

    args: dict[str, Any]
    region: str
    memory: dict[str, Any]
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        """Derive invented values from the arguments."""
        self.scope = Scope(json.dumps(self.args, sort_keys=True, default=str), "", self.region, {})

    def text(self, template: str, **names: Any) -> str:
        """Fill a template as the resolvers do, with `names` in addition to the letters."""
        return template.format_map(self.scope | names | {"H17": self.scope["H17"]})

    def filters(self) -> dict[str, list[str]]:
        """Return the filters of the call by name."""
        return {f["name"]: f["values"] for f in cast("list[dict[str, Any]]", self.args.get("filters") or [])}


def answer(token: str, args: dict[str, Any], region: str, memory: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of a provider function, including its arguments as providers do.

    Raises:
        EvaluationError: the function is not in the table.
    """
    function = TABLE.get(token)
    if function is None:
        raise EvaluationError(
            f"The provider function {token} is not known offline. Add an answer for it to TABLE in "
            "moorage/offline/invokes.py, or pass its result in configuration"
        )
    call = Call(args, str(args.get("region") or region), memory)
    return args | {"region": call.region} | function(call)


def _hash(seed: str, length: int = 17) -> str:
    return Scope(seed, "", "", {})[f"H{length}"]


def _zones(region: str) -> list[str]:
    return [region + letter for letter in "abc"]


def _zone_ids(region: str) -> list[str]:
    *area, direction, number = region.split("-")
    halves = {"northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw"}
    start = area[0] + "".join(part[0] for part in area[1:])
    return [f"{start}{halves.get(direction, direction[0])}{number}-az{n}" for n in (1, 2, 3)]


def _vpc(call: Call) -> dict[str, Any]:
    default = call.args.get("default") is True
    id_ = call.args.get("id") or (default_vpc_id(call.region) if default else "vpc-" + call.scope["H17"])
    return {
        "id": id_,
        "arn": call.text("arn:{P}:ec2:{R}:{A}:vpc/{id}", id=id_),
        "cidrBlock": "172.31.0.0/16",
        "cidrBlockAssociations": [
            {
                "associationId": "vpc-cidr-assoc-" + _hash(id_),
                "cidrBlock": "172.31.0.0/16",
                "state": "associated",
            }
        ],
        "default": id_ == default_vpc_id(call.region),
        "state": "available",
        "ownerId": ACCOUNT,
        "enableDnsSupport": True,
        "enableDnsHostnames": True,
        "instanceTenancy": "default",
        "mainRouteTableId": "rtb-" + _hash(id_),
        "dhcpOptionsId": "dopt-" + _hash(id_),
        "tags": call.args.get("tags") or {},
    }


def _route_tables(call: Call) -> dict[str, Any]:
    vpc = call.args.get("vpcId") or call.filters().get("vpc-id", [default_vpc_id(call.region)])[0]
    names = ["rtb-" + _hash(vpc)]
    if vpc != default_vpc_id(call.region):
        names.append("rtb-" + _hash(f"{vpc} public"))
    call.memory.setdefault("tables", {}).update({name: vpc for name in names})
    return {"id": call.region, "ids": names}


def _route_table(call: Call) -> dict[str, Any]:
    """Answer with the main table of a VPC, or the one of its two public subnets; a default VPC has only the
    main one."""
    id_ = str(call.args.get("routeTableId") or "rtb-" + call.scope["H17"])
    vpc = call.memory.get("tables", {}).get(id_, default_vpc_id(call.region))
    main = id_ == "rtb-" + _hash(vpc)
    public = not main or vpc == default_vpc_id(call.region)
    subnets = [] if main else [_subnet_id(vpc, {}, None, zone) for zone in _zones(call.region)[:2]]
    out = {"gatewayId": "igw-" + _hash(vpc)} if public else {"natGatewayId": "nat-" + _hash(vpc)}
    return {
        "id": id_,
        "routeTableId": id_,
        "vpcId": vpc,
        "arn": call.text("arn:{P}:ec2:{R}:{A}:route-table/{id}", id=id_),
        "ownerId": ACCOUNT,
        "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "", "natGatewayId": "", **out}],
        "associations": [
            *([{"main": True, "subnetId": "", "routeTableId": id_}] if main else []),
            *({"main": False, "subnetId": subnet, "routeTableId": id_} for subnet in subnets),
        ],
    }


def _subnet_id(vpc: str, filters: dict[str, list[str]], tags: Any, zone: str) -> str:
    return "subnet-" + _hash(f"{json.dumps([vpc, filters, tags], sort_keys=True)} {zone}")


def _subnets(call: Call) -> dict[str, Any]:
    filters = call.filters()
    vpc = filters.pop("vpc-id", [default_vpc_id(call.region)])[0]
    public = filters.get("map-public-ip-on-launch", ["true"]) == ["true"]
    if vpc == default_vpc_id(call.region) and not public:
        return {"id": call.region, "ids": []}
    zones = filters.pop("availability-zone", _zones(call.region))
    known: dict[str, Any] = call.memory.setdefault("subnets", {})
    ids: list[str] = []
    for zone in zones:
        id_ = _subnet_id(vpc, filters, call.args.get("tags"), zone)
        known[id_] = {"vpcId": vpc, "availabilityZone": zone, "mapPublicIpOnLaunch": public}
        ids.append(id_)
    return {"id": call.region, "ids": ids}


def _subnet(call: Call) -> dict[str, Any]:
    filters = call.filters()
    vpc = call.args.get("vpcId") or filters.get("vpc-id", [default_vpc_id(call.region)])[0]
    zone = call.args.get("availabilityZone") or filters.get("availability-zone", _zones(call.region))[0]
    id_ = call.args.get("id") or filters.get("subnet-id", ["subnet-" + call.scope["H17"]])[0]
    found = {"vpcId": vpc, "availabilityZone": zone, "mapPublicIpOnLaunch": True}
    found |= call.memory.get("subnets", {}).get(id_, {})
    number = "abcdef".find(found["availabilityZone"][-1])
    return {
        "id": id_,
        "arn": call.text("arn:{P}:ec2:{R}:{A}:subnet/{id}", id=id_),
        "cidrBlock": f"172.31.{16 * max(number, 0)}.0/20",
        "defaultForAz": found["vpcId"] == default_vpc_id(call.region),
        "availableIpAddressCount": 4091,
        "ownerId": ACCOUNT,
        "state": "available",
        **found,
    }


def _security_group(call: Call) -> dict[str, Any]:
    id_ = call.args.get("id") or "sg-" + call.scope["H17"]
    vpc = call.args.get("vpcId") or call.filters().get("vpc-id", [default_vpc_id(call.region)])[0]
    arn = call.text("arn:{P}:ec2:{R}:{A}:security-group/{id}", id=id_)
    return {
        "id": id_,
        "arn": arn,
        "vpcId": vpc,
        "name": call.args.get("name") or "default",
        "description": "",
    }


def _availability_zones(call: Call) -> dict[str, Any]:
    left_out: set[str] = {*(call.args.get("excludeNames") or ()), *(call.args.get("excludeZoneIds") or ())}
    zones = [
        pair
        for pair in zip(_zones(call.region), _zone_ids(call.region), strict=True)
        if left_out.isdisjoint(pair)
    ]
    return {
        "id": call.region,
        "names": [name for name, _ in zones],
        "zoneIds": [zone for _, zone in zones],
        "groupNames": [call.region],
    }


def _region(call: Call) -> dict[str, Any]:
    name = call.args.get("name") or call.region
    endpoint = f"ec2.{name}.{partition_of(name)[1]}"
    return {"id": name, "name": name, "region": name, "description": name, "endpoint": endpoint}


def _ami(call: Call) -> dict[str, Any]:
    id_ = "ami-" + call.scope["H17"]
    filters = call.filters()
    return {
        "id": id_,
        "imageId": id_,
        "arn": call.text("arn:{P}:ec2:{R}::image/{id}", id=id_),
        "architecture": filters.get("architecture", ["x86_64"])[0],
        "name": filters.get("name", ["image"])[0].replace("*", "x"),
        "rootDeviceName": "/dev/xvda",
        "rootDeviceType": "ebs",
        "ownerId": ACCOUNT,
        "state": "available",
        "virtualizationType": "hvm",
    }


def _parameter(call: Call) -> dict[str, Any]:
    name = str(call.args["name"])
    ami = "ami-" + call.scope["H17"]
    if name.startswith("/aws/service/ecs/") and name.endswith("/recommended"):
        value = json.dumps({"image_id": ami, "image_name": name.split("/")[5], "os": "Linux"})
    elif name.startswith("/aws/service/"):
        value = ami
    else:
        value = "value-of-" + name.strip("/").replace("/", "-")
    arn = call.text("arn:{P}:ssm:{R}:{A}:parameter/", name=name) + name.lstrip("/")
    return {"id": name, "arn": arn, "type": "String", "value": value, "insecureValue": value, "version": 1}


def _zone(call: Call) -> dict[str, Any]:
    id_ = call.args.get("zoneId") or hosted_zone_id(call.scope)
    return {
        "id": id_,
        "zoneId": id_,
        "arn": call.text("arn:{P}:route53:::hostedzone/{id}", id=id_),
        "name": str(call.args.get("name") or "example.com").rstrip("."),
        "nameServers": ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"],
        "primaryNameServer": "ns-1.awsdns-01.com",
        "privateZone": bool(call.args.get("privateZone")),
        "comment": "",
        "resourceRecordSetCount": 2,
    }


def _registry_token(call: Call) -> dict[str, Any]:
    registry = call.args.get("registryId") or ACCOUNT
    password = "offline-" + call.scope["H32"]
    return {
        "id": call.region,
        "registryId": registry,
        "userName": "AWS",
        "password": Secret(password),
        "authorizationToken": Secret(base64.b64encode(f"AWS:{password}".encode()).decode()),
        "proxyEndpoint": call.text("https://{registry}.dkr.ecr.{R}.{D}", registry=registry),
        "expiresAt": "2025-01-01T12:00:00Z",
    }


def _prefix_list(call: Call) -> dict[str, Any]:
    id_ = call.args.get("id") or call.args.get("prefixListId") or "pl-" + call.scope["H8"]
    name = call.args.get("name") or call.filters().get("prefix-list-name", [""])[0]
    return {
        "id": id_,
        "prefixListId": id_,
        "arn": call.text("arn:{P}:ec2:{R}:aws:prefix-list/{id}", id=id_),
        "name": name,
        "addressFamily": "IPv4",
        "entries": [{"cidr": "198.51.100.0/24", "description": ""}],
        "cidrBlocks": ["198.51.100.0/24"],
        "maxEntries": 100,
        "ownerId": "AWS",
        "version": 1,
    }


def _balancer_account(call: Call) -> dict[str, Any]:
    account = _ELB_ACCOUNTS.get(call.region, "127311923021")
    return {"id": account, "arn": call.text("arn:{P}:iam::{account}:root", account=account)}


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


def _policy_document(call: Call) -> dict[str, Any]:
    document = policy_json(call.args)
    return {"id": _hash(document, 10), "json": document, "minifiedJson": json.dumps(json.loads(document))}


def _certificate(call: Call) -> dict[str, Any]:
    arn = call.text("arn:{P}:acm:{R}:{A}:certificate/{U}", U=call.scope["U"])
    return {"id": arn, "arn": arn, "status": "ISSUED"}


def _named(kind: str, argument: str, template: str, **more: Any) -> Callable[[Call], dict[str, Any]]:
    """Return an answer for a named resource: the template is its ARN, the id its name or ARN."""

    def function(call: Call) -> dict[str, Any]:
        given = call.args.get("arn")
        name = call.args.get(argument) or str(given or call.scope["H7"]).rsplit(kind, 1)[-1]
        arn = given or call.text(template, name=name)
        values = {
            key: call.text(v, name=name, arn=arn) if isinstance(v, str) else v for key, v in more.items()
        }
        return {"id": arn if kind == ":" else name, argument: name, "arn": arn, **values}

    return function


TABLE: dict[str, Callable[[Call], dict[str, Any]]] = {
    "aws:ec2/getVpc:getVpc": _vpc,
    "aws:ec2/getSubnets:getSubnets": _subnets,
    "aws:ec2/getRouteTables:getRouteTables": _route_tables,
    "aws:ec2/getRouteTable:getRouteTable": _route_table,
    "aws:ec2/getSubnet:getSubnet": _subnet,
    "aws:ec2/getSecurityGroup:getSecurityGroup": _security_group,
    "aws:ec2/getAmi:getAmi": _ami,
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": _prefix_list,
    "aws:ec2/getPrefixList:getPrefixList": _prefix_list,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getCallerIdentity:getCallerIdentity": lambda call: {
        "id": ACCOUNT,
        "accountId": ACCOUNT,
        "arn": call.text("arn:{P}:iam::{A}:user/offline"),
        "userId": "AIDA" + _hash("caller").upper(),
    },
    "aws:index/getPartition:getPartition": lambda call: {
        "id": call.scope["P"],
        "partition": call.scope["P"],
        "dnsSuffix": call.scope["D"],
        "reverseDnsPrefix": ".".join(reversed(str(call.scope["D"]).split("."))),
    },
    "aws:index/getDefaultTags:getDefaultTags": lambda call: {"id": call.region, "tags": {}},
    "aws:ssm/getParameter:getParameter": _parameter,
    "aws:route53/getZone:getZone": _zone,
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": _registry_token,
    "aws:ecr/getCredentials:getCredentials": _registry_token,
    "aws:elb/getServiceAccount:getServiceAccount": _balancer_account,
    "aws:elb/getHostedZoneId:getHostedZoneId": lambda call: {"id": balancer_zone(call.region)},
    "aws:lb/getHostedZoneId:getHostedZoneId": lambda call: {"id": balancer_zone(call.region)},
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "aws:acm/getCertificate:getCertificate": _certificate,
    "aws:ecs/getCluster:getCluster": _named(
        "/", "clusterName", "arn:{P}:ecs:{R}:{A}:cluster/{name}", status="ACTIVE"
    ),
    "aws:ecr/getRepository:getRepository": _named(
        "/",
        "name",
        "arn:{P}:ecr:{R}:{A}:repository/{name}",
        registryId="{A}",
        repositoryUrl="{A}.dkr.ecr.{R}.{D}/{name}",
    ),
    "aws:secretsmanager/getSecret:getSecret": _named(
        ":", "name", "arn:{P}:secretsmanager:{R}:{A}:secret:{name}-AbCdEf"
    ),
    "aws:iam/getRole:getRole": _named("/", "name", "arn:{P}:iam::{A}:role/{name}", path="/"),
    "aws:kms/getAlias:getAlias": _named("/", "name", "arn:{P}:kms:{R}:{A}:{name}"),
    "aws:lb/getLoadBalancer:getLoadBalancer": _named(
        "/",
        "name",
        "arn:{P}:elasticloadbalancing:{R}:{A}:loadbalancer/app/{name}/0123456789abcdef",
        dnsName="{name}-0123456789.{R}.elb.{D}",
        loadBalancerType="application",
    ),
}
"""Answers of provider functions by their tokens. The arguments are part of every answer."""
