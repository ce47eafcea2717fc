"""Permits of VPCs, load balancers, certificates and DNS records."""

from collections.abc import Iterable, Mapping
from typing import Final

from .permit import Actions, Grants, created, linked

_GROUP, _GROUP_RULE = "ec2:{R}:{A}:security-group/*", "ec2:{R}:{A}:security-group-rule/*"
_BALANCER = "elasticloadbalancing:{R}:{A}:loadbalancer/{balancer}/*"
_LISTENER = "elasticloadbalancing:{R}:{A}:listener/{balancer}/*/*"
_RECORD = {"ForAllValues:StringLike": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": "{record}"}}


def _network(kind: str, create: str, change: str, read: str, *within: str) -> Grants:
    """Return the permits of a part of a VPC, whose id EC2 chooses.

    Args:
        kind: its resource type.
        create: the action that creates it.
        change: the actions that change or delete it.
        read: the actions that read it, and those without resource types.
        within: the resource types that it is created in or with.
    """
    changes = Actions(f"{change} CreateTags DeleteTags", tagged=True)
    return {
        f"ec2:{{R}}:{{A}}:{kind}/*": [create, created(create), changes],
        **_on_each(within, create),
        "ec2": read,
    }


def _on_each(kinds: Iterable[str], actions: str) -> Grants:
    return {f"ec2:{{R}}:{{A}}:{kind}/*": actions for kind in kinds}


def _group_rule(direction: str) -> Grants:
    grant = f"AuthorizeSecurityGroup{direction}"
    return {
        _GROUP: Actions(f"{grant} ModifySecurityGroupRules RevokeSecurityGroup{direction}", tagged=True),
        _GROUP_RULE: f"{grant} CreateTags DeleteTags ModifySecurityGroupRules",
        "ec2": "DescribeSecurityGroupRules DescribeSecurityGroups",
    }


NETWORK: Final[Mapping[str, Grants]] = {
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
    "aws:ec2/internetGateway:InternetGateway": {
        **_network(
            "internet-gateway",
            "CreateInternetGateway",
            "AttachInternetGateway DeleteInternetGateway DetachInternetGateway",
            "DescribeInternetGateways DescribeNetworkInterfaces",
        ),
        "ec2:{R}:{A}:vpc/*": "AttachInternetGateway DetachInternetGateway",
    },
    "aws:ec2/routeTable:RouteTable": _network(
        "route-table",
        "CreateRouteTable",
        "CreateRoute DeleteRoute DeleteRouteTable ReplaceRoute",
        "DescribeRouteTables",
        "vpc",
    ),
    "aws:ec2/route:Route": {
        "ec2:{R}:{A}:route-table/*": "CreateRoute DeleteRoute ReplaceRoute",
        "ec2": "DescribeRouteTables",
    },
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {
        **_on_each(
            ("route-table", "subnet", "internet-gateway"),
            "AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation",
        ),
        "ec2": "DescribeRouteTables",
    },
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
    "aws:ec2/vpcEndpoint:VpcEndpoint": {
        **_network(
            "vpc-endpoint",
            "CreateVpcEndpoint",
            "DeleteVpcEndpoints ModifyVpcEndpoint",
            "DescribePrefixLists DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints DescribeVpcs",
        ),
        "ec2:{R}:{A}:vpc/*": "CreateVpcEndpoint",
        **_on_each(("subnet", "route-table", "security-group"), "CreateVpcEndpoint ModifyVpcEndpoint"),
        # The private DNS names of an interface endpoint.
        "route53:::hostedzone/*": "AssociateVPCWithHostedZone",
    },
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
        _GROUP: "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateTags DeleteTags"
        " RevokeSecurityGroupEgress RevokeSecurityGroupIngress",
        "ec2": "DescribeSecurityGroups",
    },
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
    "aws:lb/loadBalancer:LoadBalancer": {
        _BALANCER: "AddTags CreateLoadBalancer DeleteLoadBalancer ModifyLoadBalancerAttributes RemoveTags"
        " SetIpAddressType SetSecurityGroups SetSubnets",
        "elasticloadbalancing": "DescribeCapacityReservation DescribeLoadBalancerAttributes"
        " DescribeLoadBalancers DescribeTags ec2:DescribeNetworkInterfaces",
        **linked("elasticloadbalancing.amazonaws.com"),
    },
    "aws:lb/listener:Listener": {
        _BALANCER: "CreateListener",
        _LISTENER: "AddListenerCertificates AddTags DeleteListener ModifyListener ModifyListenerAttributes"
        " RemoveListenerCertificates RemoveTags",
        "elasticloadbalancing": "DescribeListenerAttributes DescribeListenerCertificates DescribeListeners"
        " DescribeTags",
    },
    "aws:lb/listenerCertificate:ListenerCertificate": {
        _LISTENER: "AddListenerCertificates RemoveListenerCertificates",
        "elasticloadbalancing": "DescribeListenerCertificates",
    },
    "aws:lb/listenerRule:ListenerRule": {
        _LISTENER: "CreateRule",
        "elasticloadbalancing:{R}:{A}:listener-rule/{balancer}/*/*/*": "AddTags DeleteRule ModifyRule"
        " RemoveTags SetRulePriorities",
        "elasticloadbalancing": "DescribeListeners DescribeRules DescribeTags",
    },
    "aws:lb/targetGroup:TargetGroup": {
        "elasticloadbalancing:{R}:{A}:targetgroup/{name}/*": "AddTags CreateTargetGroup DeleteTargetGroup"
        " ModifyTargetGroup ModifyTargetGroupAttributes RemoveTags",
        "elasticloadbalancing": "DescribeTags DescribeTargetGroupAttributes DescribeTargetGroups",
    },
    "aws:acm/certificate:Certificate": {
        "acm:{R}:{A}:certificate/*": "AddTagsToCertificate DeleteCertificate DescribeCertificate"
        " ListTagsForCertificate RemoveTagsFromCertificate UpdateCertificateOptions",
        "acm": "RequestCertificate",
    },
    "aws:acm/certificateValidation:CertificateValidation": {
        "acm:{R}:{A}:certificate/*": "DescribeCertificate"
    },
    "aws:route53/record:Record": {
        "route53:::hostedzone/{zoneId}": [
            "GetHostedZone ListResourceRecordSets",
            Actions("ChangeResourceRecordSets", _RECORD),
        ],
        "route53:::change/*": "GetChange",
    },
    "aws:route53/healthCheck:HealthCheck": {
        "route53:::healthcheck/*": "ChangeTagsForResource DeleteHealthCheck GetHealthCheck"
        " ListTagsForResource UpdateHealthCheck",
        "route53": "CreateHealthCheck",
    },
    "aws:wafv2/webAcl:WebAcl": {
        "wafv2:{R}:{A}:*/webacl/{name}/*": "CreateWebACL DeleteWebACL GetWebACL ListTagsForResource"
        " TagResource UntagResource UpdateWebACL",
        "wafv2:{R}:*:*/managedruleset/*": "CreateWebACL UpdateWebACL",
    },
    "aws:wafv2/webAclAssociation:WebAclAssociation": {
        "wafv2:{R}:{A}:*/webacl/*": "AssociateWebACL GetWebACL GetWebACLForResource",
        "elasticloadbalancing:{R}:{A}:loadbalancer/app/*": "CreateWebACLAssociation DeleteWebACLAssociation"
        " GetLoadBalancerWebACL wafv2:AssociateWebACL wafv2:DisassociateWebACL wafv2:GetWebACLForResource",
        "elasticloadbalancing": "SetWebAcl",
    },
    "aws:servicediscovery/httpNamespace:HttpNamespace": {
        "servicediscovery:{R}:{A}:namespace/*": "DeleteNamespace GetNamespace UpdateHttpNamespace",
        "servicediscovery": "CreateHttpNamespace GetOperation ListTagsForResource TagResource UntagResource",
    },
    "aws:servicediscovery/service:Service": {
        "servicediscovery:{R}:{A}:namespace/*": "CreateService",
        "servicediscovery:{R}:{A}:service/*": "CreateService DeleteService GetService UpdateService",
        "servicediscovery": "GetOperation ListTagsForResource TagResource UntagResource",
    },
}
