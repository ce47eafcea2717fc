import json
from typing import Any

import pytest
from support.fixtures import GraphOf, Lines

from moorage import LoadBalancer, Network
from moorage.offline import EvaluationError, ResourceGraph, evaluate

BUCKET = "aws:s3/bucket:Bucket"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
ALB = "aws:lb/loadBalancer:LoadBalancer"
RULE = "aws:lb/listenerRule:ListenerRule"
LISTENER = "aws:lb/listener:Listener"
ELB = "arn:aws:elasticloadbalancing:us-east-1:123456789012"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
RECORD = "aws:route53/record:Record"
SUBNETS = {"vpc_id": "vpc-1", "public_subnet_ids": ["a", "b"]}
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
ACL = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/x/1"


@pytest.fixture
def balancer(graph_of: GraphOf) -> GraphOf:
    def run(**args: Any) -> ResourceGraph:
        preview = args.pop("preview", False)
        return graph_of(apps={}, network=args.pop("network", SUBNETS), preview=preview, balancer=args)

    return run


def opened(graph: ResourceGraph, type_: str = INGRESS) -> list[tuple[Any, ...]]:
    keys = ("ipProtocol", "fromPort", "toPort", "cidrIpv4")
    return sorted(tuple(r.inputs.get(key) for key in keys) for r in graph.of_type(type_))


def test_plain_http(balancer: GraphOf, preview: bool) -> None:
    graph = balancer(preview=preview)
    alb, listener = graph.one(ALB), graph.one(LISTENER)
    assert alb.inputs["loadBalancerType"] == "application"
    assert alb.inputs["internal"] is False
    assert alb.inputs["subnets"] == ["a", "b"]
    assert alb.inputs["dropInvalidHeaderFields"] is True
    assert (listener.inputs["port"], listener.inputs["protocol"]) == (80, "HTTP")
    (action,) = listener.inputs["defaultActions"]
    assert action["fixedResponse"]["statusCode"] == "404"
    assert opened(graph) == [("tcp", 80, 80, "0.0.0.0/0")]
    assert opened(graph, EGRESS) == [("-1", None, None, "0.0.0.0/0")]


