"""One Application Load Balancer for all apps: listeners, certificate, DNS, access logs, firewall."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from moorage.model.arguments import check_arguments, in_range, one_of
from moorage.model.balancer import EVERYBODY, BalancerSpec, balancer_spec
from moorage.model.domains import RECORD_TYPES, check_domain, check_ipv4_range, check_issuable
from moorage.model.names import check_arn, check_logical_name, check_pattern, logical_name
from moorage.model.presets import PRESETS
from moorage.model.problems import Problems
from moorage.model.tags import check_tags
from moorage.resources.checking import arguments, checking
from moorage.resources.inputs import plain_inputs
from moorage.resources.security_groups import outward_group
from moorage.resources.tags import tags_for

from .access_logs import access_log_bucket
from .args import LoadBalancerArgs, LoadBalancerRef
from .certificate import certificate
from .dns import record
from .firewall import firewall

DYNAMIC_PORTS = (32768, 65535)
"""The host ports Docker hands out on an ECS instance (API reference, PortMapping, hostPort)."""


class LoadBalancer(pulumi.ComponentResource):
    """An Application Load Balancer that several apps share, each by rules on one listener.

    With a certificate it listens on 443 and sends port 80 there; without one it listens on 80. What no rule
    takes is answered with 404.
    """

    dns_name: pulumi.Output[str]
    """The load balancer's own DNS name."""
    url: pulumi.Output[str]
    """Where it answers: the domain over HTTPS, else its own name."""
    listener_arn: pulumi.Output[str]
    """The listener that apps add their rules to."""
    security_group_id: pulumi.Output[str]
    """Its security group."""
    arn_suffix: pulumi.Output[str]
    """Its part of CloudWatch dimensions and scaling metrics."""
    preset: pulumi.Output[str]
    """The preset it was made with: a policy pack is told outputs only, and must know what it accepts."""

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the load balancer.

        Raises:
            ValueError: an argument is unknown, missing or wrong; the text lists every problem.
        """
        args = arguments(name, args)
        problems = Problems("LoadBalancer", name)
        good = check_arguments(LoadBalancerArgs, args, problems)
        _check(name, good, problems)
        with checking():
            problems.raise_if_any()
        super().__init__("moorage:index:LoadBalancer", name, plain_inputs(args), opts)
        tags = tags_for(name, args.get("tags"))
        spec = balancer_spec(args)
        preset = PRESETS[spec.preset]
        certificate_arn = args.get("certificate_arn")
        if certificate_arn is None and "domain" in args and "zone_id" in args:
            certificate_arn = certificate(self, name, args["domain"], args["zone_id"], tags)

        group = self._security_group(name, spec, args, [80] if certificate_arn is None else [80, 443], tags)
        bucket = None
        if spec.access_logs:
            bucket = access_log_bucket(self, name, preset, tags)
        network = args["network"]
        balancer = aws.lb.LoadBalancer(
            logical_name(name, "alb", 32),
            name=args.get("load_balancer_name"),
            load_balancer_type="application",
            internal=spec.internal,
            security_groups=[group.id],
            subnets=network.get("private_subnet_ids", []) if spec.internal else network["public_subnet_ids"],
            idle_timeout=spec.idle_timeout,
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_deletion_protection=preset.deletion_protection,
            access_logs=None if bucket is None else {"bucket": bucket, "enabled": True},
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=preset.protect),
        )
        listener = self._listeners(name, balancer, certificate_arn, spec, tags)
        if "domain" in args and "zone_id" in args:
            record(
                self,
                name,
                args["domain"],
                args["zone_id"],
                spec.record_type,
                balancer,
                protect=preset.protect,
            )
        firewall(self, name, balancer, args.get("web_acl_arn"), tags, wanted=spec.waf)

        scheme = "http" if certificate_arn is None else "https"
        self.dns_name = balancer.dns_name
        self.url = pulumi.Output.concat(f"{scheme}://", args.get("domain", balancer.dns_name))
        self.listener_arn = listener.arn
        self.security_group_id = group.id
        self.arn_suffix = balancer.arn_suffix
        self.ref: LoadBalancerRef = {
            "listener_arn": self.listener_arn,
            "security_group_id": self.security_group_id,
            "url": self.url,
            "arn_suffix": self.arn_suffix,
            "name": name,
            "reaches_instances": "cluster" in args,
        }
        self.preset = pulumi.Output.from_input(spec.preset)
        self.register_outputs(
            {
                "dnsName": self.dns_name,
                "url": self.url,
                "listenerArn": self.listener_arn,
                "securityGroupId": self.security_group_id,
                "arnSuffix": self.arn_suffix,
                "preset": self.preset,
            }
        )

    def _security_group(
        self,
        name: str,
        spec: BalancerSpec,
        args: LoadBalancerArgs,
        ports: list[int],
        tags: dict[str, pulumi.Input[str]],
    ) -> "aws.ec2.SecurityGroup":
        child = pulumi.ResourceOptions(parent=self)
        group = outward_group(
            self,
            f"{name}-alb",
            of=f"Load balancer {name}",
            vpc_id=args["network"]["vpc_id"],
            reaches="Targets",
            tags=tags,
        )
        for port in ports:
            for cidr in spec.allowed_cidrs:
                aws.vpc.SecurityGroupIngressRule(
                    f"{name}-alb-in-{port}" + ("" if cidr == EVERYBODY else f"-{cidr.replace('/', '-')}"),
                    security_group_id=group.id,
                    description="Clients",
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    cidr_ipv4=cidr,
                    tags=tags,
                    opts=child,
                )
        if "cluster" in args:
            # Made here, once for all bridge apps: EC2 refuses a second rule for the same ports.
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-alb-to-instances",
                security_group_id=args["cluster"].get("security_group_id", ""),
                referenced_security_group_id=group.id,
                description=f"Load balancer {name}, dynamic host ports",
                ip_protocol="tcp",
                from_port=DYNAMIC_PORTS[0],
                to_port=DYNAMIC_PORTS[1],
                tags=tags,
                opts=child,
            )
        return group

    def _listeners(
        self,
        name: str,
        balancer: "aws.lb.LoadBalancer",
        certificate_arn: pulumi.Input[str] | None,
        spec: BalancerSpec,
        tags: dict[str, pulumi.Input[str]],
    ) -> "aws.lb.Listener":
        """Make the listeners and return the one that takes the apps' rules."""
        child = pulumi.ResourceOptions(parent=self)
        not_found: Any = {
            "type": "fixed-response",
            "fixed_response": {
                "content_type": "text/plain",
                "message_body": "Not found\n",
                "status_code": "404",
            },
        }
        if certificate_arn is None:
            return aws.lb.Listener(
                f"{name}-http",
                load_balancer_arn=balancer.arn,
                port=80,
                protocol="HTTP",
                default_actions=[not_found],
                tags=tags,
                opts=child,
            )
        aws.lb.Listener(
            f"{name}-http",
            load_balancer_arn=balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[
                {
                    "type": "redirect",
                    "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"},
                }
            ],
            tags=tags,
            opts=child,
        )
        return aws.lb.Listener(
            f"{name}-https",
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="HTTPS",
            certificate_arn=certificate_arn,
            ssl_policy=spec.tls_policy,
            default_actions=[not_found],
            tags=tags,
            opts=child,
        )


