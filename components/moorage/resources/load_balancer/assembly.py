"""A load balancer, from its checked arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from moorage.model.balancer import BalancerSpec, balancer_spec, check_balancer
from moorage.model.choices import BalancerType, IpAddressType
from moorage.model.fields.checks import checked as checked_values
from moorage.model.fields.load_balancer import LOAD_BALANCER
from moorage.model.lookup import described
from moorage.model.names import check_logical_name, logical_name
from moorage.model.overrides import balancer_children
from moorage.model.presets import PRESETS
from moorage.model.problems import Problems
from moorage.model.tags import check_tags
from moorage.resources.inputs import present
from moorage.resources.outputs import Outputs
from moorage.resources.overrides import check_overrides
from moorage.resources.security_groups import admit_clients, outward_group
from moorage.resources.wiring import Wired, tags_for

from .access_logs import access_log_bucket
from .args import LoadBalancerArgs, LoadBalancerRef
from .dns import certificate, records
from .firewall import firewall
from .listeners import further_listeners, listeners
from .rules import taken_rules
from .wiring import BalancerWiring, Passed

_DYNAMIC_PORTS = (32768, 65535)
"""The dynamic host ports of an ECS instance (API reference, PortMapping, hostPort)."""


def assembled(
    component: pulumi.ComponentResource, name: str, spec: BalancerSpec, passed: Passed
) -> tuple[Outputs, LoadBalancerRef]:
    """Make the load balancer; return its outputs and its reference."""
    wiring = Wired(component, name, spec, tags_for(name, passed.tags), passed)
    certificate_arn, zone_id = passed.certificate_arn, passed.zone_id
    if certificate_arn is None and spec.domain is not None and zone_id is not None:
        certificate_arn = certificate(wiring, spec.domain, zone_id)
    network = spec.type is BalancerType.NETWORK
    ports = [] if network else [80, *([] if certificate_arn is None else [443]), *spec.ports]
    group = _security_group(wiring, ports)
    balancer = _balancer(wiring, group)
    listener = None if network else listeners(wiring, balancer, certificate_arn)
    further = further_listeners(wiring, balancer, certificate_arn)
    records(wiring, balancer)
    firewall(wiring, balancer)

    scheme = "tcp" if network else "http" if certificate_arn is None else "https"
    outputs: dict[str, pulumi.Input[str]] = {
        "arn": balancer.arn,
        "dns_name": balancer.dns_name,
        "url": pulumi.Output.concat(f"{scheme}://", spec.domain or balancer.dns_name),
        "listener_arn": listener.arn if listener else "",
        "certificate_arn": certificate_arn or "",
        "security_group_id": group.id,
        "arn_suffix": balancer.arn_suffix,
        "preset": str(spec.preset),
    }
    # As apps claim theirs: one whose rules match the same requests is refused.
    taken_rules(name).update({own.priority: (name, own.rule) for own in spec.rules})
    return {**outputs, "listener_arns": further}, _reference(wiring, outputs, certificate_arn, further)


def _security_group(wiring: BalancerWiring, ports: Sequence[int]) -> aws.ec2.SecurityGroup:
    """Make the security group that clients reach on the listeners' ports."""
    description = f"Load balancer {wiring.name}"
    what = _kind(wiring.model)
    group = outward_group(wiring, what, description, wiring.passed.network, reaches="Targets")
    for port in ports:
        admit_clients(wiring, what, group.id, (port, "tcp"), wiring.model.allowed_cidrs)
    cluster = wiring.passed.cluster
    if cluster is not None:
        # Made here, once for all bridge apps: EC2 refuses a second rule for the same ports.
        for protocol, suffix in (("tcp", ""), ("udp", "-udp")) if what == "nlb" else (("tcp", ""),):
            aws.vpc.SecurityGroupIngressRule(
                f"{wiring.name}-{what}-to-instances{suffix}",
                security_group_id=cluster.get("security_group_id", ""),
                referenced_security_group_id=group.id,
                description=f"Load balancer {wiring.name}, dynamic host ports",
                ip_protocol=protocol,
                from_port=_DYNAMIC_PORTS[0],
                to_port=_DYNAMIC_PORTS[1],
                **wiring.common,
            )
    return group