def test_https_with_a_certificate_issued_in_the_zone(balancer: GraphOf, preview: bool) -> None:
    graph = balancer(domain="notes.example.com", zone_id="Z1", preview=preview)
    certificate = graph.one("aws:acm/certificate:Certificate")
    assert certificate.inputs["domainName"] == "notes.example.com"
    assert certificate.inputs["validationMethod"] == "DNS"
    http, https = (graph.one(LISTENER, f"alb-{kind}") for kind in ("http", "https"))
    (redirect,) = http.inputs["defaultActions"]
    assert redirect["redirect"] == {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}
    assert (https.inputs["port"], https.inputs["protocol"]) == (443, "HTTPS")
    assert https.inputs["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    valid = graph.one("aws:acm/certificateValidation:CertificateValidation")
    assert https.property_dependencies["certificateArn"] == (valid.urn,)
    record = graph.one(RECORD, "alb-record")
    assert (record.inputs["name"], record.inputs["type"]) == ("notes.example.com", "A")
    assert record.inputs["aliases"][0]["evaluateTargetHealth"] is True
    assert graph.one(RECORD, "alb-certificate-proof").inputs["allowOverwrite"] is True
    assert opened(graph) == [("tcp", 80, 80, "0.0.0.0/0"), ("tcp", 443, 443, "0.0.0.0/0")]


def test_a_given_certificate_and_a_cname(balancer: GraphOf) -> None:
    graph = balancer(domain="a.example.com", zone_id="Z1", record_type="cname", certificate_arn=CERTIFICATE)
    assert graph.of_type("aws:acm/certificate:Certificate") == []
    assert graph.one(LISTENER, "alb-https").inputs["certificateArn"] == CERTIFICATE
    record = graph.one(RECORD).inputs
    assert (record["type"], record["ttl"]) == ("CNAME", 60)
    assert record["records"] == [graph.one(ALB).outputs["dnsName"]]


def test_several_names_in_one_certificate(balancer: GraphOf, preview: bool) -> None:
    names = ["www.example.com", "*.example.com"]
    graph = balancer(domain="example.com", domains=names, zone_id="Z1", preview=preview)
    certificate = graph.one("aws:acm/certificate:Certificate")
    assert certificate.inputs["domainName"] == "example.com"
    assert certificate.inputs["subjectAlternativeNames"] == names
    records = {record.name: record for record in graph.of_type(RECORD)}
    # A wildcard is proven by the record of the name without it.
    proofs = ["alb-certificate-proof", "alb-certificate-proof-www.example.com"]
    aliases = {
        "alb-record": "example.com",
        "alb-record-www.example.com": "www.example.com",
        "alb-record-_.example.com": "*.example.com",
    }
    assert sorted(records) == sorted([*proofs, *aliases])
    assert {name: records[name].inputs["name"] for name in aliases} == aliases
    valid = graph.one("aws:acm/certificateValidation:CertificateValidation")
    waits = valid.property_dependencies["validationRecordFqdns"]
    assert {records[name].urn for name in proofs} <= set(waits)
    if not preview:
        values = {option["domainName"]: option for option in certificate.outputs["domainValidationOptions"]}
        for name, domain in zip(proofs, ["example.com", "www.example.com"], strict=True):
            assert records[name].inputs["name"] == values[domain]["resourceRecordName"]
            assert records[name].inputs["records"] == [values[domain]["resourceRecordValue"]]


def test_the_record_of_a_wildcard_stays_when_the_wildcard_goes(balancer: GraphOf) -> None:
    """It is deleted last: under another name its deletion would take the record that is in use."""

    def proofs(*further: str, domain: str = "example.com") -> dict[str, list[str]]:
        graph = balancer(domain=domain, domains=list(further), zone_id="Z1")
        made = [record for record in graph.of_type(RECORD) if "-certificate-proof" in record.name]
        return {r.name: [alias["name"] for alias in r.options.get("aliases", [])] for r in made}

    both, name = proofs("*.www.example.com", "www.example.com"), proofs("www.example.com")
    kept, former = "alb-certificate-proof-www.example.com", "alb-certificate-proof-_.www.example.com"
    assert name == {"alb-certificate-proof": [], kept: []}
    assert both == proofs("*.www.example.com") == {"alb-certificate-proof": [], kept: [former]}
    assert {*proofs("example.com", domain="*.example.com")} == {"alb-certificate-proof"}


def test_further_certificates(balancer: GraphOf, preview: bool) -> None:
    other = CERTIFICATE.replace("/1", "/2")
    graph = balancer(certificate_arn=CERTIFICATE, certificate_arns={"shop": other}, preview=preview)
    https = graph.one(LISTENER, "alb-https")
    further = graph.one("aws:lb/listenerCertificate:ListenerCertificate", "alb-https-shop")
    assert further.inputs["certificateArn"] == other
    assert further.property_dependencies["listenerArn"] == (https.urn,)


def test_a_domain_whose_record_is_made_elsewhere(balancer: GraphOf) -> None:
    graph = balancer(domain="a.example.com", certificate_arn=CERTIFICATE)
    assert graph.of_type(RECORD) == []
    assert graph.one("moorage:index:LoadBalancer").outputs["url"] == "https://a.example.com"


def test_apps_add_their_rules_to_the_listener_that_serves(balancer: GraphOf) -> None:
    for graph, name in ((balancer(), "alb-http"), (balancer(certificate_arn=CERTIFICATE), "alb-https")):
        listener = graph.one("moorage:index:LoadBalancer").outputs["listenerArn"]
        assert listener == graph.one(LISTENER, name).outputs["arn"]


def test_redirects_and_responses_of_its_own(graph_of: GraphOf, preview: bool) -> None:
    own = {
        "certificate_arn": CERTIFICATE,
        "redirects": [
            {"host": "example.com", "to": {"host": "www.example.com"}},
            {"path": "/old/*", "to": {"path": "/new/#{path}", "query": ""}, "status": 302, "priority": 7},
            {"host": "*", "path": "/p", "to": {"protocol": "HTTP"}},
        ],
        "fixed_responses": [{"path": "/robots.txt", "status": 200, "body": "Disallow: /"}],
        "default_action": {"status": 503, "content_type": "text/html", "body": "<h1>Back soon</h1>"},
    }
    graph = graph_of(balancer=own, preview=preview)
    https = graph.one(LISTENER, "alb-https")
    rules = {rule.inputs["priority"]: rule for rule in graph.of_type(RULE) if rule.name.startswith("alb-")}
    assert all(rule.name == f"alb-rule-{priority}" for priority, rule in rules.items())
    assert all(rule.property_dependencies["listenerArn"] == (https.urn,) for rule in rules.values())
    fixed, host, *paths = (rules[priority].inputs for priority in sorted(rules))
    assert host["conditions"] == [{"hostHeader": {"values": ["example.com"]}}]
    assert host["actions"] == [
        {"type": "redirect", "redirect": {"host": "www.example.com", "statusCode": "HTTP_301"}}
    ]
    assert fixed["conditions"] == [{"pathPattern": {"values": ["/old/*"]}}]
    assert fixed["actions"][0]["redirect"] == {
        "path": "/new/#{path}",
        "query": "",
        "statusCode": "HTTP_302",
    }
    by_path = {rule["conditions"][0]["pathPattern"]["values"][0]: rule["actions"][0] for rule in paths}
    assert by_path["/p"]["redirect"] == {"protocol": "HTTP", "port": "80", "statusCode": "HTTP_301"}
    assert by_path["/robots.txt"]["fixedResponse"] == {
        "statusCode": "200",
        "contentType": "text/plain",
        "messageBody": "Disallow: /",
    }
    # More specific than the app's rule for all requests.
    (app,) = (rule.inputs["priority"] for rule in graph.of_type(RULE) if rule.name == "web-rule")
    assert max(rules) < app
    (default,) = https.inputs["defaultActions"]
    assert default["fixedResponse"]["statusCode"] == "503"
    (to_https,) = graph.one(LISTENER, "alb-http").inputs["defaultActions"]
    assert to_https["redirect"]["protocol"] == "HTTPS"


def test_clients_with_certificates(balancer: GraphOf, preview: bool) -> None:
    store = "arn:aws:elasticloadbalancing:us-east-1:123456789012:truststore/clients/0123456789abcdef"
    verify = {"mode": "verify", "trust_store_arn": store}
    given = {"domain": "shop.example", "certificate_arn": CERTIFICATE, "ports": [8443]}
    graph = balancer(**given, mutual_authentication=verify, preview=preview)
    modes = {each.name: each.inputs.get("mutualAuthentication") for each in graph.of_type(LISTENER)}
    mutual = {"mode": "verify", "trustStoreArn": store}
    assert modes == {"alb-http": None, "alb-https": mutual, "alb-port-8443": mutual}
    graph = balancer(**given, mutual_authentication={"mode": "off"}, preview=preview)
    assert graph.one(LISTENER, "alb-https").inputs["mutualAuthentication"] == {"mode": "off"}
    assert "mutualAuthentication" not in balancer(**given).one(LISTENER, "alb-https").inputs


def test_apps_on_further_ports(graph_of: GraphOf, preview: bool) -> None:
    apps: dict[str, dict[str, Any]] = {
        "web": {},
        "admin": {"listener_port": 8443},
        "other": {"listener_port": 9443},
    }
    given = {"domain": "shop.example", "certificate_arn": CERTIFICATE, "ports": [8443, 9443]}
    graph = graph_of(balancer=given, apps=apps, preview=preview)
    listeners = {each.name: each for each in graph.of_type(LISTENER)}
    assert {name: (each.inputs["port"], each.inputs["protocol"]) for name, each in listeners.items()} == {
        "alb-http": (80, "HTTP"),
        "alb-https": (443, "HTTPS"),
        "alb-port-8443": (8443, "HTTPS"),
        "alb-port-9443": (9443, "HTTPS"),
    }
    assert listeners["alb-port-8443"].inputs["certificateArn"] == CERTIFICATE
    assert {8443, 9443} <= {rule.inputs["fromPort"] for rule in graph.of_type(INGRESS)}
    # All requests of two apps: on two listeners they are not the same.
    of = {rule.name: rule.property_dependencies["listenerArn"] for rule in graph.of_type(RULE)}
    assert of == {
        "web-rule": (listeners["alb-https"].urn,),
        "admin-rule": (listeners["alb-port-8443"].urn,),
        "other-rule": (listeners["alb-port-9443"].urn,),
    }


@pytest.mark.parametrize(
    ("apps", "problem"),
    [
        ({"web": {"listener_port": 9}}, "listener_port: 9: is not one of the `ports` of the LoadBalancer"),
        (
            {"web": {"listener_port": 8443}, "api": {"listener_port": 8443}},
            "rules: 'any host/*': is already taken by 'web'",
        ),
    ],
)
def test_wrong_further_ports(graph_of: GraphOf, apps: dict[str, Any], problem: str) -> None:
    with pytest.raises(EvaluationError) as error:
        graph_of(balancer={"ports": [8443]}, apps=apps)
    assert f"- {problem}" in str(error.value)


def test_a_redirect_by_default(balancer: GraphOf) -> None:
    graph = balancer(default_action={"to": {"host": "www.example.com", "port": 8443}})
    (action,) = graph.one(LISTENER).inputs["defaultActions"]
    assert action["redirect"] == {"host": "www.example.com", "port": "8443", "statusCode": "HTTP_301"}


def test_an_app_with_the_requests_of_a_redirect_is_refused(graph_of: GraphOf) -> None:
    own = {"redirects": [{"path": "/old", "to": {"path": "/new"}}]}
    with pytest.raises(EvaluationError, match=r"any host/old': is already taken by 'alb'"):
        graph_of(balancer=own, apps={"web": {"rules": [{"path": "/old"}]}})


def test_internal(balancer: GraphOf) -> None:
    graph = balancer(internal=True, network={**SUBNETS, "private_subnet_ids": ["c", "d"]})
    assert graph.one(ALB).inputs["internal"] is True
    assert graph.one(ALB).inputs["subnets"] == ["c", "d"]


def test_who_may_connect(balancer: GraphOf) -> None:
    graph = balancer(allowed_cidrs=["10.0.0.0/8", "192.168.0.0/16"])
    assert opened(graph) == [("tcp", 80, 80, "10.0.0.0/8"), ("tcp", 80, 80, "192.168.0.0/16")]


def test_clients_with_ipv6_addresses(balancer: GraphOf, preview: bool) -> None:
    names = {"domain": "a.example.com", "zone_id": "Z1", "certificate_arn": CERTIFICATE, "preview": preview}
    for kind, types, ranges in (
        ("dualstack", {"alb-record": "A", "alb-ipv6-record": "AAAA"}, ["0.0.0.0/0", "::/0"]),
        ("dualstack-without-public-ipv4", {"alb-ipv6-record": "AAAA"}, ["::/0"]),
    ):
        graph = balancer(ip_address_type=kind, **names)
        assert graph.one(ALB).inputs["ipAddressType"] == kind
        records = {record.name: record.inputs for record in graph.of_type(RECORD)}
        assert {name: record["type"] for name, record in records.items()} == types
        assert all(record["aliases"][0]["evaluateTargetHealth"] is True for record in records.values())
        sources = [r.inputs.get("cidrIpv4") or r.inputs.get("cidrIpv6") for r in graph.of_type(INGRESS)]
        assert sorted(sources) == sorted(ranges * 2)
    chosen = balancer(ip_address_type="dualstack", allowed_cidrs=["10.0.0.0/8", "2001:db8::/32"])
    rules = {rule.name: rule.inputs for rule in chosen.of_type(INGRESS)}
    assert rules["alb-alb-in-80-10.0.0.0-8"]["cidrIpv4"] == "10.0.0.0/8"
    assert rules["alb-alb-in-80-2001_db8__-32"]["cidrIpv6"] == "2001:db8::/32"
    assert "ipAddressType" not in balancer().one(ALB).inputs
    assert balancer(ip_address_type="ipv4").one(ALB).inputs["ipAddressType"] == "ipv4"


def test_idle_and_busy_connections_are_closed(balancer: GraphOf) -> None:
    alb = balancer(idle_timeout=10, keep_alive=300).one(ALB).inputs
    assert (alb["idleTimeout"], alb["clientKeepAlive"]) == (10, 300)
    assert "clientKeepAlive" not in balancer().one(ALB).inputs


def test_records_beside_those_of_other_stacks(balancer: GraphOf, preview: bool) -> None:
    names = {"domain": "a.example.com", "domains": ["b.example.com"], "zone_id": "Z1", "preview": preview}
    weighted = balancer(**names, routing={"set_identifier": "blue", "weight": 0}, record_type="cname")
    failover = balancer(**names, routing={"set_identifier": "eu", "failover": "PRIMARY"})
    for suffix in ("", "-b.example.com"):
        record = weighted.one(RECORD, f"alb-record{suffix}").inputs
        assert (record["setIdentifier"], record["weightedRoutingPolicies"]) == ("blue", [{"weight": 0}])
        record = failover.one(RECORD, f"alb-record{suffix}").inputs
        assert (record["setIdentifier"], record["failoverRoutingPolicies"]) == ("eu", [{"type": "PRIMARY"}])
        assert record["aliases"][0]["evaluateTargetHealth"] is True
    assert "setIdentifier" not in failover.one(RECORD, "alb-certificate-proof").inputs


def test_prod_is_protected_and_logs_its_requests(balancer: GraphOf, preview: bool) -> None:
    graph = balancer(preset="prod", preview=preview)
    alb = graph.one(ALB)
    assert alb.inputs["enableDeletionProtection"] is True
    assert alb.inputs["accessLogs"]["enabled"] is True
    # A load balancer that may not write yet refuses to be made.
    policy = graph.one("aws:s3/bucketPolicy:BucketPolicy", "alb-access-logs-policy")
    assert policy.urn in alb.property_dependencies["accessLogs"]
    for what in ("access-logs", "access-logs-audit"):
        block = graph.one(
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", f"alb-{what}-private"
        ).inputs
        assert all(
            block[key]
            for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        )
        assert graph.one(BUCKET, f"alb-{what}").inputs["forceDestroy"] is False
        lifecycle = graph.one(LIFECYCLE, f"alb-{what}-expire")
        assert lifecycle.inputs["rules"][0]["expiration"] == {"days": 90}


def test_who_reads_the_log_bucket_is_logged_in_another(balancer: GraphOf, preview: bool) -> None:
    graph = balancer(preset="prod", preview=preview)
    logging = graph.one("aws:s3/bucketLogging:BucketLogging")
    logs, audit = graph.one(BUCKET, "alb-access-logs"), graph.one(BUCKET, "alb-access-logs-audit")
    assert logging.property_dependencies["bucket"] == (logs.urn,)
    # S3 refuses a target that it may not write to yet.
    writable = graph.one("aws:s3/bucketPolicy:BucketPolicy", "alb-access-logs-audit-policy")
    assert {audit.urn, writable.urn} <= set(logging.property_dependencies["targetBucket"])
    if not preview:
        write, tls = json.loads(writable.inputs["policy"])["Statement"]
        assert write["Principal"] == {"Service": "logging.s3.amazonaws.com"}
        assert write["Resource"] == f"{audit.outputs['arn']}/{logging.inputs['targetPrefix']}*"
        assert write["Condition"] == {"ArnLike": {"aws:SourceArn": logs.outputs["arn"]}}
        assert tls["Effect"] == "Deny"


def test_who_writes_and_reads_the_log_bucket(balancer: GraphOf) -> None:
    graph = balancer(access_logs=True)
    arn = graph.one(BUCKET, "alb-access-logs").outputs["arn"]
    policy = graph.one("aws:s3/bucketPolicy:BucketPolicy", "alb-access-logs-policy")
    write, tls = json.loads(policy.inputs["policy"])["Statement"]
    assert write["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert (write["Action"], write["Resource"]) == ("s3:PutObject", f"{arn}/AWSLogs/*")
    assert (tls["Effect"], tls["Principal"]) == ("Deny", "*")


def test_no_logs_and_no_protection_in_dev(balancer: GraphOf) -> None:
    graph = balancer()
    assert graph.of_type(BUCKET) == []
    assert graph.one(ALB).inputs["enableDeletionProtection"] is False


def test_a_firewall(balancer: GraphOf) -> None:
    made = balancer(waf=True)
    acl = made.one("aws:wafv2/webAcl:WebAcl")
    assert [rule["priority"] for rule in acl.inputs["rules"]] == [0, 1, 2]
    associated = made.one("aws:wafv2/webAclAssociation:WebAclAssociation").inputs
    assert associated["resourceArn"] == made.one(ALB).outputs["arn"]
    given = balancer(web_acl_arn=ACL)
    assert given.of_type("aws:wafv2/webAcl:WebAcl") == []
    assert given.one("aws:wafv2/webAclAssociation:WebAclAssociation").inputs["webAclArn"] == ACL
    assert balancer(waf=False, web_acl_arn=ACL).of_type("aws:wafv2/webAcl:WebAcl") == []


def test_it_reaches_the_dynamic_ports_of_ec2_instances(graph_of: GraphOf, preview: bool) -> None:
    graph = graph_of("ec2", balancer={}, apps={}, preview=preview)
    rule = graph.one(INGRESS, "alb-alb-to-instances")
    groups = {r.name: r for r in graph.of_type("aws:ec2/securityGroup:SecurityGroup")}
    assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (32768, 65535)
    assert rule.property_dependencies["securityGroupId"] == (groups["main-instances"].urn,)
    assert rule.property_dependencies["referencedSecurityGroupId"] == (groups["alb-alb"].urn,)
    assert "cidrIpv4" not in rule.inputs


def test_a_name_of_64_characters_fits() -> None:
    graph = evaluate(lambda: LoadBalancer("n" * 64, {"network": SUBNETS, "access_logs": True}))
    assert len(graph.one(ALB).outputs["name"]) <= 32
    assert all(len(bucket.outputs["bucket"]) <= 63 for bucket in graph.of_type(BUCKET))
    fixed = evaluate(lambda: LoadBalancer("alb", {"network": SUBNETS, "load_balancer_name": "jwt-pizza"}))
    assert fixed.one(ALB).inputs["name"] == "jwt-pizza"


FARGATE = {"arn": "arn:aws:ecs:us-east-1:123456789012:cluster/main", "name": "main"}


@pytest.mark.parametrize(
    ("args", "starts"),
    [
        ({"domain": "a.example.com"}, ["domain: needs zone_id or certificate_arn: "]),
        (
            {"domain": f"{'a' * 57}.example", "zone_id": "Z1"},
            [f"domain: '{'a' * 57}.example': must be at most 64 characters for an ACM certificate"],
        ),
        ({"zone_id": "Z1"}, ["zone_id: needs domain"]),
        ({"record_type": "alias"}, ["record_type: 'alias': needs zone_id"]),
        (
            {"tls_policy": "ELBSecurityPolicy-2016-08"},
            ["tls_policy: needs zone_id or certificate_arn: HTTPS needs a certificate"],
        ),
        (
            {"tls_policy": "TLS13", "domain": "a.example.com", "zone_id": "Z1"},
            ["tls_policy: 'TLS13': must be a security policy"],
        ),
        (
            {"waf": True, "web_acl_arn": ACL},
            ["waf: True: cannot be combined with web_acl_arn, which replaces it"],
        ),
        ({"internal": True}, ["internal: True: needs network.private_subnet_ids"]),
        (
            {"cluster": FARGATE},
            ["cluster: needs cluster.capacity ec2", "cluster: needs cluster.security_group_id"],
        ),
        (
            {"cluster": {**FARGATE, "capacity": "managed_instances", "security_group_id": "sg"}},
            ["cluster: needs cluster.capacity ec2"],
        ),
        ({"load_balancer_name": "internal-x"}, ["load_balancer_name: 'internal-x': "]),
        ({"load_balancer_name": "x" * 33}, ["load_balancer_name: "]),
        (
            {"allowed_cidrs": ["10.0.0.1/8"]},
            ["allowed_cidrs[0]: '10.0.0.1/8': must be an IPv4 or IPv6 range"],
        ),
        (
            {"redirects": [{"to": {"host": "b.de"}}, {"path": "/a", "to": {"path": "/a"}, "status": 308}]},
            [
                "redirects[1].status: 308: must be one of 301, 302",
                "redirects[0]: needs host or path; for all other requests set default_action",
                "redirects[1].to: needs another host, path, protocol or port",
            ],
        ),
        (
            {
                "redirects": [
                    {
                        "path": "/a",
                        "to": {"path": "b", "host": "ä", "query": "?x", "port": 0, "protocol": "s"},
                    }
                ]
            },
            [
                "redirects[0].to.protocol: 's': must be one of HTTP, HTTPS",
                "redirects[0].to.host: 'ä': must be at most 128 letters",
                "redirects[0].to.port: 0: must be from 1 to 65535",
                "redirects[0].to.path: 'b': must be at most 128 printable",
                "redirects[0].to.query: '?x': must be at most 128 printable",
            ],
        ),
        (
            {
                "fixed_responses": [
                    {"path": "/a", "status": 300, "body": "x" * 1025},
                    {"path": "/a", "status": 200, "content_type": "text"},
                ]
            },
            [
                "fixed_responses[0].body: 1025: must be at most 1024 characters",
                "fixed_responses[1].content_type: 'text': must be one of text/plain",
                "fixed_responses[0].status: 300: must be from 200 to 299 or from 400 to 599",
                "fixed_responses[1]: 'any host/a': has priority",
            ],
        ),
        ({"default_action": {}}, ["default_action: needs to, for a redirect, or status"]),
        (
            {"default_action": {"to": {"query": "x"}, "status": 200, "body": "x"}},
            [
                "default_action.body: cannot be combined with to, which makes it a redirect",
                "default_action.status: 200: must be 301 or 302 for a redirect",
                "default_action.to: needs another host, path, protocol or port",
            ],
        ),
        ({"keep_alive": 59}, ["keep_alive: 59: must be from 60 to 604800 seconds"]),
        ({"ip_address_type": "ipv6"}, ["ip_address_type: 'ipv6': must be one of ipv4, dualstack"]),
        (
            {"allowed_cidrs": ["::/0"]},
            ["allowed_cidrs[0]: '::/0': is an IPv6 range, whose clients need ip_address_type dualstack"],
        ),
        (
            {
                "ip_address_type": "dualstack-without-public-ipv4",
                "internal": True,
                "network": {**SUBNETS, "private_subnet_ids": ["c", "d"]},
            },
            ["ip_address_type: 'dualstack-without-public-ipv4': cannot be combined with internal"],
        ),
        ({"routing": {"set_identifier": "a", "weight": 1}}, ["routing: needs zone_id"]),
        (
            {"domain": "a.de", "zone_id": "Z1", "routing": {"set_identifier": "a"}},
            ["routing: needs weight or failover"],
        ),
        (
            {
                "domain": "a.de",
                "zone_id": "Z1",
                "record_type": "cname",
                "routing": {"set_identifier": "", "weight": 256, "failover": "PRIMARY"},
            },
            [
                "routing.set_identifier: '': must be 1 to 128 printable ASCII characters",
                "routing.weight: 256: must be from 0 to 255",
                "routing.weight: 256: cannot be combined with failover, which has no weights",
                "routing.failover: 'PRIMARY': needs record_type alias",
            ],
        ),
        ({"allowed_cidrs": ["10.0.0.0/8", "10.0.0.0/8"]}, ["allowed_cidrs[1]: '10.0.0.0/8': is given twice"]),
        (
            {"idle_timeout": 0, "preset": "live"},
            ["idle_timeout: 0: must be from 1 to 4000", "preset: 'live': "],
        ),
        ({"domain": "Example", "zone_id": "Z1"}, ["domain: 'Example': must be a lower-case domain name"]),
        ({"domains": ["a.example.com"]}, ["domains: needs domain", "domains: needs zone_id"]),
        (
            {"domain": "a.example.com", "zone_id": "Z1", "domains": ["b.example.com", "a.example.com", "B"]},
            [
                "domains[2]: 'B': must be a lower-case domain name",
                "domains[1]: 'a.example.com': is given twice",
            ],
        ),
        (
            {"domain": "a.de", "zone_id": "Z1", "domains": [f"n{n}.a.de" for n in range(100)]},
            ["domains: 100: must be at most 99"],
        ),
        (
            {"certificate_arn": CERTIFICATE, "certificate_arns": {"a b": CERTIFICATE}},
            ["certificate_arns.a b: 'a b': must be 1 to 255 letters"],
        ),
        (
            {"certificate_arns": {"shop": CERTIFICATE}},
            ["certificate_arns: needs zone_id or certificate_arn: the listener's first certificate"],
        ),
        (
            {"certificate_arn": CERTIFICATE, "certificate_arns": {"shop": ACL}},
            [f"certificate_arns.shop: '{ACL}': must be an ARN such as arn:aws:acm"],
        ),
        (
            {"mutual_authentication": {"mode": "passthrough"}},
            ["mutual_authentication: needs zone_id or certificate_arn: HTTPS needs a certificate"],
        ),
        (
            {"certificate_arn": CERTIFICATE, "mutual_authentication": {"mode": "verify"}},
            ["mutual_authentication.trust_store_arn: is required with mode verify"],
        ),
        (
            {
                "certificate_arn": CERTIFICATE,
                "mutual_authentication": {"mode": "passthrough", "trust_store_arn": f"{ELB}:truststore/a/b"},
            },
            ["mutual_authentication.trust_store_arn: needs mode verify"],
        ),
        ({"ports": [443]}, ["ports[0]: 443: is not a further port"]),
        ({"ports": [8443, 8443]}, ["ports[1]: 8443: is given twice"]),
        ({"acess_logs": True}, ["acess_logs: unknown argument; did you mean 'access_logs'?"]),
    ],
)
def test_wrong_arguments(refused: Lines, preview: bool, args: dict[str, Any], starts: list[str]) -> None:
    lines = refused("LoadBalancer", {"network": SUBNETS, **args}, preview=preview)
    assert [line.startswith(start) for line, start in zip(lines, starts, strict=True)] == [True] * len(lines)


@pytest.mark.parametrize("name", ["internal", "internal-web", "sg", "sg-web"])
def test_names_that_aws_refuses(refused: Lines, name: str) -> None:
    (line,) = refused("LoadBalancer", {"network": SUBNETS}, name=name)
    assert "AWS refuses such names" in line


def test_an_internal_balancer_in_the_default_vpc_is_refused() -> None:
    with pytest.raises(EvaluationError, match=r"internal: True: needs network\.private_subnet_ids"):
        evaluate(lambda: LoadBalancer("alb", {"network": Network("net", {}).ref, "internal": True}))
