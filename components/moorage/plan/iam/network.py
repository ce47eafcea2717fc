"""Permits of VPCs, load balancers, certificates and DNS records."""

from collections.abc import Mapping
from typing import Final

from .permit import Permit, Permits, anywhere, linked, on, tag_new, tagged

_GROUP, _GROUP_RULE = "ec2:{R}:{A}:security-group/*", "ec2:{R}:{A}:security-group-rule/*"
_BALANCER = "elasticloadbalancing:{R}:{A}:loadbalancer/{balancer}/*"
_LISTENER = "elasticloadbalancing:{R}:{A}:listener/{balancer}/*/*"
_RECORD = {"ForAllValues:StringLike": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": "{record}"}}


def _network(kind: str, create: str, change: str, read: str, *within: str) -> tuple[Permit, ...]:
    """Return the permits of a part of a VPC, whose id EC2 chooses.

    Args:
        kind: its resource type.
        create: the action that creates it.
        change: the actions that change or delete it.
        read: the actions that read it, and those without resource types.
        within: the resource types that it is created in or with.
    """
    arn = f"ec2:{{R}}:{{A}}:{kind}/*"
    return (
        *(on(f"ec2:{{R}}:{{A}}:{other}/*", create) for other in within),
        on(arn, create),
        tag_new(arn, create),
        tagged(arn, f"{change} CreateTags DeleteTags"),
        anywhere("ec2", read),
    )


def _group_rule(direction: str) -> tuple[Permit, ...]:
    grant = f"AuthorizeSecurityGroup{direction}"
    return (
        tagged(_GROUP, f"{grant} ModifySecurityGroupRules RevokeSecurityGroup{direction}"),
        on(_GROUP_RULE, f"{grant} CreateTags DeleteTags ModifySecurityGroupRules"),
        anywhere("ec2", "DescribeSecurityGroupRules DescribeSecurityGroups"),
    )


NETWORK: Final[Mapping[str, Permits]] = {
    "aws:ec2/launchTemplate:LaunchTemplate": _network(
        "launch-template",
        "CreateLaunchTemplate",
        "CreateLaunchTemplateVersion DeleteLaunchTemplate ModifyLaunchTemplate",
        "DescribeLaunchTemplateVersions DescribeLaunchTemplates",
    ),
    "aws:ec2/vpc:Vpc": _network(
        "vpc",
        "CreateVpc",
        "DeleteVpc ModifyVpcAttribute",
        "DescribeNetworkAcls DescribeRouteTables DescribeSecurityGroups DescribeVpcAttribute DescribeVpcs",
    ),
    "aws:ec2/subnet:Subnet": _network(
        "subnet",
        "CreateSubnet",
        "AssociateSubnetCidrBlock DeleteSubnet DisassociateSubnetCidrBlock ModifySubnetAttribute",
        "DescribeNetworkInterfaces DescribeSubnets",
        "vpc",
    ),
    "aws:ec2/internetGateway:InternetGateway": (
        *_network(
            "internet-gateway",
            "CreateInternetGateway",
            "AttachInternetGateway DeleteInternetGateway DetachInternetGateway",
            "DescribeInternetGateways DescribeNetworkInterfaces",
        ),
        on("ec2:{R}:{A}:vpc/*", "AttachInternetGateway DetachInternetGateway"),
    ),
    "aws:ec2/routeTable:RouteTable": _network(
        "route-table",
        "CreateRouteTable",
        "CreateRoute DeleteRoute DeleteRouteTable ReplaceRoute",
        "DescribeRouteTables",
        "vpc",
    ),
    "aws:ec2/route:Route": (
        on("ec2:{R}:{A}:route-table/*", "CreateRoute DeleteRoute ReplaceRoute"),
        anywhere("ec2", "DescribeRouteTables"),
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": (
        *tuple(
            on(
                f"ec2:{{R}}:{{A}}:{kind}/*",
                "AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation",
            )
            for kind in ("route-table", "subnet", "internet-gateway")
        ),
        anywhere("ec2", "DescribeRouteTables"),
    ),
    "aws:ec2/eip:Eip": _network(
        "elastic-ip",
        "AllocateAddress",
        "DisassociateAddress ReleaseAddress",
        "DescribeAddresses DescribeAddressesAttribute",
    ),
    "aws:ec2/natGateway:NatGateway": _network(
        "natgateway", "CreateNatGateway", "DeleteNatGateway", "DescribeNatGateways", "subnet", "elastic-ip"
    ),
    "aws:ec2/flowLog:FlowLog": _network(
        "vpc-flow-log", "CreateFlowLogs", "DeleteFlowLogs", "DescribeFlowLogs", "vpc"
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (
        *_network(
            "vpc-endpoint",
            "CreateVpcEndpoint",
            "DeleteVpcEndpoints ModifyVpcEndpoint",
            "DescribePrefixLists DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints DescribeVpcs",
        ),
        on("ec2:{R}:{A}:vpc/*", "CreateVpcEndpoint"),
        *(
            on(f"ec2:{{R}}:{{A}}:{kind}/*", "CreateVpcEndpoint ModifyVpcEndpoint")
            for kind in ("subnet", "route-table", "security-group")
        ),
        # The private DNS names of an interface endpoint.
        on("route53:::hostedzone/*", "AssociateVPCWithHostedZone"),
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": (
        on(
            _GROUP,
            "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateTags DeleteTags"
            " RevokeSecurityGroupEgress RevokeSecurityGroupIngress",
        ),
        anywhere("ec2", "DescribeSecurityGroups"),
    ),
    "aws:ec2/securityGroup:SecurityGroup": _network(
        "security-group",
        "CreateSecurityGroup",
        "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress DeleteSecurityGroup"
        " RevokeSecurityGroupEgress RevokeSecurityGroupIngress",
        "DescribeNetworkInterfaces DescribeSecurityGroups",
        "vpc",
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _group_rule("Egress"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _group_rule("Ingress"),
    "aws:lb/loadBalancer:LoadBalancer": (
        on(
            _BALANCER,
            "AddTags CreateLoadBalancer DeleteLoadBalancer ModifyLoadBalancerAttributes RemoveTags"
            " SetIpAddressType SetSecurityGroups SetSubnets",
        ),
        anywhere(
            "elasticloadbalancing",
            "DescribeCapacityReservation DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeTags"
            " ec2:DescribeNetworkInterfaces",
        ),
        linked("elasticloadbalancing.amazonaws.com"),
    ),
    "aws:lb/listener:Listener": (
        on(_BALANCER, "CreateListener"),
        on(
            _LISTENER,
            "AddListenerCertificates AddTags DeleteListener ModifyListener ModifyListenerAttributes"
            " RemoveListenerCertificates RemoveTags",
        ),
        anywhere(
            "elasticloadbalancing",
            "DescribeListenerAttributes DescribeListenerCertificates DescribeListeners DescribeTags",
        ),
    ),
    "aws:lb/listenerCertificate:ListenerCertificate": (
        on(_LISTENER, "AddListenerCertificates RemoveListenerCertificates"),
        anywhere("elasticloadbalancing", "DescribeListenerCertificates"),
    ),
    "aws:lb/listenerRule:ListenerRule": (
        on(_LISTENER, "CreateRule"),
        on(
            "elasticloadbalancing:{R}:{A}:listener-rule/{balancer}/*/*/*",
            "AddTags DeleteRule ModifyRule RemoveTags SetRulePriorities",
        ),
        anywhere("elasticloadbalancing", "DescribeListeners DescribeRules DescribeTags"),
    ),
    "aws:lb/targetGroup:TargetGroup": (
        on(
            "elasticloadbalancing:{R}:{A}:targetgroup/{name}/*",
            "AddTags CreateTargetGroup DeleteTargetGroup ModifyTargetGroup ModifyTargetGroupAttributes"
            " RemoveTags",
        ),
        anywhere("elasticloadbalancing", "DescribeTags DescribeTargetGroupAttributes DescribeTargetGroups"),
    ),
    "aws:acm/certificate:Certificate": (
        on(
            "acm:{R}:{A}:certificate/*",
            "AddTagsToCertificate DeleteCertificate DescribeCertificate ListTagsForCertificate"
            " RemoveTagsFromCertificate UpdateCertificateOptions",
        ),
        anywhere("acm", "RequestCertificate"),
    ),
    "aws:acm/certificateValidation:CertificateValidation": on(
        "acm:{R}:{A}:certificate/*", "DescribeCertificate"
    ),
    "aws:route53/record:Record": (
        Permit("route53:::hostedzone/{zoneId}", ("route53:ChangeResourceRecordSets",), _RECORD),
        on("route53:::hostedzone/{zoneId}", "GetHostedZone ListResourceRecordSets"),
        on("route53:::change/*", "GetChange"),
    ),
    "aws:route53/healthCheck:HealthCheck": (
        on(
            "route53:::healthcheck/*",
            "ChangeTagsForResource DeleteHealthCheck GetHealthCheck ListTagsForResource UpdateHealthCheck",
        ),
        anywhere("route53", "CreateHealthCheck"),
    ),
    "aws:wafv2/webAcl:WebAcl": (
        on(
            "wafv2:{R}:{A}:*/webacl/{name}/*",
            "CreateWebACL DeleteWebACL GetWebACL ListTagsForResource TagResource UntagResource UpdateWebACL",
        ),
        on("wafv2:{R}:*:*/managedruleset/*", "CreateWebACL UpdateWebACL"),
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": (
        on("wafv2:{R}:{A}:*/webacl/*", "AssociateWebACL GetWebACL GetWebACLForResource"),
        on(
            "elasticloadbalancing:{R}:{A}:loadbalancer/app/*",
            "CreateWebACLAssociation DeleteWebACLAssociation GetLoadBalancerWebACL wafv2:AssociateWebACL"
            " wafv2:DisassociateWebACL wafv2:GetWebACLForResource",
        ),
        anywhere("elasticloadbalancing", "SetWebAcl"),
    ),
    "aws:servicediscovery/httpNamespace:HttpNamespace": (
        on("servicediscovery:{R}:{A}:namespace/*", "DeleteNamespace GetNamespace UpdateHttpNamespace"),
        anywhere(
            "servicediscovery",
            "CreateHttpNamespace GetOperation ListTagsForResource TagResource UntagResource",
        ),
    ),
    "aws:servicediscovery/service:Service": (
        on("servicediscovery:{R}:{A}:namespace/*", "CreateService"),
        on("servicediscovery:{R}:{A}:service/*", "CreateService DeleteService GetService UpdateService"),
        anywhere("servicediscovery", "GetOperation ListTagsForResource TagResource UntagResource"),
    ),
}