def _kind(spec: BalancerSpec) -> str:
    """Return the end of the logical names of a load balancer of this type, and of what belongs to it."""
    return "nlb" if spec.type is BalancerType.NETWORK else "alb"


def _reference(
    wiring: BalancerWiring,
    outputs: Mapping[str, pulumi.Input[str]],
    certificate_arn: pulumi.Input[str] | None,
    further: Mapping[str, pulumi.Input[str]],
) -> LoadBalancerRef:
    """Return the reference; it omits what the load balancer does not have."""
    spec = wiring.model
    network = spec.type is BalancerType.NETWORK
    return present(
        listener_arn=outputs["listener_arn"],
        security_group_id=outputs["security_group_id"],
        url=outputs["url"],
        arn_suffix=outputs["arn_suffix"],
        name=wiring.name,
        reaches_instances=wiring.passed.cluster is not None,
        https=certificate_arn is not None and not network,
        type=spec.type if network else None,
        arn=outputs["arn"] if network else None,
        tls_policy=spec.tls_policy if network else None,
        allowed_cidrs=list(spec.allowed_cidrs) if network else None,
        certificate_arn=certificate_arn if network else None,
        listener_arns=further or None,
    )


def _balancer(wiring: BalancerWiring, group: aws.ec2.SecurityGroup) -> aws.lb.LoadBalancer:
    spec, network = wiring.model, wiring.passed.network
    preset = PRESETS[spec.preset]
    if spec.type is BalancerType.NETWORK:
        dual_stack = spec.ip_address_type is IpAddressType.DUALSTACK
        of_type: dict[str, Any] = {
            # UDP listeners of a dual-stack one need it (API reference, CreateLoadBalancer).
            "enable_prefix_for_ipv6_source_nat": "on" if dual_stack else None,
            "enable_cross_zone_load_balancing": spec.cross_zone,
        }
    else:
        logs = {"bucket": access_log_bucket(wiring), "enabled": True} if spec.access_logs else None
        of_type = {
            "idle_timeout": spec.idle_timeout,
            "client_keep_alive": spec.keep_alive,
            "drop_invalid_header_fields": True,
            "desync_mitigation_mode": "defensive",
            "access_logs": logs,
        }
    return aws.lb.LoadBalancer(
        logical_name(wiring.name, _kind(spec), 32),
        name=spec.fixed_name,
        load_balancer_type=spec.type.value,
        internal=spec.internal,
        ip_address_type=spec.given_address_type,
        # A Network Load Balancer that was created without a security group cannot have any later.
        security_groups=[group.id],
        subnets=network.get("private_subnet_ids", []) if spec.internal else network["public_subnet_ids"],
        **of_type,
        enable_deletion_protection=preset.deletion_protection,
        tags=wiring.tags,
        opts=pulumi.ResourceOptions(parent=wiring.parent, protect=preset.protect),
    )


def checked(name: str, args: LoadBalancerArgs) -> tuple[BalancerSpec, Passed]:
    """Check all arguments and return the load balancer and what is passed beside it; raise a ValueError with
    every problem."""
    problems = Problems("LoadBalancer", name)
    check_logical_name(name, problems)
    values = checked_values(LoadBalancerArgs, LOAD_BALANCER, args, problems)
    check_balancer(name, values, problems)
    spec = balancer_spec(name, values)
    made = balancer_children(spec, values.args)
    check_overrides("LoadBalancer", values.args, made, problems)
    check_tags("tags", values.given("tags") or {}, problems)
    problems.raise_if_any()
    trust_store = values["mutual_authentication.trust_store_arn"]
    return spec, described(Passed, values, trust_store_arn=trust_store)