def _check(name: str, args: Mapping[str, Any], problems: Problems) -> None:
    check_logical_name(name, problems)
    one_of("preset", args.get("preset"), tuple(PRESETS), problems)
    one_of("record_type", args.get("record_type"), RECORD_TYPES, problems)
    in_range("idle_timeout", args.get("idle_timeout"), 1, 4000, problems, "seconds")
    check_domain("domain", args.get("domain"), problems)
    if "certificate_arn" not in args:
        check_issuable("domain", args.get("domain"), problems)
    check_arn("certificate_arn", args.get("certificate_arn"), "acm", "certificate/", problems)
    check_arn("web_acl_arn", args.get("web_acl_arn"), "wafv2", "regional/webacl/", problems)
    check_pattern(
        "tls_policy",
        args.get("tls_policy"),
        r"ELBSecurityPolicy-[A-Za-z0-9-]+",
        "a security policy such as ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        problems,
    )
    check_tags("tags", args.get("tags", {}), problems)
    check_pattern(
        "load_balancer_name",
        args.get("load_balancer_name"),
        r"(?!internal-)[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?",
        "1 to 32 letters, digits and hyphens, no hyphen at an end, and not begin with internal-",
        problems,
    )
    cidrs = args.get("allowed_cidrs", [])
    for index, cidr in enumerate(cidrs):
        check_ipv4_range(f"allowed_cidrs[{index}]", cidr, problems)
        if cidr in cidrs[:index]:
            problems.add(f"allowed_cidrs[{index}]", cidr, "is given twice")
    if "domain" in args and "certificate_arn" not in args and "zone_id" not in args:
        problems.add(
            "domain",
            args["domain"],
            "needs zone_id, to issue a certificate and make the record, or certificate_arn",
        )
    if "zone_id" in args and "domain" not in args:
        problems.say("zone_id", "needs domain: the name of the record")
    if "record_type" in args and "zone_id" not in args:
        problems.add("record_type", args["record_type"], "needs zone_id and domain")
    if "tls_policy" in args and "certificate_arn" not in args and "zone_id" not in args:
        problems.add(
            "tls_policy", args["tls_policy"], "needs domain or certificate_arn: without one there is no HTTPS"
        )
    if args.get("waf") and "web_acl_arn" in args:
        problems.say("web_acl_arn", "give waf or web_acl_arn, not both")
    network, cluster = args.get("network"), args.get("cluster")
    if args.get("internal") and network and "private_subnet_ids" not in network:
        problems.add("internal", True, "needs a network with private_subnet_ids")
    if cluster and (cluster.get("capacity") != "ec2" or "security_group_id" not in cluster):
        problems.say(
            "cluster",
            "is for one with capacity ec2, its capacity and security_group_id given; else leave it out",
        )
